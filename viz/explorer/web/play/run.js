// The training as it goes: an epoch a frame, or a little at a time.

import { byId, element } from "../dom.js";

// What one frame trains: of the speeds that one may choose.
const SPEEDS = [
  ["a step a frame", (trainer) => trainer.step()],
  ["an epoch a frame", (trainer) => trainer.epoch()],
  ["5 epochs a frame", (trainer) => Array.from({ length: 5 }, () => trainer.epoch())],
];
const KEPT = 600; // frames whose work the browser keeps, as measures "frame"

/** `on` has trained(isMoving), after every frame; begun() and ended(). `session` has the trainer. */
export class Run {
  constructor(session, on) {
    Object.assign(this, { session, on, isOn: false, frames: 0 });
    byId("train").onclick = () => this.toggle();
    byId("one-epoch").onclick = () => this.once((trainer) => trainer.epoch());
    byId("one-batch").onclick = () => this.once((trainer) => trainer.step());
    byId("one-row").onclick = () => this.once((trainer) => trainer.row());
    byId("speed").append(...SPEEDS.map(([words], i) => element("option", { value: i }, words)));
    byId("speed").value = 1;
    this.frame = () => this.tick();
    document.addEventListener("refused", () => {
      this.stop();
      this.show();
    });
  }

  /** Why nothing can be trained, in words; "" where it can. */
  get reason() {
    const [trouble] = this.session.troubles;
    if (trouble) return `${trouble.what}: ${trouble.why}`;
    if (!this.session.data.train.X.length) return "There are no rows to train with";
    const refused = document.querySelector('.field [aria-invalid="true"]');
    return refused ? `${refused.labels[0].textContent}: what is written there does not do` : "";
  }

  get canTrain() {
    return this.reason === "";
  }

  toggle() {
    if (this.isOn) this.stop();
    else if (this.canTrain) this.start();
    else this.on.refused();
  }

  start() {
    this.isOn = true;
    this.session.trainer.trouble = null;
    this.show();
    this.on.begun();
    requestAnimationFrame(this.frame);
  }

  stop() {
    if (!this.isOn) return;
    this.isOn = false;
    this.show();
    this.on.ended();
  }

  show() {
    byId("train").setAttribute("aria-pressed", this.isOn);
    byId("train-word").textContent = this.isOn ? "Pause" : "Train";
    const { reason } = this;
    byId("train-why").textContent = reason;
    byId("train-why").hidden = !reason;
    for (const id of ["train", "one-epoch", "one-batch", "one-row"])
      byId(id).setAttribute("aria-disabled", reason !== "");
  }

  tick() {
    if (!this.isOn) return;
    const begun = performance.now();
    const { trainer } = this.session;
    SPEEDS[byId("speed").value][1](trainer);
    if (trainer.trouble) return this.end();
    this.on.trained(true);
    if (this.frames++ % KEPT === 0) performance.clearMeasures("frame");
    performance.measure("frame", { start: begun });
    requestAnimationFrame(this.frame);
  }

  once(train) {
    if (this.isOn) this.stop();
    if (!this.canTrain) return this.on.refused();
    const { trainer } = this.session;
    trainer.trouble = null;
    train(trainer);
    this.on.trained(false);
    if (trainer.trouble) this.on.spoiled(trainer.trouble);
  }

  end() {
    const { trouble } = this.session.trainer;
    this.stop();
    this.on.spoiled(trouble);
  }
}

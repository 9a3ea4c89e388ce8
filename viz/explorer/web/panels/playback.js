// Stepping: the buttons, the slider, and the text of the step.

import { byId, enable } from "../dom.js";
import { stepLines } from "../state/formulas/formula_steps.js";
import { lineElements } from "./details/mathml.js";
import { sumLines } from "../state/folding/sums.js";

const PASSES = { start: "Start", forward: "Forward", seed: "Backward", backward: "Backward", done: "Done" };

/** `elementOf(n)` is what the picture shows node n as. */
export class Playback {
  constructor(model, elementOf) {
    this.model = model;
    this.elementOf = elementOf;
    this.timer = null;
    const { steps } = model;
    byId("first").onclick = () => this.goTo(0);
    byId("back").onclick = () => this.back();
    byId("forward").onclick = () => this.forward();
    byId("last").onclick = () => this.goTo(steps.end);
    byId("play").onclick = () => this.toggle();
    byId("speed").onchange = () => this.timer && this.play();
    byId("time").oninput = (event) => this.goTo(steps.stops[Number(event.target.value)]);
  }

  goTo(time) {
    this.pause();
    this.model.goTo(time);
  }

  back() {
    this.goTo(this.model.steps.previous());
  }

  forward() {
    this.goTo(this.model.steps.next());
  }

  toggle() {
    if (this.timer) this.pause();
    else this.play();
  }

  play() {
    const { model } = this;
    this.pause();
    if (model.steps.time === model.steps.end) model.goTo(0);
    byId("play").textContent = "Pause";
    byId("formula").setAttribute("aria-live", "off"); // too fast to be read out
    this.timer = setInterval(
      () => {
        model.goTo(model.steps.next());
        if (model.steps.time === model.steps.end) this.pause();
      },
      1000 / Number(byId("speed").value),
    );
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    byId("play").textContent = "Play";
    byId("formula").setAttribute("aria-live", "polite");
  }

  /** Write where we are; to be called when the picture, the time or a number has changed. */
  update() {
    const { graph, interpreter, steps } = this.model;
    const { pass, n } = steps.at();
    const slider = byId("time");
    slider.max = steps.stops.length - 1;
    slider.value = steps.stop;
    slider.setAttribute("aria-valuetext", `${PASSES[pass]}, step ${steps.stop} of ${steps.stops.length - 1}`);
    for (const id of ["first", "back"]) enable(id, steps.time > 0);
    for (const id of ["last", "forward"]) enable(id, steps.time < steps.end);
    byId("pass").textContent = `${PASSES[pass]} ${steps.stop}/${steps.stops.length - 1}`;
    const shown = n >= 0 ? this.elementOf(n) : null;
    const lines = sumLines(graph, interpreter, pass, shown) ?? stepLines(graph, interpreter, steps, shown);
    byId("formula").replaceChildren(...lines.flatMap(lineElements));
  }
}

// Stepping: the buttons, the slider, and the text of the step.

import { byId, element } from "./dom.js";
import { stepLines } from "./formula.js";

const PASSES = { start: "Start", forward: "Forward", seed: "Backward", backward: "Backward" };

/** `elementOf(n)` is what the picture shows node n as. */
export class Playback {
  constructor(model, elementOf) {
    this.model = model;
    this.elementOf = elementOf;
    this.timer = null;
    const { steps } = model;
    const press = (id, action) => (byId(id).onclick = () => { this.pause(); action(); });
    press("first", () => model.goTo(0));
    press("back", () => this.back());
    press("forward", () => this.forward());
    press("last", () => model.goTo(steps.end));
    byId("play").onclick = () => this.toggle();
    byId("speed").onchange = () => this.timer && this.play();
    byId("time").oninput = (event) => { this.pause(); model.goTo(steps.stops[Number(event.target.value)]); };
  }

  back() {
    this.model.goTo(this.model.steps.previous());
  }

  forward() {
    this.model.goTo(this.model.steps.next());
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
    this.timer = setInterval(() => {
      this.forward();
      if (model.steps.time === model.steps.end) this.pause();
    }, 1000 / Number(byId("speed").value));
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
    byId("first").disabled = byId("back").disabled = steps.time === 0;
    byId("last").disabled = byId("forward").disabled = steps.time === steps.end;
    byId("pass").textContent = `${PASSES[pass]} ${steps.stop}/${steps.stops.length - 1}`;
    const lines = stepLines(graph, interpreter, steps, n >= 0 ? this.elementOf(n) : null);
    byId("formula").replaceChildren(...lines.map((line) => element("span", {}, line)));
  }
}

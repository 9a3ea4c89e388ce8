// Below the picture of the network: how large the gradient of each layer is, on a logarithmic scale.

import { element } from "../../../dom.js";
import { percent } from "../choices/fields.js";
import { STRIP, stripShare } from "./places.js";

const SMALL = 1e-3; // of the last layer's: it hardly learns; nn.training.diagnosis has the same
const LARGE = 10;
const MANY = 0.5; // of the outputs of a layer
const NEARLY_ALL = 0.9; // fewer are no alarm: a network that has learned well may have as many

export class GradientStrip {
  /** The parts of the strip, for the places of a picture. */
  build(places, { sizes }) {
    const { columns, strip } = places;
    this.isNarrow = places.isTall;
    const at = (part, left, top, width, height) => {
      Object.assign(part.style, { left: `${left}px`, top: `${top}px` });
      if (width) part.style.width = `${width}px`;
      if (height) part.style.height = `${height}px`;
      return part;
    };
    const title = at(
      element("span", { class: "strip-title" }, "Gradient of each layer: root mean square of ∂L/∂w"),
      0,
      strip - 20,
    );
    const lines = [0, -4, -8].flatMap((power) => {
      const y = strip + STRIP.height * (1 - (power - STRIP.least) / (STRIP.most - STRIP.least));
      const line = element("div", { class: "strip-line" });
      line.style.top = `${y}px`;
      const text = power ? `10${String(power).replace("-", "⁻").replace("4", "⁴").replace("8", "⁸")}` : "1";
      return [line, at(element("span", { class: "strip-scale" }, text), 0, y)];
    });
    this.layers = sizes.map((_, i) => {
      const { x, width } = columns[i + 1];
      const bar = at(element("div", { class: "strip-bar" }), x - 11, strip, 22, STRIP.height);
      const number = at(element("span", { class: "strip-number" }, ""), x - width / 2, strip + STRIP.height + 2, width);
      const state = at(
        element("span", { class: "strip-number" }, ""),
        x - width / 2,
        strip + STRIP.height + 17,
        width,
      );
      return { bar, number, state };
    });
    this.show(
      sizes.map(() => 0),
      [],
      [],
    );
    return [title, ...lines, ...this.layers.flatMap(({ bar, number, state }) => [bar, number, state])];
  }

  stateOf(dead, saturated, isHidden) {
    const share = (part) => (this.isNarrow ? "" : `${percent(part)} `);
    if (dead > 0) return `${share(dead)}dead`;
    return saturated > MANY && isHidden ? `${share(saturated)}sat.` : "";
  }

  /** `gradients` of the layers; shares of dead neurons and of saturated outputs, where an activation has such. */
  show(gradients, dead, saturated) {
    const last = gradients[gradients.length - 1];
    this.layers.forEach(({ bar, number, state }, i) => {
      const size = gradients[i];
      bar.style.transform = `scaleY(${stripShare(size).toFixed(3)})`;
      bar.classList.toggle("extreme", size > LARGE || size < SMALL * Math.min(last, 1));
      setText(number, size > 0 ? shortSize(size) : "–");
      state.classList.toggle("error", dead[i] > 0 || saturated[i] >= NEARLY_ALL);
      setText(state, this.stateOf(dead[i], saturated[i], i < gradients.length - 1));
    });
  }
}

function shortSize(size) {
  return size < Infinity ? size.toExponential(1).replace("e+", "e") : "inf";
}

/** What goes wrong in the layers, in a line of words; "" where nothing does. */
export function diagnosisOf(statistics, steps) {
  if (!steps) return "";
  const last = statistics.length - 1;
  const end = statistics[last].gradient;
  const named = (i) => `layer ${i + 1}`;
  const vanished = statistics.findIndex(({ gradient }, i) => i < last && gradient < SMALL * Math.min(end, 1));
  const most = statistics.reduce((share, each) => Math.max(share, each.dead), 0);
  const dead = statistics.findIndex((each) => each.dead > 0 && each.dead === most);
  const saturated = statistics.findIndex((each, i) => i < last && each.saturated > MANY);
  if (vanished >= 0 && statistics[vanished].gradient > 0) {
    const times = Number((end / statistics[vanished].gradient).toPrecision(2)).toLocaleString("en");
    return `Vanishing: ${named(vanished)} has a gradient ${times} times smaller than the last layer: it hardly learns.`;
  }
  if (dead >= 0) {
    const share = percent(statistics[dead].dead);
    return `${share} of the neurons of ${named(dead)} are dead: they give 0 for all rows, and get no gradient.`;
  }
  if (saturated >= 0) {
    const share = percent(statistics[saturated].saturated);
    return `${share} of the outputs of ${named(saturated)} are at the ends of their range: the slope is nearly 0.`;
  }
  if (statistics.some(({ gradient }) => gradient > LARGE))
    return "Exploding: the gradient is large; a lower rate, or clipping, helps.";
  return "";
}

/** A text that is written only where it is another. */
export function setText(part, text) {
  if (part.textContent !== text) part.textContent = text;
}

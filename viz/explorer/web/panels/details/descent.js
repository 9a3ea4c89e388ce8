// Gradient descent in the page: a rate, a step, and the loss over the steps as a small plot.

import { element, shape } from "../../dom.js";
import { Refused } from "../../state/model.js";
import { format, parseNumber } from "../../state/numbers.js";
import { counted, shorten } from "../../state/texts.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [290, 110, 58, 18];

export class Descent {
  constructor(place, model, say) {
    this.model = model;
    this.rate = element("input", {
      class: "rate",
      type: "text",
      inputmode: "decimal",
      value: "0.1",
      "aria-label": "learning rate",
    });
    this.problem = element("p", { class: "error", role: "alert" });
    this.text = element("p", { class: "note" });
    this.plot = shape("svg", { class: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
    const button = (count) =>
      element(
        "button",
        { type: "button", onclick: () => this.go(count, say) },
        count === 1 ? "One step" : `${count} steps`,
      );
    const label = element("label", {}, "Learning rate ", this.rate);
    place.replaceChildren(
      element("div", { class: "row" }, label, button(1), button(10)),
      this.problem,
      this.text,
      this.plot,
    );
    this.update();
  }

  go(count, say) {
    const rate = parseNumber(this.rate.value);
    this.problem.textContent = "";
    if (!(rate > 0 && rate < Infinity)) {
      this.problem.textContent = `The learning rate must be a positive number such as 0.1, not ${shorten(this.rate.value, 30) || "nothing"}`;
      return;
    }
    if (!this.model.learns.includes(1)) {
      this.problem.textContent = "No leaf learns: choose some in the table of parameters";
      return;
    }
    try {
      const before = this.model.loss;
      this.model.descend(rate, count);
      if (!(this.model.loss <= before)) this.problem.textContent = "It grew: undo, and try a smaller learning rate";
      say(`${shorten(this.model.graph.nameOf(this.model.graph.root), 40)} is ${format(this.model.loss, 6)}`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.problem.textContent = error.message;
    }
  }

  update() {
    const { losses, graph, learns } = this.model;
    const name = shorten(graph.nameOf(graph.root), 24);
    const count = learns.reduce((sum, one) => sum + one, 0);
    const what = graph.chosen
      ? counted(count, "parameter")
      : `${counted(count, "leaf", "leaves")}, inputs too: none was given as a parameter`;
    this.text.textContent = `w ← w - rate · ∂${name}/∂w for ${what}. ${name} = ${format(this.model.loss, 6)}`;
    this.plot.setAttribute(
      "aria-label",
      `${name} over ${losses.length - 1} steps of gradient descent: ${losses
        .slice(-5)
        .map((loss) => format(loss))
        .join(", ")}`,
    );
    this.plot.replaceChildren(...this.curve(losses));
  }

  curve(losses) {
    const finite = losses.filter(Number.isFinite);
    if (!finite.length) return [];
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    const middle = low / 2 + high / 2;
    const reach = Math.max(high / 2 - low / 2, Math.abs(middle) * 1e-9, Number.MIN_VALUE); // of a flat curve, too
    const x = (i) => LEFT + ((WIDTH - LEFT - 8) * i) / Math.max(1, losses.length - 1);
    const y = (loss) => 8 + (HEIGHT - BOTTOM - 14) * (0.5 - (loss - middle) / reach / 2);
    const points = losses.map((loss, i) => [x(i), y(loss)]).filter(([, place]) => Number.isFinite(place));
    const [lastX, lastY] = points[points.length - 1];
    const label = (content, at, place, anchor) => shape("text", { x: at, y: place, "text-anchor": anchor }, content);
    return [
      shape("line", { x1: LEFT, x2: LEFT, y1: 4, y2: HEIGHT - BOTTOM }),
      shape("line", { x1: LEFT, x2: WIDTH, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM }),
      label(format(high, 3), LEFT - 4, 14, "end"),
      label(format(low, 3), LEFT - 4, HEIGHT - BOTTOM - 3, "end"),
      label(`step ${losses.length - 1}`, WIDTH - 4, HEIGHT - 4, "end"),
      shape("polyline", { points: points.map((point) => point.join(",")).join(" ") }),
      shape("circle", { cx: lastX, cy: lastY, r: 3 }),
    ];
  }
}

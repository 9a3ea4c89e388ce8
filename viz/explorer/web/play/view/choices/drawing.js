// Points that one draws: of which class the next one is, and what takes points away.

import { byId, element } from "../../../dom.js";
import { markSample } from "../output/plane.js";

const CLASSES = 4; // that can be drawn
const MOST_POINTS = 500;
const ERASER = 0.08; // how near a point must be, on a plane from -1 to 1

/** `change(points)` takes other points; `points()` are those that are there. */
export class PointDrawing {
  constructor(points, change, say) {
    Object.assign(this, { points, change, say, kind: 0, done: [] });
    const choose = (kind) => {
      this.kind = kind;
      this.buttons.forEach((button, i) => button.setAttribute("aria-pressed", i === kind));
    };
    this.buttons = Array.from({ length: CLASSES }, (_, k) =>
      element(
        "button",
        { type: "button", "aria-pressed": k === 0, onclick: () => choose(k), "data-class": k },
        String(k),
      ),
    );
    this.buttons.push(
      element("button", { type: "button", "aria-pressed": false, onclick: () => choose(CLASSES) }, "Erase"),
    );
    const clear = element("button", { type: "button", id: "clear-points", onclick: () => this.put([]) }, "Clear");
    this.back = element("button", { type: "button", id: "undo-points", onclick: () => this.undo() }, "Undo");
    const help =
      "Click or drag in the plane. By keys: arrows move a cross there, Enter puts a point, Delete takes one away.";
    byId("drawing").replaceChildren(
      ...this.buttons,
      clear,
      this.back,
      element("span", { class: "note" }, help),
    );
  }

  /** Show the marks of the classes. */
  show(paper) {
    for (let k = 0; k < CLASSES; k++) this.buttons[k].replaceChildren(markSample(k, false, paper), ` ${k}`);
    this.back.setAttribute("aria-disabled", !this.last);
  }

  /** What was changed last, {before, after}; none where the points have come from elsewhere since. */
  get last() {
    const last = this.done[this.done.length - 1];
    return last?.after === this.points() ? last : null;
  }

  put(points) {
    if (!this.last) this.done = [];
    this.done.push({ before: this.points(), after: points });
    this.change(points);
  }

  undo() {
    const { last } = this;
    if (!last) return this.say("There is nothing to undo");
    this.done.pop();
    this.change(last.before);
  }

  /** Put a point at a place, or take those near it away. */
  draw(x1, x2, erases) {
    const points = this.points();
    if (erases || this.kind === CLASSES) {
      const left = points.filter(([a, b]) => Math.hypot(a - x1, b - x2) > ERASER);
      if (left.length < points.length) this.put(left);
      return;
    }
    if (points.length >= MOST_POINTS) return this.say(`There is room for ${MOST_POINTS} points: erase some`);
    this.put([...points, [Number(x1.toFixed(3)), Number(x2.toFixed(3)), this.kind]]);
  }
}

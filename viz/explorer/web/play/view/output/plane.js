// The plane of two inputs: what the network gives at every place of it, and the rows as marks on it.

import { element } from "../../../dom.js";
import { css } from "../../../picture/colours/colours.js";
import { format } from "../../../state/numbers.js";
import { counted, shorten } from "../../../state/texts.js";
import { drawLines, levelLines } from "./border.js";
import { classColour, markPath, Raster } from "../shades.js";

export const PLANE_SIDE = 60; // cells while it learns
const NEAR = 12; // pixels from a mark that count as on it
const MARK = 3.6;

/**
 * `on` has pick(row or null), draw(x1, x2, erases), say(text), tip(text, event), and for its texts rowText(row) and
 * placeText([x1, x2]). A row is {of: "train" or "test", index}.
 */
export class Plane {
  constructor(on) {
    this.on = on;
    this.canvas = element("canvas", { "aria-hidden": "true" });
    this.border = element("canvas", { "aria-hidden": "true" });
    this.marks = element("canvas", { tabindex: 0, role: "img", "aria-roledescription": "plane" });
    this.raster = new Raster(this.canvas, PLANE_SIDE);
    this.frame = element("div", { class: "plane" }, this.canvas, this.border, this.marks);
    this.axis = element("div", { class: "plane-axis" });
    this.part = element("div", {}, this.frame, this.axis);
    this.draws = false;
    this.cursor = null; // of the keyboard, while points are drawn: [x1, x2]
    this.listen();
  }

  /** The data have changed; `look(target)` says how a row is drawn, `draws` whether points are. */
  setData({ train, test, ground, look, draws }) {
    const { ranges, names } = ground;
    Object.assign(this, { train, test, ground, ranges, look, draws, curve: null });
    this.marks.classList.toggle("draws", draws);
    this.marks.setAttribute("role", draws ? "application" : "img");
    this.marks.tabIndex = draws ? 0 : -1; // else the rows are chosen by buttons
    const [x1, x2] = ranges.map(([low, high]) => [format(low, 3), format(high, 3)]);
    const words = (name, [low, high]) => `${shorten(name, 18)}: ${low} to ${high}`;
    this.axis.replaceChildren(
      element("span", {}, `→ ${words(names[0], x1)}`),
      element("span", {}, `↑ ${words(names[1], x2)}`),
    );
    const held = test.X.length ? `, ${counted(test.X.length, "row")} for the test` : "";
    const how = draws ? ": arrow keys move a cross, Enter puts a point, Delete takes one away" : "";
    this.marks.setAttribute(
      "aria-label",
      `The plane of ${names[0]} and ${names[1]}, with ${counted(train.X.length, "row")} to train with${held}${how}`,
    );
    this.drawMarks();
  }

  /** All rows with their places: {of, index, x, y (pixels), target}. */
  *places() {
    const side = this.marks.clientWidth;
    const [[low1, high1], [low2, high2]] = this.ranges;
    for (const [of, { X, y }] of [
      ["test", this.test],
      ["train", this.train],
    ]) {
      for (let index = 0; index < X.length; index++) {
        const [x1, x2] = this.ground.placeOf(X[index], y[index]);
        yield {
          of,
          index,
          target: y[index],
          x: ((x1 - low1) / (high1 - low1)) * side,
          y: (1 - (x2 - low2) / (high2 - low2)) * side,
        };
      }
    }
  }

  /** Draw the marks: discs, squares, … by class; filled ones are trained with, hollow ones are for the test. */
  drawMarks() {
    if (!this.ranges) return;
    const side = this.marks.clientWidth || 300;
    const scale = devicePixelRatio || 1;
    this.marks.width = this.marks.height = Math.round(side * scale);
    const context = this.marks.getContext("2d");
    context.scale(scale, scale);
    for (const row of this.places()) this.drawMark(context, row);
    if (this.curve) this.drawCurve(context, side);
    const chosen =
      this.chosen && [...this.places()].find(({ of, index }) => of === this.chosen.of && index === this.chosen.index);
    if (chosen) this.drawRing(context, chosen);
    if (this.cursor && this.draws) this.drawCursor(context, side);
  }

  drawMark(context, { of, target, x, y }) {
    const { colour, kind, outline } = this.look(target);
    const path = markPath(kind, x, y, of === "train" ? MARK : MARK - 0.4);
    context.lineWidth = of === "train" ? 1.2 : 2;
    if (of === "test") {
      context.strokeStyle = outline;
      context.lineWidth = 4;
      context.stroke(path);
      context.lineWidth = 1.8;
      context.strokeStyle = css(colour);
      context.stroke(path);
      return;
    }
    context.fillStyle = css(colour);
    context.strokeStyle = outline;
    context.fill(path);
    context.stroke(path);
  }

  /** What a network of one input gives for inputs from the left to the right. */
  showCurve(outputs) {
    this.curve = outputs;
    this.drawMarks();
  }

  drawCurve(context, side) {
    const [low, high] = this.ranges[1];
    context.beginPath();
    this.curve.forEach((output, i) => {
      context.lineTo(((i + 0.5) / this.curve.length) * side, (1 - (output - low) / (high - low)) * side);
    });
    context.strokeStyle = getComputedStyle(this.marks).getPropertyValue("--ink");
    context.lineWidth = 2.5;
    context.stroke();
  }

  /** The line where outputs on side × side places are at the threshold of two classes; no line where one is null. */
  showBorder(outputs, side, threshold) {
    const lines = outputs && threshold !== null ? levelLines(outputs, side, threshold) : [];
    drawLines(this.border, lines, getComputedStyle(this.border).getPropertyValue("--ink"));
  }

  drawRing(context, { x, y }) {
    const style = getComputedStyle(this.marks);
    for (const [width, colour] of [
      [5, style.getPropertyValue("--paper")],
      [2.5, style.getPropertyValue("--accent")],
    ]) {
      context.beginPath();
      context.arc(x, y, 9, 0, 2 * Math.PI);
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
  }

  drawCursor(context, side) {
    const [x, y] = this.cursor.map((part, i) => (i ? 1 - part : part) * side);
    context.strokeStyle = getComputedStyle(this.marks).getPropertyValue("--ink");
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x - 10, y);
    context.lineTo(x + 10, y);
    context.moveTo(x, y - 10);
    context.lineTo(x, y + 10);
    context.stroke();
  }

  choose(row) {
    this.chosen = row;
    this.drawMarks();
  }

  // ----------------------------------------------------------------------------------------------- pointer and keys

  listen() {
    const { marks } = this;
    marks.onpointerdown = (event) => this.draws && event.button === 0 && this.begin(event);
    marks.onpointermove = (event) => (this.drawing ? this.drawAt(event) : this.point(event));
    marks.onpointerup = marks.onpointercancel = () => (this.drawing = false);
    marks.onpointerleave = () => {
      this.pointed = null;
      this.on.tip("");
    };
    marks.onclick = (event) => !this.draws && this.on.pick(this.nearest(event));
    marks.onkeydown = (event) => this.key(event);
    marks.onfocus = () => this.draws && marks.matches(":focus-visible") && this.setCursor(this.cursor ?? [0.5, 0.5]);
    marks.onblur = () => this.draws && this.setCursor(null);
  }

  begin(event) {
    this.drawing = true;
    this.pointed = null;
    this.cursor = null;
    this.last = null;
    this.marks.setPointerCapture(event.pointerId);
    this.drawAt(event);
  }

  /** Draw where the pointer is, a little away from the one before. */
  drawAt(event) {
    if (this.last && Math.hypot(event.offsetX - this.last[0], event.offsetY - this.last[1]) < 9) return;
    this.last = [event.offsetX, event.offsetY];
    const side = this.marks.clientWidth;
    this.on.draw(...this.inputsAt(event.offsetX / side, 1 - event.offsetY / side), event.shiftKey);
  }

  inputsAt(share1, share2) {
    return this.ranges.map(([low, high], i) => low + (high - low) * Math.max(0, Math.min(1, i ? share2 : share1)));
  }

  /** Say what is under the pointer: a row, or what the network gives there. */
  point({ offsetX, offsetY, clientX, clientY }) {
    this.pointed = { offsetX, offsetY, clientX, clientY };
    this.tellAgain();
  }

  tellAgain() {
    if (!this.pointed) return;
    const { pointed: event } = this;
    const side = this.marks.clientWidth;
    const row = this.nearest(event);
    this.on.tip(
      row ? this.on.rowText(row) : this.on.placeText(this.inputsAt(event.offsetX / side, 1 - event.offsetY / side)),
      event,
    );
  }

  nearest({ offsetX, offsetY }) {
    let found = null;
    let least = NEAR;
    for (const row of this.places()) {
      const distance = Math.hypot(row.x - offsetX, row.y - offsetY);
      if (distance <= least) [found, least] = [row, distance];
    }
    return found && { of: found.of, index: found.index };
  }

  /** While points are drawn, arrow keys move a cross, Enter puts a point, Delete takes the nearest one away. */
  key(event) {
    if (!this.draws) return;
    const step = event.shiftKey ? 0.1 : 0.02;
    const [by1, by2] =
      { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key] ?? [];
    const cursor = this.cursor ?? [0.5, 0.5];
    if (by1 !== undefined)
      this.setCursor([cursor[0] + by1, cursor[1] + by2].map((share) => Math.max(0, Math.min(1, share))));
    else if (event.key === "Enter" || event.key === " ") this.on.draw(...this.inputsAt(...cursor), false);
    else if (event.key === "Delete" || event.key === "Backspace") this.on.draw(...this.inputsAt(...cursor), true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  setCursor(cursor) {
    this.cursor = cursor;
    this.drawMarks();
    if (!cursor) return;
    this.on.say(
      this.inputsAt(...cursor)
        .map((x) => format(x, 2))
        .join(", "),
    );
  }
}

/** A mark as a small picture for a legend. */
export function markSample(kind, isTest, paper) {
  const canvas = element("canvas", { width: 28, height: 28, "aria-hidden": "true" });
  canvas.style.width = canvas.style.height = "14px";
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  const path = markPath(kind, 7, 7, 4.2);
  context.fillStyle = context.strokeStyle = css(classColour(kind, paper));
  context.lineWidth = 1.8;
  if (isTest) context.stroke(path);
  else context.fill(path);
  return canvas;
}

// The chosen row: what it is, what the network makes of it, and why. Images are shown side by side.

import { element } from "../../../dom.js";
import { format } from "../../../state/numbers.js";
import { shorten } from "../../../state/texts.js";

const IMAGES = 20; // that are seen at once
const NO_ROW = "Choose a point: here is what the network makes of it.";

export class RowCard {
  /** `on` has step(by), worst(), open(). */
  constructor(part, on) {
    this.text = element("p", { "aria-live": "polite" }, NO_ROW);
    this.image = element("canvas", { class: "row-image", hidden: true, "aria-hidden": "true" });
    const button = (id, words, onclick, label) =>
      element("button", { type: "button", id, onclick, "aria-label": label }, words);
    this.why = button("why", "Open its scalars", on.open);
    const tools = element(
      "div",
      { class: "tools" },
      button("worst", "Most wrong", on.worst),
      button("row-before", "◀", () => on.step(-1), "The row before"),
      button("row-after", "▶", () => on.step(1), "The next row"),
      this.why,
    );
    part.replaceChildren(this.image, this.text, tools);
  }

  /**
   * `facts` has title, x, target, guess, verdict: texts; isWrong, the loss, and of an image {numbers, shape}; or null.
   */
  show(facts) {
    this.image.hidden = !facts?.image;
    if (facts?.image) {
      [this.image.height, this.image.width] = facts.image.shape;
      paint(this.image, facts.image.numbers, Math.min(...facts.image.numbers), Math.max(...facts.image.numbers));
    }
    this.why.textContent = facts?.isWrong ? "Why is it wrong?" : "Open its scalars";
    if (!facts) return this.text.replaceChildren(NO_ROW);
    const verdict = element("span", { class: facts.isWrong ? "wrong" : "" }, facts.verdict);
    this.text.replaceChildren(
      `${facts.title}: ${facts.x}. `,
      `${facts.target}. The network: ${facts.guess}`,
      verdict,
      ` Loss ${format(facts.loss)}.`,
    );
  }
}

/** Numbers as an image, dark on light, as ink on paper, whatever the theme. */
function paint(canvas, numbers, least, most) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  numbers.forEach((x, i) => {
    const grey = Math.round(255 * (1 - (x - least) / (most - least || 1)));
    image.data.set([grey, grey, grey, 255], 4 * i);
  });
  context.putImageData(image, 0, 0);
}

/** Rows of `data` ({X, y}) that are images, each with what the network takes it for; some of all, evenly. */
export class ImageRows {
  constructor(part, [height, width], on, data, of, names) {
    const count = Math.min(IMAGES, data.X.length);
    this.shown = Array.from({ length: count }, (_, i) => Math.floor((i * data.X.length) / count));
    Object.assign(this, { data, of, names, X: this.shown.map((row) => data.X[row]) });
    this.buttons = this.shown.map((index) => {
      const canvas = element("canvas", { width, height, "aria-hidden": "true" });
      const guess = element("span", {}, "?");
      const onclick = () => on.pick({ of, index });
      return {
        button: element("button", { type: "button", "aria-pressed": false, onclick }, canvas, guess),
        canvas,
        guess,
      };
    });
    part.replaceChildren(...this.buttons.map(({ button }) => button));
    this.draw();
  }

  draw() {
    const most = this.X.reduce((most, x) => x.reduce((a, b) => Math.max(a, b), most), -Infinity);
    const least = this.X.reduce((least, x) => x.reduce((a, b) => Math.min(a, b), least), Infinity);
    this.buttons.forEach(({ canvas }, k) => paint(canvas, this.X[k], least, most));
  }

  /** `classes` are what the network takes the shown ones for. */
  update(classes) {
    this.shown.forEach((row, k) => {
      const { button, guess } = this.buttons[k];
      const target = this.data.y[row];
      const isWrong = classes[k] !== target;
      const text = isWrong
        ? `${shorten(this.names[classes[k]], 8)} ≠ ${shorten(this.names[target], 8)}`
        : shorten(this.names[target], 8);
      if (guess.textContent === text) return;
      guess.textContent = text;
      guess.classList.toggle("wrong", isWrong);
      const verdict = isWrong ? ", which is wrong" : "";
      const words = `${this.names[target]}, taken for ${this.names[classes[k]]}${verdict}`;
      button.setAttribute("aria-label", `Row ${row + 1}: ${words}`);
    });
  }

  choose(row) {
    this.shown.forEach((each, k) =>
      this.buttons[k].button.setAttribute("aria-pressed", Boolean(row && row.of === this.of && row.index === each)),
    );
  }
}

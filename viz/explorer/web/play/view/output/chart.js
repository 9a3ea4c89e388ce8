// The chart of loss and accuracy over the epochs.

import { element } from "../../../dom.js";
import { format } from "../../../state/numbers.js";

const HEIGHT = 160;
const LEFT = 44; // for the numbers of the axis
const RIGHT = 8;
const DEPTH = 1e-9; // of a log scale: below a loss of 1, or below the largest one
const TOP = 17; // for the words above the losses
const BETWEEN_CHARTS = 26; // between loss and accuracy

export class Chart {
  constructor() {
    this.canvas = element("canvas", { role: "img", "aria-label": "Loss and accuracy over the epochs" });
    this.isLogarithmic = false;
  }

  /** `history` is that of the trainer; `describes` asks for the words of it, too, which take a while to be read. */
  draw(history, hasAccuracy, describes) {
    const { canvas } = this;
    const width = canvas.clientWidth || 300;
    const scale = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(HEIGHT * scale);
      this.style = null;
    }
    this.style ??= this.colours();
    this.context = canvas.getContext("2d");
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    this.context.clearRect(0, 0, width, HEIGHT);
    this.context.font = this.style.font;
    const lossHeight = hasAccuracy ? 73 : HEIGHT - TOP - 30;
    this.drawLosses(history, width, TOP, lossHeight);
    const top = TOP + lossHeight + BETWEEN_CHARTS;
    if (hasAccuracy) this.drawAccuracies(history, width, top, HEIGHT - top - 18);
    this.text(`${history.length ? history[history.length - 1].epoch : 0} epochs`, width - RIGHT, HEIGHT - 3, "right");
    if (describes) this.describe(history, hasAccuracy);
  }

  /** To be called when the theme has changed. */
  forgetColours() {
    this.style = null;
  }

  colours() {
    const style = getComputedStyle(this.canvas);
    const [ink, soft, faint, train, test] = ["--ink", "--soft", "--faint", "--accent", "--test"].map((name) =>
      style.getPropertyValue(name),
    );
    return { ink, soft, faint, train, test, font: `11px ${style.fontFamily}` };
  }

  drawLosses(history, width, top, height) {
    const known = history.flatMap(({ trainLoss, testLoss }) => [trainLoss, testLoss]).filter(Number.isFinite);
    const most = known.reduce((a, b) => Math.max(a, b), 0) || 1;
    let least = 0;
    if (this.isLogarithmic) {
      least = known.reduce((a, b) => (b > 0 ? Math.min(a, b) : a), most);
      least = Math.max(least, Math.min(most * DEPTH, DEPTH));
      if (least === most) least = most / 10;
    }
    const share = this.isLogarithmic
      ? (loss) => Math.log(Math.max(loss, least) / least) / Math.log(most / least)
      : (loss) => loss / most;
    this.frame(width, top, height, [
      [0, format(least, 2)],
      [1, format(most, 2)],
    ]);
    this.text("loss", LEFT, top - 5, "left");
    this.lines(history, width, top, height, ["trainLoss", "testLoss"], share);
  }

  drawAccuracies(history, width, top, height) {
    this.frame(width, top, height, [
      [0, "0 %"],
      [1, "100 %"],
    ]);
    this.text("accuracy", LEFT, top - 5, "left");
    this.lines(history, width, top, height, ["trainAccuracy", "testAccuracy"], (accuracy) => accuracy);
  }

  frame(width, top, height, ticks) {
    const { context, style } = this;
    context.strokeStyle = style.faint;
    context.lineWidth = 1;
    for (const [share, text] of ticks) {
      const y = Math.round(top + height * (1 - share)) + 0.5;
      context.beginPath();
      context.moveTo(LEFT, y);
      context.lineTo(width - RIGHT, y);
      context.stroke();
      this.text(text, LEFT - 5, y + 4, "right");
    }
  }

  /** Lines over the epochs; of many epochs those that fall on a pixel. */
  lines(history, width, top, height, names, share) {
    const { context, style } = this;
    const count = history.length;
    const room = width - LEFT - RIGHT;
    const stride = Math.max(1, Math.floor(count / (2 * room)));
    names.toReversed().forEach((name) => {
      context.strokeStyle = name.startsWith("train") ? style.train : style.test;
      context.lineWidth = 1.6;
      context.setLineDash(name.startsWith("train") ? [] : [5, 3]);
      context.beginPath();
      let isOpen = false;
      for (let i = 0; i < count; i += i + stride < count || i === count - 1 ? stride : count - 1 - i) {
        const number = history[i][name];
        if (!Number.isFinite(number)) {
          isOpen = false;
          continue;
        }
        const x = LEFT + (count > 1 ? (i / (count - 1)) * room : 0);
        const y = top + height * (1 - Math.max(0, Math.min(1, share(number))));
        if (isOpen) context.lineTo(x, y);
        else context.moveTo(x, y);
        isOpen = true;
      }
      context.stroke();
    });
    context.setLineDash([]);
  }

  text(words, x, y, align) {
    this.context.fillStyle = this.style.soft;
    this.context.textAlign = align;
    this.context.fillText(words, x, y);
  }

  describe(history, hasAccuracy) {
    const [first, last] = [history[0], history[history.length - 1]];
    if (!last) return this.canvas.setAttribute("aria-label", "Nothing is trained yet");
    const words = ["train", "test"]
      .filter((which) => last[`${which}Loss`] !== null)
      .map((which) => {
        const [before, now] = [first, last].map((each) => format(each[`${which}Loss`]));
        const right = hasAccuracy ? `, ${which} accuracy ${format(100 * last[`${which}Accuracy`], 3)} %` : "";
        return `${which} loss from ${before} to ${now}${right}`;
      });
    this.canvas.setAttribute("aria-label", `Over ${last.epoch} epochs: ${words.join("; ")}`);
  }
}

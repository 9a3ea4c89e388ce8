// Numbers over a plane as colours, and rows as marks: blue and orange as everywhere, more colours for more classes.

import { blend } from "../../picture/colours/colours.js";

// Of classes; the first two are those of the numbers below and above 0.
// prettier-ignore
const CLASS_COLOURS = [
  PALETTE.negative, PALETTE.positive, [0, 132, 90], [142, 68, 173], [176, 132, 0], [200, 50, 105],
  [0, 140, 160], [121, 85, 61], [95, 105, 120], [105, 125, 25],
];
const LIGHTER = 0.38; // so much of the way to white
const STEPS = 128; // of strengths on either side of 0

/** The colour of the marks of a class: lighter on a dark paper. */
export function classColour(number, paper) {
  const colour = CLASS_COLOURS[number % CLASS_COLOURS.length];
  const isDark = paper[0] < 128;
  return isDark ? colour.map((part) => Math.round(part + LIGHTER * (255 - part))) : colour;
}

/** The colours of strengths from -1 to 1 on a paper, as pixels: the middle one is that of 0. */
export function colourTable(paper) {
  return Uint32Array.from({ length: 2 * STEPS + 1 }, (_, i) => pixel(blend(i / STEPS - 1, paper)));
}

function pixel([red, green, blue]) {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** A canvas of side × side cells. */
export class Raster {
  constructor(canvas, side) {
    this.resize(canvas, side);
  }

  resize(canvas, side) {
    this.canvas = canvas;
    this.side = canvas.width = canvas.height = side;
    this.context = canvas.getContext("2d");
    this.image = this.context.createImageData(side, side);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  /** Numbers whose strength is (x - middle) / reach. */
  paint(numbers, table, middle, reach) {
    const { pixels } = this;
    const times = reach > 0 ? STEPS / reach : 0;
    for (let i = 0; i < pixels.length; i++) {
      const strong = (numbers[i] - middle) * times;
      pixels[i] =
        table[
          strong >= STEPS ? 2 * STEPS : strong > -STEPS ? STEPS + Math.round(strong) : strong <= -STEPS ? 0 : STEPS
        ];
    }
    this.context.putImageData(this.image, 0, 0);
  }

  /** Probabilities of classes, a column each: the colour of the likeliest, the stronger the surer. */
  paintClasses(columns, paper) {
    const { pixels } = this;
    const count = columns.length;
    for (let i = 0; i < pixels.length; i++) {
      let best = 0;
      for (let k = 1; k < count; k++) if (columns[k][i] > columns[best][i]) best = k;
      const sure = (columns[best][i] - 1 / count) / (1 - 1 / count);
      const colour = CLASS_COLOURS[best % CLASS_COLOURS.length];
      const part = PALETTE.fullest * Math.max(0, Math.min(1, sure));
      pixels[i] = pixel(paper.map((cool, c) => cool + part * (colour[c] - cool)));
    }
    this.context.putImageData(this.image, 0, 0);
  }
}

/** From logits to probabilities, in place; a column for each class. */
export function softmaxColumns(columns) {
  const count = columns.length;
  for (let i = 0; i < columns[0].length; i++) {
    let most = -Infinity;
    let sum = 0;
    for (let k = 0; k < count; k++) most = Math.max(most, columns[k][i]);
    for (let k = 0; k < count; k++) sum += columns[k][i] = Math.exp(columns[k][i] - most);
    for (let k = 0; k < count; k++) columns[k][i] /= sum;
  }
  return columns;
}

/** The outline of a class's mark around a place: a disc, a square, triangles, a diamond, a cross. */
export function markPath(number, x, y, size) {
  const path = new Path2D();
  const polygon = (...corners) => {
    corners.forEach(([dx, dy], i) =>
      i ? path.lineTo(x + dx * size, y + dy * size) : path.moveTo(x + dx * size, y + dy * size),
    );
    path.closePath();
  };
  const kind = number % 6;
  if (kind === 0) path.arc(x, y, size, 0, 2 * Math.PI);
  else if (kind === 1) polygon([-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]);
  else if (kind === 2) polygon([0, -1.15], [1.1, 0.85], [-1.1, 0.85]);
  else if (kind === 3) polygon([0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]);
  else if (kind === 4) polygon([-1.1, -0.85], [1.1, -0.85], [0, 1.15]);
  else {
    const [w, l] = [0.42, 1.15];
    polygon([-w, -l], [w, -l], [w, -w], [l, -w], [l, w], [w, w], [w, l], [-w, l], [-w, w], [-l, w], [-l, -w], [-w, -w]);
  }
  return path;
}

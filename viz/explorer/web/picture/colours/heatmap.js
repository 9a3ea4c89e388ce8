// Many numbers as a small picture: one cell each, row by row; blue for negative ones, orange for positive ones.

import { shape } from "../../dom.js";
import { blend } from "./colours.js";

const MOST_CELLS = 1024;
const FEW = 8; // numbers that stand in one row

/**
 * A data URL of the picture; the paper is [red, green, blue], and what null is. With `columns` it has so many; `most` is
 * the number with the strongest colour, without it the largest one.
 */
export function heatmap(numbers, paper, columns = 0, most = null) {
  const cells = columns ? numbers : gathered(numbers);
  columns ||= columnsFor(cells.length);
  const rows = Math.ceil(cells.length / columns);
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const largest = most ?? cells.reduce((size, x) => (Number.isFinite(x) ? Math.max(size, Math.abs(x)) : size), 0);
  cells.forEach((x, i) => {
    const colour = x === null || Number.isFinite(x) ? blend(largest && x ? x / largest : 0, paper) : PALETTE.wrongLine;
    image.data.set([...colour, 255], 4 * i);
  });
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

/**
 * The frame of a picture at a place {x, y, width, height}; of so many numbers, in the middle of it, with lines between
 * few of them: a cell of 0 is as white as what is around it.
 */
export function cellFrame({ x, y, width, height }, count) {
  const columns = columnsFor(Math.min(count, MOST_CELLS));
  const rows = Math.ceil(Math.min(count, MOST_CELLS) / columns);
  const side = Math.min(width / columns, height / rows);
  const [wide, high] = count ? [side * columns, side * rows] : [width, height];
  const [left, top] = [x + (width - wide) / 2, y + (height - high) / 2];
  let d = `M${left},${top}h${wide}v${high}h${-wide}z`;
  if (count <= FEW) for (let column = 1; column < count; column++) d += `M${left + column * side},${top}v${high}`;
  return shape("path", { class: "heatmap-frame", d });
}

/** Of too many numbers the means of so many in a row. */
function gathered(numbers) {
  if (numbers.length <= MOST_CELLS) return [...numbers];
  return Array.from({ length: MOST_CELLS }, (_, i) => {
    const from = Math.floor((i * numbers.length) / MOST_CELLS);
    const to = Math.floor(((i + 1) * numbers.length) / MOST_CELLS);
    return numbers.slice(from, to).reduce((sum, x) => sum + x, 0) / (to - from);
  });
}

/** A few numbers stand in one row; 28·28 pixels, also with a bias after them, in a square. */
function columnsFor(count) {
  if (count <= FEW) return count;
  const side = Math.floor(Math.sqrt(count));
  return count - side * side <= 1 ? side : Math.ceil(Math.sqrt(count));
}

// The line where an output is at the threshold between two classes.

/**
 * Where numbers on a plane cross a level: pieces of lines [[x1, y1, x2, y2], …] in shares of the plane, from its top
 * left; `numbers` are of side × side places, each in the middle of its cell, row by row (marching squares, Lorensen and
 * Cline 1987).
 */
export function levelLines(numbers, side, level) {
  const lines = [];
  const at = (column, row) => numbers[row * side + column] - level;
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const corners = [at(column, row), at(column + 1, row), at(column + 1, row + 1), at(column, row + 1)];
      const ends = crossings(corners);
      for (let i = 0; i + 1 < ends.length; i += 2)
        lines.push([...ends[i], ...ends[i + 1]].map((place, k) => ((k % 2 ? row : column) + 0.5 + place) / side));
    }
  }
  return lines;
}

// prettier-ignore
const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]];

/** Where a cell's edges, one after the other, are crossed: none, two, or four places. */
function crossings(corners) {
  const found = [];
  for (let i = 0; i < 4; i++) {
    const [a, b] = [corners[i], corners[(i + 1) % 4]];
    if (!(Number.isFinite(a) && Number.isFinite(b)) || (a < 0) === (b < 0)) continue;
    const share = a / (a - b);
    const [from, to] = [CORNERS[i], CORNERS[(i + 1) % 4]];
    found.push(from.map((place, k) => place + share * (to[k] - place)));
  }
  return found;
}

/** Draw such lines on a canvas as large as the plane. */
export function drawLines(canvas, lines, colour) {
  const scale = devicePixelRatio || 1;
  const side = canvas.clientWidth || 300;
  const pixels = Math.round(side * scale);
  if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, pixels, pixels);
  context.beginPath();
  for (const [x1, y1, x2, y2] of lines) {
    context.moveTo(x1 * pixels, y1 * pixels);
    context.lineTo(x2 * pixels, y2 * pixels);
  }
  context.lineWidth = 1.2 * scale;
  context.strokeStyle = colour;
  context.stroke();
}

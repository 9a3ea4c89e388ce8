// Where the neurons of a network stand in its picture.

const MOST_DRAWN = 12; // neurons of a layer; of more the first ones
const MOST_INPUTS = 8; // that stand for themselves; more are one box
const AREA = { least: 250, most: 336, each: 50 }; // the height that the neurons share
const LARGEST = 46; // a neuron
const TALL_BELOW = 86; // the width of a column in which + and − stand below each other
export const STRIP = { height: 60, most: 2, least: -8 }; // of gradients, from 10^least to 10^most

/**
 * {width, height, head, size, columns, strip}: columns from the inputs to the last layer, each with its middle x, its
 * width, the middles y of the neurons drawn, how many there are, and whether they are one box.
 */
export function placesOf(width, inputs, sizes, isImage) {
  const counts = [inputs, ...sizes];
  const margin = Math.min(60, width / (2 * counts.length));
  const pitch = counts.length > 1 ? (width - 2 * margin) / (counts.length - 1) : 0;
  const isTall = pitch < TALL_BELOW;
  const head = isTall ? 92 : 54;
  const drawn = counts.map((count, i) =>
    i === 0 && (isImage || count > MOST_INPUTS) ? 1 : Math.min(count, MOST_DRAWN),
  );
  const most = Math.max(...drawn, 4);
  const area = Math.max(AREA.least, Math.min(AREA.most, AREA.each * most));
  const size = Math.max(18, Math.min(LARGEST, area / most - 5, pitch ? pitch * 0.62 : LARGEST));
  const stepOf = (i) => Math.min(area / drawn[i], size + 22);
  const columns = counts.map((count, i) => ({
    count,
    x: margin + i * pitch,
    width: Math.max(40, Math.min(pitch - 4, 120)),
    ys: Array.from({ length: drawn[i] }, (_, k) => head + area / 2 + (k - (drawn[i] - 1) / 2) * stepOf(i)),
    isBox: i === 0 && drawn[i] === 1 && count > 1,
  }));
  const strip = head + area + 26;
  return { width, height: strip + STRIP.height + 38, head, size, columns, strip, isTall, bottom: head + area };
}

/** The line of an edge, from the right of a neuron to the left of one in the next column. */
export function edgeLine({ columns, size }, column, from, to) {
  const [x1, y1] = [columns[column].x + size / 2, columns[column].ys[from]];
  const [x2, y2] = [columns[column + 1].x - size / 2, columns[column + 1].ys[to]];
  const at = (x, y) => `${x.toFixed(1)},${y.toFixed(1)}`;
  const middle = (x1 + x2) / 2;
  return `M${at(x1, y1)}C${at(middle, y1)} ${at(middle, y2)} ${at(x2, y2)}`;
}

/** How high a gradient stands on the strip, from 0 to 1. */
export function stripShare(gradient) {
  if (!(gradient > 0)) return 0;
  const { most, least } = STRIP;
  return Math.max(0.02, Math.min(1, (Math.log10(gradient) - least) / (most - least)));
}

/** Where the weight of an input of a neuron stands among the parameters, and as i = how many inputs, its bias. */
export function parameterIndex(inputs, sizes, layer, neuron, i) {
  let index = 0;
  let before = inputs;
  for (let l = 0; l < layer; l++) {
    index += sizes[l] * (before + 1);
    before = sizes[l];
  }
  return index + neuron * (before + 1) + i;
}

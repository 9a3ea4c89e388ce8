// Numbers as colours. Which they are is said once, in Python: PALETTE stands before this script, see colours.py.

/** The scale on which all of these gradients can be seen: the largest in size, and where its logarithm begins. */
export function scaleOf(gradients) {
  let largest = 0;
  let smallest = Infinity;
  for (const gradient of gradients) {
    const size = Math.abs(gradient);
    if (!Number.isFinite(size) || size === 0) continue;
    largest = Math.max(largest, size);
    smallest = Math.min(smallest, size);
  }
  if (!largest) return { largest: 0, least: 0 };
  const [fewest, most] = PALETTE.decades;
  const needed = Math.ceil(Math.log10(largest) - Math.log10(smallest) - 1e-9);
  return { largest, least: largest * 10 ** -Math.min(Math.max(needed, fewest), most) };
}

/** From -1 to 1: the sign of a gradient, and how strong its colour is on a scale. */
export function strength(gradient, { largest, least }) {
  const size = Math.abs(gradient);
  if (!Number.isFinite(size) || size === 0 || largest === 0) return 0;
  return Math.sign(gradient) * shareOf(size, largest, least);
}

function shareOf(size, largest, least) {
  const { faintest } = PALETTE;
  if (size < least) return (faintest * size) / least;
  if (least === 0) return 1; // it is too small for a number
  const fraction = Math.log10(size / largest) / Math.log10(largest / least);
  return faintest + (1 - faintest) * (1 + Math.max(-1, Math.min(0, fraction)));
}

/** The colour of a strength on a paper of this colour, as its parts, 0 to 255. */
export function blend(strengthOf, paper) {
  const strong = strengthOf < 0 ? PALETTE.negative : PALETTE.positive;
  const part = PALETTE.fullest * Math.abs(strengthOf);
  return paper.map((cool, i) => Math.round(cool + part * (strong[i] - cool)));
}

export function css([red, green, blue]) {
  return `rgb(${red},${green},${blue})`;
}

/** The ink that is easier to read on a colour. */
export function inkOn([red, green, blue]) {
  const linear = [red, green, blue].map((part) =>
    part / 255 <= 0.04045 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4,
  );
  const luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  return luminance > 0.18 ? "#000" : "#fff";
}

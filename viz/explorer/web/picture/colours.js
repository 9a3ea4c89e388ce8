// Numbers as colours.

/** From -1 to 1: how strong a gradient is beside the largest. The root makes small ones visible. */
export function strength(gradient, largest) {
  if (!Number.isFinite(gradient) || gradient === 0 || !(largest > 0)) return 0;
  return Math.sign(gradient) * Math.sqrt(Math.min(1, Math.abs(gradient) / largest));
}

/** Blue for negative, orange for positive: everybody can tell them apart. As the parts of a colour, 0 to 255. */
const NEGATIVE = [20, 110, 190];
const POSITIVE = [215, 105, 0];

/** The colour of a strength on a paper of this colour. */
export function blend(strengthOf, paper) {
  const strong = strengthOf < 0 ? NEGATIVE : POSITIVE;
  const share = 0.85 * Math.abs(strengthOf);
  return paper.map((part, i) => Math.round(part + share * (strong[i] - part)));
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

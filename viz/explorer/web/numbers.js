// Numbers as texts and as colours.

const UNKNOWN = "?";

/** A number in about `digits` digits, and all of those before the point; NaN as "nan", infinities as Python writes them. */
export function format(x, digits = 4) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size < 1e-3 || size >= 1e6)
    return x
      .toExponential(digits - 2)
      .replace("e+", "e")
      .replace(/\.?0+e/, "e");
  return String(Number(x.toPrecision(Math.max(digits, Math.floor(Math.log10(size)) + 1)))); // whole numbers are whole
}

/** All digits of a number, as Python reads them. */
export function exact(x) {
  return Number.isFinite(x) ? (Object.is(x, -0) ? "-0" : String(x)) : format(x);
}

export function known(x, isKnown, digits) {
  return isKnown ? format(x, digits) : UNKNOWN;
}

/** The number that a text says; undefined where it says none. Python's words for infinities and nan are understood. */
export function parseNumber(text) {
  const word = text.trim().toLowerCase();
  if (/^[+-]?(inf|infinity)$/.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
  if (word === "nan") return NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(word) ? Number(word) : undefined;
}

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

// Numbers as texts, and read from them.

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

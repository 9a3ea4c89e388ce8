// Real functions as IEEE 754 has them, with the results of autograd/ieee.py: what rules of the rule book call on m.
// Where JavaScript's Math does the same, it is Math's own. Which functions there are, javascript.py reads from here.

const ERF_TERMS = 45; // of the series, up to |x| = 2
const ERFC_STEPS = 60; // of the continued fraction, from |x| = 2

/** erf x for 0 ≤ x < 2, as a series without a minus: 2/√π · e^(-x²) · Σ 2ⁿ x^(2n+1) / (1·3·5···(2n+1)).
 *  Abramowitz & Stegun, Handbook of Mathematical Functions, 7.1.6. Summed from the last term, the smallest. */
function erfBySeries(x) {
  let sum = 1;
  for (let n = ERF_TERMS; n > 0; n--) sum = 1 + ((2 * x * x) / (2 * n + 1)) * sum;
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * x * sum;
}

/** 1 - erf x for x ≥ 2, as a continued fraction: e^(-x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + 2/(x + …))))).
 *  Abramowitz & Stegun, 7.1.14. Computed from the innermost denominator. */
function erfcByFraction(x) {
  let denominator = x;
  for (let n = ERFC_STEPS; n > 0; n--) denominator = x + n / 2 / denominator;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * denominator);
}

/** A number as Python's format "g" writes it: six digits, at most. */
function inSixDigits(x) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  const [digits, exponent] = x.toExponential(5).split("e");
  if (x === 0 || (exponent >= -4 && exponent < 6)) return String(Number(x.toPrecision(6)));
  return `${Number(digits)}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

export const arithmetic = {
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  atan2: Math.atan2,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  hypot: Math.hypot,
  floor: Math.floor,

  /** 2/√π · ∫₀ˣ e^(-t²) dt */
  erf(x) {
    const size = Math.abs(x);
    if (size < 2) return erfBySeries(x);
    return Number.isNaN(x) ? x : Math.sign(x) * (size < 6 ? 1 - erfcByFraction(size) : 1); // 1 - erf 6 < 2⁻⁵³
  },

  div(a, b) {
    return a / b;
  },

  /** aᵇ as C has it: Math.pow(1, NaN) and Math.pow(±1, ±Infinity) are NaN, those of C are 1. */
  pow(a, b) {
    return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : Math.pow(a, b);
  },

  /** The largest of a list: of equal ones the first, which tells 0 from -0; nan as soon as one is nan. */
  maximum(values) {
    let largest = values[0];
    for (const x of values) {
      if (Number.isNaN(x)) return x;
      if (x > largest) largest = x;
    }
    return largest;
  },

  /** The smallest of a list. */
  minimum(values) {
    let smallest = values[0];
    for (const x of values) {
      if (Number.isNaN(x)) return x;
      if (x < smallest) smallest = x;
    }
    return smallest;
  },

  /** The sum of a list, in order. */
  total(terms) {
    let sum = terms[0];
    for (let i = 1; i < terms.length; i++) sum += terms[i];
    return sum;
  },

  /** values[index], for an index that is a whole number from 0 to values.length - 1. */
  take(index, values) {
    if (Number.isInteger(index) && index >= 0 && index < values.length) return values[index];
    throw new RangeError(
      `take: the index must be a whole number from 0 to ${values.length - 1}, got ${inSixDigits(index)}`,
    );
  },
};

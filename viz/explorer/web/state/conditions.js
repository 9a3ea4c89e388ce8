// Conditions on numbers, by which nodes are found: "nan", "inf", "data < 0", "|grad| > 1".

import { format, parseNumber } from "./numbers.js";

const CONDITION = /^(\|?)\s*(data|grad)\s*(\|?)\s*(<=|>=|==?|<|>|≤|≥)\s*(\S+)$/;
const COMPARE = {
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "=": (a, b) => a === b,
};

/** {meets, tell}: whether a node does, as far as is known; how, in words. Null where a text is no condition. */
export function conditionOf(text, { graph, interpreter, steps }) {
  const of = {
    data: (n) => (steps.knowsNumber(n) ? interpreter.data[n] : undefined),
    grad: (n) => (steps.gradient(n) === "unknown" || graph.isConstant(n) ? undefined : interpreter.gradient[n]),
  };
  const compares = comparison(text.trim().toLowerCase());
  if (!compares) return null;
  const met = (n) => compares.names.filter((name) => of[name](n) !== undefined && compares.meets(of[name](n)));
  return {
    meets: (n) => met(n).length > 0,
    tell: (n) => met(n).map((name) => `${name} ${format(of[name](n))}`).join(", "),
  };
}

/** Which numbers of a node are asked for, and what each has to be. */
function comparison(text) {
  if (text === "nan") return { names: ["data", "grad"], meets: Number.isNaN };
  if (/^[+-]?inf$/.test(text)) {
    const meets = (x) => x === parseNumber(text) || (text === "inf" && x === -Infinity);
    return { names: ["data", "grad"], meets };
  }
  const [, left, name, right, sign, number] = text.match(CONDITION) ?? [];
  const limit = parseNumber(number?.replace("−", "-") ?? "");
  if (limit === undefined || Number.isNaN(limit) || left !== right) return null;
  const signs = sign.replace("≤", "<=").replace("≥", ">=");
  const meets = (x) => [...new Set(signs)].some((each) => COMPARE[each](left ? Math.abs(x) : x, limit));
  return { names: [name], meets };
}

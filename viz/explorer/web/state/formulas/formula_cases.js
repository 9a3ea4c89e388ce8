// Of a formula with cases the one that holds, and why; and a formula with names or numbers for its operands.

const LESS = 1; // what may be between two numbers, as a set
const EQUAL = 2;
const GREATER = 4;
const RELATIONS = { "<": LESS, "=": EQUAL, ">": GREATER, "≤": LESS | EQUAL, "≥": EQUAL | GREATER, "≠": LESS | GREATER };
const SIGN_OF = Object.fromEntries(Object.entries(RELATIONS).map(([sign, relation]) => [relation, sign]));
const ANY_RELATION = LESS | EQUAL | GREATER;

/** The tree with `leafOf(i)` for its operands, and `leafOf("y")` for the value. */
export function filled(tree, leafOf) {
  if (!Array.isArray(tree)) return tree;
  const [head, ...parts] = tree;
  if (head === "operand") return leafOf(parts[0]);
  if (head === "y") return leafOf("y");
  return [head, ...parts.map((part) => filled(part, leafOf))]; // the name of a function is no tree, and stays
}

/**
 * The tree without cases, as far as the numbers decide them, and the comparisons that have decided: {tree, reasons}.
 * Where a number is nan, which is neither less nor greater than another, no comparison says why.
 */
export function caseThatHolds(tree, numberOf) {
  const reasons = new Map(); // by what is compared: what is known to be between the two
  const note = ([sign, a, b], holds) => {
    if ([a, b].every((side) => typeof side === "number") || b === Infinity) return; // holds whatever the operands are
    if ([a, b].some((side) => Number.isNaN(evaluated(side, numberOf)))) return;
    const key = JSON.stringify([a, b]);
    const relation = holds ? RELATIONS[sign] : ANY_RELATION & ~RELATIONS[sign];
    reasons.set(key, relation & (reasons.get(key) ?? ANY_RELATION));
  };
  const result = chosen(tree, numberOf, note);
  return { tree: result, reasons: [...reasons].map(([key, relation]) => [SIGN_OF[relation], ...JSON.parse(key)]) };
}

function chosen(tree, numberOf, note) {
  if (!Array.isArray(tree)) return tree;
  const [head, ...parts] = tree;
  if (head === "operand" || head === "y" || !parts.length) return tree;
  if (head === "if") {
    const [condition, yes, no] = parts;
    const asked = (condition[0] === "and" ? condition.slice(1) : [condition]).map(asComparison);
    const answers = asked.map(([sign, a, b]) => compared(sign, evaluated(a, numberOf), evaluated(b, numberOf)));
    if (answers.includes(undefined)) return tree;
    const fails = answers.indexOf(false);
    if (fails >= 0) note(asked[fails], false);
    else for (const each of asked) note(each, true);
    return chosen(fails >= 0 ? no : yes, numberOf, note);
  }
  const first = chosen(parts[0], numberOf, note);
  if (head === "/" && first === 0) return 0; // whatever it is divided by: that decides nothing
  if (head === "/" && isCut(parts[1])) return [head, first, parts[1]]; // what is not written of it may decide
  return simplified([head, first, ...parts.slice(1).map((part) => chosen(part, numberOf, note))]);
}

/** Whether something is left out of a tree. */
export function isCut(tree) {
  return Array.isArray(tree) && (tree[0] === "…" || tree.some(isCut));
}

/** A number that is asked for its truth holds where it is not 0. */
function asComparison(condition) {
  return RELATIONS[condition[0]] ? condition : ["≠", condition, 0];
}

/** What chosen cases and exponents of plain numbers leave to be computed: x/1, x¹, 3 - 1, 1 + 0. */
function simplified(tree) {
  const [head, ...parts] = tree;
  const areNumbers = parts.every((part) => typeof part === "number");
  if ((head === "/" || head === "^") && parts[1] === 1) return parts[0];
  if (head === "-" && areNumbers) return parts[0] - parts[1];
  if ((head === "total" || head === "+") && areNumbers) return parts.reduce((sum, part) => sum + part, 0);
  return tree;
}

/** Whether a comparison holds; undefined where a side is not known. */
function compared(sign, a, b) {
  if (a === undefined || b === undefined) return undefined;
  return { "≤": a <= b, "≥": a >= b, "<": a < b, ">": a > b, "=": a === b, "≠": a !== b }[sign];
}

/** The number of what may stand in a comparison; undefined of anything else. */
function evaluated(tree, numberOf) {
  if (!Array.isArray(tree)) return tree;
  const [head, ...parts] = tree;
  if (head === "operand") return numberOf(parts[0]);
  if (head === "y") return numberOf("y");
  if (head !== "absolute") return undefined;
  const inside = evaluated(parts[0], numberOf);
  return inside === undefined ? undefined : Math.abs(inside);
}

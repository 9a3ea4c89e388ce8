// How a formula is written: from a tree, see formulas.py, to boxes with the brackets that it needs, which
// formula_text.js and panels/details/mathml.js only write down. Here alone is decided how tightly something holds
// together.

import { format } from "../numbers.js";
import { shortenMiddle } from "../texts.js";

/** How tightly a formula holds together; where it stands asks for so much, or else for brackets. */
const BINDING = { list: 0, comparison: 1, sum: 2, minus: 3, product: 4, power: 5, whole: 6 };
const DIGITS = 6; // of all numbers in a line: they are to agree
const LONGEST_NAME = 24;
const INFIX = {
  "+": { sign: "+", binding: BINDING.sum, left: BINDING.sum, right: BINDING.sum },
  "-": { sign: "-", binding: BINDING.sum, left: BINDING.sum, right: BINDING.product },
  "*": { sign: "·", binding: BINDING.product, left: BINDING.minus, right: BINDING.product, signed: true },
  chain: { sign: "·", binding: BINDING.product, left: BINDING.minus, right: BINDING.power, signed: true },
};
const SIGNS = new Set(["<", "≤", ">", "≥", "=", "≠"]);

/**
 * The boxes of a tree without operands: {kind, …} of the kinds
 *
 *     number, name, function, words   {text}
 *     operator                        {text, form}: infix, prefix, separator, relation (of a `then`) or word
 *     row                             {parts}
 *     brackets                        {open, close, part, typeset}: `typeset` says whether MathML needs them, too
 *     fraction                        {above, below, tight}: without spaces around its stroke in a text
 *     power, root, subscript
 *
 * Besides what formulas.py has, a tree may be
 *
 *     ["name", text]           what a node is called; ["symbol", letter, index] a letter of the formula's own
 *     ["derivative", y, x]     ∂y/∂x
 *     ["chain", outer, local]  a product whose factors are to be told apart
 *     ["then", sign, a]        the next part of an equation, or of a sum
 *     ["list", a, b, …]        the numbers of a vector
 */
export function boxesOf(tree) {
  return written(tree).box;
}

/** {box, inText, typeset}: of both how tightly it holds, and whether it begins with a minus. */
function written(tree) {
  if (typeof tree === "number") return writtenNumber(tree);
  const [head, ...parts] = tree;
  if (INFIX[head]) return writtenInfix(INFIX[head], ...parts);
  if (SIGNS.has(head)) {
    const [a, b] = parts.map((part) => partAt(part, BINDING.sum, { first: true }));
    return holding(BINDING.comparison, rowBox(a, operatorBox(head), b));
  }
  return WRITERS[head](...parts);
}

const WRITERS = {
  name: writtenName,
  words: (text) => holding(BINDING.whole, { kind: "words", text }),
  symbol: (letter, index) => {
    const name = { kind: "name", text: letter };
    return holding(BINDING.whole, index === undefined ? name : { kind: "subscript", base: name, index: String(index) });
  },
  "…": () => holding(BINDING.whole, { kind: "operator", text: "…", form: "word" }),
  total: writtenTotal,
  negative: (a) => holding(BINDING.minus, rowBox(operatorBox("-", "prefix"), partAt(a, BINDING.product)), true),
  absolute: (a) => holding(BINDING.whole, bracketBox("|", partAt(a, BINDING.list, { first: true }), "|")),
  "/": writtenFraction,
  "^": (a, b) => {
    const exponent = partAt(b, BINDING.whole, { delimited: true });
    return holding(BINDING.power, { kind: "power", base: partAt(a, BINDING.whole), exponent });
  },
  and: (...parts) => holding(BINDING.list, listBox(parts, { kind: "words", text: " and " })),
  if: (condition, a, b) => {
    const [first, asked, other] = [a, condition, b].map((part) => partAt(part, BINDING.list, { first: true }));
    const words = (text) => ({ kind: "words", text });
    return holding(BINDING.whole, bracketBox("(", rowBox(first, words(" if "), asked, words(" else "), other), ")"));
  },
  call: writtenCall,
  list: (...parts) => holding(BINDING.whole, bracketBox("(", listBox(parts, operatorBox(",", "separator")), ")")),
  derivative: (y, x) => {
    const [above, below] = [y, x].map((part) => rowBox(operatorBox("∂", "prefix"), partAt(part, BINDING.whole)));
    return strokeBox({ kind: "fraction", above, below, tight: true });
  },
  then: (sign, a) => {
    const next = INFIX[sign] ? partAt(a, INFIX[sign].right) : partAt(a, BINDING.sum, { first: true });
    return holding(BINDING.comparison, rowBox(operatorBox(sign, "relation"), next));
  },
};

function writtenNumber(x) {
  const text = format(x, DIGITS).replace("inf", "∞");
  const isNegative = text.startsWith("-");
  const binding = isNegative ? BINDING.minus : text.includes("e") ? BINDING.power : BINDING.whole;
  return { ...holding(binding, { kind: "number", text }, isNegative), isNumber: true };
}

function writtenName(label) {
  const text = shortenMiddle(label, LONGEST_NAME);
  return holding(bindingOfName(label), { kind: "name", text }, /^\s*[-−]/.test(label));
}

/** A label may be a formula itself, such as a+b: it holds together as loosely as what is in it outside of brackets. */
function bindingOfName(label) {
  let depth = 0;
  let loosest = BINDING.whole;
  const outside = [...label.trim()].filter((character) => {
    if ("([{".includes(character)) depth++;
    if (")]}".includes(character) && --depth < 0) loosest = BINDING.list; // it closes what it has not opened
    return depth === 0 && !")]}".includes(character);
  });
  if (depth > 0) loosest = BINDING.list;
  const text = outside.join("");
  const found = [
    [/[,;:&?]/, BINDING.list],
    [/[<>=≤≥≠≈]/, BINDING.comparison],
    [/.[-+−±]/, BINDING.sum],
    [/^[-+−±]/, BINDING.minus],
    [/[*/·×÷∂\s]/, BINDING.product],
    [/\^/, BINDING.power],
  ].find(([signs]) => signs.test(text));
  return Math.min(loosest, found ? found[1] : BINDING.whole);
}

function writtenInfix({ sign, binding, left, right, signed }, a, b) {
  const first = written(a);
  const box = rowBox(placedAt(first, left, { first: true }), operatorBox(sign), partAt(b, right, { signed }));
  const begins = ({ binding: own, minus }) => minus && own >= left; // else it stands in brackets
  return {
    box,
    inText: { binding, minus: begins(first.inText) },
    typeset: { binding, minus: begins(first.typeset) },
  };
}

function writtenTotal(...terms) {
  const all = terms.map(written);
  const boxes = all.flatMap((term, i) => [
    ...(i ? [operatorBox("+")] : []),
    placedAt(term, BINDING.sum, { first: i === 0 }),
  ]);
  return holding(BINDING.sum, rowBox(...boxes), all[0].inText.minus);
}

/** Its stroke holds a fraction together where it is typeset. */
function writtenFraction(a, b) {
  const first = written(a);
  const above = placedAt(first, BINDING.minus, { first: true, delimited: true });
  return {
    ...strokeBox({ kind: "fraction", above, below: partAt(b, BINDING.power, { delimited: true }) }),
    inText: { binding: BINDING.product, minus: first.inText.minus },
  };
}

function strokeBox(box) {
  const typeset = { binding: BINDING.power, minus: false };
  return { box, inText: { binding: BINDING.product, minus: false }, typeset };
}

function writtenCall(name, ...parts) {
  if (name === "sqrt" && parts.length === 1)
    return holding(BINDING.whole, { kind: "root", part: partAt(parts[0], BINDING.list, { first: true }) });
  const inside = bracketBox("(", listBox(parts, operatorBox(",", "separator")), ")");
  return holding(BINDING.whole, rowBox({ kind: "function", text: shortenMiddle(name, LONGEST_NAME) }, inside));
}

/**
 * A part at a place that asks for so much: in brackets where it holds less tightly, or begins with a minus after
 * another sign. `first`: nothing stands before it; `delimited`: typeset, it needs no brackets there; `signed`: a
 * negative number does without them.
 */
function partAt(tree, asked, options) {
  return placedAt(written(tree), asked, options);
}

function placedAt({ box, inText, typeset, isNumber }, asked, { first, delimited, signed } = {}) {
  const needs = ({ binding, minus }) => !(signed && isNumber) && (binding < asked || (minus && !first));
  return needs(inText) ? { ...bracketBox("(", box, ")"), typeset: !delimited && needs(typeset) } : box;
}

function holding(binding, box, minus = false) {
  return { box, inText: { binding, minus }, typeset: { binding, minus } };
}

function rowBox(...parts) {
  return { kind: "row", parts };
}

function operatorBox(text, form = "infix") {
  return { kind: "operator", text, form };
}

function bracketBox(open, part, close) {
  return { kind: "brackets", open, close, part, typeset: true };
}

function listBox(parts, separator) {
  const slots = parts.map((part) => partAt(part, BINDING.comparison, { first: true }));
  return rowBox(...slots.flatMap((part, i) => (i ? [separator, part] : [part])));
}

// The step as formulas with the numbers in them: what the chain rule says here. A line is a list of texts, titles and
// trees, see formula_text.js.

import { caseThatHolds, filled, isCut } from "./formula_cases.js";
import { formulaText } from "./formula_text.js";
import { format } from "../numbers.js";
import { counted, shorten } from "../texts.js";

const MOST_LINES = 6; // of one step
const LONGEST_FORMULA = 60; // characters of a local derivative
const LONGEST_PIECE = 24; // characters of a sum that is not broken

const NOTHING = ": nothing flows back here";

/** What a node is called in a formula: a plain number is itself. */
export function nameTree(graph, n) {
  return graph.isConstant(n) && !graph.labelOf(n) ? graph.leaves[n] : ["name", graph.nameOf(n)];
}

/** ∂root/∂n */
export function gradientTree(graph, n) {
  return ["derivative", nameTree(graph, graph.root), nameTree(graph, n)];
}

/** The parts of a line, a = b = c, where what stands twice is written once: `rest` has a sign before every tree. */
export function equation(first, ...rest) {
  const parts = [first];
  let before = formulaText(first);
  for (let i = 0; i < rest.length; i += 2) {
    const text = formulaText(rest[i + 1]);
    if (i && text === before) continue;
    parts.push(...pieces(rest[i], rest[i + 1], text.length > LONGEST_PIECE));
    before = text;
  }
  return parts;
}

/** The next part of an equation; where it is a long sum, term by term, since lines break between pieces. */
function pieces(sign, tree, isLong) {
  const [head, ...terms] = isLong && Array.isArray(tree) ? tree : [];
  if (!["total", "+", "-"].includes(head)) return [" ", ["then", sign, tree]];
  return terms.flatMap((term, i) => [" ", ["then", i === 0 ? sign : head === "-" ? "-" : "+", term]]);
}

/** c = a · b = 2 · -3 = -6; of a choice what was chosen, and why: w = where(c, a, b) = a = -1, since c ≠ 0. */
export function forwardLine(graph, interpreter, n) {
  const { numberOf, nameOf, withConstants, names } = operandsOf(graph, interpreter, n);
  const { name, formulas } = graph.rule(n);
  const { tree, reasons } = caseThatHolds(filled(formulas.value, withConstants), numberOf);
  const [symbolic, numeric] = [nameOf, numberOf].map((leafOf) => filled(tree, leafOf));
  const call = formulas.value[0] === "if" && name === "where" ? ["=", ["call", name, ...names]] : [];
  const parts = equation(nameTree(graph, n), ...call, "=", symbolic, "=", numeric, "=", interpreter.data[n]);
  return [...parts, ...since(reasons, nameOf)];
}

/** ∂L/∂a += ∂L/∂c · b = 0.5 · -3 = -1.5, for every operand but plain numbers; of many, first those that get some. */
export function backwardLines(graph, interpreter, steps, n) {
  const positions = [];
  let isSaid = false; // that nothing has come to n, which is the same for all operands
  for (let i = graph.starts[n]; i < graph.starts[n + 1]; i++) {
    const isWaiting = !interpreter.reached[n] && interpreter.hasEdge(n, i);
    if (!graph.isConstant(graph.operands[i]) && !(isWaiting && isSaid)) positions.push(i);
    isSaid ||= isWaiting;
  }
  const getsNothing = (i) => interpreter.flow(n, i) === null;
  if (positions.length > MOST_LINES) positions.sort((i, j) => getsNothing(i) - getsNothing(j));
  const lines = positions
    .slice(0, MOST_LINES)
    .map((i) => [...productLine(graph, interpreter, n, i), ...sumSoFar(graph, interpreter, steps, n, i)]);
  if (positions.length > MOST_LINES) lines.push([`… and ${counted(positions.length - MOST_LINES, "more operand")}`]);
  return lines;
}

/** How the gradient of node n has come about so far: a product from everyone who uses it, and their sum. */
export function incomingLines(graph, interpreter, steps, n) {
  const products = [];
  for (const user of [...new Set(graph.usersOf(n))].reverse()) {
    if (!steps.hasPassedOn(user)) continue;
    for (let i = graph.starts[user]; i < graph.starts[user + 1]; i++)
      if (graph.operands[i] === n) products.push([user, i]);
  }
  const lines = products.slice(0, MOST_LINES).map(([user, i]) => productLine(graph, interpreter, user, i));
  const sum = ["the sum is ", ...equation(gradientTree(graph, n), "=", interpreter.gradient[n])];
  const more = products.length - MOST_LINES;
  if (more > 0) return [...lines, [`… and ${more.toLocaleString("en")} more; `, ...sum]];
  return lines.length > 1 ? [...lines, sum] : lines;
}

/** Whether the derivative by an operand is 0 whatever the operands are: of a step, a condition, an index. */
export function isFlat(graph, n, i) {
  return graph.rule(n).formulas.partials[i - graph.starts[n]] === 0;
}

/** The product that flows back along the edge from node n to its operand at position i; or why nothing does. */
function productLine(graph, interpreter, n, i) {
  const operand = graph.operands[i];
  const [own, name] = [n, operand].map((each) => nameTree(graph, each));
  const { tree, reason } = localDerivative(graph, interpreter, n, i);
  const flow = interpreter.flow(n, i);
  if (flow === null) {
    if (interpreter.hasEdge(n, i)) return ["nothing has come to ", own, NOTHING];
    if (isFlat(graph, n, i)) return [["derivative", own, name], " is 0 everywhere", NOTHING];
    return [name, " was not chosen", ...reason, NOTHING];
  }
  const product = ["chain", gradientTree(graph, n), tree];
  const numbers = ["chain", interpreter.gradient[n], interpreter.partials[i]];
  return [...equation(gradientTree(graph, operand), "+=", product, "=", numbers, "=", flow), ...reason];
}

/** Of an operand that is used several times: what has come together after this product. */
function sumSoFar(graph, interpreter, steps, n, i) {
  const parent = graph.operands[i];
  if (graph.usersOf(parent).length === 1 || interpreter.flow(n, i) === null) return [];
  let later = 0; // an operation passes its products on one after the other
  let isLast = true;
  for (let j = i + 1; j < graph.starts[n + 1]; j++) {
    if (graph.operands[j] !== parent) continue;
    later += interpreter.flow(n, j) ?? 0;
    isLast = false;
  }
  const all = isLast && steps.gradient(parent) === "known" ? " in all" : " so far";
  return [", ", interpreter.gradient[parent] - later, all];
}

/** The local derivative as a tree; of one that has cases the one that holds, and why. */
function localDerivative(graph, interpreter, n, i) {
  const { numberOf, nameOf, withConstants } = operandsOf(graph, interpreter, n);
  const formula = graph.rule(n).formulas.partials[i - graph.starts[n]];
  if (formula === null) return { tree: ["words", "local derivative"], reason: [] };
  const { tree, reasons } = caseThatHolds(filled(formula, withConstants), numberOf);
  const reason = since(reasons, nameOf);
  if (isCut(tree) && reasons.length) return { tree: interpreter.partials[i], reason }; // of a choice among many
  const isShort = formulaText(filled(tree, () => ["symbol", "x"])).length <= LONGEST_FORMULA; // with short names
  return { tree: isShort ? filled(tree, nameOf) : ["words", "local derivative"], reason };
}

/** What stands for the operands of node n, and for its value as "y", in its formulas. */
function operandsOf(graph, interpreter, n) {
  const nodeOf = (i) => (i === "y" ? n : graph.operands[graph.starts[n] + i]);
  return {
    names: Array.from(graph.parents(n), (parent) => nameTree(graph, parent)),
    numberOf: (i) => interpreter.data[nodeOf(i)],
    nameOf: (i) => nameTree(graph, nodeOf(i)),
    withConstants: (i) => (graph.isConstant(nodeOf(i)) ? graph.leaves[nodeOf(i)] : i === "y" ? ["y"] : ["operand", i]),
  };
}

/** The parts of a line that say why, from the comparisons that have decided. */
export function since(reasons, nameOf) {
  return reasons.flatMap((reason, i) => [i ? " and " : ", since ", filled(reason, nameOf)]);
}

/** What a screen reader says of a node. */
export function describeNode(graph, interpreter, steps, n) {
  const rule = graph.rule(n);
  const kind = graph.isConstant(n) ? "number" : graph.isLeaf(n) ? "leaf" : rule.name;
  const number = steps.knowsNumber(n) ? format(interpreter.data[n]) : "unknown";
  const state = steps.gradient(n);
  const gradient =
    state === "unknown" ? "unknown" : `${format(interpreter.gradient[n])}${state === "partial" ? " so far" : ""}`;
  const name = shorten(graph.nameOf(n), 60);
  const nothing = state === "known" && !interpreter.reached[n] ? ", nothing flows back to it" : "";
  return graph.isConstant(n) ? `${kind} ${name}` : `${name}, ${kind}, value ${number}, gradient ${gradient}${nothing}`;
}

// Sums over the members of a family, such as the loss over the rows of a batch: one operation of many operands, or a
// chain of additions, which is one step too.

import { equation, gradientTree, nameTree } from "../formulas/formula.js";
import { countedMembers } from "./member_names.js";

const FEWEST = 3; // members; a + b is an addition

/**
 * The sums of a graph, of each {family, nodes, terms}: its operations in order, the last of which is the sum, and what is
 * added up, a node of one member each.
 */
export function findSums(graph, families) {
  const sums = [];
  if (!families.size) return sums;
  const beside = familyFinder(graph, families);
  const chains = new Map(); // by the last addition so far
  for (let n = graph.leafCount; n < graph.size; n++) {
    const operands = graph.parents(n);
    if (operands.length > 2) sums.push(termsIn(beside, n, operands));
    else if (operands.length === 2 && graph.rule(n).name === "add") goOn(graph, beside, n, operands, chains);
  }
  sums.push(...chains.values());
  for (const { nodes, terms } of chains.values()) for (const list of [nodes, terms]) list.sort((a, b) => a - b);
  return sums.filter((sum) => sum && sum.terms.length >= FEWEST);
}

/** An addition of two members, or of one to a chain, which ends with it from now on. */
function goOn(graph, beside, n, operands, chains) {
  const isZero = (operand) => graph.isConstant(operand) && graph.leaves[operand] === 0;
  const parts = Array.from(operands, (operand) => {
    const chain = isUsedOnce(graph, operand) ? chains.get(operand) : null;
    if (chain) return chain;
    const family = beside(n, operand);
    if (family) return { family, nodes: [], terms: [operand] };
    return isZero(operand) ? { family: null, nodes: [], terms: [] } : null;
  });
  const [one, other] = parts;
  const family = one?.family ?? other?.family;
  if (!family || !parts.every((part) => part && (part.family ?? family) === family)) return;
  const [longer, shorter] = one.nodes.length >= other.nodes.length ? [one, other] : [other, one];
  longer.terms.push(...shorter.terms);
  longer.nodes.push(...shorter.nodes, n);
  longer.family = family;
  operands.forEach((operand) => chains.delete(operand));
  chains.set(n, longer);
}

function isUsedOnce(graph, n) {
  return graph.userStarts[n + 1] - graph.userStarts[n] === 1;
}

/** One operation all of whose operands, or of whose halves as of a dot product, are of members of one family. */
function termsIn(beside, n, operands) {
  const family = beside(n, operands[0]);
  return family && operands.every((operand) => beside(n, operand) === family)
    ? { family, nodes: [n], terms: [...operands] }
    : null;
}

/** A function of an operation and an operand: the outermost family in whose members the operand is and it is not. */
function familyFinder(graph, families) {
  const known = new Map(); // of calls: the numbers of the families around them, the outer ones first
  const around = (home) => {
    if (!known.has(home)) {
      const numbers = graph.path(home).map((call) => families.familyOf[call]);
      known.set(home, numbers.filter((number) => number >= 0));
    }
    return known.get(home);
  };
  return (n, operand) => {
    if (families.home[n] === families.home[operand]) return null;
    const own = around(families.home[n]);
    const number = around(families.home[operand]).find((each) => !own.includes(each));
    return number === undefined ? null : families.list[number];
  };
}

/** What a sum is: "the sum over 100 rows". */
export function sumName({ family }) {
  return `the sum over ${countedMembers(family)}`;
}

/** The lines of a step whose operation goes over the members of a family; null for any other. */
export function sumLines(graph, interpreter, pass, element) {
  if (!element?.sum || (pass !== "forward" && pass !== "backward")) return null;
  return pass === "forward" ? [totalLine(graph, interpreter, element)] : [shareLine(graph, interpreter, element)];
}

/** L = Σ over 100 rows of loss = 0.5 + 0.25 + … + 0.125 = 12.3 */
function totalLine(graph, interpreter, { n, sum }) {
  const { family, terms } = sum;
  const over = `${isSum(graph, sum) ? "Σ" : graph.rule(n).name} over ${countedMembers(family)}`;
  const count = terms.length === family.members.length ? "" : ` (${terms.length.toLocaleString("en")} numbers)`;
  const numbers = isSum(graph, sum) ? ["=", ["total", ...someOf(terms.map((term) => interpreter.data[term]))]] : [];
  const [, ...rest] = equation(nameTree(graph, n), ...numbers, "=", interpreter.data[n]);
  return [nameTree(graph, n), ` = ${over}${count} of `, termTree(graph, sum), ...rest];
}

/** ∂L/∂loss += ∂L/∂v9 · 1 = 0.01 · 1 = 0.01 in each of 100 rows; or from the least to the largest. */
function shareLine(graph, interpreter, { n, sum }) {
  const { family, terms } = sum;
  const [root, own, term] = [nameTree(graph, graph.root), nameTree(graph, n), termTree(graph, sum)];
  const [share, through] = [["derivative", root, term], gradientTree(graph, n)];
  const gradient = interpreter.gradient[n];
  const each = `each of ${countedMembers(family)}`;
  if (isSum(graph, sum))
    return [...equation(share, "+=", ["chain", through, 1], "=", ["chain", gradient, 1], "=", gradient), ` in ${each}`];
  const flows = terms.map((_, i) => interpreter.flow(n, graph.starts[n] + i) ?? 0);
  const [least, most] = [flows.reduce((a, b) => Math.min(a, b)), flows.reduce((a, b) => Math.max(a, b))];
  const range = least === most ? [": ", least] : [": from ", least, " to ", most];
  return [...equation(share, "+=", ["chain", through, ["derivative", own, term]]), ...range, `, in ${each}`];
}

function isSum(graph, { nodes }) {
  return nodes.length > 1 || graph.rule(nodes[0]).formulas.value[0] === "total";
}

/** What is added up: the name that all have, or the module that has computed each; else the first and the last. */
function termTree(graph, { family, terms }) {
  const ends = [terms[0], terms[terms.length - 1]];
  const [first, last] = ends.map((term) => nameTree(graph, term));
  if (String(first) === String(last)) return first;
  const [one, other] = ends
    .map((term) => graph.home[term] - 1)
    .map((call) => (call < 0 || family.members.includes(call) ? "" : graph.calls[call].name));
  return one && one === other ? ["name", one] : ["list", first, ["…"], last];
}

function someOf(numbers) {
  return numbers.length <= 4 ? numbers : [numbers[0], numbers[1], ["…"], numbers[numbers.length - 1]];
}

// The step as a formula, with the numbers in it: what the chain rule says here.

import { format } from "./numbers.js";
import { counted, shorten } from "./dom.js";

const MOST_LINES = 6; // of one step

/** The lines of the step at `steps.time`; `element` is what the picture shows its operation as. */
export function stepLines(graph, interpreter, steps, element) {
  const { pass, n } = steps.at();
  const root = shorten(graph.nameOf(graph.root), 24);
  if (pass === "start") {
    return [
      `Nothing is computed yet: only the numbers of the ${counted(graph.leafCount, "leaf", "leaves")} are known.`,
    ];
  }
  if (pass === "done") return ["All numbers and all gradients are known. Play begins anew, ◀ goes back."];
  if (pass === "seed") return [`∂${root}/∂${root} = 1`];
  if (element && element.kind !== "node") return [foldLine(graph, pass, element)];
  return pass === "forward" ? [forwardLine(graph, interpreter, n)] : backwardLines(graph, interpreter, steps, n);
}

function foldLine(graph, pass, element) {
  const count = graph.contents(element.nodes).operations;
  const name = element.kind === "call" ? graph.pathText(element.call + 1) : "the folded part";
  return pass === "forward"
    ? `${name}: ${counted(count, "operation")} computed`
    : `${name}: the chain rule went back through ${counted(count, "operation")}`;
}

/** c = a · b = 2 · -3 = -6 */
export function forwardLine(graph, interpreter, n) {
  const parents = [...graph.parents(n)];
  const template = graph.rule(n).texts.value;
  const symbolic = filledIn(
    template,
    parents.map((parent) => shorten(graph.nameOf(parent), 24)),
    "y",
  );
  const numeric = filledIn(
    template,
    parents.map((parent) => format(interpreter.data[parent])),
    "y",
  );
  const name = shorten(graph.nameOf(n), 24);
  const result = format(interpreter.data[n], 6);
  return symbolic === numeric ? `${name} = ${symbolic} = ${result}` : `${name} = ${symbolic} = ${numeric} = ${result}`;
}

/** ∂L/∂a += ∂L/∂c · b = 0.5 · -3 = -1.5, for every operand but plain numbers. */
export function backwardLines(graph, interpreter, steps, n) {
  const positions = [];
  for (let i = graph.starts[n]; i < graph.starts[n + 1]; i++)
    if (!graph.isConstant(graph.operands[i])) positions.push(i);
  const lines = positions.slice(0, MOST_LINES).map((i) => productLine(graph, interpreter, steps, n, i));
  if (positions.length > MOST_LINES) lines.push(`… and ${counted(positions.length - MOST_LINES, "more operand")}`);
  return lines;
}

/** The product that flows back along the edge from node n to its operand at position i; of several, their sum. */
function productLine(graph, interpreter, steps, n, i) {
  const [root, name, operand] = [graph.root, n, graph.operands[i]].map((each) => shorten(graph.nameOf(each), 24));
  const dy = interpreter.gradient[n];
  const partial = interpreter.partials[i];
  const names = [...graph.parents(n)].map((parent) => shorten(graph.nameOf(parent), 24));
  let local = filledIn(graph.rule(n).texts.partials[i - graph.starts[n]], names, name) || "local derivative";
  if (/[ +]/.test(local) && !/^\(.*\)$/.test(local)) local = `(${local})`;
  const product = `∂${root}/∂${operand} += ∂${root}/∂${name} · ${local} = ${format(dy)} · ${format(partial)} = ${format(partial * dy, 6)}`;
  const parent = graph.operands[i];
  if (graph.userStarts[parent + 1] - graph.userStarts[parent] === 1) return product;
  const all = steps.gradient(parent) === "known" ? "in all" : "so far";
  return `${product}, ${format(interpreter.gradient[parent], 6)} ${all}`;
}

/** A template such as "{0} · {1}" with its operands in it; negative numbers in brackets where a sign stands before. */
function filledIn(template, operands, result) {
  return template.replace(/\{(\w+)\}/g, (mark, key, at) => {
    const text = key === "y" ? result : operands[Number(key)];
    const before = template.slice(0, at);
    const after = template.slice(at + mark.length);
    const needs =
      /^-/.test(text) && (/(^|[^(,·])[-+/^] ?$/.test(before) || before.endsWith("-") || after.startsWith("^"));
    return needs ? `(${text})` : text;
  });
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
  return graph.isConstant(n) ? `${kind} ${name}` : `${name}, ${kind}, value ${number}, gradient ${gradient}`;
}

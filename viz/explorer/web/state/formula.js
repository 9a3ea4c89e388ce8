// The step as a formula, with the numbers in it: what the chain rule says here.

import { format } from "./numbers.js";
import { counted, shorten } from "./texts.js";

const MOST_LINES = 6; // of one step
const DIGITS = 6; // of all numbers in a line: they are to agree

/** The lines of the step at `steps.time`; `element` is what the picture shows its operation as. */
export function stepLines(graph, interpreter, steps, element) {
  const { pass, n } = steps.at();
  const root = shorten(graph.nameOf(graph.root), 24);
  if (pass === "start") {
    return [
      `Nothing is computed yet: only the numbers of the ${counted(graph.leafCount, "leaf", "leaves")} are known.`,
    ];
  }
  if (pass === "done")
    return ["All numbers and gradients are known. Play shows how they come about, one operation at a time."];
  if (pass === "seed") return [`∂${root}/∂${root} = 1`];
  if (element && element.kind !== "node") return [foldLine(graph, interpreter, pass, element)];
  return pass === "forward" ? [forwardLine(graph, interpreter, n)] : backwardLines(graph, interpreter, steps, n);
}

function foldLine(graph, interpreter, pass, element) {
  const count = graph.contents(element.nodes).operations;
  const module = element.call >= 0 ? graph.pathText(element.call + 1) : "";
  const name = element.kind === "call" ? module : `The part of ${module || "the graph"} that is not shown`;
  if (pass === "forward") return `${name}: ${counted(count, "operation")} computed`;
  const output = outputs(graph, element.nodes);
  if (!output.some((n) => interpreter.reached[n])) return `${name}: nothing has come to it: nothing flows back here`;
  const what =
    output.length === 1 ? `the gradient of its output, ${format(interpreter.gradient[output[0]])},` : "the chain rule";
  return `${name}: ${what} went back through ${counted(count, "operation")}. Unfold it to see each of them.`;
}

/** The operations among nodes that others use, and the root. */
function outputs(graph, nodes) {
  const inside = new Uint8Array(graph.size);
  for (const n of nodes) inside[n] = 1;
  const isUsedOutside = (n) => {
    for (let i = graph.userStarts[n]; i < graph.userStarts[n + 1]; i++) if (!inside[graph.users[i]]) return true;
    return n === graph.root;
  };
  return nodes.filter((n) => !graph.isLeaf(n) && isUsedOutside(n));
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
    parents.map((parent) => format(interpreter.data[parent], DIGITS)),
    "y",
  );
  const name = shorten(graph.nameOf(n), 24);
  const result = format(interpreter.data[n], DIGITS);
  return symbolic === numeric ? `${name} = ${symbolic} = ${result}` : `${name} = ${symbolic} = ${numeric} = ${result}`;
}

/** ∂L/∂a += ∂L/∂c · b = 0.5 · -3 = -1.5, for every operand but plain numbers; of many, those first that get something. */
export function backwardLines(graph, interpreter, steps, n) {
  const positions = [];
  for (let i = graph.starts[n]; i < graph.starts[n + 1]; i++)
    if (!graph.isConstant(graph.operands[i])) positions.push(i);
  const getsNothing = (i) => interpreter.flow(n, i) === null;
  if (positions.length > MOST_LINES) positions.sort((i, j) => getsNothing(i) - getsNothing(j));
  const lines = positions
    .slice(0, MOST_LINES)
    .map((i) => productLine(graph, interpreter, n, i) + sumSoFar(graph, interpreter, steps, n, i));
  if (positions.length > MOST_LINES) lines.push(`… and ${counted(positions.length - MOST_LINES, "more operand")}`);
  return lines;
}

/** How the gradient of node n has come about so far: a product from everyone who uses it, and their sum. */
export function incomingLines(graph, interpreter, steps, n) {
  const lines = [];
  for (const user of [...new Set(graph.usersOf(n))].reverse()) {
    if (!steps.hasPassedOn(user)) continue;
    for (let i = graph.starts[user]; i < graph.starts[user + 1]; i++) {
      if (graph.operands[i] === n) lines.push(productLine(graph, interpreter, user, i));
    }
  }
  const more = lines.length - MOST_LINES;
  const [root, name] = [graph.root, n].map((each) => shorten(graph.nameOf(each), 24));
  const sum = `the sum is ∂${root}/∂${name} = ${format(interpreter.gradient[n], DIGITS)}`;
  if (more > 0) return [...lines.slice(0, MOST_LINES), `… and ${more.toLocaleString("en")} more; ${sum}`];
  return lines.length > 1 ? [...lines, sum] : lines;
}

/** Whether the derivative by an operand is 0 whatever the operands are: of a step, a condition, an index. */
export function isFlat(graph, n, i) {
  return graph.rule(n).texts.partials[i - graph.starts[n]] === "0";
}

/** The product that flows back along the edge from node n to its operand at position i; or why nothing does. */
function productLine(graph, interpreter, n, i) {
  const [root, name, operand] = [graph.root, n, graph.operands[i]].map((each) => shorten(graph.nameOf(each), 24));
  const { text, reason } = localDerivative(graph, interpreter, n, i);
  const flow = interpreter.flow(n, i);
  if (flow === null) {
    let why = `nothing has come to ${name}`;
    if (!interpreter.hasEdge(n, i))
      why = isFlat(graph, n, i) ? `∂${name}/∂${operand} is 0 everywhere` : `${operand} was not chosen${reason}`;
    return `${why}: nothing flows back here`;
  }
  const numbers = [interpreter.gradient[n], interpreter.partials[i], flow].map((number) => format(number, DIGITS));
  const product = `∂${root}/∂${operand} += ∂${root}/∂${name} · ${text} = ${numbers[0]} · ${numbers[1]} = ${numbers[2]}`;
  return product + reason;
}

/** Of an operand that is used several times: what has come together after this product. */
function sumSoFar(graph, interpreter, steps, n, i) {
  const parent = graph.operands[i];
  if (graph.usersOf(parent).length === 1 || interpreter.flow(n, i) === null) return "";
  let later = 0; // an operation passes its products on one after the other
  let isLast = true;
  for (let j = i + 1; j < graph.starts[n + 1]; j++) {
    if (graph.operands[j] !== parent) continue;
    later += interpreter.flow(n, j) ?? 0;
    isLast = false;
  }
  const all = isLast && steps.gradient(parent) === "known" ? "in all" : "so far";
  return `, ${format(interpreter.gradient[parent] - later, DIGITS)} ${all}`;
}

/** The local derivative as a text; of one that has cases the one that holds, and why. */
function localDerivative(graph, interpreter, n, i) {
  const parents = [...graph.parents(n)];
  const names = parents.map((parent) => shorten(graph.nameOf(parent), 24));
  const own = shorten(graph.nameOf(n), 24);
  let template = graph.rule(n).texts.partials[i - graph.starts[n]];
  let reason = "";
  for (let cases = CASES.exec(template); cases; cases = CASES.exec(template)) {
    const [, yes, asked, no] = cases;
    const condition = asked.replace(/^\{\d+\}$/, "$& ≠ 0"); // of where
    const holds = condition.split(" and ").map((each) =>
      comparison(
        each,
        parents.map((parent) => interpreter.data[parent]),
      ),
    );
    if (holds.includes(null)) break;
    const fails = condition.split(" and ")[holds.indexOf(false)];
    template = fails ? no : yes;
    const said = fails ? opposite(fails) : condition;
    if (![...said.matchAll(/\{(\d+)\}/g)].some(([, k]) => graph.isConstant(parents[k])))
      reason = `, since ${filledIn(said, names, own)}`;
  }
  let text = filledIn(template, names, own) || "local derivative";
  text = text.replace(/\^\((-?[\d.]+) - 1\)/g, (_, n) => (n === "2" ? "" : `^${Number(n) - 1}`)); // n · x^(n - 1)
  if (/[ +]/.test(text) && !/^\([^()]*\)$/.test(text) && text !== "local derivative") text = `(${text})`;
  return { text, reason };
}

const CASES = /^\((.*?) if (.*?) else (.*)\)$/;
const OPPOSITES = { "≤": ">", ">": "≤", "≥": "<", "<": "≥", "=": "≠", "≠": "=" };

/** Whether a comparison such as "{0} ≤ 0" holds; null where it is something else. */
function comparison(text, numbers) {
  const [, left, sign, right] = /^(\{\d+\}|-?[\d.]+) ([≤≥<>=≠]) (\{\d+\}|-?[\d.]+)$/.exec(text) ?? [];
  if (!sign) return null;
  const [a, b] = [left, right].map((word) =>
    word.startsWith("{") ? numbers[Number(word.slice(1, -1))] : Number(word),
  );
  return { "≤": a <= b, "≥": a >= b, "<": a < b, ">": a > b, "=": a === b, "≠": a !== b }[sign];
}

function opposite(comparison) {
  return comparison.replace(/[≤≥<>=≠]/, (sign) => OPPOSITES[sign]);
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
  const nothing = state === "known" && !interpreter.reached[n] ? ", nothing flows back to it" : "";
  return graph.isConstant(n) ? `${kind} ${name}` : `${name}, ${kind}, value ${number}, gradient ${gradient}${nothing}`;
}

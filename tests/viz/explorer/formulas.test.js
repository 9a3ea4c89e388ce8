// Formulas without a document: their brackets, their cases, and what is said of folded modules. test_lines.py writes
// the graphs, and the trees whose texts it reads again, and runs this.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";

import { caseThatHolds } from "./state/formulas/formula_cases.js";
import { backwardLines, equation, forwardLine } from "./state/formulas/formula.js";
import { foldLines } from "./state/formulas/formula_folds.js";
import { stepLines } from "./state/formulas/formula_steps.js";
import { formulaText, lineText } from "./state/formulas/formula_text.js";
import { Graph } from "./state/graph.js";
import { Model } from "./state/model.js";
import { boxesOf } from "./state/formulas/notation.js";
import { isBlank, shortenMiddle } from "./state/texts.js";

const folder = process.env.EXPLORER_DATA;
assert.ok(folder, "EXPLORER_DATA must name the folder that test_lines.py has written");
const { graphs } = JSON.parse(readFileSync(join(folder, "graphs.json"), "utf-8"));

async function load(name) {
  const { RULES } = await import(pathToFileURL(join(folder, `${name}.js`)));
  const model = new Model(new Graph(graphs[name], RULES));
  model.goTo(model.steps.end);
  return model;
}

const name = (text) => ["name", text];
const [a, x] = [name("a+b"), name("x1")];

/** As one reads what is typeset: fractions by their stroke, exponents by their place, brackets where they are. */
function asTypeset(box) {
  const inside = (part) => asTypeset(part);
  switch (box.kind) {
    case "row":
      return box.parts.map(inside).join("");
    case "brackets":
      return box.typeset ? `(${inside(box.part)})` : inside(box.part);
    case "fraction":
      return `((${inside(box.above)}) / (${inside(box.below)}))`;
    case "power":
      return `${inside(box.base)}^(${inside(box.exponent)})`;
    case "operator":
      return box.form === "prefix" ? box.text : ` ${box.text} `;
    default:
      return box.text;
  }
}

test("trees are written for Python to read", () => {
  const trees = JSON.parse(readFileSync(join(folder, "trees.json"), "utf-8"));
  assert.ok(trees.length > 100);
  const texts = trees.map((tree) => [formulaText(tree), asTypeset(boxesOf(tree))]);
  writeFileSync(join(folder, "texts.json"), JSON.stringify(texts));
});

for (const [tree, text] of [
  [["*", a, x], "(a+b) · x1"],
  [["+", a, x], "a+b + x1"],
  [["-", x, a], "x1 - (a+b)"],
  [["^", name("-x"), 2], "(-x)^2"],
  [["*", name("w/2"), name("f(x, y)")], "w/2 · f(x, y)"],
  [["/", x, name("w*h")], "x1 / (w*h)"],
  [["derivative", name("L"), a], "∂L/∂(a+b)"],
  [["derivative", name("the loss"), name("w[1]")], "∂(the loss)/∂w[1]"],
  [["*", name("a) + (b"), x], "(a) + (b) · x1"],
  [["=", name("x < 1"), 1], "(x < 1) = 1"],
  [["*", 0.5, -3], "0.5 · -3"],
  [["chain", ["derivative", name("y"), name("v")], ["-", 1, x]], "∂y/∂v · (1 - x1)"],
  [["chain", 0.5, ["/", 1, 2]], "0.5 · (1 / 2)"],
  [["-", 1, -2], "1 - (-2)"],
  [["^", 1e-9, 2], "(1e-9)^2"],
  [["call", "sqrt", ["+", x, 1]], "sqrt(x1 + 1)"],
  [["list", -1, Infinity, NaN], "(-1, ∞, nan)"],
  [["symbol", "W", 2], "W2"],
  [["if", [">", x, 0], x, 0], "(x1 if x1 > 0 else 0)"],
]) {
  test(`the text ${text}`, () => assert.equal(formulaText(tree), text));
}

test("a long sum is written term by term, and means the same", () => {
  const long = name("a name of many letters");
  for (const sum of [["-", long, ["-", long, 1]], ["total", ["*", -2, long], -3, long], ["+", long, ["-", 1, long]]]) {
    const parts = equation(x, "=", sum);
    assert.equal(lineText(parts), `x1 = ${formulaText(sum)}`);
    assert.equal(parts.length, 1 + 2 * (sum.length - 1)); // and a space before each
  }
  assert.equal(equation(x, "=", ["+", x, 1]).length, 3);
});

test("where the notation shows what belongs together a formula needs no brackets", () => {
  const typeset = (tree) => asTypeset(boxesOf(tree));
  assert.equal(typeset(["/", ["+", x, 1], ["-", x, 1]]), "((x1 + 1) / (x1 - 1))");
  assert.equal(typeset(["^", x, ["-", 3, 1]]), "x1^(3 - 1)");
  assert.equal(typeset(["chain", 0.5, ["/", -1, 2]]), "0.5 · ((-1) / (2))");
  assert.equal(typeset(["^", ["/", 1, x], 2]), "(((1) / (x1)))^(2)"); // a fraction as a base does
});

test("a name from right to left is isolated, and cannot turn others around", () => {
  assert.equal(formulaText(["+", name("שלום"), 1]), "\u2068שלום\u2069 + 1");
  assert.equal(formulaText(["+", name("a\u202eb\u2066c"), 1]), "abc + 1");
  assert.equal(lineText([["title", "שלום"], ": done"]), "\u2068שלום\u2069: done");
});

test("a long name keeps both ends, and whole characters", () => {
  assert.equal(shortenMiddle("layer 12, neuron 345, weight 6", 16), "layer 12…eight 6");
  assert.equal(shortenMiddle("e\u0301".repeat(30), 5), `${"e\u0301".repeat(2)}…${"e\u0301".repeat(2)}`);
  assert.equal(shortenMiddle("x".repeat(1e6), 9), "xxxx…xxxx");
  assert.equal(shortenMiddle(" two\nlines ", 24), "two lines");
});

test("what nobody can see is no name", async () => {
  for (const text of ["", "  ", "\t\n", "\u200b", "\u2800", "\u00a0\u202e"]) assert.ok(isBlank(text), escape(text));
  for (const text of ["x", " x ", "🦋", "\ud800", "0"]) assert.ok(!isBlank(text), escape(text));
  const { graph } = await load("blank");
  const names = Array.from({ length: graph.size }, (_, n) => graph.nameOf(n));
  assert.deepEqual(names, ["u1", "u2", "v1", "L"]);
  assert.deepEqual(
    graph.calls.map(({ name }) => name),
    ["module"],
  );
});

test("of cases the one that holds, and the comparisons that have decided", () => {
  const sign = ["if", [">", ["operand", 0], 0], 1, ["if", ["<", ["operand", 0], 0], -1, 0]];
  const at = (number) => caseThatHolds(sign, () => number);
  assert.deepEqual(at(2), { tree: 1, reasons: [[">", ["operand", 0], 0]] });
  assert.deepEqual(at(-2), { tree: -1, reasons: [["<", ["operand", 0], 0]] });
  assert.deepEqual(at(0), { tree: 0, reasons: [["=", ["operand", 0], 0]] });
  assert.deepEqual(at(NaN), { tree: 0, reasons: [] }); // neither less nor greater, nor equal
  const unknown = ["if", [">", ["call", "f", ["operand", 0]], 0], 1, 0];
  assert.deepEqual(caseThatHolds(unknown, () => 1), { tree: unknown, reasons: [] });
});

/** The lines of all operations, in both passes. */
function linesOf({ graph, interpreter, steps }) {
  const lines = [];
  for (let n = graph.leafCount; n < graph.size; n++)
    lines.push(forwardLine(graph, interpreter, n), ...backwardLines(graph, interpreter, steps, n));
  return lines.map(lineText);
}

test("labels with operators, powers, quotients and roots", async () => {
  assert.deepEqual(linesOf(await load("operators")), [
    "p = w1 · (a+b) = 1 · -2 = -2",
    "∂L/∂w1 += ∂L/∂p · (a+b) = -1.5 · -2 = 3",
    "∂L/∂(a+b) += ∂L/∂p · w1 = -1.5 · 1 = -1.5, -1 in all",
    "q = p^3 = (-2)^3 = -8",
    "∂L/∂p += ∂L/∂q · (3 · p^2) = -0.125 · 12 = -1.5",
    "r = q / (a+b) = -8 / (-2) = 4",
    "∂L/∂q += ∂L/∂r · (1 / (a+b)) = 0.25 · -0.5 = -0.125",
    "∂L/∂(a+b) += ∂L/∂r · (-r / (a+b)) = 0.25 · 2 = 0.5, -1 in all",
    "L = sqrt(r) = sqrt(4) = 2",
    "∂L/∂r += ∂L/∂L · (0.5 / L) = 1 · 0.25 = 0.25",
  ]);
});

test("of a choice a step says what was chosen, and why", async () => {
  assert.deepEqual(linesOf(await load("choices")), [
    "m = maximum(a, b) = maximum(2, -1) = 2",
    "∂L/∂a += ∂L/∂m · 1 = 1 · 1 = 1, since a = m and b < m, 1 in all",
    "b was not chosen, since b < m: nothing flows back here",
    "w = where(c, a, b) = b = -1, since c = 0",
    "∂w/∂c is 0 everywhere: nothing flows back here",
    "a was not chosen, since c = 0: nothing flows back here",
    "∂L/∂b += ∂L/∂w · 1 = 1 · 1 = 1, since c = 0, 1 in all",
    "L = m + w = 2 + (-1) = 1",
    "∂L/∂m += ∂L/∂L · 1 = 1 · 1 = 1",
    "∂L/∂w += ∂L/∂L · 1 = 1 · 1 = 1",
  ]);
});

test("of a choice among many operands each says what became of it", async () => {
  const lines = linesOf(await load("largest"));
  assert.equal(lines[0], "L = maximum(a0, a1, …, a5) = maximum(0, 1, …, 1) = 3");
  assert.equal(lines[1], "a0 was not chosen, since a0 < L: nothing flows back here");
  assert.equal(lines[4], "∂L/∂a3 += ∂L/∂L · 1 = 1 · 1 = 1, since a3 = L");
});

/** What is said when all that is in the outermost module call is folded: forward, then backward. */
async function fold(name) {
  const { graph, interpreter } = await load(name);
  const inside = (n) => graph.path(graph.home[n]).includes(0);
  const element = { kind: "call", call: 0, nodes: Int32Array.from([...Array(graph.size).keys()].filter(inside)) };
  return ["forward", "backward"].map((pass) => foldLines(graph, interpreter, pass, element).map(lineText));
}

test("a neuron steps with its formula", async () => {
  const [forward, backward] = await fold("neuron"); // sigmoid(0.5 · 2 + 1 · -1 + 0) = ½, and its slope there is ¼
  assert.deepEqual(forward, ["Neuron: sigmoid(w · x + b) = sigmoid(0) = 0.5"]);
  assert.deepEqual(backward, [
    "Neuron: the gradient of its output, 4, went back through sigmoid: ∂L/∂(w · x + b) = 4 · 0.25 = 1",
    "∂L/∂x += ∂L/∂(w · x + b) · w = 1 · (0.5, 1) = (0.5, 1)",
    "∂L/∂w += ∂L/∂(w · x + b) · x = 1 · (2, -1) = (2, -1)",
    "∂L/∂b += ∂L/∂(w · x + b) = 1",
  ]);
});

test("a neuron that is off says so", async () => {
  const [forward, backward] = await fold("off"); // relu(-2 · 1 + 0)
  assert.deepEqual(forward, ["Neuron: relu(w1 · x + b) = relu(-2) = 0"]);
  assert.deepEqual(backward, [
    "Neuron: the gradient of its output, 3, does not get through relu, since w1 · x + b ≤ 0: nothing flows back here",
  ]);
});

test("a neuron with another choice says so", async () => {
  const [forward, backward] = await fold("clipped"); // maximum(-2 · 1 + 0, 0)
  assert.deepEqual(forward, ["inner: maximum(w · x, 0) = maximum(-2, 0) = 0"]);
  assert.deepEqual(backward, [
    "inner: the gradient of its output, 3, does not get through maximum, since w · x < maximum(w · x, 0): " +
      "nothing flows back here",
  ]);
});

test("a layer and layers step with theirs, and their sizes", async () => {
  const [[layer], layerBack] = await fold("layer"); // (2 · 1 + 1, 0 · 1 + 0), and L = 5·y₁ + y₂
  assert.equal(layer, "Layer: W · x + b = (3, 0), 1 input → 2 outputs");
  assert.deepEqual(layerBack, [
    "Layer: the gradients of its 2 outputs, (5, 1), went back through 4 operations. Unfold it to see each of them.",
    "∂L/∂x += 10",
  ]);
  const [[softmax]] = await fold("softmax");
  assert.equal(softmax, "Layer: softmax(W · x + b) = (0.5, 0.5), 1 input → 2 outputs");
  const [[mlp]] = await fold("mlp");
  assert.match(mlp, /^MLP: W2 · tanh\(W1 · x \+ b1\) \+ b2 = -?[\d.]+, 2 → 3 → 1 numbers$/);
  const [[deep]] = await fold("deep");
  assert.equal(deep, "MLP: 5 layers, 2 → 3 → 3 → 3 → 3 → 1 numbers");
});

test("what is none of these says how much it computed, and what came of it", async () => {
  const [forward, backward] = await fold("other"); // 2·4x³ at 1
  assert.deepEqual(forward, ["inner: 2 operations computed, y = 4"]);
  assert.deepEqual(backward, [
    "inner: the gradient of its output, 2, went back through 2 operations. Unfold it to see each of them.",
    "∂L/∂x += 24",
  ]);
  const [[skip]] = await fold("skip"); // layers, of which one does not come after the other
  assert.match(skip, /^inner: 5 operations computed, v5 = 6\./);
});

test("one leaf is one", async () => {
  const model = await load("leaf");
  model.goTo(0);
  const { graph, interpreter, steps } = model;
  assert.deepEqual(stepLines(graph, interpreter, steps, null).map(lineText), [
    "Press Play, or N for one step: only the leaf has its number yet; End shows everything, Tour explains it.",
  ]);
});

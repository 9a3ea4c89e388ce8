// What the page computes without a document: the two passes, formulas, changes, numbers. test_modules.py writes the
// graphs, and runs this.

import assert from "node:assert/strict";
import test from "node:test";

import { computed, generator, load } from "./loaded_graphs.js";
import { backwardLines, describeNode, forwardLine, incomingLines } from "./state/formulas/formula.js";
import { lineText } from "./state/formulas/formula_text.js";
import { Model, Refused } from "./state/model.js";
import { exact, format, parseNumber } from "./state/numbers.js";

test("the gradients of the passes so far are the sums of what has come", async () => {
  const model = new Model(await load("twice"));
  const { graph, interpreter, steps } = model;
  const [a] = [...Array(graph.size).keys()].filter((n) => graph.labelOf(n) === "a");
  const seen = [];
  for (let time = 0; time <= steps.end; time++) {
    model.goTo(time);
    seen.push(`${steps.gradient(a)} ${interpreter.gradient[a]}`);
  }
  // a·a + a: three operations' numbers would be two; +, then ·, pass on; a gets 1 from the sum and 3 + 3 from the product
  assert.deepEqual(seen, ["unknown 0", "unknown 0", "unknown 0", "unknown 0", "partial 1", "known 7", "known 7"]);
});

test("formulas have the names and the numbers", async () => {
  const model = await computed("formulas");
  const { graph, interpreter } = model;
  const lines = [];
  for (let n = graph.leafCount; n < graph.size; n++)
    lines.push(forwardLine(graph, interpreter, n), ...backwardLines(graph, interpreter, model.steps, n));
  assert.deepEqual(lines.map(lineText), [
    "c = a · b = 2 · -3 = -6",
    "∂L/∂a += ∂L/∂c · b = 0.5 · -3 = -1.5",
    "∂L/∂b += ∂L/∂c · a = 0.5 · 2 = 1, 0.5 in all",
    "d = c - b = -6 - (-3) = -3",
    "∂L/∂c += ∂L/∂d · 1 = 0.5 · 1 = 0.5",
    "∂L/∂b += ∂L/∂d · -1 = 0.5 · -1 = -0.5, 0.5 in all",
    "L = d / 2 = -3 / 2 = -1.5",
    "∂L/∂d += ∂L/∂L · (1 / 2) = 1 · 0.5 = 0.5",
  ]);
});

test("a change that an operation refuses changes nothing", async () => {
  const model = new Model(await load("classifier"));
  const { graph } = model;
  const index = [...Array(graph.leafCount).keys()].find((n) => graph.labelOf(n) === "class");
  const before = [...graph.leaves];
  assert.throws(
    () =>
      model.set([
        [0, 1],
        [index, 99],
      ]),
    Refused,
  );
  assert.deepEqual([...graph.leaves], before);
  assert.deepEqual([model.done.length, model.loss], [0, model.losses[0]]);
});

test("what somebody else has changed is not undone", async () => {
  const model = new Model(await load("formulas"));
  model.set([[0, 5]]);
  model.follow([[1, 7]]);
  model.undo();
  assert.deepEqual([...model.graph.leaves].slice(0, 2), [2, 7]);
});

test("undo and redo give back every number and the loss over the steps", async () => {
  const model = new Model(await load("formulas"));
  const state = () => [[...model.graph.leaves], [...model.losses], model.loss];
  const states = [state()];
  model.set([[0, 5]]);
  states.push(state());
  model.descend(0.1);
  states.push(state());
  model.descend(0.1);
  states.push(state());
  assert.equal(model.losses.length, 3);
  for (let i = 2; i >= 0; i--) {
    model.undo();
    assert.deepEqual(state(), states[i]);
  }
  assert.equal(model.undo(), false);
  for (let i = 1; i < 4; i++) {
    model.redo();
    assert.deepEqual(state(), states[i]);
  }
  assert.equal(model.redo(), false);
  model.reset();
  assert.deepEqual([...model.graph.leaves], states[0][0]);
});

test("one drag is one change, two edits are two", async () => {
  const model = new Model(await load("formulas"));
  for (const [number, merge] of [
    [3, false],
    [3.5, true],
    [4, true],
    [9, false],
  ])
    model.set([[0, number]], { merge });
  model.undo();
  assert.equal(model.graph.leaves[0], 4);
  model.undo();
  assert.equal(model.graph.leaves[0], 2);
});

test("numbers that are written are read again", () => {
  const random = generator(3);
  const special = [0, -0, 1, -1, NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308, 1e21, 1e-7, 123456789012];
  const numbers = [
    ...special,
    ...Array.from({ length: 500 }, () => (random() - 0.5) * 10 ** Math.floor(600 * random() - 300)),
  ];
  for (const number of numbers) assert.ok(Object.is(parseNumber(exact(number)), number), exact(number));
  for (const text of ["", "x", "1e", "--1", "1,5", "0x10", "constructor", "1 2", "e5", "."])
    assert.equal(parseNumber(text), undefined);
  assert.deepEqual([" 2.5 ", "+1", ".5", "-INF", "Infinity", "1E3"].map(parseNumber), [
    2.5,
    1,
    0.5,
    -Infinity,
    Infinity,
    1000,
  ]);
});

test("numbers are short in pictures", () => {
  const shown = [
    [0, "0"],
    [-0, "0"],
    [-1.5, "-1.5"],
    [1 / 3, "0.3333"],
    [1234567, "1.23e6"],
    [-1.23456e-5, "-1.23e-5"],
    [1e300, "1e300"],
    [999999.4, "999999"],
    [NaN, "nan"],
    [-Infinity, "-inf"],
    [2e-5, "2e-5"],
    [100, "100"],
    [12345, "12345"],
    [-1e21, "-1e21"],
    [0.001234567, "0.001235"],
  ];
  for (const [number, text] of shown) assert.ok(format(number).length <= 9, format(number));
  assert.deepEqual(
    shown.map(([number]) => format(number)).filter((text, i) => text !== shown[i][1] && i !== 7),
    [],
  );
});

test("what a node depends on, and what depends on it", async () => {
  const graph = await load("formulas");
  const names = (marks) => [...marks.keys()].filter((n) => marks[n]).map((n) => graph.nameOf(n));
  const c = [...Array(graph.size).keys()].find((n) => graph.labelOf(n) === "c");
  assert.deepEqual(names(graph.below([c])), ["a", "b", "c"]);
  assert.deepEqual(names(graph.above([c])), ["c", "d", "L"]);
});

test("a local derivative with cases is the one that holds, and says why", async () => {
  const model = await computed("cases");
  const { graph, interpreter, steps } = model;
  const lines = [];
  for (let n = graph.leafCount; n < graph.size; n++) lines.push(...backwardLines(graph, interpreter, steps, n));
  assert.deepEqual(lines.map(lineText), [
    "∂L/∂a += ∂L/∂v1 · (3 · a^2) = 1 · 12 = 12, 13 in all",
    "∂L/∂a += ∂L/∂v2 · 1 = 1 · 1 = 1, since a > 0, 13 in all",
    "∂L/∂v1 += ∂L/∂L · 1 = 1 · 1 = 1",
    "∂L/∂v2 += ∂L/∂L · 1 = 1 · 1 = 1",
  ]);
});

test("where nothing flows back a step says why", async () => {
  const model = await computed("choices");
  const { graph, interpreter, steps } = model;
  const lines = {};
  for (let n = graph.size - 1; n >= graph.leafCount; n--)
    lines[graph.nameOf(n)] = backwardLines(graph, interpreter, steps, n).map(lineText);
  assert.deepEqual(lines, {
    L: ["∂L/∂v7 += ∂L/∂L · 1 = 1 · 1 = 1", "∂L/∂v8 += ∂L/∂L · 1 = 1 · 1 = 1"],
    v8: ["∂v8/∂a is 0 everywhere: nothing flows back here"],
    v7: [
      "∂v7/∂class is 0 everywhere: nothing flows back here",
      "∂L/∂w += ∂L/∂v7 · 1 = 1 · 1 = 1, since class = 0",
      "m was not chosen, since class ≠ 1: nothing flows back here",
      "r was not chosen, since class ≠ 2: nothing flows back here",
    ],
    m: ["a was not chosen, since a < m: nothing flows back here", "nothing has come to m: nothing flows back here"],
    r: ["v4 was not chosen, since v4 ≤ 0: nothing flows back here"],
    v4: ["nothing has come to v4: nothing flows back here"],
    v3: ["nothing has come to v3: nothing flows back here"],
    w: [
      "∂w/∂c is 0 everywhere: nothing flows back here",
      "∂L/∂a += ∂L/∂w · 1 = 1 · 1 = 1, since c ≠ 0, 1 in all",
      "b was not chosen, since c ≠ 0: nothing flows back here",
    ],
    b: ["nothing has come to b: nothing flows back here"],
  });
  const b = [...Array(graph.size).keys()].find((n) => graph.nameOf(n) === "b");
  assert.equal(describeNode(graph, interpreter, steps, b), "b, log, value nan, gradient 0, nothing flows back to it");
});

test("the gradient of a node is the sum of what came from its users", async () => {
  const model = await computed("formulas");
  const { graph, interpreter, steps } = model;
  const b = [...Array(graph.leafCount).keys()].find((n) => graph.labelOf(n) === "b");
  assert.deepEqual(incomingLines(graph, interpreter, steps, b).map(lineText), [
    "∂L/∂b += ∂L/∂d · -1 = 0.5 · -1 = -0.5",
    "∂L/∂b += ∂L/∂c · a = 0.5 · 2 = 1",
    "the sum is ∂L/∂b = 0.5",
  ]);
});

// What the page computes without a document: which part of a graph it shows, its steps, formulas, numbers, links,
// search. test_modules.py writes the graphs, and runs this.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";

import { Folding, successor, view } from "./state/folding/folding.js";
import { backwardLines, describeNode, forwardLine, incomingLines } from "./state/formulas/formula.js";
import { lineText } from "./state/formulas/formula_text.js";
import { Graph } from "./state/graph.js";
import { inOrder } from "./picture/layout/order.js";
import { foldAll, kindsOf, unfoldAll } from "./state/folding/kinds.js";
import { readLink, writeLink } from "./state/link.js";
import { Model, Refused } from "./state/model.js";
import { exact, format, parseNumber } from "./state/numbers.js";
import { search } from "./panels/search.js";
import { plural } from "./state/texts.js";

const folder = process.env.EXPLORER_DATA;
assert.ok(folder, "EXPLORER_DATA must name the folder that test_modules.py has written");
const { graphs } = JSON.parse(readFileSync(join(folder, "graphs.json"), "utf-8"));

async function load(name) {
  const { RULES } = await import(pathToFileURL(join(folder, `${name}.js`)));
  return new Graph(graphs[name], RULES);
}

/** The numbers of a graph when both passes are done. */
async function computed(name) {
  const model = new Model(await load(name));
  model.goTo(model.steps.end);
  return model;
}

/** Numbers from 0 to 1 that are the same in every run. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (1664525 * state + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/**
 * What must hold of every view: each node is in one element, that of a member which is not shown in none; and every edge
 * of the graph is there or inside one.
 */
function check(graph, { elements, edges, owner, frames, layout: { members } }, folding) {
  const seen = new Uint8Array(graph.size);
  elements.forEach((element, number) => {
    assert.ok(element.nodes.length > 0, `${element.key} is empty`);
    for (const n of element.nodes) {
      assert.equal(owner[n], number);
      seen[n]++;
    }
  });
  assert.ok(seen.every((count, n) => count === Number(members.isShown(n))));
  assert.equal(new Set(elements.map(({ key }) => key)).size, elements.length);
  const [pairs, known] = [[], new Set(edges.map(({ tail, head }) => `${tail} ${head}`))];
  for (let n = graph.leafCount; n < graph.size; n++)
    for (const parent of graph.parents(n))
      if (owner[parent] !== owner[n] && members.isShown(n)) pairs.push(`${owner[parent]} ${owner[n]}`);
  assert.deepEqual(pairs.filter((pair) => !known.has(pair)), []);
  if (!members.active.length) assert.equal(edges.reduce((sum, { times }) => sum + times, 0), pairs.length);
  for (const { operand, tail, head } of edges) {
    if (operand < 0) continue;
    assert.equal(owner[graph.operands[operand]], tail);
    assert.equal(graph.starts[elements[head].n] <= operand && operand < graph.starts[elements[head].n + 1], true);
  }
  for (const call of frames) assert.ok(folding.isOpen(folding.locateCall(call).call), `a frame around ${call}, which is folded`);
  assert.ok(frames.every((call, i) => i === 0 || frames[i - 1] < call));
}

for (const name of Object.keys(graphs)) {
  test(`the first view of ${name}`, async () => {
    const graph = await load(name);
    const folding = new Folding(graph);
    const shown = view(folding);
    check(graph, shown, folding);
    assert.ok(shown.elements.length <= 301, `${shown.elements.length} elements`);
    const isShown = shown.layout.members.isShown(graph.root); // or else another turn is
    assert.equal(shown.elements[shown.owner[graph.root]].nodes.includes(graph.root), isShown);
  });

  test(`any view of ${name}`, async () => {
    const graph = await load(name);
    const random = generator(1);
    for (let round = 0; round < 40; round++) {
      const folding = new Folding(graph);
      for (let i = 0; i < 6; i++) {
        const call = Math.floor(random() * graph.calls.length);
        const act = random();
        if (graph.calls.length && act < 0.4) folding.unfold(call);
        else if (graph.calls.length && act < 0.6) folding.fold(call);
        else if (graph.calls.length && act < 0.7) folding.revealCall(call);
        else if (act < 0.85) folding.reveal(Math.floor(random() * graph.size));
        else folding.showMore(random() < 0.5 ? -1 : call);
      }
      check(graph, view(folding), folding);
    }
  });

  test(`the steps of ${name}`, async () => {
    const model = new Model(await load(name));
    const { graph, steps } = model;
    steps.findStops(view(new Folding(graph)));
    const { stops } = steps;
    assert.equal(steps.time, 0);
    assert.deepEqual([stops[0], stops.at(-1)], [0, steps.end]);
    assert.ok(stops.every((stop, i) => i === 0 || stops[i - 1] < stop));
    model.goTo(0);
    for (let i = 1; i < stops.length; i++) {
      model.goTo(steps.next());
      assert.equal(steps.time, stops[i]);
    }
    for (let i = stops.length - 2; i >= 0; i--) {
      model.goTo(steps.previous());
      assert.equal(steps.time, stops[i]);
    }
  });
}

test("a node is shown once it was looked for, also in a large graph without modules", async () => {
  const graph = await load("chain");
  const folding = new Folding(graph);
  const hidden = view(folding).elements.find(({ kind }) => kind === "rest").nodes[7];
  folding.reveal(hidden);
  const { elements, owner } = view(folding);
  assert.equal(elements[owner[hidden]].key, `n${hidden}`);
});

test("more of a large inside is shown at a time", async () => {
  const folding = new Folding(await load("chain"));
  const before = view(folding).elements.length;
  folding.showMore(-1);
  assert.equal(view(folding).elements.length, before + 40);
});

test("elements stand in the order in which they are computed, also after a search", async () => {
  const graph = await load("classifier");
  const folding = new Folding(graph);
  folding.unfold(graph.calls.findIndex(({ name }) => name === "layer 1"));
  const neurons = graph.calls.map(({ inner }, call) => [call, inner]).filter(([, inner]) => !inner.length);
  folding.revealCall(neurons[55][0]);
  folding.reveal(graph.root - 1);
  const { elements } = view(folding);
  const firsts = elements.map(({ nodes }) => nodes.find((n) => !graph.isLeaf(n))).filter((n) => n !== undefined);
  assert.deepEqual(
    firsts,
    [...firsts].sort((a, b) => a - b),
  );
  assert.ok(elements.some(({ key }) => key === `c${neurons[55][0]}`));
  const leaf = elements.findIndex(({ kind, n }) => kind === "node" && graph.isLeaf(n));
  const user = elements.findIndex(({ nodes }) => nodes.includes(graph.firstUser[elements[leaf].n]));
  assert.ok(leaf < user && elements.slice(leaf, user).every(({ nodes }) => graph.isLeaf(nodes[0])));
});

test("what is selected is followed into a box and out of it", async () => {
  const graph = await load("network");
  const folding = new Folding(graph);
  const call = graph.calls.findIndex(({ inner }) => !inner.length);
  folding.fold(call);
  const folded = view(folding);
  folding.unfold(call);
  const unfolded = view(folding);
  const at = ({ elements }, key) => elements.find((each) => each.key === key);
  const last = successor(at(folded, `c${call}`), unfolded);
  assert.equal(last, `n${at(folded, `c${call}`).nodes.at(-1)}`);
  assert.equal(successor(at(unfolded, last), folded), `c${call}`);
  assert.equal(successor(at(folded, `n${graph.root}`), unfolded), `n${graph.root}`);
  assert.equal(successor(null, unfolded), null);
});

test("all modules of a kind unfold, of too many the first ones, and fold", async () => {
  const graph = await load("classifier");
  const kinds = kindsOf(new Folding(graph));
  assert.deepEqual(
    kinds.map(({ name, calls }) => [name, calls.length]),
    [
      ["modules", graph.calls.length],
      ["layers", 2],
      ["neurons", 70],
    ],
  );
  const folding = new Folding(graph);
  const { unfolded, boxes } = unfoldAll(folding, kinds[2].calls);
  assert.ok(unfolded >= 1 && unfolded < 70 && boxes > 150);
  assert.ok(kinds[2].calls.every((call, i) => folding.open.has(call) === i < unfolded));
  assert.ok(unfolded === 1 || view(folding).elements.length <= 150);
  foldAll(folding, kinds[0].calls);
  assert.ok(view(folding).elements.every(({ home }) => home === 0));
  assert.equal(unfoldAll(folding, kinds[1].calls).unfolded, 2);
  assert.ok(kinds[1].calls.every((call) => folding.open.has(call)));
  assert.deepEqual(
    kindsOf(new Folding(await load("chain"))).map(({ calls }) => calls),
    [[]],
  );
  assert.deepEqual(["layer", "loss", "copy", "day", "batch"].map(plural), [
    "layers",
    "losses",
    "copies",
    "days",
    "batches",
  ]);
});

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

test("a link gives the same state again", async () => {
  const model = new Model(await load("network"));
  const folding = new Folding(model.graph);
  const first = folding.state();
  folding.unfold(model.graph.calls.length - 1);
  folding.reveal(5);
  folding.showMore(0);
  folding.revealCall(2);
  model.set([
    [3, -0.125],
    [4, Infinity],
  ]);
  model.goTo(17);
  const state = readLink(writeLink(model, folding, "n5", first), model.graph);
  assert.deepEqual(new Set(state.open), folding.open);
  assert.deepEqual([state.step, state.selected, state.pinned, state.pinnedCalls], [17, "n5", [5], [2]]);
  assert.deepEqual(state.changes, [
    [3, -0.125],
    [4, Infinity],
  ]);
  assert.deepEqual(
    state.shown.find(([call]) => call === 0),
    [0, folding.limit(0)],
  );
});

test("a link that makes no sense says nothing", async () => {
  const graph = await load("network");
  for (const fragment of [
    "#",
    "#open=99999,x,-1&step=-3&at=<b>&set=9e9:1,0:x,-1:2&more=0:1e9,a:b&show=1.5&modules=-1,9e9",
    "#%%%",
    "#step",
  ]) {
    const { open, step, selected, shown, pinned, pinnedCalls, changes } = readLink(fragment, graph);
    assert.deepEqual(
      [open ?? [], step, selected, shown, pinned, pinnedCalls, changes],
      [[], undefined, null, [], [], [], []],
    );
  }
});

test("search finds labels, operations and modules, whole matches first", async () => {
  const graph = await load("network");
  const names = (query) => search(graph, query).nodes.map((n) => graph.nameOf(n));
  assert.deepEqual([...new Set(names("W1"))], ["w1"]);
  assert.ok(search(graph, "relu").nodes.every((n) => graph.rule(n).name === "relu"));
  assert.deepEqual(
    search(graph, "layer 1").calls.map((call) => graph.calls[call].name),
    ["layer 1"],
  );
  assert.equal(search(graph, "neuron").calls.length, 5);
  assert.deepEqual(search(graph, "  "), { nodes: [], calls: [], total: 0 });
  assert.equal(search(graph, "no such thing").total, 0);
  assert.deepEqual(
    search(graph, "layer 1 / neuron 2 / w1").nodes.map((n) => graph.fullName(n)),
    ["MLP / layer 1 / neuron 2 / w1"],
  );
  assert.deepEqual(
    search(graph, "layer 2/neuron").calls.map((call) => graph.pathText(call + 1)),
    ["MLP / layer 2 / neuron 1"],
  );
  const made = [...Array(graph.size).keys()].find((n) => graph.nameOf(n) === "v7");
  assert.deepEqual(search(graph, "V7").nodes, [made]);
  assert.deepEqual(search(await load("formulas"), "/").nodes.length, 1); // the division
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

test("nodes that could stand in each other's places stand in their order, with their edges", () => {
  const node = { width: 1, height: 1, frame: -1 };
  const pairs = [
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 4],
    [2, 4],
    [3, 4],
    [1, 5],
    [2, 5],
    [3, 5],
  ];
  const graph = { nodes: Array(6).fill(node), edges: pairs.map(([tail, head]) => ({ tail, head })), frames: [] };
  const heights = [5, 9, 1, 5, 8, 2];
  const nodes = heights.map((y, n) => ({ x: [0, 1, 1, 1, 2, 2][n], y }));
  const edges = pairs.map(([tail, head]) => ({ from: nodes[tail].y, to: nodes[head].y }));
  const ordered = inOrder(graph, { nodes, edges, frames: [] });
  assert.deepEqual(
    ordered.nodes.map(({ y }) => y),
    [5, 1, 5, 9, 2, 8],
  );
  ordered.edges.forEach(({ from, to }, i) => {
    const [tail, head] = pairs[i];
    assert.deepEqual([from, to], [ordered.nodes[tail].y, ordered.nodes[head].y]);
  });
  const other = { ...graph, edges: graph.edges.slice(0, -1) }; // 3 has other neighbours now: it stays
  const layout = { nodes, edges: edges.slice(0, -1), frames: [] };
  assert.deepEqual(
    inOrder(other, layout).nodes.map(({ y }) => y),
    [5, 1, 9, 5, 8, 2],
  );
});

// What the page shows of a graph, without a document: views and what is found in them, links, search. test_modules.py
// writes the graphs, and runs this.

import assert from "node:assert/strict";
import test from "node:test";

import { computed, generator, graphs, load } from "./loaded_graphs.js";
import { Folding, successor, view } from "./state/folding/folding.js";
import { inOrder } from "./picture/layout/order.js";
import { foldAll, kindsOf, unfoldAll } from "./state/folding/kinds.js";
import { readLink, writeLink } from "./state/link.js";
import { Model } from "./state/model.js";
import { search } from "./panels/search.js";
import { plural } from "./state/texts.js";

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
        else if (act < 0.8) folding.reveal(Math.floor(random() * graph.size));
        else if (act < 0.9) folding.lookAt(Math.floor(random() * graph.size), random() < 0.5);
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

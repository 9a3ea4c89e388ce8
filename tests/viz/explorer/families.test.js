// Families without a document: which member is shown, what corresponds to what, sums over members, steps through all of
// them. test_families_in_page.py writes the graphs, with the numbers that Python has, and runs this.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";

import { histogram } from "./panels/details/member_facts.js";
import { Folding, otherMembers, partOf, view } from "./state/folding/folding.js";
import { Graph } from "./state/graph.js";
import { readLink, writeLink } from "./state/link.js";
import { memberTitle } from "./state/folding/member_names.js";
import { Model } from "./state/model.js";
import { forwardLine } from "./state/formulas/formula.js";
import { stepLines } from "./state/formulas/formula_steps.js";
import { lineText } from "./state/formulas/formula_text.js";
import { sumLines } from "./state/folding/sums.js";

const folder = process.env.EXPLORER_DATA;
assert.ok(folder, "EXPLORER_DATA must name the folder that test_families_in_page.py has written");
const { graphs, known } = JSON.parse(readFileSync(join(folder, "graphs.json"), "utf-8"));

async function load(name) {
  const { RULES } = await import(pathToFileURL(join(folder, `${name}.js`)));
  const graph = new Graph(structuredClone(graphs[name]), RULES);
  const model = new Model(graph);
  model.goTo(model.steps.end);
  return { graph, folding: new Folding(graph), model, python: known[name] };
}

/** Nodes that are numbers close to each other, as Python and this page may round sums in another order. */
function close(a, b) {
  assert.ok(Math.abs(a - b) <= 1e-12 * Math.max(1e-3, Math.abs(b)), `${a} is not ${b}`);
}

/** What must hold of any view: every node has an element, which has the nodes of the members that are shown. */
function check(graph, { elements, owner, edges, layout }) {
  for (let n = 0; n < graph.size; n++) assert.ok(elements[owner[n]], `node ${n} is in no element`);
  elements.forEach(({ key, nodes, first }, number) => {
    assert.ok(nodes.length >= first.length && nodes.length > 0, `${key} is empty`);
    for (const n of nodes) assert.equal(owner[n], number);
    for (const n of nodes) assert.ok(layout.members.isShown(n) || layout.members.hidden[n]);
  });
  assert.equal(new Set(elements.map(({ key }) => key)).size, elements.length);
  for (const { operands, tail, head } of edges) {
    for (const i of operands) assert.deepEqual([owner[graph.operands[i]], owner[graph.userAt[i]]], [tail, head]);
  }
}

const operationsOf = (graph, nodes) => [...nodes].filter((n) => !graph.isLeaf(n));

for (const name of ["pendulum", "batch", "nested", "positions"]) {
  test(`the members of ${name} are those of Python`, async () => {
    const { graph, folding, python } = await load(name);
    for (const family of folding.families.list) {
      family.nodes.forEach((nodes, k) => {
        assert.deepEqual(operationsOf(graph, nodes), python.members[family.members[k]], `member ${k + 1}`);
      });
    }
  });

  test(`any view of ${name}`, async () => {
    const { graph, folding } = await load(name);
    let state = 1;
    const random = (below) => (state = (1664525 * state + 1013904223) % 2 ** 32) % below;
    for (let round = 0; round < 25; round++) {
      const act = random(6);
      const call = random(graph.calls.length);
      if (act === 0) folding.unfold(call);
      else if (act === 1) folding.fold(call);
      else if (act === 2) folding.reveal(random(graph.size));
      else if (act === 3) folding.revealCall(call);
      else if (act === 4) folding.showMembers(folding.locate(random(graph.size)).members);
      else folding.toggleBeside(random(folding.families.size));
      const shown = view(folding);
      check(graph, shown);
      if (act === 2) assert.ok(shown.elements.length > 0);
    }
  });

  test(`every step of ${name} is a stop, and is shown where it is`, async () => {
    const { graph, folding, model } = await load(name);
    model.goTo(0);
    for (const { members } of folding.families.list) for (const call of members) folding.unfold(call);
    let shown = view(folding);
    model.steps.findStops(shown);
    let steps = 0;
    while (model.steps.time < model.steps.end && steps++ < 150) {
      model.goTo(model.steps.next());
      const { n } = model.steps.at();
      if (n < 0) continue;
      const changed = folding.showMembers(folding.locate(n).members);
      shown = changed === "layout" ? view(folding) : changed ? otherMembers(shown.layout) : shown;
      if (changed === "layout") model.steps.findStops(shown);
      const element = shown.elements[shown.owner[n]];
      if (element.kind === "node") assert.equal(element.n, n);
      else assert.ok(element.nodes.includes(n), `${element.key} is shown in step ${model.steps.time} of node ${n}`);
    }
  });
}

test("one turn is shown, and any other in its place", async () => {
  const { graph, folding, python } = await load("pendulum");
  const first = view(folding);
  const sine = first.elements.findIndex(({ n }) => n !== undefined && graph.rule(n).name === "sin");
  for (const turn of [0, 7, 199]) {
    assert.equal(folding.showMembers([[0, turn]]), turn === 0 ? "" : "numbers");
    const { elements, edges } = otherMembers(first.layout);
    assert.equal(elements.length, first.elements.length);
    assert.equal(edges.length, first.edges.length);
    assert.equal(elements[sine].n, python.sines[turn]);
    assert.equal(memberTitle(folding, folding.families.list[0]), `step ${turn + 1} of 200`);
  }
  folding.showMembers([[0, 7]]);
  assert.deepEqual(
    view(folding).elements.map(({ key }) => key),
    otherMembers(first.layout).elements.map(({ key }) => key),
  );
});

test("turns and copies of a module are called by their numbers", async () => {
  const { graph, folding } = await load("pendulum");
  const { members } = folding.families.list[0];
  assert.deepEqual([graph.calls[members[0]].name, graph.calls[members[199]].name], ["step 1", "step 200"]);
});

test("what a turn takes from the one before goes back, and in the first turn comes from outside", async () => {
  const { graph, folding } = await load("pendulum");
  const layout = view(folding).layout;
  const intoSine = () => {
    const { edges, elements } = otherMembers(layout);
    const sine = elements.findIndex(({ n }) => n !== undefined && graph.rule(n).name === "sin");
    return edges
      .filter(({ head, operands }) => head === sine && operands.length)
      .map(({ crossing, operands }) => [crossing ? crossing.delay : 0, graph.operands[operands[0]]]);
  };
  const angle = [...Array(graph.leafCount).keys()].find((n) => graph.labelOf(n) === "angle");
  assert.deepEqual(intoSine(), [[0, angle]]);
  folding.showMembers([[0, 9]]);
  const [[delay, before]] = intoSine();
  assert.deepEqual([delay, folding.locate(before).members], [1, [[0, 8]]]);
  assert.equal(intoSine().length, 1);
});

test("parameters are where the module of all rows is, inputs in their row", async () => {
  const { graph, folding } = await load("batch");
  const weight = graph.parameters.find((n) => graph.labelOf(n).startsWith("w"));
  assert.match(graph.pathText(folding.home[weight]), /^row 1 \/ MLP \/ layer \d \/ neuron \d$/);
  assert.deepEqual(folding.locate(weight).members, []);
  const inputs = [...Array(graph.leafCount).keys()].filter((n) => graph.labelOf(n) === "x₁");
  assert.deepEqual(
    inputs.map((n) => folding.locate(n).members[0][1]),
    inputs.map((_, row) => row),
  );
});

test("the mean over the rows is Python's, of data and gradients", async () => {
  const { graph, folding, model, python } = await load("batch");
  const before = view(folding);
  folding.toggleMean(0);
  const { elements } = otherMembers(before.layout);
  const loss = elements.find(({ n }) => n !== undefined && graph.labelOf(n) === "loss");
  assert.equal(loss.mean, folding.families.list[0]);
  const mean = (numbers) => [...loss.nodes].reduce((sum, n) => sum + numbers[n], 0) / loss.nodes.length;
  assert.equal(loss.nodes.length, 100);
  close(mean(model.interpreter.data), python.mean_loss);
  close(mean(model.interpreter.gradient), 0.01);
  assert.equal(memberTitle(folding, folding.families.list[0]), "mean over 100 rows");
  assert.equal(elements.find(({ n }) => n === graph.root).mean, null);
  assert.deepEqual([folding.showMembers([[0, 0]]), folding.means.size], ["numbers", 0]);
});

test("the sum over the rows is one step that says so", async () => {
  const { graph, folding, model, python } = await load("batch");
  const { elements, owner } = view(folding);
  const sum = elements.find(({ kind }) => kind === "sum");
  assert.equal(sum.nodes.length, 99);
  assert.ok([...sum.nodes].every((n) => elements[owner[n]] === sum));
  assert.deepEqual(sum.sum.terms, python.losses);
  const [line] = sumLines(graph, model.interpreter, "forward", sum).map(lineText);
  assert.match(line, /^v\d+ = Σ over 100 rows of loss = 0\.00182928 \+ [\d.]+ \+ … \+ [\d.]+ = 29\.7318$/);
  const [back] = sumLines(graph, model.interpreter, "backward", sum).map(lineText);
  assert.match(back, /^∂L\/∂loss \+= ∂L\/∂v\d+ · 1 = 0\.01 · 1 = 0\.01 in each of 100 rows$/);
  model.steps.findStops(view(folding));
  for (const pass of ["forward", "backward"]) assert.ok(model.steps.stops.includes(model.steps.timeOf(sum.n, pass)));
});

test("a sum is unfolded where one of its additions is looked for", async () => {
  const { folding } = await load("batch");
  const { nodes } = view(folding).elements.find(({ kind }) => kind === "sum");
  folding.reveal(nodes[50]);
  const { elements, owner } = view(folding);
  assert.deepEqual([elements[owner[nodes[50]]].kind, elements.some(({ kind }) => kind === "sum")], ["node", false]);
});

test("a sum in every row is that of the row, and its mean one over the rows", async () => {
  const { graph, folding, model, python } = await load("sums");
  folding.unfold(folding.families.list[0].members[0]);
  const before = view(folding);
  folding.showMembers([[0, 2]]);
  const sumIn = ({ elements }) => elements.find(({ kind }) => kind === "sum");
  const sum = sumIn(otherMembers(before.layout));
  assert.deepEqual(sum.sum.terms, python.sines.slice(8));
  assert.deepEqual([graph.rule(sum.n).name, folding.locate(sum.n).members[0]], ["add", [0, 2]]);
  const numbers = sum.sum.terms.map((n) => model.interpreter.data[n]);
  close(model.interpreter.data[sum.n], numbers.reduce((a, b) => a + b));
  folding.toggleMean(0);
  const { own, mean } = sumIn(otherMembers(before.layout));
  assert.deepEqual([own.length, own[2], mean.number], [3, sum.n, 0]);
});

test("rows and the turns in them are chosen apart", async () => {
  const { graph, folding, python } = await load("nested");
  const n = python.sines[2 * 5 + 3]; // row 3, turn 4
  const { members } = folding.locate(n);
  assert.deepEqual(members.map(([, k]) => k), [2, 3]);
  folding.reveal(n);
  const shown = view(folding);
  assert.equal(shown.elements[shown.owner[n]].key, `n${n}`);
  folding.showMembers([[members[0][0], 0]]);
  const other = otherMembers(shown.layout);
  assert.equal(other.elements[shown.owner[n]].n, python.sines[3]);
  assert.equal(graph.rule(python.sines[3]).name, "sin");
});

test("members that are not alike are not taken for it", async () => {
  for (const name of ["wrong", "crossed"]) {
    const { folding } = await load(name);
    assert.deepEqual([name, folding.families.list[0].alike], [name, false]);
  }
});

test("of members that are not alike the one that is asked for is laid out", async () => {
  const { graph, folding } = await load("positions");
  for (const call of folding.families.list[0].members) folding.unfold(call);
  const first = view(folding).elements.length;
  assert.equal(folding.showMembers([[0, 4]]), "layout");
  const { elements, layout } = view(folding);
  assert.ok(elements.length > first);
  const weight = elements.find(({ n, home }) => home > 0 && n !== undefined && graph.rule(n).name === "exp").n;
  const rows = layout.members.ofOneKind(weight, folding.families.list[0]);
  assert.deepEqual(rows.map((row) => row.length), [1, 2, 3, 4, 5, 6]);
});

test("what each member gives to others is a row of a picture", async () => {
  const { graph, folding, python } = await load("batch");
  const { members } = view(folding).layout;
  assert.deepEqual(
    members.outputs(folding.families.list[0]),
    python.losses.map((n) => [n]),
  );
  const weighed = [...folding.families.list[0].nodes[0]].find((n) => graph.rule(n).name === "tanh");
  const rows = members.ofOneKind(weighed, folding.families.list[0]);
  assert.deepEqual([rows.length, rows[41].map((n) => folding.locate(n).members[0][1])], [100, [41]]);
});

test("what is left out of the picture is told in full", async () => {
  const { graph, folding, model } = await load("chain");
  const shown = view(folding);
  model.steps.findStops(shown);
  assert.deepEqual(model.steps.stops, Array.from({ length: model.steps.end + 1 }, (_, time) => time));
  model.goTo(3);
  const { n } = model.steps.at();
  assert.equal(shown.elements[shown.owner[n]].kind, "rest");
  const told = stepLines(graph, model.interpreter, model.steps, partOf(shown, n));
  assert.deepEqual(told, [forwardLine(graph, model.interpreter, n)]);
});

test("a link keeps the member, the mean, and what is side by side", async () => {
  const { graph, folding, model } = await load("batch");
  const first = folding.state();
  folding.showMembers([[0, 41]]);
  assert.deepEqual(readLink(writeLink(model, folding, null, first), graph).members, [[0, 42]]);
  folding.toggleMean(0);
  assert.deepEqual(readLink(writeLink(model, folding, null, first), graph).members, [[0, "mean"]]);
  folding.toggleBeside(0);
  assert.deepEqual(readLink(writeLink(model, folding, null, first), graph).beside, [0]);
  for (const nonsense of ["#member=0:0", "#member=0:101", "#member=5:1", "#member=0:x", "#member=", "#beside=7"]) {
    const { members, beside } = readLink(nonsense, graph);
    assert.deepEqual([members, beside], [[], []], nonsense);
  }
});

test("a histogram counts every number once", () => {
  const { counts, binOf } = histogram([0, 0.1, 0.5, 1], 4);
  assert.deepEqual(counts, [2, 0, 1, 1]);
  assert.deepEqual([binOf(0), binOf(1)], [0, 3]);
  assert.deepEqual(histogram([2, 2], 4).counts, [0, 0, 2, 0]);
});

// Where things stand: lines, trees, wires, the order of neurons, and what is in sight first. See test_modules.py.

import assert from "node:assert/strict";
import { test } from "node:test";

import { kinInOrder } from "./picture/layout/kin.js";
import { linesOf, pieceOf } from "./picture/layout/wrapping.js";
import { bestWindow, Sight, startWithin } from "./picture/pane/sight.js";
import { EVERYWHERE, titlePlaces } from "./picture/pane/titles.js";
import { stacked } from "./picture/layout/stack.js";
import { treesOf } from "./picture/layout/trees.js";

const ROOM = { along: 700, across: 500 };
const graphOf = (count, pairs, frames = []) => ({
  nodes: Array.from({ length: count }, () => ({ width: 100, height: 50, frame: -1, tag: { width: 40, height: 18 } })),
  edges: pairs.map(([tail, head]) => ({ tail, head, label: null })),
  frames,
});
const chain = (count) => graphOf(count, Array.from({ length: count - 1 }, (_, n) => [n, n + 1]));

/** A tree of products of pairs: its leaves first, the root last. */
function tree(leaves) {
  const pairs = [];
  let [next, level] = [leaves, Array.from({ length: leaves }, (_, n) => n)];
  while (level.length > 1) {
    const above = [];
    for (let i = 0; i < level.length; i += 2) {
      pairs.push([level[i], next], [level[i + 1], next]);
      above.push(next++);
    }
    level = above;
  }
  return graphOf(next, pairs);
}

/** A layout of a line as Graphviz might make it: all nodes in one row. */
function row({ nodes, edges }) {
  const places = nodes.map((_, n) => ({ x: 60 + 120 * n, y: 30 }));
  const way = (tail, head) => [places[tail], places[tail], places[head], places[head]];
  return {
    width: 120 * nodes.length,
    height: 60,
    nodes: places,
    edges: edges.map(({ tail, head }) => ({ points: { points: way(tail, head), tip: places[head] }, label: null })),
    frames: [],
  };
}

test("a long chain is read in lines, a short one and a wide graph are not", () => {
  const lines = linesOf(chain(40), ROOM);
  assert.deepEqual(lines.flat(), Array.from({ length: 40 }, (_, n) => n));
  assert.ok(lines.length >= 8 && lines.every((nodes) => nodes.length >= 2 && nodes.length * 125 - 25 <= ROOM.along));
  assert.equal(linesOf(chain(3), ROOM), null);
  assert.equal(linesOf(tree(64), ROOM), null);
});

test("boxes that use each other in a circle are put in lines, too", () => {
  const graph = chain(40);
  graph.edges.push({ tail: 30, head: 5, label: null });
  assert.equal(linesOf(graph, ROOM).flat().length, 40);
});

test("a line begins with ports for the line before, and with the names of what stands elsewhere", () => {
  const graph = graphOf(7, [[0, 1], [1, 2], [2, 3], [3, 4], [6, 1], [6, 4], [1, 4], [4, 5]]);
  const lines = [[0, 6, 1], [2], [3, 4, 5]];
  const { origin, edges } = pieceOf(graph, lines, 2);
  const from = edges.map(({ tail, number }) => [number, origin[tail].kind, origin[tail].node]);
  assert.deepEqual(from, [
    [2, "entry", 2], // from the line before
    [3, "node", 3],
    [5, "tag", 6], // a leaf
    [6, "tag", 1], // two lines before
    [7, "node", 4],
  ]);
});

test("of too many names for one node there is one, with their count", () => {
  const graph = graphOf(22, Array.from({ length: 20 }, (_, n) => [n, 21]).concat([[20, 21]]));
  const { origin, edges } = pieceOf(graph, [Array.from({ length: 20 }, (_, n) => n), [20, 21]], 1);
  const [many] = origin.filter(({ kind }) => kind === "many");
  assert.deepEqual([many.node, many.count], [21, 20]);
  assert.deepEqual(edges[0].also, Array.from({ length: 19 }, (_, n) => n + 1));
  assert.ok(!origin.some(({ kind }) => kind === "tag"));
});

test("wires lead from the end of a line to the beginning of the next, and every edge ends at its node", () => {
  const graph = chain(12);
  const lines = linesOf(graph, { along: 500, across: 500 });
  const pieces = lines.map((_, line) => pieceOf(graph, lines, line));
  const layout = stacked(graph, pieces, pieces.map(row));
  graph.edges.forEach(({ tail, head }, number) => {
    const { points, tip } = layout.edges[number].points;
    assert.deepEqual(points[0], layout.nodes[tail]);
    assert.deepEqual(tip, layout.nodes[head]);
    assert.equal(points.length % 3, 1); // Bézier curves
    for (const { x, y } of points) assert.ok(x >= 0 && x <= layout.width && y >= 0 && y <= layout.height);
    const isWire = lines.every((nodes) => nodes.includes(tail) !== nodes.includes(head) || !nodes.includes(tail));
    const [right, left] = [Math.max, Math.min].map((most) => most(...points.map(({ x }) => x)));
    if (isWire) assert.ok(right > layout.nodes[tail].x && left < layout.nodes[head].x);
  });
  const heights = lines.map(([first]) => layout.nodes[first].y);
  assert.deepEqual(heights, [...heights].sort((a, b) => a - b));
});

test("a wide tree is cut into trees that are in sight", () => {
  const graph = tree(64);
  const lines = treesOf(graph, ROOM);
  assert.equal(new Set(lines.flat()).size, graph.nodes.length);
  for (const nodes of lines) assert.ok(nodes.filter((n) => n < 64).length * 63 <= ROOM.across);
  assert.equal(treesOf({ ...graph, frames: [{ outer: -1 }] }, ROOM), null); // modules stay together
});

test("neurons stand in their order where one of them is open, and edges follow them", () => {
  const graph = graphOf(5, [[4, 0], [4, 1], [4, 2], [2, 3]], [{ outer: -1, kin: "neuron #", call: 3 }]);
  [2, 1].forEach((call, n) => Object.assign(graph.nodes[n], { kin: "neuron #", call }));
  graph.nodes[2].frame = graph.nodes[3].frame = 0;
  const nodes = [{ x: 200, y: 400 }, { x: 200, y: 300 }, { x: 200, y: 100 }, { x: 350, y: 100 }, { x: 0, y: 250 }];
  const edges = graph.edges.map(({ tail, head }) => ({
    points: { points: [nodes[tail], nodes[tail], nodes[head], nodes[head]], tip: nodes[head] },
    label: null,
  }));
  const layout = { nodes, edges, frames: [{ x: 140, y: 50, width: 300, height: 100 }] };
  const ordered = kinInOrder(graph, layout);
  assert.ok(ordered.nodes[1].y < ordered.nodes[0].y && ordered.nodes[0].y < ordered.frames[0].y);
  assert.equal(ordered.nodes[2].y - ordered.frames[0].y, 50); // what is in the frame moves with it
  graph.edges.forEach(({ head }, number) => assert.equal(ordered.edges[number].points.tip.y, ordered.nodes[head].y));
  const stranger = { ...graph, nodes: [...graph.nodes, { width: 9, height: 9, frame: -1 }] };
  const between = { ...layout, nodes: [...nodes, { x: 200, y: 200 }] };
  assert.equal(kinInOrder(stranger, between), between); // it would be in the way
});

test("the first window has what is wanted, and as much as can be beside it", () => {
  const box = (x, y) => ({ x, y, width: 10, height: 10 });
  const boxes = [box(0, 0), box(60, 0), box(80, 0), box(100, 0), box(300, 0)];
  const size = { width: 70, height: 50 };
  const isIn = ({ x, y }, at) => x - 5 >= at.x && x + 5 <= at.x + size.width && y - 5 >= at.y && y + 5 <= at.y + 50;
  const at = bestWindow(boxes, boxes[1], size, 2);
  assert.equal(boxes.filter((each) => isIn(each, at)).length, 3);
  assert.ok(isIn(boxes[1], at));
  const far = bestWindow(boxes, boxes[4], size, 2);
  assert.ok(isIn(boxes[4], far));
  const first = bestWindow(boxes, boxes[1], size, 0, [boxes[0]]); // these two alone fill it
  assert.ok(isIn(boxes[0], first) && isIn(boxes[1], first));
});

test("the titles of frames stay in the window, the inner ones below the outer ones, and under no item", () => {
  const frames = [
    { outer: -1, width: 50 },
    { outer: 0, width: 50 },
  ];
  const boxes = [
    { x: 0, y: 0, width: 400, height: 400 },
    { x: 20, y: 40, width: 300, height: 300 },
  ];
  const placesIn = (left, top, items = []) =>
    titlePlaces(frames, boxes, items, { left, top, right: left + 100, bottom: top + 100 }).map(({ x, y }) => [x, y]);
  const atHome = [[0, 0], [20, 40]];
  assert.deepEqual(placesIn(-10, -10), atHome);
  assert.deepEqual(titlePlaces(frames, boxes, [], EVERYWHERE).map(({ x, y }) => [x, y]), atHome);
  assert.deepEqual(placesIn(100, 200), [[100, 200], [100, 222]]);
  assert.deepEqual(placesIn(100, 200, [{ x: 100, y: 240, width: 40, height: 30 }]), [[100, 200], [100, 40]]);
  assert.deepEqual(placesIn(300, 310)[1], [270, 40]); // the frame ends there
});

test("no part of a window is empty where the picture is larger, and a smaller one is in its middle", () => {
  const starts = [-300, 50, 800].map((start) => startWithin(start, 400, 1000));
  assert.deepEqual(starts, [-10, 50, 610]);
  assert.equal(startWithin(77, 400, 300), -50);
});

/** Of a picture of 3000 by 3000 with two items in one frame, in a pane of 400 by 400. */
function sightOfTwo(home) {
  const item = (key, x, y) => [key, { key, x, y, width: 100, height: 40, left: [] }];
  const size = { width: 400, height: 400 };
  return Object.assign(new Sight(), {
    on: { home },
    svg: { getBoundingClientRect: () => size },
    world: { setAttribute() {} },
    size,
    frames: [{ key: "0" }],
    layout: { width: 3000, height: 3000, frames: [{ x: 0, y: 0, width: 3000, height: 3000 }] },
    items: new Map([item("n1", 100, 100), item("n2", 2900, 200)]),
  });
}

test("of a frame that is too large its last item is in sight, though its corner is empty", () => {
  const sight = sightOfTwo(() => "n1");
  sight.bringFrameIntoSight("0");
  assert.ok(sight.isInSight("n2", sight.size));
});

test("a pane that gets another size shows what it opened on, also when something else comes first by now", () => {
  let first = "n1";
  const sight = sightOfTwo(() => first);
  sight.open();
  first = "n2";
  sight.resize({ width: 400, height: 380 });
  assert.ok(sight.isInSight("n1", sight.size) && !sight.isInSight("n2", sight.size));
  sight.open();
  assert.ok(sight.isInSight("n2", sight.size));
});

test("a pane without a picture has nothing to open on", () => {
  const sight = sightOfTwo(() => assert.fail("there is no view yet"));
  sight.layout = undefined;
  sight.resize({ width: 300, height: 300 });
  assert.equal(sight.opened, undefined);
});

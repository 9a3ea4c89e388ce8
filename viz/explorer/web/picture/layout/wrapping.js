// A long and narrow picture is read line by line, as a text is: which nodes stand in which line, and each line as a
// graph of its own, with ports for what comes from other lines and goes there.

import { betweenRanks } from "./dot.js";

const BESIDE = 100; // for the wires from line to line, on both sides, and the minimap
const FRAME = 20; // around what is in a frame
const MOST_WIRES = 6; // from one line to the next, on average: more of them cannot be followed
const MANY = 62; // the width of a tag for many nodes
const STRAIGHT = 8; // the weight of what a line goes along: leaves stand beside it
export const MOST_TAGS = 8; // that lead to one node: more of them are one
const PORT = 1; // the size of a port

/**
 * The nodes of each line, or null where the picture is as well or better in one piece: it fits, or so much is beside
 * each other that not even two lines, or `inSight` of them, are in sight. `room` is {along, across, inSight}: how far one
 * sees along the ranks, and across them.
 */
export function linesOf(graph, room) {
  const ranks = ranksOf(graph);
  const sizes = sizesOf(graph, ranks);
  const gap = betweenRanks(graph) + Math.max(0, ...graph.edges.map(({ label }) => label?.width ?? 0));
  const whole = sizes.reduce((sum, { along }) => sum + along + gap, -gap);
  if (whole <= room.along) return null;
  const costs = costsOf(graph, ranks, sizes.length);
  const cuts = cutsOf(sizes, gap, room.along - BESIDE, costs);
  const wires = cuts.reduce((sum, rank) => sum + costs[rank].wires, 0);
  if (!cuts.length || wires > MOST_WIRES * cuts.length || !areNarrow(sizes, cuts, room)) return null;
  const lineOfRank = [];
  for (let rank = 0, line = 0; rank < sizes.length; rank++) {
    lineOfRank.push(line);
    if (rank === cuts[line]) line++;
  }
  const lines = Array.from({ length: cuts.length + 1 }, () => []);
  graph.nodes.forEach((_, n) => {
    const rank = ranks.of[n] + ranks.isLeaf[n]; // a leaf is in the line of its user
    lines[lineOfRank[Math.min(rank, sizes.length - 1)]].push(n);
  });
  return lines.filter((nodes) => nodes.length);
}

/**
 * Of each node its rank, `of`: as late as its users allow; `depth`: the longest way to it; `isLeaf`: nothing leads to it.
 */
function ranksOf({ nodes, edges }) {
  const [tails, heads] = [nodes.map(() => []), nodes.map(() => [])];
  for (const { tail, head } of edges) {
    tails[head].push(tail);
    heads[tail].push(head);
  }
  const order = inTurn(tails, heads);
  const turn = new Int32Array(nodes.length);
  order.forEach((n, at) => (turn[n] = at));
  const of = new Int32Array(nodes.length);
  let last = 0;
  for (const n of order) {
    for (const tail of tails[n]) if (turn[tail] < turn[n]) of[n] = Math.max(of[n], of[tail] + 1);
    last = Math.max(last, of[n]);
  }
  const depth = of.slice();
  for (const n of order.reverse()) {
    const later = heads[n].filter((head) => turn[head] > turn[n]);
    if (later.length) of[n] = later.reduce((least, head) => Math.min(least, of[head]), last + 1) - 1;
  }
  return { of, depth, isLeaf: tails.map(({ length }) => length === 0) };
}

/** The nodes, each after those that lead to it; boxes may use each other in a circle, which is cut somewhere. */
export function inTurn(tails, heads) {
  const waiting = tails.map(({ length }) => length);
  const ready = waiting.flatMap((count, n) => (count ? [] : [n]));
  const done = new Uint8Array(tails.length);
  const order = [];
  for (let next = 0; order.length < tails.length;) {
    if (!ready.length) {
      while (done[next]) next++;
      ready.push(next);
    }
    const n = ready.pop();
    done[n] = 1;
    order.push(n);
    for (const head of heads[n]) if (--waiting[head] === 0 && !done[head]) ready.push(head);
  }
  return order;
}

/** How much room the nodes of each rank take, about: {along, across}; `before`: the leaves of the next one. */
function sizesOf({ nodes }, { of, isLeaf }) {
  const sizes = Array.from({ length: Math.max(...of) + 1 }, () => ({ along: 0, across: 0, before: 0 }));
  nodes.forEach(({ width, height }, n) => {
    const size = sizes[of[n]];
    size.along = Math.max(size.along, width);
    size.across += height + 13;
    if (isLeaf[n]) size.before = Math.max(size.before, width);
  });
  return sizes;
}

/** What it costs to begin a new line after each rank: {wires, frames} that are cut. */
function costsOf({ nodes, edges, frames }, { of, isLeaf }, count) {
  const costs = Array.from({ length: count }, () => ({ wires: 0, frames: 0 }));
  const furthest = nodes.map((_, n) => of[n]);
  for (const { tail, head } of edges) furthest[tail] = Math.max(furthest[tail], of[head]);
  nodes.forEach((_, n) => {
    if (!isLeaf[n]) for (let rank = of[n]; rank < furthest[n]; rank++) costs[rank].wires++;
  });
  const spans = frames.map(() => [Infinity, -1]);
  nodes.forEach(({ frame }, n) => {
    for (let each = frame; each >= 0; each = frames[each].outer)
      spans[each] = [Math.min(spans[each][0], of[n]), Math.max(spans[each][1], of[n])];
  });
  for (const [from, to] of spans) for (let rank = Math.max(0, from); rank < to; rank++) costs[rank].frames++;
  return costs;
}

/** The ranks after which a new line begins: each is filled at least by half, and ends where the least is cut. */
function cutsOf(sizes, gap, room, costs) {
  const cuts = [];
  let start = 0;
  while (start < sizes.length) {
    const framed = costs[start].frames ? FRAME : 0;
    let length = (start ? sizes[start - 1].before + gap : 0) + sizes[start].along + framed;
    let end = start;
    while (end + 1 < sizes.length && length + gap + sizes[end + 1].along <= room) length += gap + sizes[++end].along;
    if (end === sizes.length - 1) break;
    let best = end;
    for (let rank = end - 1; rank >= start + (end - start) / 2; rank--)
      if (cost(costs[rank]) < cost(costs[best])) best = rank;
    cuts.push(best);
    start = best + 1;
  }
  return cuts;
}

/** Whether so many lines are in sight on average, and each one. */
function areNarrow(sizes, cuts, { across, inSight = 2 }) {
  const heights = [...cuts, sizes.length - 1].map((end, i) =>
    Math.max(...sizes.slice(i ? cuts[i - 1] + 1 : 0, end + 1).map((size) => size.across)),
  );
  const average = heights.reduce((sum, height) => sum + height, 0) / heights.length;
  return inSight * average <= across && Math.max(...heights) <= 1.25 * across;
}

function cost({ wires, frames }) {
  return wires + 3 * frames;
}

/** Whether not all of the graph is in sight across its ranks. */
export function isWide(graph, room) {
  return sizesOf(graph, ranksOf(graph)).some(({ across }) => across > room.across);
}

/**
 * The same graph with the longest way to each node as straight as it can be: else the subtrees of a wide one's root are
 * all out of sight.
 */
export function withSpine(graph) {
  const ranks = ranksOf(graph);
  const best = new Map(); // of each head the edge from the deepest node
  graph.edges.forEach(({ tail, head }, number) => {
    const other = best.get(head);
    if (other === undefined || ranks.depth[tail] > ranks.depth[graph.edges[other].tail]) best.set(head, number);
  });
  const spine = new Set(best.values());
  const weigh = (edge, number) => ({ ...edge, weight: spine.has(number) ? STRAIGHT : 1 });
  return { ...graph, edges: graph.edges.map(weigh) };
}

/**
 * One line as a graph to be laid out. What comes from the line before enters by a port at its beginning, what the next
 * one uses leaves by a port at its end; what comes from elsewhere, and each leaf of another line, is there by a tag with
 * its name; of too many for one node there is one tag.
 *
 * `origin` says of each node of it what it is: {kind, node, count}, where kind is "node", "entry", "exit", "tag" or
 * "many": `count` nodes that lead to `node`. Its edges have the `number` of the whole graph's, or of an exit -1, and
 * those that are drawn on top of it, `also`; its frames the `number` as well.
 */
export function pieceOf(graph, lines, line) {
  const lineOf = new Map();
  lines.forEach((nodes, each) => nodes.forEach((n) => lineOf.set(n, each)));
  const hasInputs = new Set(graph.edges.map(({ head }) => head));
  const piece = { nodes: [], edges: [], frames: [], origin: [] };
  const placeOf = new Map();
  const add = (kind, node, size) => {
    const key = `${kind} ${node}`;
    if (!placeOf.has(key)) {
      placeOf.set(key, piece.nodes.push(size) - 1);
      piece.origin.push({ kind, node });
    }
    return placeOf.get(key);
  };
  const frameOf = framesIn(graph, lines[line], piece.frames);
  for (const n of lines[line]) add("node", n, { ...graph.nodes[n], frame: frameOf(graph.nodes[n].frame) });
  const strangers = strangersTo(graph, lineOf, hasInputs);
  graph.edges.forEach(({ tail, head, label }, number) => {
    const [from, to] = [lineOf.get(tail), lineOf.get(head)];
    const isWire = from + 1 === to && hasInputs.has(tail);
    if (to === line && from !== line && !isWire && strangers.get(head).size > MOST_TAGS) {
      const size = { width: MANY, height: 18, frame: frameOf(graph.nodes[head].frame) };
      const isNew = !placeOf.has(`many ${head}`);
      const start = add("many", head, size);
      if (isNew) piece.edges.push({ tail: start, head: add("node", head), label: null, number, weight: 1, also: [] });
      else piece.edges.find(({ tail: each }) => each === start).also.push(number);
      piece.origin[start].count = strangers.get(head).size;
    } else if (to === line) {
      const size = { ...graph.nodes[tail].tag, frame: frameOf(graph.nodes[head].frame) };
      const port = { width: PORT, height: PORT, frame: -1, rank: "source" };
      const start = from === line ? add("node", tail) : isWire ? add("entry", tail, port) : add("tag", tail, size);
      const weight = hasInputs.has(tail) ? STRAIGHT : 1;
      piece.edges.push({ tail: start, head: add("node", head), label, number, weight });
    } else if (from === line && isWire && !placeOf.has(`exit ${tail}`)) {
      const port = add("exit", tail, { width: PORT, height: PORT, frame: -1, rank: "sink" });
      piece.edges.push({ tail: add("node", tail), head: port, label: null, number: -1, weight: STRAIGHT });
    }
  });
  return piece;
}

/** Of each node what leads to it from other lines, but for the wires from the line before. */
function strangersTo(graph, lineOf, hasInputs) {
  const strangers = new Map();
  for (const { tail, head } of graph.edges) {
    const [from, to] = [lineOf.get(tail), lineOf.get(head)];
    if (from === to || (from + 1 === to && hasInputs.has(tail))) continue;
    if (!strangers.has(head)) strangers.set(head, new Set());
    strangers.get(head).add(tail);
  }
  return strangers;
}

/** Collects the frames that these nodes are in; gives what a frame's number is there. */
function framesIn(graph, nodes, frames) {
  const used = new Set();
  for (const n of nodes)
    for (let each = graph.nodes[n].frame; each >= 0; each = graph.frames[each].outer) used.add(each);
  const order = [...used].sort((a, b) => a - b); // the outer ones first
  const frameOf = (each) => order.indexOf(each);
  for (const each of order)
    frames.push({ ...graph.frames[each], outer: frameOf(graph.frames[each].outer), number: each });
  return frameOf;
}

// A picture of many small trees, or of one that is too wide: cut into pieces that are in sight, each below the other.

import { inTurn, MOST_TAGS } from "./wrapping.js";

const GAP = 13; // between nodes beside each other, as Graphviz has it
const TAG = 18 + GAP; // what stands for a node of another piece
const FILLED = 0.6; // of what one sees across the ranks: small pieces share a line up to there
const MOST_LOOSE = 0.7; // of the edges from operation to operation that may lead from line to line

/**
 * The nodes of each line, or null where this is no way to show the graph. A value that is used once stands where it is
 * used, as long as that is in sight; one that is used more often is a piece of its own, and its users have its name.
 */
export function treesOf(graph, room) {
  if (graph.frames.length) return null; // modules stay together
  const { tails, order, owner } = ownersOf(graph);
  const isLeaf = (n) => tails[n].length === 0;
  const across = graph.nodes.map(({ height }) => height + GAP);
  for (const n of order) {
    if (isLeaf(n)) continue;
    const own = tails[n].filter((tail) => owner[tail] === n);
    own.sort((a, b) => across[b] - across[a]);
    const total = () => {
      const near = tails[n].filter((tail) => owner[tail] === n);
      const tags = tails[n].length - near.length;
      return near.reduce((sum, tail) => sum + across[tail], TAG * (tags > MOST_TAGS ? 1 : tags));
    };
    while (own.length && total() > room.across) {
      const largest = own.shift();
      if (!isLeaf(largest)) owner[largest] = largest;
    }
    across[n] = Math.max(across[n], total());
  }
  const lines = linesFrom({ order, owner, across, isLeaf }, room);
  return isLoose(graph, lines, isLeaf) ? null : lines;
}

/** Of each node the one that it stands with: its only user, or a leaf's first; else itself. */
function ownersOf({ nodes, edges }) {
  const [tails, heads] = [nodes.map(() => new Set()), nodes.map(() => new Set())];
  for (const { tail, head } of edges) {
    tails[head].add(tail);
    heads[tail].add(head);
  }
  const lists = [tails, heads].map((sets) => sets.map((set) => [...set]));
  const order = inTurn(...lists);
  const turn = new Int32Array(nodes.length);
  order.forEach((n, at) => (turn[n] = at));
  const owner = nodes.map((_, n) => {
    const users = lists[1][n];
    const isOwned = users.length === 1 || (users.length && !tails[n].size);
    return isOwned ? users.reduce((first, user) => (turn[user] < turn[first] ? user : first)) : n;
  });
  return { tails: lists[0], order, owner };
}

function linesFrom({ order, owner, across, isLeaf }, room) {
  const lines = [];
  const lineOf = new Map();
  let filled = Infinity;
  for (const n of order) {
    if (owner[n] !== n) continue;
    if (filled + across[n] > FILLED * room.across) {
      lines.push([]);
      filled = 0;
    }
    filled += across[n];
    lineOf.set(n, lines.length - 1);
  }
  for (const n of [...order].reverse()) {
    if (!lineOf.has(n)) lineOf.set(n, lineOf.get(owner[n]));
    lines[lineOf.get(n)].push(n);
  }
  return lines.filter((line) => line.some((n) => !isLeaf(n))).length === lines.length ? lines : [order];
}

/** Whether there is more to be said by names than by lines, or all of it is one line. */
function isLoose({ edges }, lines, isLeaf) {
  const lineOf = new Map();
  lines.forEach((nodes, line) => nodes.forEach((n) => lineOf.set(n, line)));
  const inner = edges.filter(({ tail }) => !isLeaf(tail));
  const loose = inner.filter(({ tail, head }) => lineOf.get(tail) !== lineOf.get(head)).length;
  return lines.length < 2 || loose > MOST_LOOSE * inner.length;
}

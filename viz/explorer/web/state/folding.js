// Which part of the graph is shown: modules as one box each, or open; of a large inside only what is nearest to its end.

const MOST_ELEMENTS = 300; // at first, of a graph without modules
const READABLE = { elements: 30, edges: 160 }; // at first, where folding helps
const MORE = 40; // nodes and folded calls that an unfolded box shows, and how many more at a time
const MANY_LEAVES = 9; // that boxes and single nodes use together: one element

/**
 * What is open. `open` has the numbers of module calls; `shown` says of how many nodes the inside of a call is shown
 * (-1: what is outside of all calls); `pinned` nodes and calls are shown whenever the calls around them are open.
 */
export class Folding {
  constructor(graph) {
    this.graph = graph;
    this.open = new Set();
    this.shown = new Map();
    this.pinned = new Set();
    this.pinnedCalls = new Set();
    this.openAtFirst();
  }

  /**
   * Open calls while the picture stays one that can be read, those with the smallest inside first; the innermost ones,
   * such as neurons, all or none, and so calls beside each other that are of one size.
   */
  openAtFirst() {
    this.shown.set(-1, MOST_ELEMENTS);
    const { calls } = this.graph;
    const inside = this.sizes();
    const groups = new Map();
    calls.forEach(({ outer, depth, inner }, call) => {
      const key = inner.length ? `${outer} ${inside[call]}` : `innermost ${depth}`;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(call);
    });
    const content = (group) => group.reduce((sum, call) => sum + inside[call], 0);
    const waiting = [...groups.values()].sort((a, b) => content(a) - content(b));
    for (let i = 0; i < waiting.length;) {
      const group = waiting[i];
      const isVisible = ({ outer }) => outer < 0 || this.open.has(outer);
      if (content(group) - group.length > READABLE.elements || !group.every((call) => isVisible(calls[call]))) {
        i++;
        continue;
      }
      waiting.splice(i, 1);
      for (const call of group) this.open.add(call);
      const { elements, edges } = view(this, Infinity);
      if (elements.length > READABLE.elements || edges.length > READABLE.edges)
        group.forEach((call) => this.open.delete(call));
      else i = 0; // what is in there may be next
    }
    for (const call of this.open) this.shown.set(call, MOST_ELEMENTS);
  }

  /** How many nodes and calls are right in each call. */
  sizes() {
    const sizes = this.graph.calls.map(({ inner }) => inner.length);
    for (const home of this.graph.home) if (home > 0) sizes[home - 1]++;
    return sizes;
  }

  /** What is open and shown, to come back to. */
  state() {
    const { open, shown, pinned, pinnedCalls } = this;
    return { open: new Set(open), shown: new Map(shown), pinned: new Set(pinned), pinnedCalls: new Set(pinnedCalls) };
  }

  restore(state) {
    Object.assign(this, state);
  }

  unfold(call) {
    for (let each = call; each >= 0; each = this.graph.calls[each].outer) this.open.add(each);
  }

  fold(call) {
    this.open.delete(call);
    this.shown.delete(call);
  }

  showMore(call) {
    this.shown.set(call, this.limit(call) + MORE);
  }

  /** Open what is around a node, and show it. */
  reveal(n) {
    if (this.graph.home[n] > 0) this.unfold(this.graph.home[n] - 1);
    this.pinned.add(n);
  }

  /** Open what is around a call, and show it as a box, or open if it is. */
  revealCall(call) {
    const { outer } = this.graph.calls[call];
    if (outer >= 0) this.unfold(outer);
    this.pinnedCalls.add(call);
  }

  limit(call) {
    return this.shown.get(call) ?? MORE;
  }
}

/**
 * The elements of the picture and the edges between them. An element is {key, kind, call, home, nodes}: kind is "node",
 * "call" (a folded one), "leaves" (with the same users) or "rest" (of the inside of a call); `owner` says for each
 * node which element shows it. Without `limit` that of each call holds.
 */
export function view(folding, limit) {
  const { graph } = folding;
  const foldOf = foldedCalls(folding);
  const owner = new Int32Array(graph.size).fill(-1);
  const elements = [];
  const byKey = new Map();
  const { hidden, taken } = hiddenCalls(folding, foldOf, limit);
  const insides = new Map(); // of open calls: the nodes right in them

  for (let n = 0; n < graph.size; n++) {
    const call = graph.home[n] - 1;
    const fold = call >= 0 ? foldOf[call] : -1;
    if (fold >= 0) {
      owner[n] = hidden.has(fold) ? rest(graph.calls[fold].outer) : folded(fold);
    } else {
      if (!insides.has(call)) insides.set(call, []);
      insides.get(call).push(n);
    }
  }
  for (const { outer } of [...hidden].map((call) => graph.calls[call])) elements[rest(outer)].calls++;
  groupLeaves();
  for (const [call, nodes] of insides)
    showInside(
      call,
      nodes.filter((n) => owner[n] < 0),
    );
  collectNodes(elements, owner, graph.size);
  return { elements, edges: edgesBetween(graph, elements, owner), owner, frames: framesOf(graph, elements) };

  function add(element) {
    if (!byKey.has(element.key)) byKey.set(element.key, elements.push(element) - 1);
    return byKey.get(element.key);
  }

  function folded(call) {
    return add({ key: `c${call}`, kind: "call", call, home: graph.calls[call].outer + 1 });
  }

  function rest(call) {
    return add({ key: `r${call}`, kind: "rest", call, home: call + 1, calls: 0 });
  }

  /** Leaves that the same folded boxes use are one element, such as the inputs of a layer; a few others use stay apart. */
  function groupLeaves() {
    const groups = new Map();
    for (const nodes of insides.values()) {
      for (const n of nodes) {
        if (!graph.isLeaf(n) || folding.pinned.has(n) || n === graph.root) continue;
        const users = new Set();
        for (let i = graph.userStarts[n]; i < graph.userStarts[n + 1]; i++) users.add(owner[graph.users[i]]);
        const shared = users.delete(-1);
        if (!users.size) continue;
        const key = `${graph.home[n]} ${shared} ${[...users].sort((a, b) => a - b)}`;
        if (!groups.has(key)) groups.set(key, { nodes: [], least: shared ? MANY_LEAVES : 2 });
        groups.get(key).nodes.push(n);
      }
    }
    for (const { nodes, least } of groups.values()) {
      if (nodes.length < least) continue;
      const number = add({ key: `l${nodes[0]}`, kind: "leaves", call: -1, home: graph.home[nodes[0]] });
      for (const n of nodes) owner[n] = number;
    }
  }

  /** The nodes right in an open call, each as itself; of too many those nearest to its end, and the rest as one. */
  function showInside(call, nodes) {
    const most = limit ?? Math.max(1, folding.limit(call) - (taken.get(call) ?? 0));
    let shown = nodes;
    if (nodes.length > most + 1) {
      const rank = (n) =>
        n === graph.root || folding.pinned.has(n) ? Infinity : graph.isLeaf(n) ? graph.lastUser[n] - 0.5 : n;
      shown = nodes
        .slice()
        .sort((a, b) => rank(b) - rank(a))
        .slice(0, most);
      for (const n of nodes) owner[n] = rest(call);
    }
    for (const n of shown.sort((a, b) => a - b))
      owner[n] = add({ key: `n${n}`, kind: "node", call: -1, home: graph.home[n], n });
  }
}

/** Of each call: the folded one that hides it, itself or one around it; or -1. */
function foldedCalls({ graph, open }) {
  const foldOf = new Int32Array(graph.calls.length);
  graph.calls.forEach(({ outer }, call) => {
    const around = outer >= 0 ? foldOf[outer] : -1;
    foldOf[call] = around >= 0 ? around : open.has(call) ? -1 : call;
  });
  return foldOf;
}

/**
 * Of too many folded calls beside each other those after the first ones; they and the single nodes beside them share
 * what may be shown. Also how many of each inside are shown: `taken`.
 */
function hiddenCalls(folding, foldOf, limit) {
  const { graph } = folding;
  const single = new Map(); // nodes right in each open call
  for (const home of graph.home)
    if (home === 0 || foldOf[home - 1] < 0) single.set(home - 1, (single.get(home - 1) ?? 0) + 1);
  const taken = new Map();
  const hidden = new Set();
  graph.calls.forEach(({ outer }, call) => {
    if (foldOf[call] !== call) return;
    const most = limit ?? folding.limit(outer);
    const room = Math.max(most / 2, most - (single.get(outer) ?? 0));
    if ((taken.get(outer) ?? 0) >= room && !folding.pinnedCalls.has(call)) hidden.add(call);
    else taken.set(outer, (taken.get(outer) ?? 0) + 1);
  });
  return { hidden, taken };
}

/** Give every element its nodes. */
function collectNodes(elements, owner, size) {
  const counts = new Int32Array(elements.length);
  for (let n = 0; n < size; n++) counts[owner[n]]++;
  elements.forEach((element, number) => (element.nodes = new Int32Array(counts[number])));
  counts.fill(0);
  for (let n = 0; n < size; n++) elements[owner[n]].nodes[counts[owner[n]]++] = n;
}

/** Between two nodes an edge for every operand, with its number; else one for all between two elements. */
function edgesBetween(graph, elements, owner) {
  const edges = [];
  const merged = new Map();
  for (let n = graph.leafCount; n < graph.size; n++) {
    const head = owner[n];
    for (let i = graph.starts[n]; i < graph.starts[n + 1]; i++) {
      const tail = owner[graph.operands[i]];
      if (tail === head) continue;
      if (elements[tail].kind === "node" && elements[head].kind === "node") {
        edges.push({ tail, head, operand: i, times: 1 });
        continue;
      }
      const key = tail * elements.length + head;
      if (!merged.has(key)) {
        merged.set(key, { tail, head, operand: -1, times: 0, operands: [] });
        edges.push(merged.get(key));
      }
      const edge = merged.get(key);
      edge.times++;
      if (edge.operands.length < 1000) edge.operands.push(i); // enough for its colour
    }
  }
  return edges;
}

/** The open calls around elements, each before those in it. */
function framesOf(graph, elements) {
  const frames = new Set();
  for (const { home } of elements) for (const call of graph.path(home)) frames.add(call);
  return [...frames].sort((a, b) => a - b);
}

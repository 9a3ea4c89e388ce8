// The elements of a picture: which node is shown as itself, and which as a part of what.

const BEHIND = 5; // how much farther away is what the step has gone past, beside what comes next
const MANY_LEAVES = 9; // that boxes and single nodes use together: one element

/**
 * {elements, owner, parts}. An element is {key, kind, call, home, first}: `first` are its nodes, those that stand for
 * others; `owner` says of every node which element it is in. A part is what a "rest" leaves out: a folded call or a
 * single node, {kind, call, first}.
 */
export function elementsOf(folding, members, limit) {
  const foldOf = foldedCalls(folding);
  const { elements, owner } = new Elements(folding, members, foldOf, limit);
  putInOrder(folding.graph, elements, owner);
  collectNodes(elements, owner, members);
  ownOthers(folding, members, owner);
  return { elements, owner, parts: partsOf(folding.graph, elements, foldOf, folding.home) };
}

/** Gives every node that stands for itself to an element. */
class Elements {
  constructor(folding, members, foldOf, limit) {
    const { graph, home } = folding;
    const { hidden, taken } = hiddenCalls(folding, members, foldOf, limit);
    Object.assign(this, { folding, members, graph, home, limit, taken });
    this.owner = new Int32Array(graph.size).fill(-1);
    this.elements = [];
    this.byKey = new Map();
    this.insides = new Map(); // of open calls: the nodes right in them
    for (let n = 0; n < graph.size; n++) {
      if (!members.isFirst(n)) continue;
      const call = home[n] - 1;
      const fold = call >= 0 ? foldOf[call] : -1;
      if (fold >= 0) {
        this.owner[n] = hidden.has(fold) ? this.rest(graph.calls[fold].outer) : this.folded(fold);
      } else {
        if (!this.insides.has(call)) this.insides.set(call, []);
        this.insides.get(call).push(n);
      }
    }
    for (const { outer } of [...hidden].map((call) => graph.calls[call])) this.elements[this.rest(outer)].calls++;
    this.groupSums();
    this.groupLeaves();
    for (const [call, nodes] of this.insides)
      this.showInside(
        call,
        nodes.filter((n) => this.owner[n] < 0),
      );
  }

  add(element) {
    const { byKey, elements } = this;
    if (!byKey.has(element.key)) byKey.set(element.key, elements.push(element) - 1);
    return byKey.get(element.key);
  }

  folded(call) {
    return this.add({ key: `c${call}`, kind: "call", call, home: this.graph.calls[call].outer + 1 });
  }

  rest(call) {
    return this.add({ key: `r${call}`, kind: "rest", call, home: call + 1, calls: 0 });
  }

  /** A chain of additions over the members of a family is one element, until one of them is looked for. */
  groupSums() {
    const { folding, members, owner, home } = this;
    this.sumAt = new Map(); // of sums that are one operation
    for (const sum of folding.sums) {
      const { nodes, family } = sum;
      const n = nodes[nodes.length - 1];
      if (nodes.length === 1) this.sumAt.set(n, sum);
      const isSeen = (each) => owner[each] < 0 && members.isFirst(each) && !folding.pinned.has(each);
      if (nodes.length < 2 || !members.active.includes(family) || !nodes.every(isSeen)) continue;
      const number = this.add({ key: `s${nodes[0]}`, kind: "sum", call: -1, home: home[n], n, sum });
      for (const each of nodes) owner[each] = number;
    }
  }

  /**
   * Leaves that the same folded boxes use are one element, such as the inputs of a layer, and those that only members
   * use which are not seen; a few that others use, too, stay apart.
   */
  groupLeaves() {
    const { graph, folding, members, owner, home } = this;
    const groups = new Map();
    for (const n of [...this.insides.values()].flat()) {
      if (!graph.isLeaf(n) || folding.pinned.has(n) || n === graph.root) continue;
      const users = new Set(graph.usersOf(n).map((user) => owner[members.first[user]]));
      const shared = users.delete(-1);
      if (!users.size && !graph.usersOf(n).every((user) => members.hidden[members.first[user]])) continue;
      const key = `${home[n]} ${shared} ${[...users].sort((a, b) => a - b)}`;
      if (!groups.has(key)) groups.set(key, { nodes: [], least: shared && users.size ? MANY_LEAVES : 2 });
      groups.get(key).nodes.push(n);
    }
    for (const { nodes, least } of groups.values()) {
      if (nodes.length < least) continue;
      const number = this.add({ key: `l${nodes[0]}`, kind: "leaves", call: -1, home: home[nodes[0]] });
      for (const n of nodes) owner[n] = number;
    }
  }

  /** The nodes right in an open call, each as itself; of too many those nearest to its end, and the rest as one. */
  showInside(call, nodes) {
    const { graph, folding, owner, home } = this;
    const most = this.limit ?? Math.max(1, folding.limit(call) - (this.taken.get(call) ?? 0));
    let shown = nodes;
    if (nodes.length > most + 1) {
      const isAsked = (n) => n === graph.root || folding.pinned.has(n);
      shown = nearest(nodes, most, isAsked, nearness(graph, folding.focusOf(call)));
      for (const n of nodes) owner[n] = this.rest(call);
    }
    for (const n of shown.sort((a, b) => a - b))
      owner[n] = this.add({ key: `n${n}`, kind: "node", call: -1, home: home[n], n, sum: this.sumAt.get(n) });
  }
}

/** As many of the nodes as are asked for and, of the others, those with the highest rank. */
function nearest(nodes, most, isAsked, rank) {
  const ranks = new Map(nodes.map((n) => [n, isAsked(n) ? Infinity : rank(n)]));
  return nodes.slice().sort((a, b) => ranks.get(b) - ranks.get(a) || b - a).slice(0, most);
}

/** How near a node is to the one that is looked at, farther on in the direction of the pass; else to the end of all. */
function nearness(graph, focus) {
  const last = (n) => (graph.isLeaf(n) ? graph.lastUser[n] - 0.5 : n);
  if (!focus) return last;
  const { node, goesForward } = focus;
  const first = (n) => (graph.isLeaf(n) ? graph.firstUser[n] - 0.5 : n);
  const [before, after] = goesForward ? [BEHIND, 1] : [1, BEHIND];
  return (n) => -Math.max(0, before * (node - last(n)), after * (first(n) - node));
}

/** Of each call: the folded one that hides it, itself or one around it; or -1. */
function foldedCalls(folding) {
  const { graph } = folding;
  const foldOf = new Int32Array(graph.calls.length);
  graph.calls.forEach(({ outer }, call) => {
    const around = outer >= 0 ? foldOf[outer] : -1;
    foldOf[call] = around >= 0 ? around : folding.isOpen(call) ? -1 : call;
  });
  return foldOf;
}

/**
 * Of too many folded calls beside each other those after the first ones, or far from what is looked at; they and the
 * single nodes beside them share what may be shown. Also how many of each inside are shown: `taken`. The member of a
 * family is always shown.
 */
function hiddenCalls(folding, members, foldOf, limit) {
  const { graph, home } = folding;
  const single = new Map(); // nodes right in each open call
  home.forEach((call, n) => {
    if ((call === 0 || foldOf[call - 1] < 0) && members.isFirst(n)) single.set(call - 1, (single.get(call - 1) ?? 0) + 1);
  });
  const taken = new Map();
  const hidden = new Set();
  for (const call of inOrderOfInterest(folding, members, foldOf)) {
    const { outer } = graph.calls[call];
    const most = limit ?? folding.limit(outer);
    const room = Math.max(most / 2, most - (single.get(outer) ?? 0));
    const isAsked = folding.pinnedCalls.has(call) || folding.familyAt(call) >= 0;
    if ((taken.get(outer) ?? 0) >= room && !isAsked) hidden.add(call);
    else taken.set(outer, (taken.get(outer) ?? 0) + 1);
  }
  return { hidden, taken };
}

/** The folded calls that have a place: the first ones first, or where a part of their inside is looked at, its nearest. */
function inOrderOfInterest(folding, members, foldOf) {
  const { graph, home } = folding;
  const folded = [...foldOf.keys()].filter((call) => foldOf[call] === call && folding.isLaidOut(call));
  if (!folding.focus.size) return folded;
  const end = new Int32Array(graph.calls.length); // of folded calls: their last operation
  for (let n = graph.leafCount; n < graph.size; n++)
    if (home[n] && members.isFirst(n) && foldOf[home[n] - 1] >= 0) end[foldOf[home[n] - 1]] = n;
  const ranks = new Map();
  for (const call of folded) {
    const focus = folding.focusOf(graph.calls[call].outer);
    ranks.set(call, focus ? nearness(graph, focus)(end[call]) : -call);
  }
  return folded.sort((a, b) => ranks.get(b) - ranks.get(a) || a - b);
}

/**
 * Sort the elements as the graph computes them, each by its first operation, leaves right before who uses them first:
 * neurons stand in their order, whatever was looked for or unfolded before.
 */
function putInOrder(graph, elements, owner) {
  const rank = new Float64Array(elements.length).fill(Infinity);
  owner.forEach((number, n) => {
    if (number < 0) return; // another stands for it
    rank[number] = Math.min(rank[number], graph.isLeaf(n) ? graph.firstUser[n] - 0.5 : n);
  });
  const order = [...elements.keys()].sort((a, b) => rank[a] - rank[b] || a - b);
  const place = new Int32Array(elements.length);
  order.forEach((number, at) => (place[number] = at));
  elements.splice(0, elements.length, ...order.map((number) => elements[number]));
  owner.forEach((number, n) => number >= 0 && (owner[n] = place[number]));
}

/** Give every element its nodes: those that stand for others. */
function collectNodes(elements, owner, members) {
  const counts = new Int32Array(elements.length);
  for (let n = 0; n < owner.length; n++) if (members.isFirst(n)) counts[owner[n]]++;
  elements.forEach((element, number) => (element.first = new Int32Array(counts[number])));
  counts.fill(0);
  for (let n = 0; n < owner.length; n++)
    if (members.isFirst(n)) elements[owner[n]].first[counts[owner[n]]++] = n;
}

/** The others are where the first is; those of a member with a layout of its own where the shown member ends. */
function ownOthers({ members: shown }, members, owner) {
  for (let n = 0; n < owner.length; n++) if (owner[n] < 0) owner[n] = owner[members.first[n]];
  for (const { nodes, alike, number } of members.active) {
    if (alike) continue;
    const own = nodes[shown[number]];
    nodes.forEach((list, k) => {
      if (k !== shown[number]) for (const n of list) owner[n] = owner[own[own.length - 1]];
    });
  }
}

/** What each "rest" leaves out, by every node of it that stands for others. */
function partsOf(graph, elements, foldOf, home) {
  const parts = new Map();
  const calls = new Map();
  for (const { kind, first } of elements) {
    if (kind !== "rest") continue;
    for (const n of first) {
      const call = home[n] > 0 ? foldOf[home[n] - 1] : -1;
      if (call < 0) parts.set(n, { kind: "node", call: -1, n, first: [n] });
      else {
        if (!calls.has(call)) calls.set(call, { kind: "call", call, first: [] });
        calls.get(call).first.push(n);
        parts.set(n, calls.get(call));
      }
    }
  }
  return parts;
}

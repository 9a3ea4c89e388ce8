// Families: calls that are the same part of a graph again and again, such as the rows of a batch or the turns of a loop,
// and which nodes of one member correspond to those of another.

const UNITS = { turns: "turn", rows: "row", positions: "position", copies: "copy" };

/**
 * The families of a graph. A member is one of the calls. Each of `list` has
 *
 *   kind, name, members  as packed: the kind is turns, rows, positions or copies
 *   unit      what a member is called in a sentence: "row"
 *   outer     the call around all members, or -1
 *   alike     whether every member has the nodes of the first: node r of nodes[k] corresponds to node r of nodes[0]
 *   nodes     of each member; those of the first one in order
 *   calls     of each member itself and those inside; where members are alike, in the order of the first's
 */
export class Families {
  constructor(graph) {
    this.graph = graph;
    this.familyOf = new Int32Array(graph.calls.length).fill(-1); // of a call: the family that it is a member of
    this.indexOf = new Int32Array(graph.calls.length); // which member it is
    this.home = graph.home.slice(); // of nodes: where they are shown
    this.inside = nodesByCall(graph);
    this.list = graph.families.map((family, number) => this.family(family, number));
    this.rank = new Int32Array(this.list.length && graph.size); // of operations of the family that is looked at
    this.member = new Int32Array(this.rank.length).fill(-1); // of nodes: which one they are in
    for (const family of this.list) this.find(family);
    this.moduleHome = this.findModules(); // the same, with parameters in the modules that all members use them in
  }

  family({ kind, name, members, alike, weight }, number) {
    members.forEach((call, k) => {
      this.familyOf[call] = number;
      this.indexOf[call] = k;
    });
    const unit = shortName(name) || UNITS[kind] || "part";
    const outer = this.graph.calls[members[0]].outer;
    return { kind, name, unit, members, alike: Boolean(alike), weight: weight ?? null, number, outer };
  }

  get size() {
    return this.list.length;
  }

  /** Find the nodes and calls of every member, and put those of alike ones in the order of the first. */
  find(family) {
    const found = Array.from(family.members, (call) => this.contents(call));
    family.calls = found.map(({ calls }) => calls);
    family.operations = found.map(({ nodes }) => nodes.filter((n) => !this.graph.isLeaf(n)));
    found.forEach(({ nodes }, k) => nodes.forEach((n) => (this.member[n] = k)));
    family.alike &&= this.align(family);
    for (const { nodes } of found) nodes.forEach((n) => (this.member[n] = -1));
    if (!family.alike) family.nodes = found.map(({ nodes }) => nodes);
    delete family.operations;
    if (family.alike) this.putOutside(family, found);
  }

  /** The calls in a call, itself first, and all nodes in them, in order. */
  contents(member) {
    const calls = [member];
    const nodes = [];
    for (let i = 0; i < calls.length; i++) {
      for (const call of this.graph.calls[calls[i]].inner) calls.push(call);
      for (const n of this.inside[calls[i]]) nodes.push(n);
    }
    return { calls, nodes: Int32Array.from(nodes).sort() };
  }

  /**
   * Let node r of each member correspond to node r of the first. Whether they do: the operations are of the same kinds
   * and take each other's results in the same way, and are in the same calls.
   */
  align(family) {
    const { graph, rank } = this;
    const { operations } = family;
    const leafOf = operations.map(() => new Map()); // of a leaf of the first member, that of this one
    const callOf = operations.map(() => new Map());
    for (const list of operations) list.forEach((n, r) => (rank[n] = r));
    for (let k = 0; k < operations.length; k++) {
      if (operations[k].length !== operations[0].length) return false;
      for (let r = 0; r < operations[k].length; r++) {
        const [first, n] = [operations[0][r], operations[k][r]];
        if (graph.operation[first] !== graph.operation[n]) return false;
        if (!this.pairCalls(family, k, graph.home[first] - 1, graph.home[n] - 1, callOf[k])) return false;
        if (!this.pairOperands(k, first, n, leafOf[k])) return false;
      }
    }
    const leaves = leavesOfAll(leafOf);
    family.nodes = operations.map((list, k) => Int32Array.from([...leaves.map((leaf) => leafOf[k].get(leaf)), ...list]));
    const calls = [...callOf[0].keys()].sort((a, b) => a - b);
    if (!callOf.every((map) => map.size === calls.length)) return false;
    family.calls = callOf.map((map) => calls.map((call) => map.get(call)));
    return true;
  }

  /** Calls around two operations that correspond: as many, one after the other, up to the members. */
  pairCalls({ members }, k, first, call, pairs) {
    while (!pairs.has(first)) {
      pairs.set(first, call);
      if (first === members[0]) break;
      [first, call] = [this.graph.calls[first].outer, call < 0 ? -1 : this.graph.calls[call].outer];
    }
    return pairs.get(first) === call && pairs.get(members[0]) === members[k];
  }

  /** Operands of two operations that correspond: an operation of the same place, or a leaf that only this member has. */
  pairOperands(k, first, n, leafOf) {
    const { graph, rank, member } = this;
    for (let i = 0; i < graph.starts[n + 1] - graph.starts[n]; i++) {
      const [one, other] = [graph.operands[graph.starts[first] + i], graph.operands[graph.starts[n] + i]];
      if (member[one] !== 0 || member[other] !== k) continue; // what comes from elsewhere may come from other places in each
      if (graph.isLeaf(one) !== graph.isLeaf(other)) return false;
      if (!graph.isLeaf(one)) {
        if (rank[one] !== rank[other]) return false;
      } else if (graph.isConstant(one) !== graph.isConstant(other)) return false;
      else if (!leafOf.has(one)) leafOf.set(one, other);
      else if (leafOf.get(one) !== other) return false;
    }
    return true;
  }

  /** A leaf that not every member has, such as what the first turn begins with, is shown beside the members. */
  putOutside({ nodes, outer }, found) {
    const matched = new Set();
    for (const list of nodes) for (const n of list) matched.add(n);
    for (const { nodes: all } of found) for (const n of all) if (!matched.has(n)) this.home[n] = outer + 1;
  }

  /**
   * A parameter that the same module uses in every member, such as a neuron in every row, is at home in that module of
   * the first: where it would be if there were one row.
   */
  findModules() {
    const { graph } = this;
    const home = this.home.slice();
    if (!this.size) return home;
    const firstOf = new Map();
    for (let n = 0; n < graph.leafCount; n++) {
      let common = null;
      for (const user of graph.usersOf(n)) {
        const call = this.home[user] - 1;
        if (!firstOf.has(call)) firstOf.set(call, graph.path(this.firstCall(call) + 1));
        const path = firstOf.get(call);
        common = common ? common.filter((each, i) => path[i] === each) : path;
      }
      const around = common?.findIndex((call) => this.familyOf[call] >= 0) ?? -1;
      const isElsewhere = around >= 0 && around < common.length - 1 && !graph.path(this.home[n]).includes(common[around]);
      if (isElsewhere) home[n] = common[common.length - 1] + 1;
    }
    return home;
  }

  /** The call that corresponds to one in the first members of the families around it. */
  firstCall(call) {
    let first = call;
    for (let path = this.graph.path(call + 1), i = 0; i < path.length; i++) {
      const family = this.list[this.familyOf[path[i]]];
      const k = this.indexOf[path[i]];
      if (!family?.alike || k === 0) continue;
      first = family.calls[0][family.calls[k].indexOf(first)];
      path = this.graph.path(first + 1);
    }
    return first;
  }

  /** Which member of a family a node is in, or -1. */
  memberWith({ number }, n) {
    for (let call = this.home[n] - 1; call >= 0; call = this.graph.calls[call].outer)
      if (this.familyOf[call] === number) return this.indexOf[call];
    return -1;
  }
}

/** The leaves of the first member that each member has one of, in order. */
function leavesOfAll(leafOf) {
  const taken = leafOf.map(() => new Set());
  const isOne = (leaf) => leafOf.every((map, k) => map.has(leaf) && !taken[k].has(map.get(leaf)));
  const leaves = [...leafOf[0].keys()].filter((leaf) => {
    if (!isOne(leaf)) return false;
    leafOf.forEach((map, k) => taken[k].add(map.get(leaf)));
    return true;
  });
  return leaves.sort((a, b) => a - b);
}

/** The place of a node in an ordered list. */
export function placeIn(list, n) {
  let low = 0;
  let high = list.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] < n) low = middle + 1;
    else high = middle;
  }
  return list[low] === n ? low : -1;
}

/** Of each call the nodes right in it. */
function nodesByCall({ home, calls }) {
  const inside = calls.map(() => []);
  home.forEach((call, n) => call && inside[call - 1].push(n));
  return inside;
}

/** A name that fits into a sentence. */
function shortName(name) {
  const text = String(name ?? "").trim();
  return text.length <= 30 ? text : `${text.slice(0, 29)}…`;
}

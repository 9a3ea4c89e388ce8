// What there is of a graph when of each family only one member is to be seen: of alike members the first stands for all,
// so that a picture keeps its layout when another one is shown.

import { placeIn } from "./families.js";

/**
 * `active` are the families that can be seen, the outer ones first. Of every node `first` is the one that stands for it:
 * the corresponding one of the first member. `instance` says which members it is in, as a number of `instances`: lists
 * of [number of the family, index of the member], the outer ones first.
 */
export class Members {
  constructor(folding) {
    const { graph, families } = folding;
    this.folding = folding;
    this.families = families;
    this.first = new Int32Array(graph.size);
    for (let n = 0; n < graph.size; n++) this.first[n] = n;
    this.instance = new Int32Array(graph.size);
    this.instances = [[]];
    this.active = folding.activeFamilies();
    for (const family of this.active.slice().reverse()) this.enter(family);
    this.hidden = this.othersThanShown();
    this.kinds = new Map(); // what was looked for in members
  }

  /** Say of all nodes of a family which member they are in; what is further inside is known by now. */
  enter({ nodes, alike, number }) {
    const { first, instance } = this;
    for (let k = nodes.length - 1; k >= 0; k--) {
      const within = new Map();
      const own = nodes[k];
      for (let r = 0; r < own.length; r++) {
        const [n, inner] = [own[r], alike ? nodes[0][r] : own[r]];
        if (!within.has(instance[inner]))
          within.set(instance[inner], this.instances.push([[number, k], ...this.instances[instance[inner]]]) - 1);
        instance[n] = within.get(instance[inner]);
        if (alike) first[n] = first[inner];
      }
    }
  }

  /** A mark for every node of members that are not shown and have no other layout than their own. */
  othersThanShown() {
    const hidden = new Uint8Array(this.first.length);
    for (const { nodes, alike, number } of this.active) {
      if (alike) continue;
      nodes.forEach((list, k) => {
        if (k !== this.folding.members[number]) for (const n of list) hidden[n] = 1;
      });
    }
    return hidden;
  }

  /** Whether a node stands for itself: others are seen where that one is, or not at all. */
  isFirst(n) {
    return this.first[n] === n && !this.hidden[n];
  }

  /** Where a node uses what another member of the same family has computed: {family, delay}, members later; or null. */
  crossing(n, parent) {
    const [a, b] = [this.instance[n], this.instance[parent]];
    if (a === b || !a || !b) return null;
    const [around, other] = [this.instances[a], this.instances[b]];
    for (let i = 0; i < around.length && i < other.length; i++) {
      if (around[i][0] !== other[i][0]) return null;
      if (around[i][1] !== other[i][1])
        return { family: this.families.list[around[i][0]], delay: around[i][1] - other[i][1] };
    }
    return null;
  }

  /** Whether a node is in members of a family that the operation which uses it is not in. */
  goesIn(parent, n) {
    const [a, b] = [this.instance[n], this.instance[parent]];
    if (a === b || !b) return false;
    return this.instances[b].some(([family]) => !this.instances[a].some(([around]) => around === family));
  }

  /** Whether what stands for a node means this one now. */
  isShown(n) {
    const { members, means } = this.folding;
    return this.instances[this.instance[n]].every(([family, k]) => members[family] === k || means.has(family));
  }

  /** The nodes that a first one stands for now: one, or, where a mean is shown, one of each member. */
  shown(n, isSpread = ({ number }) => this.folding.means.has(number)) {
    let nodes = [n];
    const around = this.instances[this.instance[n]];
    for (let i = around.length - 1; i >= 0; i--) {
      const family = this.families.list[around[i][0]];
      if (!family.alike) continue;
      const lists = family.nodes;
      if (isSpread(family)) nodes = nodes.flatMap((each) => lists.map((list) => list[placeIn(lists[0], each)]));
      else nodes = nodes.map((each) => lists[this.folding.members[family.number]][placeIn(lists[0], each)]);
    }
    return nodes;
  }

  /** The one that is shown, or was before the mean. */
  shownOne(n) {
    return this.shown(n, () => false)[0];
  }

  /** The families in whose members a node is, the outer ones first. */
  familiesOf(n) {
    return this.instances[this.instance[n]].map(([number]) => this.families.list[number]);
  }

  /** The nodes that correspond to one in all members of one family. */
  across(n, family) {
    return this.shown(this.first[n], (each) => each === family);
  }

  /** Of each member of a family the nodes of the same operation as one of them, in calls of the same names. */
  ofOneKind(n, family) {
    const own = this.families.memberWith(family, n) < 0 ? this.first[n] : n;
    const key = `${family.alike ? this.first[n] : own} ${family.number}`;
    if (!this.kinds.has(key)) this.kinds.set(key, this.findKind(own, family));
    return this.placed(this.kinds.get(key), family);
  }

  findKind(own, family) {
    const { operation } = this.folding.graph;
    const names = new Map(); // by the call
    const namesAt = (each) => {
      const home = this.families.home[each];
      if (!names.has(home)) names.set(home, this.namesInside(home, family));
      return names.get(home);
    };
    const isOfIt = (each) => operation[each] === operation[own] && namesAt(each) === namesAt(own);
    return family.nodes.map((list) => list.filter(isOfIt));
  }

  /** The names of the calls around what is at home there, inside of a member; of members inside that of their family. */
  namesInside(home, family) {
    const { graph } = this.folding;
    const { familyOf, list } = this.families;
    const path = graph.path(home);
    const inside = path.slice(path.findIndex((call) => familyOf[call] === family.number) + 1);
    return JSON.stringify(inside.map((call) => list[familyOf[call]]?.name ?? graph.calls[call].name));
  }

  /** Of each member of a family the operations that others use. */
  outputs(family) {
    const { graph } = this.folding;
    const memberOf = new Map();
    family.nodes.forEach((list, k) => list.forEach((n) => memberOf.set(n, k)));
    const leaves = (n) => graph.usersOf(n).some((user) => memberOf.get(user) !== memberOf.get(n));
    const isGiven = (n) => !graph.isLeaf(n) && (n === graph.root || leaves(n));
    return this.placed(
      family.nodes.map((list) => list.filter(isGiven)),
      family,
    );
  }

  /** Nodes of each member, as they are in the members that are shown of the families around these. */
  placed(rows, { number }) {
    const place = (n) => {
      const around = this.instances[this.instance[n]];
      let node = n;
      for (let i = around.findIndex(([each]) => each === number) - 1; i >= 0; i--) {
        const { nodes: lists, alike } = this.families.list[around[i][0]];
        if (alike) node = lists[this.folding.members[around[i][0]]][placeIn(lists[0], node)];
      }
      return node;
    };
    return rows.map((row) => Array.from(row, place));
  }

  /** The same of many, in order. */
  shownNodes(first) {
    if (!this.active.length || first.every((n) => !this.instance[n])) return first;
    const nodes = Int32Array.from([...first].flatMap((n) => this.shown(n)));
    return nodes.sort();
  }

  /** The call that a call of first members stands for now. */
  shownCall(call) {
    let shown = call;
    for (const { alike, calls, number } of this.active.slice().reverse()) {
      const place = alike ? calls[0].indexOf(shown) : -1;
      if (place >= 0) shown = calls[this.folding.members[number]][place];
    }
    return shown;
  }

  /** The innermost of the families in whose members a node is: where its mean is shown, if it is. */
  meanFamily(n) {
    const { means } = this.folding;
    const found = this.instances[this.instance[n]].find(([family]) => means.has(family));
    return found ? this.families.list[found[0]] : null;
  }
}

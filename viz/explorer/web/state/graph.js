// The graph of the page: what Python packed, and what follows from it.

import { exact } from "./numbers.js";
import { isBlank } from "./texts.js";

/** An array as Python packed it: {type: "Uint16", data: base64}. */
export function unpack({ type, data }) {
  const binary = atob(data);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  const kinds = { Uint8: Uint8Array, Uint16: Uint16Array, Uint32: Uint32Array, Float64: Float64Array };
  return new kinds[type](bytes.buffer);
}

/**
 * Nodes 0…N-1, each after its parents: first the leaves, then the operations; the root is the last.
 * The parents of node n are operands[starts[n]] … operands[starts[n + 1] - 1].
 */
export class Graph {
  constructor(packed, rules) {
    this.rules = rules;
    this.operation = unpack(packed.operation);
    this.operands = unpack(packed.operands);
    this.leaves = unpack(packed.leaves);
    this.labels = packed.labels.map((label) => (isBlank(label) ? "" : label)); // nobody could see it
    this.label = unpack(packed.label);
    this.home = unpack(packed.home); // of a node: the number of the module call around it, plus 1; 0 outside of all
    const names = packed.calls.map((name) => (isBlank(name) ? "module" : name));
    this.calls = names.map((name) => ({ name, outer: -1, depth: 1, inner: [] }));
    unpack(packed.outer).forEach((outer, call) => {
      if (outer === 0) return;
      this.calls[call].outer = outer - 1;
      this.calls[call].depth = this.calls[outer - 1].depth + 1;
      this.calls[outer - 1].inner.push(call);
    });
    this.families = (packed.families ?? []).map((family) => ({ ...family, members: unpack(family.members) }));
    for (const { kind, name, members } of this.families) {
      if (kind !== "turns" && kind !== "copies") continue; // rows and positions have their numbers
      members.forEach((call, k) => (this.calls[call].name = `${name} ${k + 1}`));
    }
    this.attention = packed.attention ?? []; // see attention.js
    this.size = this.operation.length;
    this.leafCount = this.leaves.length;
    this.operationCount = this.size - this.leafCount;
    this.root = this.size - 1;
    this.rootName = ["L", "root", "the root"].find((name) => !this.labels.includes(name));
    this.chosen = packed.chosen; // were the parameters chosen, or are they all leaves but plain numbers?
    this.parameters = unpack(packed.parameters);
    this.isParameter = new Uint8Array(this.size);
    for (const leaf of this.parameters) this.isParameter[leaf] = 1;
    this.connect();
  }

  /** Where the operands of each node stand, who uses it first and last, and who uses it at all. */
  connect() {
    this.starts = new Int32Array(this.size + 1);
    for (let n = 0; n < this.size; n++) this.starts[n + 1] = this.starts[n] + this.rules[this.operation[n]].operands;
    this.firstUser = new Int32Array(this.size).fill(this.size);
    this.lastUser = new Int32Array(this.size).fill(-1);
    this.userAt = new Int32Array(this.operands.length); // whose operand stands at each position
    const count = new Int32Array(this.size + 1);
    for (let n = this.leafCount; n < this.size; n++) {
      for (let i = this.starts[n]; i < this.starts[n + 1]; i++) {
        const parent = this.operands[i];
        this.userAt[i] = n;
        if (this.firstUser[parent] === this.size) this.firstUser[parent] = n;
        this.lastUser[parent] = n;
        count[parent + 1]++;
      }
    }
    for (let n = 0; n < this.size; n++) count[n + 1] += count[n];
    this.userStarts = count.slice();
    this.users = new Int32Array(this.operands.length);
    for (let n = this.leafCount; n < this.size; n++) {
      for (let i = this.starts[n]; i < this.starts[n + 1]; i++) this.users[count[this.operands[i]]++] = n;
    }
  }

  isLeaf(n) {
    return n < this.leafCount;
  }

  /** A plain number in the expression, such as an exponent. */
  isConstant(n) {
    return this.operation[n] === 1;
  }

  rule(n) {
    return this.rules[this.operation[n]];
  }

  parents(n) {
    return this.operands.subarray(this.starts[n], this.starts[n + 1]);
  }

  usersOf(n) {
    return [...this.users.subarray(this.userStarts[n], this.userStarts[n + 1])];
  }

  labelOf(n) {
    return this.labels[this.label[n]];
  }

  /** What pictures and formulas call a node: its label; a plain number itself; else a letter and a number. */
  nameOf(n) {
    const label = this.labelOf(n);
    if (label) return label;
    if (this.isConstant(n)) return exact(this.leaves[n]);
    return n === this.root ? this.rootName : this.isLeaf(n) ? `u${n + 1}` : `v${n - this.leafCount + 1}`;
  }

  /** How many operations are among nodes, and their leaves that are no plain numbers. */
  contents(nodes) {
    const leaves = [];
    let operations = 0;
    for (const n of nodes) {
      if (!this.isLeaf(n)) operations++;
      else if (!this.isConstant(n)) leaves.push(n);
    }
    return { operations, leaves };
  }

  /** The module calls around something whose home is `home`, outermost first. */
  path(home) {
    const path = [];
    for (let call = home - 1; call >= 0; call = this.calls[call].outer) path.unshift(call);
    return path;
  }

  pathNames(home) {
    return this.path(home).map((call) => this.calls[call].name);
  }

  pathText(home) {
    return this.pathNames(home).join(" / ");
  }

  fullName(n) {
    const path = this.pathText(this.home[n]);
    return path ? `${path} / ${this.nameOf(n)}` : this.nameOf(n);
  }

  /** A mark for every node on which some of `nodes` depend, and those themselves. */
  below(nodes) {
    const marks = new Uint8Array(this.size);
    for (const n of nodes) marks[n] = 1;
    for (let n = this.size - 1; n >= this.leafCount; n--) {
      if (marks[n]) for (let i = this.starts[n]; i < this.starts[n + 1]; i++) marks[this.operands[i]] = 1;
    }
    return marks;
  }

  /** A mark for every node that depends on some of `nodes`, and those themselves. */
  above(nodes) {
    const marks = new Uint8Array(this.size);
    for (const n of nodes) marks[n] = 1;
    for (let n = this.leafCount; n < this.size; n++) {
      for (let i = this.starts[n]; i < this.starts[n + 1] && !marks[n]; i++) marks[n] = marks[this.operands[i]];
    }
    return marks;
  }
}

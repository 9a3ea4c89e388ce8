// A graph while it is made, node by node, in module calls; and its nodes in the order that Python's graphs have.

const LEAF_RULE = 0;
const CONSTANT_RULE = 1;

export class GraphBuilder {
  operation = [];
  operands = [];
  labels = [];
  numbers = []; // of leaves
  homes = []; // of nodes: the module call around each, as its number; -1 outside of all
  calls = []; // {name, outer}

  /** A module call; its number. */
  call(name, outer = -1) {
    return this.calls.push({ name, outer }) - 1;
  }

  leaf(label, number = 0, rule = LEAF_RULE) {
    return this.#add(rule, [], -1, label, number);
  }

  /** The nodes of a template (see viz/play/templates.py) that is given some nodes; its results. */
  place(template, given, home) {
    const nodes = [...given, ...template.constants.map((number) => this.leaf("", number, CONSTANT_RULE))];
    for (const [rule, ...operands] of template.operations) {
      nodes.push(this.#add(rule, operands.map((i) => nodes[i]), home, "", 0)); // prettier-ignore
    }
    return template.results.map((i) => nodes[i]);
  }

  #add(rule, operands, home, label, number) {
    this.operands.push(operands);
    this.labels.push(label);
    this.numbers.push(number);
    this.homes.push(home);
    return this.operation.push(rule) - 1;
  }

  /**
   * {nodes, calls}, both in the order of Python's. First the leaves below the root, as a walk meets them that goes deep
   * first, then the operations, as they were made: layer after layer, neuron after neuron. Of calls, those come first
   * whose operations that walk has done first.
   */
  ordered(root) {
    const [leaves, operations] = this.#walk(root);
    const calls = new Set();
    for (const node of operations) this.#enter(this.homes[node], calls);
    return { nodes: [...leaves, ...operations.sort((a, b) => a - b)], calls: [...calls] };
  }

  /** The leaves and the operations below the root, each operation after its operands. */
  #walk(root) {
    const [leaves, operations] = [[], []];
    const met = new Uint8Array(this.operation.length);
    const stack = [root];
    while (stack.length) {
      const node = stack.pop();
      if (node < 0) operations.push(~node);
      if (node < 0 || met[node]) continue;
      met[node] = 1;
      if (!this.operands[node].length) leaves.push(node);
      else stack.push(~node, ...[...this.operands[node]].reverse()); // ~node: it is done, after what is above it
    }
    return [leaves, operations];
  }

  /** Add a call after those around it. */
  #enter(call, calls) {
    if (call < 0 || calls.has(call)) return;
    this.#enter(this.calls[call].outer, calls);
    calls.add(call);
  }

  /** Give each leaf for its home the innermost call around all that use it. */
  bringLeavesHome() {
    this.operands.forEach((operands, node) => {
      for (const leaf of operands) {
        if (this.operands[leaf].length) continue;
        const here = this.homes[node];
        this.homes[leaf] = this.homes[leaf] < 0 ? here : this.#outside(this.homes[leaf], here);
      }
    });
  }

  #outside(one, other) {
    const outside = new Set([-1]);
    for (let call = one; call >= 0; call = this.calls[call].outer) outside.add(call);
    while (!outside.has(other)) other = this.calls[other].outer;
    return other;
  }
}

// Both passes over the graph, by the rules of the rule book: what Value.forward() and Value.backward() do in Python.

import { arithmetic } from "./arithmetic.js";

/** The numbers of a graph. Nodes are in topological order, the leaves first.
 *
 *  data       of every node its number
 *  partials   of every edge its local derivative ∂node/∂operand, in the order of graph.operands
 *  gradient   of every node ∂root/∂node
 */
export class Interpreter {
  #graph;
  #rules;
  #newData; // of a forward pass that is going on
  #newPartials;

  constructor(graph, rules) {
    this.#graph = graph;
    this.#rules = rules;
    this.data = new Float64Array(graph.operation.length);
    this.partials = new Float64Array(graph.operands.length);
    this.gradient = new Float64Array(graph.operation.length);
    this.#newData = this.data.slice();
    this.#newPartials = this.partials.slice();
  }

  /** Compute all inner nodes from the leaves. Where an operation throws, all numbers stay as they were. */
  forward() {
    const { operation, starts, operands, leaves } = this.#graph;
    const [data, partials] = [this.#newData, this.#newPartials];
    data.set(leaves);
    for (let node = leaves.length; node < data.length; node++) {
      const rule = this.#rules[operation[node]];
      const start = starts[node];
      const count = starts[node + 1] - start;
      if (count === 1) {
        const x = data[operands[start]];
        const y = rule.value(arithmetic, x);
        data[node] = y;
        partials[start] = rule.partials(arithmetic, y, x)[0];
      } else if (count === 2) {
        const a = data[operands[start]];
        const b = data[operands[start + 1]];
        const y = rule.value(arithmetic, a, b);
        const both = rule.partials(arithmetic, y, a, b);
        data[node] = y;
        partials[start] = both[0];
        partials[start + 1] = both[1];
      } else {
        const all = [];
        for (let edge = start; edge < start + count; edge++) all.push(data[operands[edge]]);
        const y = rule.value(arithmetic, all);
        data[node] = y;
        const each = rule.partials(arithmetic, y, all);
        for (let i = 0; i < count; i++) partials[start + i] = each[i];
      }
    }
    this.data.set(data);
    this.partials.set(partials);
  }

  /** Set the gradient of every node that the nodes from the root down to number `downTo` have passed theirs on to:
   *  with all of them, ∂root/∂node. */
  backward(downTo = this.#graph.leaves.length) {
    const { starts, operands } = this.#graph;
    const { gradient, partials } = this;
    gradient.fill(0);
    gradient[gradient.length - 1] = 1;
    for (let node = gradient.length - 1; node >= downTo; node--) {
      const dy = gradient[node];
      for (let edge = starts[node]; edge < starts[node + 1]; edge++) gradient[operands[edge]] += partials[edge] * dy;
    }
  }
}

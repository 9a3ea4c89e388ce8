// Both passes over the graph, by the rules of the rule book: what Value.forward() and Value.backward() do in Python.

import { arithmetic } from "./arithmetic.js";

/** The numbers of a graph. Nodes are in topological order, the leaves first.
 *
 *  data       of every node its number
 *  partials   of every edge its local derivative ∂node/∂operand, in the order of graph.operands
 *  gradient   of every node ∂root/∂node
 *  reached    of every node whether something flows back to it: where not, its gradient is 0
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
    this.reached = new Uint8Array(graph.operation.length);
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

  /** Whether node n has an edge at this position: an operation that chooses has none to what it did not choose. */
  hasEdge(n, position) {
    return this.partials[position] !== 0 || !this.#rules[this.#graph.operation[n]].chooses;
  }

  /** What node n passes on along the edge at this position; null where nothing flows, whatever the derivative is. */
  flow(n, position) {
    return this.reached[n] && this.hasEdge(n, position) ? this.partials[position] * this.gradient[n] : null;
  }

  /** Set the gradient of every node that the nodes from the root down to number `downTo` have passed theirs on to:
   *  with all of them, ∂root/∂node. */
  backward(downTo = this.#graph.leaves.length) {
    const { starts, operands } = this.#graph;
    const { gradient, reached } = this;
    const root = gradient.length - 1;
    gradient.fill(0);
    reached.fill(0);
    gradient[root] = reached[root] = 1;
    for (let node = root; node >= downTo; node--) {
      for (let edge = starts[node]; edge < starts[node + 1]; edge++) {
        const flow = this.flow(node, edge);
        if (flow === null) continue;
        gradient[operands[edge]] += flow;
        reached[operands[edge]] = 1;
      }
    }
  }
}

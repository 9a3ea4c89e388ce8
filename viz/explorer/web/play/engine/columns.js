// Both passes over the graph of a row for many rows at once: each node has a column, one number for each row.
// Sums and products, of which a network is made, have loops of their own; any other rule is asked row by row.

import { arithmetic } from "../../state/arithmetic.js";

const LEAF = 0;
const LOOPS = { add: 1, sub: 2, mul: 3 }; // the names of the rules that have them
const UNARY = 4;
const BINARY = 5;
const LIST = 6;

/**
 * data      of every node its column
 * gradient  of every node whose gradient is asked for, the column of ∂root/∂node; else null
 *
 * What flows along an edge is its derivative times the gradient of the node, also where an operation has not chosen
 * the operand: 0 then, but nan where the gradient is infinite. Who meets nan asks the interpreter, which has no edge there.
 */
export class Columns {
  #graph;
  #rules;
  #kinds; // of every node which loop it has
  #lists = new Map(); // arrays for the operands of a row, by how many they are

  /** `learns` marks the nodes whose gradients are asked for, `rows` is for how many rows there is room. */
  constructor(graph, rules, learns, rows) {
    Object.assign(this, { rows, data: columnsOf(graph.operation.length, () => true, rows) });
    this.#graph = graph;
    this.#rules = rules;
    this.#kinds = Uint8Array.from(graph.operation, (rule) => {
      const { name, operands } = rules[rule];
      return operands === 0 ? LEAF : (LOOPS[name] ?? [UNARY, BINARY, LIST][Math.min(operands, 3) - 1]);
    });
    this.gradient = columnsOf(graph.operation.length, (node) => learns[node], rows);
    graph.leaves.forEach((number, leaf) => this.data[leaf].fill(number)); // constants stay so
  }

  /** Compute the first `count` rows of the nodes up to `last` from the leaves. */
  forward(count, last = this.data.length - 1) {
    const { operands, starts, operation, leaves } = this.#graph;
    const { data } = this;
    for (let node = leaves.length; node <= last; node++) {
      const [y, at] = [data[node], starts[node]];
      const a = data[operands[at]];
      const kind = this.#kinds[node];
      if (kind === LOOPS.mul) multiply(y, a, data[operands[at + 1]], count);
      else if (kind === LOOPS.add) add(y, a, data[operands[at + 1]], count);
      else if (kind === LOOPS.sub) subtract(y, a, data[operands[at + 1]], count);
      else {
        const { value } = this.#rules[operation[node]];
        if (kind === UNARY) valuesOfOne(value, y, a, count);
        else if (kind === BINARY) valuesOfTwo(value, y, a, data[operands[at + 1]], count);
        else this.#valuesOfList(value, y, this.#operandsOf(node, data), count);
      }
    }
  }

  /** Set the gradients of the first `count` rows, of each ∂root/∂node times `seed`. */
  backward(count, seed = 1) {
    const { operands, starts, operation, leaves } = this.#graph;
    const { data, gradient } = this;
    for (const column of gradient) column?.fill(0, 0, count);
    gradient[gradient.length - 1].fill(seed, 0, count);
    for (let node = gradient.length - 1; node >= leaves.length; node--) {
      const g = gradient[node];
      if (g === null) continue;
      const [i, j] = [operands[starts[node]], operands[starts[node] + 1]];
      const kind = this.#kinds[node];
      if (kind === LOOPS.mul) {
        if (gradient[i]) addProduct(gradient[i], g, data[j], count);
        if (gradient[j]) addProduct(gradient[j], g, data[i], count);
      } else if (kind === LOOPS.add) {
        if (gradient[i]) add(gradient[i], gradient[i], g, count);
        if (gradient[j]) add(gradient[j], gradient[j], g, count);
      } else if (kind === LOOPS.sub) {
        if (gradient[i]) add(gradient[i], gradient[i], g, count);
        if (gradient[j]) subtract(gradient[j], gradient[j], g, count);
      } else {
        const { partials } = this.#rules[operation[node]];
        if (kind === UNARY) flowsOfOne(partials, gradient[i], g, data[node], data[i], count);
        else if (kind === BINARY) flowsOfTwo(partials, [gradient[i], gradient[j]], g, data[node], data[i], data[j], count);
        else this.#flowsOfList(partials, node, count);
      }
    }
  }

  #operandsOf(node, columns) {
    const { operands, starts } = this.#graph;
    return Array.from(operands.subarray(starts[node], starts[node + 1]), (operand) => columns[operand]);
  }

  #list(size) {
    if (!this.#lists.has(size)) this.#lists.set(size, new Array(size).fill(0));
    return this.#lists.get(size);
  }

  #valuesOfList(value, y, columns, count) {
    const all = this.#list(columns.length);
    for (let row = 0; row < count; row++) {
      for (let k = 0; k < all.length; k++) all[k] = columns[k][row];
      y[row] = value(arithmetic, all);
    }
  }

  #flowsOfList(partials, node, count) {
    const [columns, gradients] = [this.#operandsOf(node, this.data), this.#operandsOf(node, this.gradient)];
    const [all, y, g] = [this.#list(columns.length), this.data[node], this.gradient[node]];
    for (let row = 0; row < count; row++) {
      for (let k = 0; k < all.length; k++) all[k] = columns[k][row];
      const each = partials(arithmetic, y[row], all);
      for (let k = 0; k < all.length; k++) if (gradients[k]) gradients[k][row] += each[k] * g[row];
    }
  }
}

/** A column for each of so many nodes that has one, all in one piece of memory. */
function columnsOf(nodes, has, rows) {
  const which = Array.from({ length: nodes }, (_, node) => node).filter(has);
  const all = new Float64Array(which.length * rows);
  const columns = new Array(nodes).fill(null);
  which.forEach((node, k) => (columns[node] = all.subarray(k * rows, (k + 1) * rows)));
  return columns;
}

function add(y, a, b, count) {
  for (let row = 0; row < count; row++) y[row] = a[row] + b[row];
}

function subtract(y, a, b, count) {
  for (let row = 0; row < count; row++) y[row] = a[row] - b[row];
}

function multiply(y, a, b, count) {
  for (let row = 0; row < count; row++) y[row] = a[row] * b[row];
}

function addProduct(y, a, b, count) {
  for (let row = 0; row < count; row++) y[row] += a[row] * b[row];
}

function valuesOfOne(value, y, x, count) {
  for (let row = 0; row < count; row++) y[row] = value(arithmetic, x[row]);
}

function valuesOfTwo(value, y, a, b, count) {
  for (let row = 0; row < count; row++) y[row] = value(arithmetic, a[row], b[row]);
}

function flowsOfOne(partials, gradient, g, y, x, count) {
  for (let row = 0; row < count; row++) gradient[row] += partials(arithmetic, y[row], x[row])[0] * g[row];
}

function flowsOfTwo(partials, [ofA, ofB], g, y, a, b, count) {
  for (let row = 0; row < count; row++) {
    const both = partials(arithmetic, y[row], a[row], b[row]);
    if (ofA) ofA[row] += both[0] * g[row];
    if (ofB) ofB[row] += both[1] * g[row];
  }
}

// Both passes over the graph of a row for many rows at once: each node has a column, one number for each row.
// Sums of neurons, and rules of one or two operands, have loops; any other rule is asked row by row.

import { arithmetic } from "../../state/arithmetic.js";
import { columnSteps } from "./plan.js";

/**
 * data        of every node its column; null of parameters, and of what is inside the sum of a neuron
 * gradient    of every node that depends on a parameter, the column of ∂root/∂node; else null
 * numbers     of the parameters, by their places among all; `slopes`, their gradients
 *
 * What flows along an edge is its derivative times the gradient of the node, also where an operation has not chosen
 * the operand: 0 then, but nan where the gradient is infinite. Who meets nan asks the interpreter.
 */
export class Columns {
  #steps;
  #place; // of a leaf among the parameters

  /** `rows` is for how many rows there is room. */
  constructor({ graph, rules, loops, parameters, learning }, rows) {
    this.rows = rows;
    this.numbers = new Float64Array(parameters.length);
    this.slopes = new Float64Array(parameters.length);
    this.#place = new Map(Array.from(parameters, (leaf, i) => [leaf, i]));
    this.#steps = columnSteps(graph, rules, parameters).map((step) => (
      this.#prepared({ ...step, loop: loops[graph.operation[step.node]] })
    )); // prettier-ignore
    const computed = new Set(this.#steps.map(({ node }) => node));
    const isLeaf = (node) => node < graph.leaves.length && !this.#place.has(node);
    this.data = columnsOf(graph.operation.length, (node) => computed.has(node) || isLeaf(node), rows);
    this.gradient = columnsOf(graph.operation.length, (node) => computed.has(node) && learning[node], rows);
    graph.leaves.forEach((number, leaf) => this.data[leaf]?.fill(number)); // constants stay so
  }

  #prepared({ node, operands, rule, loop, terms }) {
    if (!terms) return { node, operands, rule, loop, all: new Array(operands.length).fill(0) };
    const [bias, ...weights] = [terms.bias, ...terms.weights].map((leaf) => this.#place.get(leaf));
    return { node, xs: terms.xs, bias, weights };
  }

  /** Compute the first `count` rows of the nodes up to `last` from the leaves. */
  forward(count, last = this.data.length - 1) {
    const { data, numbers } = this;
    for (const { node, operands, rule, loop, all, xs, bias, weights } of this.#steps) {
      if (node > last) return;
      const y = data[node];
      if (xs) sums(y, numbers, bias, weights, xs, data, count);
      else if (loop) loop.values(arithmetic, count, y, data[operands[0]], data[operands[1]]);
      else valuesOfList(rule.value, y, operands, data, all, count);
    }
  }

  /** Set the gradients of the first `count` rows, ∂root/∂node times `seed`; add those of parameters to `slopes`. */
  backward(count, seed) {
    const { data, gradient, numbers, slopes } = this;
    for (const column of gradient) column?.fill(0, 0, count);
    gradient[gradient.length - 1].fill(seed, 0, count);
    for (let i = this.#steps.length - 1; i >= 0; i--) {
      const { node, operands, rule, loop, all, xs, bias, weights } = this.#steps[i];
      const g = gradient[node];
      if (g === null) continue;
      if (xs) flowsOfSum(g, numbers, slopes, bias, weights, xs, data, gradient, count);
      else if (loop) {
        const [inputs, into] = [data, gradient].map((columns) => operands.map((operand) => columns[operand]));
        loop.flows(arithmetic, count, g, data[node], ...inputs, ...into);
      } else flowsOfList(rule.partials, operands, g, data[node], data, gradient, all, count);
    }
  }
}

/** A column for each of so many nodes that has one, all in one piece of memory. */
function columnsOf(nodes, has, rows) {
  const which = Array.from({ length: nodes }, (_, node) => node).filter(has);
  const memory = new Float64Array(which.length * rows);
  const columns = new Array(nodes).fill(null);
  which.forEach((node, k) => (columns[node] = memory.subarray(k * rows, (k + 1) * rows)));
  return columns;
}

// ------------------------------------------------------------------------------------------------ sums of neurons

function sums(y, numbers, bias, weights, xs, data, count) {
  let k = 0;
  y.fill(numbers[bias], 0, count);
  for (; k + 4 <= xs.length; k += 4) addFourTerms(y, numbers, weights, xs, data, k, count);
  for (; k < xs.length; k++) addTerm(y, numbers[weights[k]], data[xs[k]], count);
}

/** The terms from k on, in order: y is read and written once for all of them. */
function addFourTerms(y, numbers, weights, xs, data, k, count) {
  const [x1, x2, x3, x4] = [data[xs[k]], data[xs[k + 1]], data[xs[k + 2]], data[xs[k + 3]]];
  const [w1, w2] = [numbers[weights[k]], numbers[weights[k + 1]]];
  const [w3, w4] = [numbers[weights[k + 2]], numbers[weights[k + 3]]];
  for (let row = 0; row < count; row++) {
    y[row] = y[row] + w1 * x1[row] + w2 * x2[row] + w3 * x3[row] + w4 * x4[row];
  }
}

function addTerm(y, w, x, count) {
  for (let row = 0; row < count; row++) y[row] += w * x[row];
}

function flowsOfSum(g, numbers, slopes, bias, weights, xs, data, gradient, count) {
  slopes[bias] += sumOfColumn(g, count);
  for (let k = 0; k < xs.length; k++) {
    slopes[weights[k]] += sumOfProducts(g, data[xs[k]], count);
    if (gradient[xs[k]]) addTerm(gradient[xs[k]], numbers[weights[k]], g, count);
  }
}

function sumOfColumn(column, count) {
  let sum = 0;
  for (let row = 0; row < count; row++) sum += column[row];
  return sum;
}

function sumOfProducts(a, b, count) {
  let sum = 0;
  for (let row = 0; row < count; row++) sum += a[row] * b[row];
  return sum;
}

// ------------------------------------------------------------------------------------------------ rules of a list

function valuesOfList(value, y, operands, data, all, count) {
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < all.length; k++) all[k] = data[operands[k]][row];
    y[row] = value(arithmetic, all);
  }
}

function flowsOfList(partials, operands, g, y, data, gradient, all, count) {
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < all.length; k++) all[k] = data[operands[k]][row];
    const each = partials(arithmetic, y[row], all);
    for (let k = 0; k < all.length; k++) {
      const into = gradient[operands[k]];
      if (into) into[row] += each[k] * g[row];
    }
  }
}

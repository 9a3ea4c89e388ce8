// A network over many rows: their losses, the gradient of the mean loss, and what any node is for each of them.

import { Interpreter } from "../../state/interpreter.js";
import { Columns } from "./columns.js";

const BLOCK = 512; // rows that are computed together: of more, the columns would not stay in the processor's cache

export class Rows {
  #columns = null;
  #given = null; // {parameters, X, targets, which} of the latest forward pass
  #kept = new WeakMap(); // what `values` has given, by its rows

  constructor(network) {
    this.network = network;
    this.losses = new Float64Array(0); // of the rows of the latest forward pass
    this.outputs = []; // for each output a column of theirs
    this.gradient = new Float64Array(network.parameters.length);
  }

  /**
   * The mean loss of rows; `losses` and `outputs` have those of each. `targets` are coded ones, a list for each row;
   * `which` are the rows that count, by their places in X, all where it is null.
   */
  forward(parameters, X, targets, which = null) {
    const count = which ? which.length : X.length;
    this.#given = { parameters, X, targets, which, count };
    this.#makeRoom(count);
    this.#columns.numbers.set(parameters);
    let sum = 0;
    for (let first = 0; first < count; first += BLOCK) {
      const size = Math.min(BLOCK, count - first);
      this.#compute(first, size);
      const { data } = this.#columns;
      this.losses.set(data[this.network.root].subarray(0, size), first);
      this.outputs.forEach((column, k) => column.set(data[this.network.outputs[k]].subarray(0, size), first));
    }
    for (let row = 0; row < count; row++) sum += this.losses[row];
    return sum / count;
  }

  /** The gradient of the mean loss of the latest forward pass, by the parameters: the same array each time. */
  backward() {
    const { count } = this.#given;
    this.#columns.slopes.fill(0);
    const last = Math.floor((count - 1) / BLOCK) * BLOCK;
    for (let first = last; first >= 0; first -= BLOCK) {
      const size = Math.min(BLOCK, count - first);
      if (first < last) this.#compute(first, size); // the last block is still there
      this.#columns.backward(size, 1 / count);
    }
    this.gradient.set(this.#columns.slopes);
    if (!this.gradient.every(Number.isFinite)) this.#backwardByRows();
    return this.gradient;
  }

  /**
   * For each of the nodes, sums or outputs of neurons, its number for each row: the same arrays in each call with the
   * same X, which stays as it is.
   */
  values(parameters, X, nodes) {
    const kept = this.#arraysFor(X, nodes.length);
    const last = nodes.reduce((most, node) => Math.max(most, node), 0);
    const columns = this.#room(X.length);
    const inside = nodes.find((node) => !columns.data[node]);
    if (inside !== undefined) throw new RangeError(`node ${inside} has no column: it is a parameter, or inside a sum`);
    columns.numbers.set(parameters);
    for (let first = 0; first < X.length; first += BLOCK) {
      const size = Math.min(BLOCK, X.length - first);
      this.#fill(this.network.inputs, X, null, first, size);
      columns.forward(size, last);
      nodes.forEach((node, k) => kept[k].set(columns.data[node].subarray(0, size), first));
    }
    this.#given = null; // its columns are gone
    return kept;
  }

  #arraysFor(X, count) {
    let kept = this.#kept.get(X);
    if (kept?.length !== count) {
      kept = Array.from({ length: count }, () => new Float64Array(X.length));
      this.#kept.set(X, kept);
    }
    return kept;
  }

  #makeRoom(count) {
    this.#room(count);
    if (this.losses.length === count) return;
    this.losses = new Float64Array(count);
    this.outputs = Array.from(this.network.outputs, () => new Float64Array(count));
  }

  /** Columns with room for so many rows, or for a block. */
  #room(count) {
    const rows = Math.min(count, BLOCK);
    if (!this.#columns || this.#columns.rows < rows) this.#columns = new Columns(this.network, rows);
    return this.#columns;
  }

  /** All nodes, of a block of the rows that were given. */
  #compute(first, size) {
    const { X, targets, which } = this.#given;
    this.#fill(this.network.inputs, X, which, first, size);
    this.#fill(this.network.targets, targets, which, first, size);
    this.#columns.forward(size);
  }

  #fill(leaves, rows, which, first, size) {
    leaves.forEach((leaf, k) => {
      const column = this.#columns.data[leaf];
      for (let row = 0; row < size; row++) column[row] = rows[which ? which[first + row] : first + row][k];
    });
  }

  /** The same by the interpreter, which knows where an edge is not there. */
  #backwardByRows() {
    const { network } = this;
    const { parameters, X, targets, which, count } = this.#given;
    this.gradient.fill(0);
    for (let row = 0; row < count; row++) {
      const place = which ? which[row] : row;
      const interpreter = ofRow(network, parameters, X[place], targets[place]);
      interpreter.backward();
      network.parameters.forEach((leaf, i) => (this.gradient[i] += interpreter.gradient[leaf] / count));
    }
  }
}

/** The interpreter of one row, after its forward pass. */
export function ofRow(network, parameters, x, target) {
  const graph = { ...network.graph, leaves: network.leavesOf(parameters, x, target) };
  const interpreter = new Interpreter(graph, network.rules);
  interpreter.forward();
  return interpreter;
}

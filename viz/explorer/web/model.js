// What the page is about: the numbers of the leaves, all that follows from them, the time, and what can be undone.

import { Interpreter } from "./interpreter.js";
import { Steps } from "./steps.js";

const MOST_KEPT = 5_000_000; // numbers that can be undone

export class Model {
  constructor(graph) {
    this.graph = graph;
    this.original = graph.leaves.slice();
    this.interpreter = new Interpreter(graph, graph.rules);
    this.steps = new Steps(graph);
    this.learns = graph.isParameter.slice(); // may be changed by the reader
    this.done = [];
    this.undone = [];
    this.interpreter.forward();
    this.losses = [this.loss];
    this.listeners = new Set();
    this.computeGradients();
  }

  get loss() {
    return this.interpreter.data[this.graph.root];
  }

  /** Call `listener(what)` after every change: what is "numbers" or "time". */
  listen(listener) {
    this.listeners.add(listener);
  }

  tell(what) {
    for (const listener of this.listeners) listener(what);
  }

  /** The gradients as they are at this time of the backward pass. */
  computeGradients() {
    this.interpreter.backward(this.graph.size - this.steps.passed);
    if (this.steps.time <= this.graph.operationCount) this.interpreter.gradient[this.graph.root] = 0;
  }

  goTo(time) {
    const inside = Math.max(0, Math.min(this.steps.end, Math.round(time)));
    if (inside === this.steps.time) return;
    this.steps.time = inside;
    this.computeGradients();
    this.tell("time");
  }

  /**
   * Give leaves other numbers: [[leaf, number], …]. Throws where an operation cannot take them; nothing is changed then.
   * With `merge` a change of the same leaf as the latest is undone together with it.
   */
  set(pairs, { merge = false, losses = null } = {}) {
    const leaves = Int32Array.from(pairs, ([leaf]) => leaf);
    const change = {
      leaves,
      before: Float64Array.from(leaves, (leaf) => this.graph.leaves[leaf]),
      after: Float64Array.from(pairs, ([, number]) => number),
      lossesBefore: this.losses,
    };
    this.apply(leaves, change.after);
    change.lossesAfter = this.losses = losses ?? [this.loss];
    const latest = this.done[this.done.length - 1];
    if (merge && latest && latest.leaves.length === 1 && latest.leaves[0] === leaves[0]) {
      Object.assign(latest, { after: change.after, lossesAfter: change.lossesAfter });
    } else this.done.push(change);
    this.undone = [];
    this.forgetOld();
    this.tell("numbers");
  }

  apply(leaves, numbers) {
    const before = Float64Array.from(leaves, (leaf) => this.graph.leaves[leaf]);
    leaves.forEach((leaf, i) => (this.graph.leaves[leaf] = numbers[i]));
    try {
      this.interpreter.forward();
    } catch (error) {
      leaves.forEach((leaf, i) => (this.graph.leaves[leaf] = before[i]));
      throw error;
    }
    this.computeGradients();
  }

  forgetOld() {
    let kept = 0;
    for (let i = this.done.length - 1; i >= 0; i--) {
      kept += 2 * this.done[i].leaves.length;
      if (kept > MOST_KEPT) this.done.splice(0, i + 1);
      if (kept > MOST_KEPT) break;
    }
  }

  undo() {
    const change = this.done.pop();
    if (!change) return false;
    this.apply(change.leaves, change.before);
    this.losses = change.lossesBefore;
    this.undone.push(change);
    this.tell("numbers");
    return true;
  }

  redo() {
    const change = this.undone.pop();
    if (!change) return false;
    this.apply(change.leaves, change.after);
    this.losses = change.lossesAfter;
    this.done.push(change);
    this.tell("numbers");
    return true;
  }

  /** [leaf, number] of the leaves that are not as Python gave them. */
  changes() {
    const pairs = [];
    this.graph.leaves.forEach((number, leaf) => {
      if (!Object.is(number, this.original[leaf])) pairs.push([leaf, number]);
    });
    return pairs;
  }

  reset() {
    const pairs = this.changes().map(([leaf]) => [leaf, this.original[leaf]]);
    if (pairs.length) this.set(pairs);
  }

  /** One step of gradient descent: every leaf that learns goes `rate` times its gradient downhill. */
  descend(rate) {
    this.interpreter.backward();
    const pairs = [];
    for (let leaf = 0; leaf < this.graph.leafCount; leaf++) {
      if (this.learns[leaf]) pairs.push([leaf, this.graph.leaves[leaf] - rate * this.interpreter.gradient[leaf]]);
    }
    const before = this.losses;
    try {
      this.set(pairs, { losses: [] });
    } catch (error) {
      this.computeGradients();
      throw error;
    }
    this.losses = [...before, this.loss];
    this.done[this.done.length - 1].lossesAfter = this.losses;
    this.goTo(this.steps.end);
    this.tell("numbers");
  }
}

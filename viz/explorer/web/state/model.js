// What the page is about: the numbers of the leaves, all that follows from them, the time, and what can be undone.

import { Interpreter } from "./interpreter.js";
import { Steps } from "./steps.js";

const MOST_KEPT = 5_000_000; // numbers that can be undone

/** A change that an operation cannot take, such as an index outside of its list; nothing is changed then. */
export class Refused extends Error {}

export class Model {
  constructor(graph) {
    this.graph = graph;
    this.original = graph.leaves.slice();
    this.interpreter = new Interpreter(graph, graph.rules);
    this.steps = new Steps(graph);
    this.learns = graph.isParameter.slice(); // may be changed by the reader
    this.isByModule = false; // whether the colours of gradients have a scale in each module
    this.done = []; // changes: {leaves, before, after, lossesBefore, lossesAfter}
    this.undone = [];
    this.interpreter.forward();
    this.losses = [this.loss]; // over the steps of gradient descent
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

  // ---------------------------------------------------------------------------------------------------------- numbers

  /**
   * Give leaves other numbers: [[leaf, number], …]. With `merge` a change of the same leaf as the latest is undone
   * together with it. Throws Refused.
   */
  set(pairs, { merge = false } = {}) {
    const change = this.change(pairs);
    this.losses = change.lossesAfter = [this.loss];
    const latest = this.done[this.done.length - 2];
    if (merge && latest?.leaves.length === 1 && change.leaves.length === 1 && latest.leaves[0] === change.leaves[0]) {
      this.done.pop();
      Object.assign(latest, { after: change.after, lossesAfter: change.lossesAfter });
    }
    this.computeGradients();
    this.tell("numbers");
  }

  /** The same for numbers that somebody else has changed: there is nothing to undo here. */
  follow(pairs) {
    this.apply(
      pairs.map(([leaf]) => leaf),
      pairs.map(([, number]) => number),
    );
    this.losses = [this.loss];
    this.computeGradients();
    this.tell("numbers");
  }

  /** A change, to be undone; without telling anybody yet. */
  change(pairs) {
    const leaves = Int32Array.from(pairs, ([leaf]) => leaf);
    const before = Float64Array.from(leaves, (leaf) => this.graph.leaves[leaf]);
    const after = Float64Array.from(pairs, ([, number]) => number);
    this.apply(leaves, after);
    const change = { leaves, before, after, lossesBefore: this.losses, lossesAfter: this.losses };
    this.done.push(change);
    this.undone = [];
    this.forgetOld();
    return change;
  }

  apply(leaves, numbers) {
    const before = Array.from(leaves, (leaf) => this.graph.leaves[leaf]);
    leaves.forEach((leaf, i) => (this.graph.leaves[leaf] = numbers[i]));
    try {
      this.interpreter.forward();
    } catch (error) {
      leaves.forEach((leaf, i) => (this.graph.leaves[leaf] = before[i]));
      throw new Refused(error.message);
    }
  }

  forgetOld() {
    let kept = 0;
    for (let i = this.done.length - 1; i > 0; i--) {
      kept += 2 * this.done[i].leaves.length;
      if (kept > MOST_KEPT) return this.done.splice(0, i);
    }
  }

  /** Whether there was something to undo. */
  undo() {
    return this.replay(this.done, this.undone, "before", "lossesBefore");
  }

  redo() {
    return this.replay(this.undone, this.done, "after", "lossesAfter");
  }

  replay(from, to, numbers, losses) {
    const change = from.pop();
    if (!change) return false;
    this.apply(change.leaves, change[numbers]);
    this.losses = change[losses];
    to.push(change);
    this.computeGradients();
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
    return pairs.length > 0;
  }

  /** Steps of gradient descent: in each, every leaf that learns goes `rate` times its gradient downhill. */
  descend(rate, count = 1) {
    const { graph, interpreter } = this;
    try {
      for (let i = 0; i < count; i++) {
        interpreter.backward();
        const pairs = [];
        for (let leaf = 0; leaf < graph.leafCount; leaf++) {
          if (this.learns[leaf]) pairs.push([leaf, graph.leaves[leaf] - rate * interpreter.gradient[leaf]]);
        }
        const change = this.change(pairs);
        this.losses = change.lossesAfter = [...this.losses, this.loss];
      }
    } finally {
      this.steps.time = this.steps.end;
      this.computeGradients();
      this.tell("numbers");
    }
  }
}

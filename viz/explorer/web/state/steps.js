// The time of the two passes: 0 is before the first operation; then comes one step for each, one that gives the root
// its gradient, 1, and one step for each operation that passes its gradient on; at `end` all of it is done.

export class Steps {
  constructor(graph) {
    this.graph = graph;
    this.end = 2 * graph.operationCount + 2;
    this.time = this.end;
    this.stops = [0, this.end]; // until there is a picture
  }

  /** How many operations have passed their gradient on. */
  get passed() {
    const { operationCount } = this.graph;
    return Math.min(operationCount, Math.max(0, this.time - operationCount - 1));
  }

  /** What the step that leads to `time` is about: {pass, n}; pass is start, forward, seed, backward or done. */
  at(time = this.time) {
    const { operationCount, leafCount, size, root } = this.graph;
    if (time === 0) return { pass: "start", n: -1 };
    if (time === this.end) return { pass: "done", n: -1 };
    if (time <= operationCount) return { pass: "forward", n: leafCount + time - 1 };
    if (time === operationCount + 1) return { pass: "seed", n: root };
    return { pass: "backward", n: size - (time - operationCount - 1) };
  }

  timeOf(n, pass) {
    const { operationCount, leafCount, size } = this.graph;
    return pass === "forward" ? n - leafCount + 1 : operationCount + 1 + (size - n);
  }

  knowsNumber(n) {
    return n < this.graph.leafCount + this.time;
  }

  /** "known" when all who use the node have passed theirs on, "partial" when some have, else "unknown". */
  gradient(n) {
    const { operationCount, size, root, firstUser, lastUser } = this.graph;
    if (this.time <= operationCount) return "unknown";
    const from = size - this.passed;
    if (n === root || firstUser[n] >= from) return "known";
    return lastUser[n] >= from ? "partial" : "unknown";
  }

  /** Whether the node has passed its gradient on to its parents. */
  hasPassedOn(n) {
    return this.time > this.graph.operationCount && n >= this.graph.size - this.passed;
  }

  /**
   * The times at which there is something new to see: one for every operation in the picture, in both passes; a box
   * that stands for many operations is done when its last one is.
   */
  findStops({ elements }) {
    const { leafCount, operationCount } = this.graph;
    const stops = new Set([0, operationCount + 1, this.end]);
    for (const { nodes } of elements) {
      const last = nodes[nodes.length - 1];
      if (last < leafCount) continue;
      const first = nodes.find((n) => n >= leafCount);
      stops.add(this.timeOf(last, "forward")).add(this.timeOf(first, "backward"));
    }
    this.stops = [...stops].sort((a, b) => a - b);
  }

  /** The number of the stop that is reached by now. */
  get stop() {
    let low = 0;
    let high = this.stops.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.stops[middle] <= this.time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  next() {
    return this.stops[Math.min(this.stop + 1, this.stops.length - 1)];
  }

  previous() {
    return this.stops[this.stops[this.stop] < this.time ? this.stop : Math.max(0, this.stop - 1)];
  }
}

// The time of the two passes: 0 is before the first operation; then comes one step for each, one that gives the root
// its gradient, 1, and one step for each operation that passes its gradient on; at `end` all of it is done.

export class Steps {
  constructor(graph) {
    this.graph = graph;
    this.end = 2 * graph.operationCount + 2;
    this.time = 0;
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
   * that stands for many operations is done when its last one is. So are the members of a family that are not shown
   * now, and what is left out of the picture.
   */
  findStops({ layout }) {
    const { leafCount, operationCount, size } = this.graph;
    const { first } = layout.members;
    const [ends, begins] = endsOf(layout, this.graph);
    const stops = [0, operationCount + 1, this.end];
    for (let n = leafCount; n < size; n++) {
      if (ends[first[n]]) stops.push(this.timeOf(n, "forward"));
      if (begins[first[n]]) stops.push(this.timeOf(n, "backward"));
    }
    this.stops = stops.sort((a, b) => a - b);
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

/** Marks for the last operation of everything in the picture, and for the first one. */
function endsOf({ elements, parts, members }, { size, leafCount }) {
  const [ends, begins] = [new Uint8Array(size), new Uint8Array(size)];
  const mark = (nodes) => {
    const last = nodes[nodes.length - 1];
    if (last < leafCount) return;
    ends[last] = 1;
    begins[nodes.find((n) => n >= leafCount)] = 1;
  };
  for (const { kind, first, n } of elements) if (kind !== "rest") mark(kind === "sum" ? [n] : first);
  for (const { first } of new Set(parts.values())) mark(first);
  const { folding } = members;
  for (const { nodes, alike, number, members: calls } of members.active) {
    if (alike) continue;
    for (const list of nodes.filter((_, k) => k !== folding.members[number])) {
      if (folding.isOpen(calls[0])) for (const n of list) mark([n]);
      else mark(list);
    }
  }
  return [ends, begins];
}

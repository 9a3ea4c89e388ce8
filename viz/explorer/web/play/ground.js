// The plane that rows and what the network gives are seen on: two of the inputs, the others at their means.

const MARGIN = 0.08; // around the rows

/**
 * axes    the two inputs, by their places; where there is one input, it alone: targets are upwards then
 * ranges  [[low, high], [low, high]], to the right and upwards
 * means   of all inputs
 */
export class Ground {
  #grids = new Map();

  /** `about` is what Session.aboutData gives. */
  constructor({ train, test }, { inputs, classes }, { axes, data }) {
    const count = inputs.length;
    const fits = axes.every((axis) => axis < count);
    this.axes = count === 1 ? [0] : fits ? axes : [0, 1];
    this.names = [inputs[this.axes[0]], count > 1 ? inputs[this.axes[1]] : classes.length ? "class" : "target"];
    this.means = inputs.map((_, i) => train.X.reduce((sum, x) => sum + x[i], 0) / (train.X.length || 1));
    const places = [train, test].flatMap(({ X, y }) => X.map((x, row) => this.placeOf(x, y[row])));
    const halves = [0, 1].map((i) => middleAndReach(places.map((place) => place[i])));
    const reach = halves.map((half) => half.reach * (1 + 2 * MARGIN));
    const isSquare = data !== "given"; // the rows that the page makes have one unit to both sides
    const reaches = isSquare ? reach.map(() => Math.max(...reach)) : reach;
    const ranges = halves.map(({ middle }, i) => [middle - reaches[i], middle + reaches[i]]);
    this.ranges = data === "drawn" ? ranges.map(() => [-1, 1]) : ranges;
  }

  /** Where a row is: how far to the right, and upwards. */
  placeOf(x, target) {
    return [x[this.axes[0]], this.axes.length > 1 ? x[this.axes[1]] : target];
  }

  /** The inputs that a place stands for. */
  inputsAt(place) {
    const x = this.means.slice();
    this.axes.forEach((axis, i) => (x[axis] = place[i]));
    return x;
  }

  /** The inputs of side × side places, row by row from the top left; the same array each time. */
  grid(side) {
    if (!this.#grids.has(side)) {
      const [[low1, high1], [low2, high2]] = this.ranges;
      const placeAt = (i) => [
        low1 + (((i % side) + 0.5) / side) * (high1 - low1),
        high2 - ((Math.floor(i / side) + 0.5) / side) * (high2 - low2),
      ];
      this.#grids.set(
        side,
        Array.from({ length: side * side }, (_, i) => this.inputsAt(placeAt(i))),
      );
    }
    return this.#grids.get(side);
  }
}

function middleAndReach(numbers) {
  const low = numbers.reduce((least, x) => Math.min(least, x), Infinity);
  const high = numbers.reduce((most, x) => Math.max(most, x), -Infinity);
  return { middle: (low + high) / 2, reach: (high - low) / 2 || 1 };
}

// Points in the plane, those of nn/data/points.py: the same ones from the same seed. And how they are split.

import { RandomState } from "./random.js";

const INNER_RADIUS = 0.5; // the radius of the inner circle
const AXIS_GAP = 0.25; // between a quadrant's points and the axes

/** Numbers from 0 to `end`, evenly, as NumPy's linspace. */
function evenly(count, end, withEnd) {
  const step = end / Math.max(1, withEnd ? count - 1 : count);
  return Array.from({ length: count }, (_, i) => i * step);
}

/** How many of n points each class has: the first ones have one more where some are left over. */
function sharesOf(n, classes) {
  return Array.from({ length: classes }, (_, i) => Math.floor(n / classes) + (i < n % classes ? 1 : 0));
}

/** The second of two classes has the point that is left over. */
const halvesOf = (n) => [Math.floor(n / 2), Math.ceil(n / 2)];

/** y: so many of each class, one class after the other. */
const classesOf = (counts) => counts.flatMap((count, i) => Array(count).fill(i));

/** In random order, with normal noise of this standard deviation. */
function strewn(X, y, noise, random) {
  const order = random.permutation(y.length);
  return { X: order.map((i) => X[i].map((x) => x + random.normal(0, noise))), y: order.map((i) => y[i]) };
}

function halfCircles(n, noise, random) {
  const counts = halvesOf(n);
  const outer = evenly(counts[0], Math.PI, true).map((t) => [Math.cos(t), Math.sin(t)]);
  const inner = evenly(counts[1], Math.PI, true).map((t) => [1 - Math.cos(t), 1 - Math.sin(t) - 0.5]);
  return strewn([...outer, ...inner], classesOf(counts), noise, random);
}

function wholeCircles(n, noise, random) {
  const counts = halvesOf(n);
  const circle = (count, radius) =>
    evenly(count, 2 * Math.PI, false).map((t) => [radius * Math.cos(t), radius * Math.sin(t)]);
  return strewn([...circle(counts[0], 1), ...circle(counts[1], INNER_RADIUS)], classesOf(counts), noise, random);
}

function quadrants(n, noise, random) {
  const X = Array.from({ length: n }, (_, i) => {
    const [x1, x2] = [random.uniform(AXIS_GAP, 1), random.uniform(AXIS_GAP, 1)];
    return [i % 4 === 1 || i % 4 === 2 ? -x1 : x1, i % 4 < 2 ? x2 : -x2];
  });
  return strewn(X, X.map((_, i) => i % 2), noise, random); // prettier-ignore
}

function arms(n, noise, random, classes) {
  const counts = sharesOf(n, classes);
  const X = counts.flatMap((count, i) =>
    evenly(count, 1, true).map((t) => {
      const angle = (2 * Math.PI * (i + 2 * t)) / classes;
      return [(0.25 + t) * Math.cos(angle), (0.25 + t) * Math.sin(angle)];
    }),
  );
  return strewn(X, classesOf(counts), noise, random);
}

function clusters(n, noise, random, classes) {
  const y = classesOf(sharesOf(n, classes));
  const X = y.map((i) => {
    const angle = (2 * Math.PI * i) / classes;
    return [Math.cos(angle) + random.normal(0, noise), Math.sin(angle) + random.normal(0, noise)];
  });
  const order = random.permutation(n);
  return { X: order.map((i) => X[i]), y: order.map((i) => y[i]) };
}

function waves(n, noise, random) {
  const X = Array.from({ length: n }, () => [random.uniform(-1, 1), random.uniform(-1, 1)]);
  const height = ([x1, x2]) => Math.sin(Math.PI * x1) * Math.cos((Math.PI / 2) * x2);
  return { X, y: X.map((x) => height(x) + random.normal(0, noise)) };
}

/** An entry of DATASETS; `draw` takes how many points, the noise, random numbers and, where `most` is more than 2, how
 *  many classes. */
function pointSet(title, draw, most = 2) {
  const task = most ? "classification" : "regression";
  return {
    title,
    task,
    inputs: ["x1", "x2"],
    classes: most,
    make({ rows, noise, seed, classes = 2 }) {
      if (!Number.isInteger(rows) || rows < 1)
        throw new RangeError(`rows must be a whole number of at least 1, got ${rows}`);
      if (!Number.isFinite(noise) || noise < 0)
        throw new RangeError(`noise must be at least 0 and finite, got ${noise}`);
      if (most > 2 && (!Number.isInteger(classes) || classes < 2 || classes > most))
        throw new RangeError(`classes must be a whole number from 2 to ${most}, got ${classes}`);
      return { ...draw(rows, noise, new RandomState(seed), classes), task };
    },
  };
}

/** By name: what they are called, their task, the names of their inputs, how many classes there are (at the most), and
 *  `make`, which takes {rows, noise, seed, classes} and gives {X, y, task}. */
export const DATASETS = {
  moons: pointSet("Moons", halfCircles),
  circles: pointSet("Circles", wholeCircles),
  xor: pointSet("XOR", quadrants),
  spirals: pointSet("Spirals", arms, 6),
  blobs: pointSet("Blobs", clusters, 6),
  wave: pointSet("Wave", waves, 0),
};

/** {train, test}, each {X, y}, of {X, y, task}: a share of the rows, rounded up, is held out for the test, at random,
 *  with equal shares of each class unless the task is "regression": as by `hold_out` of nn/data/splitting.py. */
export function splitRows({ X, y, task }, testShare, seed) {
  const n = Math.ceil(Number((testShare * y.length).toFixed(9))); // 0.14·50 is 7.000000000000001
  if (!Number.isFinite(testShare) || testShare < 0 || testShare >= 1 || (n >= y.length && n > 0))
    throw new RangeError(`a share of ${testShare} of ${y.length} rows for the test leaves none to train on`);
  const rows = (places) => ({ X: places.map((i) => X[i]), y: places.map((i) => y[i]) });
  if (n === 0) return { train: { X, y }, test: { X: [], y: [] } };
  const random = new RandomState(seed);
  const byClass = task === "regression" ? [] : placesByClass(y);
  const fewest = Math.min(...byClass.map((places) => places.length));
  if (byClass.length && fewest >= 2 && byClass.length <= Math.min(n, y.length - n)) {
    const { kept, held } = stratified(byClass, y.length, n, random);
    return { train: rows(kept), test: rows(held) };
  }
  const order = random.permutation(y.length);
  return { train: rows(order.slice(n)), test: rows(order.slice(0, n)) };
}

/** For each class, in the order of their numbers, where its rows are. */
function placesByClass(y) {
  const places = new Map([...new Set(y)].sort((a, b) => a - b).map((label) => [label, []]));
  y.forEach((label, i) => places.get(label).push(i));
  return [...places.values()];
}

/** The places of the rows that are kept, and of n that are held out, of each class by its share. */
function stratified(byClass, rows, n, random) {
  const counts = byClass.map((places) => places.length);
  const kept = shareOut(counts, rows - n, random);
  const held = shareOut(counts.map((count, i) => count - kept[i]), n, random); // prettier-ignore
  const parts = byClass.map((places) => random.permutation(places.length).map((i) => places[i]));
  const shuffledPlaces = (places) => random.permutation(places.length).map((i) => places[i]);
  return {
    kept: shuffledPlaces(parts.flatMap((places, i) => places.slice(0, kept[i]))),
    held: shuffledPlaces(parts.flatMap((places, i) => places.slice(kept[i], kept[i] + held[i]))),
  };
}

/** How many of n rows each class gets: its share rounded down, and one more for the largest remainders; of equal ones
 *  it is drawn who gets one. */
function shareOut(counts, n, random) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const exact = counts.map((count) => (count / total) * n);
  const shares = exact.map(Math.floor);
  const remainders = exact.map((share, i) => share - shares[i]);
  let left = n - shares.reduce((sum, share) => sum + share, 0);
  for (const remainder of [...new Set(remainders)].sort((a, b) => b - a)) {
    if (left <= 0) break;
    const equal = remainders.flatMap((each, i) => (each === remainder ? [i] : []));
    const chosen = random.choice(equal, left);
    for (const i of chosen) shares[i] += 1;
    left -= chosen.length;
  }
  return shares;
}

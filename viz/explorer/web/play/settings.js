// The settings of the playground: what they are at first, what is allowed, and what suits what.

// prettier-ignore
export const DEFAULTS = {
  data: "moons", rows: 300, noise: 0.1, dataSeed: 0, testShare: 0.25, classes: 2, points: [], axes: [0, 1],
  layers: [4, 4], activation: "tanh", output: null, init: null, seed: 0,
  loss: "binary_cross_entropy_with_logits", optimizer: "adam", lr: 0.03, momentum: 0, nesterov: false, alpha: 0.99,
  betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, l1: 0, l2: 0, clipNorm: 0, batchSize: 16, shuffleSeed: 0,
};

export const MOST_LAYERS = 6;
export const MOST_NEURONS = 8; // of a layer that is made here; a model from Python may have more

// Of each number: the least, the most, and whether it is a whole one; "above" is a least that is not allowed itself.
export const RANGES = {
  rows: { least: 20, most: 500, whole: true },
  noise: { least: 0, most: 0.5 },
  dataSeed: { least: 0, most: 4294967295, whole: true },
  testShare: { least: 0, most: 0.8 },
  classes: { least: 2, most: 6, whole: true },
  seed: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
  shuffleSeed: { least: 0, most: 4294967295, whole: true },
  lr: { least: 0, most: 1000, above: true },
  momentum: { least: 0, most: 1, below: true },
  alpha: { least: 0, most: 1, below: true },
  beta1: { least: 0, most: 1, below: true },
  beta2: { least: 0, most: 1, below: true },
  eps: { least: 0, most: 1, above: true },
  weightDecay: { least: 0, most: 1000 },
  l1: { least: 0, most: 1000 },
  l2: { least: 0, most: 1000 },
  clipNorm: { least: 0, most: 1e6 },
  batchSize: { least: 0, most: 100_000, whole: true },
};

/** Why a number does not do for a setting, in words; "" where it does. */
export function refusal(name, number) {
  const { least, most, whole, above, below } = RANGES[name];
  const isInside = number >= least && number <= most && !(above && number === least) && !(below && number === most);
  if (isInside && !(whole && !Number.isInteger(number))) return "";
  const from = above ? `above ${least}` : `from ${least}`;
  return `a ${whole ? "whole number" : "number"} ${from} ${below ? "to less than" : "to"} ${most}`;
}

/** The activation of the last layer that a loss wants. */
export function outputFor(loss, names) {
  const { output, activation } = names.losses[loss];
  return output === "probability" || output === "probabilities" ? activation : "linear";
}

/** How many neurons the last layer has: one for each class where there are more than two, or the loss asks for that. */
export function outputsFor(loss, classes, names) {
  return classes > 2 || names.losses[loss].targets === "class" ? Math.max(2, classes) : 1;
}

/** What of the data decides which losses suit. */
export function kindOf(task, classes) {
  return task === "regression" ? "numbers" : classes > 2 ? "classes" : "two classes";
}

/** The loss that suits the data. */
export function lossFor(task, classes) {
  if (task === "regression") return "mse";
  return classes > 2 ? "cross_entropy" : "binary_cross_entropy_with_logits";
}

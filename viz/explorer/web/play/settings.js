// The settings of the playground: what they are at first, which of them do not go together, and as a link.

import { parseNumber } from "../state/numbers.js";

export const DEFAULTS = {
  data: "moons", rows: 300, noise: 0.1, dataSeed: 0, testShare: 0.25, classes: 2, points: [], axes: [0, 1],
  layers: [4, 4], activation: "tanh", output: null, init: null, seed: 0,
  loss: "binary_cross_entropy_with_logits", optimizer: "adam", lr: 0.03, momentum: 0, nesterov: false, alpha: 0.99,
  betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, l1: 0, l2: 0, clipNorm: 0, batchSize: 16, shuffleSeed: 0,
}; // prettier-ignore

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

// ------------------------------------------------------------------------------------------------ what goes together

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

/**
 * What is wrong with settings: [{field, what, why, instead, fix, blocks}], where `fix` are the settings that mend it, and
 * `blocks` says that nothing can be trained so. `names` is what nn knows of its names, `about` is {task, classes}.
 */
export function troubleOf(settings, names, { task, classes }) {
  const found = [];
  const tell = (field, what, why, instead, fix, blocks = true) =>
    found.push({ field, what, why, instead, fix, blocks });
  lossTrouble(settings, names, task, classes, tell);
  if (!found.length) outputTrouble(settings, names, tell);
  hiddenTrouble(settings, names, tell);
  if (settings.nesterov && !settings.momentum && settings.optimizer === "sgd")
    tell("nesterov", "Nesterov looks ahead along the velocity", "without momentum there is none", "momentum 0.9", {
      momentum: 0.9,
    });
  if (settings.data === "drawn" && new Set(settings.points.map(([, , y]) => y)).size < 2)
    tell("data", "Too few points are drawn", "it takes points of two classes", "draw some, or take the moons", {
      data: "moons",
    });
  return found;
}

function lossTrouble({ loss, output }, names, task, classes, tell) {
  const { targets } = names.losses[loss];
  const fix = { loss: lossFor(task, classes), output: null };
  if (task === "regression" && targets !== "numbers")
    tell("loss", `${loss} compares classes`, "the targets of these data are numbers", fix.loss, fix);
  else if (output === "softmax" && outputsFor(loss, classes, names) === 1)
    tell(
      "output",
      "softmax of a single output is always 1",
      `${loss} takes one output, and a share of one is all of it`,
      targets === "0 or 1" ? "categorical_cross_entropy, with an output for each class" : outputFor(loss, names),
      targets === "0 or 1" ? { loss: "categorical_cross_entropy", output: null } : { output: null },
    );
}

function outputTrouble(settings, names, tell) {
  const { loss } = settings;
  const last = settings.output ?? outputFor(loss, names);
  const { output: takes, activation, twin } = names.losses[loss];
  const { range, isFlat } = names.activations[last];
  if (isFlat) return flat("output", last, tell);
  if (takes === "probability" || takes === "probabilities") {
    if (!range || range[0] !== 0 || (takes === "probabilities" && last !== activation))
      tell("output", `${loss} takes probabilities`, `${last} gives none`, `${activation}, or the loss ${twin}`, { output: activation });
  } else if (activation && last === activation)
    tell("output", `${loss} applies a ${last} itself`, "it would be applied twice, and learn slowly", `linear, or the loss ${twin}`, { output: "linear" });
  else if (takes === "logits" && last === "softmax")
    tell("output", `${loss} applies a softmax itself`, "it would be applied twice", "linear", { output: "linear" });
  else if ((takes === "score" || takes === "logit") && (range?.[0] === 0 || ["relu", "softplus"].includes(last)))
    tell("output", `${last} is never below 0`, `${loss} needs a number that is, for one of the classes`, "linear", { output: "linear" });
}

function hiddenTrouble({ activation, layers }, names, tell) {
  const { isFlat, ofLayer } = names.activations[activation];
  if (layers.length && isFlat) flat("activation", activation, tell);
  else if (ofLayer && layers.includes(1))
    tell("activation", `${activation} of a single neuron is always 1`, "a hidden layer has one neuron", "tanh", { activation: "tanh" });
}

function flat(field, name, tell) {
  tell(field, `Nothing is learned through ${name}`, "its derivative is 0 everywhere", "sigmoid", { [field]: "sigmoid" });
}

// ---------------------------------------------------------------------------------------------------------- the link

const NOT_IN_LINK = new Set(["points"]); // written shorter

/** The fragment of an address: what is not as in `base`, and `more`, a text for each further name. */
export function writeSettings(settings, base, more = {}) {
  const parts = new URLSearchParams();
  for (const name of Object.keys(DEFAULTS)) {
    const [written, usual] = [settings[name], base[name]].map((each) => JSON.stringify(each));
    if (written !== usual && !NOT_IN_LINK.has(name)) parts.set(name, asText(settings[name]));
  }
  if (settings.data === "drawn")
    parts.set("points", settings.points.map(([x1, x2, y]) => `${x1.toFixed(3)}:${x2.toFixed(3)}:${y}`).join(","));
  for (const [name, text] of Object.entries(more)) parts.set(name, text);
  return `#${parts.toString().replaceAll("%2C", ",").replaceAll("%3A", ":")}`;
}

function asText(setting) {
  return Array.isArray(setting) ? setting.join(",") : setting === null ? "" : String(setting);
}

/**
 * The settings that a fragment says, as far as they make sense, on top of `base`; `words` are those that each choice
 * has: {data: […], activation: […], …}.
 */
export function readSettings(fragment, base, words) {
  const parts = new URLSearchParams(fragment.replace(/^#/, ""));
  const settings = { ...base };
  for (const [name, text] of parts) {
    if (!(name in DEFAULTS)) continue;
    const setting = readOne(name, text, words);
    if (setting !== undefined) settings[name] = setting;
  }
  return settings;
}

function readOne(name, text, words) {
  if (name in words) {
    if (text === "") return words[name].includes(null) ? null : undefined;
    return words[name].includes(text) ? text : undefined;
  }
  if (name === "nesterov") return text === "true";
  const numbers = text === "" ? [] : text.split(",").map(parseNumber);
  if (name === "layers") {
    const fits = numbers.length <= MOST_LAYERS && numbers.every((n) => Number.isInteger(n) && n >= 1 && n <= 64);
    return fits ? numbers : undefined;
  }
  if (name === "betas")
    return numbers.length === 2 && !refusal("beta1", numbers[0]) && !refusal("beta2", numbers[1]) ? numbers : undefined;
  if (name === "axes") {
    const fits = numbers.length === 2 && numbers.every((n) => Number.isInteger(n) && n >= 0) && numbers[0] !== numbers[1];
    return fits ? numbers : undefined;
  }
  if (name === "points") return readPoints(text);
  return numbers.length === 1 && numbers[0] !== undefined && !refusal(name, numbers[0]) ? numbers[0] : undefined;
}

function readPoints(text) {
  const points = text.split(",").map((point) => point.split(":").map(parseNumber));
  return points.filter(
    ([x1, x2, y, more]) => [x1, x2].every(Number.isFinite) && Number.isInteger(y) && y >= 0 && y < 6 && more === undefined,
  );
}

/** Numbers as a text for a link, all bits of them: little-endian, in the base64 of addresses. */
export function packNumbers(numbers) {
  const bytes = new Uint8Array(Float64Array.from(numbers).buffer);
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The same read back; null where the text is none, or there are not `count` finite numbers. */
export function unpackNumbers(text, count) {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (byte) => byte.charCodeAt(0));
    const numbers = new Float64Array(bytes.buffer);
    return numbers.length === count && numbers.every(Number.isFinite) ? numbers : null;
  } catch {
    return null;
  }
}

// Which settings do not go together, why, and what to take instead.

import { lossFor, outputFor, outputsFor } from "./settings.js";

/**
 * What is wrong with settings, so that nothing can be trained: [{field, what, why, instead, fix}], where `fix` are the
 * settings that mend it. `names` is what nn knows of its names; the task and the number of classes are the data's.
 */
export function troubleOf(settings, names, { task, classes }) {
  const found = [];
  const tell = (field, what, why, instead, fix = null) => found.push({ field, what, why, instead, fix });
  lossTrouble(settings, names, task, classes, tell);
  if (!found.length) outputTrouble(settings, names, tell);
  hiddenTrouble(settings, names, tell);
  if (settings.nesterov && !settings.momentum && settings.optimizer === "sgd")
    tell("nesterov", "Nesterov looks ahead along the velocity", "without momentum there is none", "momentum 0.9", {
      momentum: 0.9,
    });
  if (settings.data === "drawn" && new Set(settings.points.map(([, , y]) => y)).size < 2)
    tell("data", "Too few points are drawn", "it takes points of two classes", "Draw them in the plane.");
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
      tell("output", `${loss} takes probabilities`, `${last} gives none`, `${activation}, or the loss ${twin}`, {
        output: activation,
      });
  } else if (activation && last === activation)
    tell(
      "output",
      `${loss} applies a ${last} itself`,
      "it would be applied twice, and learn slowly",
      `linear, or the loss ${twin}`,
      { output: "linear" },
    );
  else if (takes === "logits" && last === "softmax")
    tell("output", `${loss} applies a softmax itself`, "it would be applied twice", "linear", { output: "linear" });
  else if ((takes === "score" || takes === "logit") && (range?.[0] === 0 || ["relu", "softplus"].includes(last)))
    tell("output", `${last} is never below 0`, `${loss} needs a number that is, for one of the classes`, "linear", {
      output: "linear",
    });
}

function hiddenTrouble({ activation, layers }, names, tell) {
  const { isFlat, ofLayer } = names.activations[activation];
  if (layers.length && isFlat) flat("activation", activation, tell);
  else if (ofLayer && layers.includes(1))
    tell("activation", `${activation} of a single neuron is always 1`, "a hidden layer has one neuron", "tanh", {
      activation: "tanh",
    });
}

function flat(field, name, tell) {
  tell(field, `Nothing is learned through ${name}`, "its derivative is 0 everywhere", "sigmoid", {
    [field]: "sigmoid",
  });
}

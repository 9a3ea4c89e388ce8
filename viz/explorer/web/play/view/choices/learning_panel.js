// The choice of loss, optimizer, and all numbers of learning; and of the activations of the network.

import { element } from "../../../dom.js";
import { exact } from "../../../state/numbers.js";
import { outputFor } from "../../settings.js";
import { CheckField, ChoiceField, NumberField } from "./fields.js";

const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const PENALTIES = [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1];
// prettier-ignore
const TITLES = {
  momentum: "Momentum", nesterov: "Nesterov", alpha: "Alpha α", eps: "Epsilon ε", weightDecay: "Weight decay",
};
const FOLDED = ["alpha", "beta1", "beta2", "eps"]; // which one seldom changes

export class LearningPanel {
  constructor(part, names, change) {
    this.names = names;
    const alike = (table) => Object.keys(table).map((name) => [name, name.replaceAll("_", " ")]);
    const changeBeta = (name, number) =>
      change("betas", name === "beta1" ? [number, this.settings.betas[1]] : [this.settings.betas[0], number]);
    const number = (name, title, list) => new NumberField(name, title, change, { list });
    this.fields = {
      loss: new ChoiceField("loss", "Loss", alike(names.losses), (name, loss) =>
        change(typeof name === "object" ? name : { loss, output: null }),
      ),
      optimizer: new ChoiceField("optimizer", "Optimizer", alike(names.optimizers), change),
      lr: number("lr", "Learning rate", RATES),
      batchSize: number("batchSize", "Batch (0: all)", [0, 1, 8, 16, 32, 64]),
      momentum: number("momentum", TITLES.momentum, [0, 0.5, 0.9, 0.99]),
      nesterov: new CheckField("nesterov", TITLES.nesterov, change),
      alpha: number("alpha", TITLES.alpha),
      beta1: new NumberField("beta1", "Beta β₁", changeBeta),
      beta2: new NumberField("beta2", "Beta β₂", changeBeta),
      eps: number("eps", TITLES.eps),
      weightDecay: number("weightDecay", TITLES.weightDecay, PENALTIES),
      l1: number("l1", "L1 penalty", PENALTIES),
      l2: number("l2", "L2 penalty", PENALTIES),
      clipNorm: number("clipNorm", "Clip (0: not)", [0, 0.1, 1, 10]),
      shuffleSeed: number("shuffleSeed", "Order seed"),
    };
    const first = ["loss", "optimizer", "lr", "batchSize", "momentum", "nesterov", "l2"];
    const partsOf = (which) =>
      Object.entries(this.fields)
        .filter(([name]) => first.includes(name) === which)
        .map(([, { part: each }]) => each);
    const more = element("details", { id: "more-learning" }, element("summary", {}, "More"), ...partsOf(false));
    part.replaceChildren(...partsOf(true), more);
  }

  show(settings, troubles) {
    this.settings = settings;
    const own = this.names.optimizers[settings.optimizer];
    const all = { ...settings, beta1: settings.betas[0], beta2: settings.betas[1] };
    for (const [name, field] of Object.entries(this.fields)) {
      field.show(all[name]);
      field.complain(troubles.find(({ field: of }) => of === name) ?? null);
      const asked = name.startsWith("beta") ? "betas" : name;
      if (name in TITLES || asked === "betas") field.part.hidden = !(asked in own);
    }
  }
}

/** The fields of the network: activations, how its weights start. */
export class NetworkFields {
  constructor(part, names, change) {
    this.names = names;
    const activations = Object.keys(names.activations);
    this.fields = {
      activation: new ChoiceField(
        "activation",
        "Activation",
        activations.map((name) => [name, name]),
        change,
      ),
      output: new ChoiceField("output", "Output", [], change),
      init: new ChoiceField(
        "init",
        "Weights",
        [[null, "as it suits"], ...names.initializers.map((name) => [name, name])],
        change,
      ),
      seed: new NumberField("seed", "Seed", change),
    };
    this.activations = activations;
    const fields = Object.values(this.fields);
    part.append(...fields.map(({ part: each }) => each));
    part.append(...fields.map(({ trouble }) => trouble.part)); // which need the room
  }

  show(settings, troubles) {
    const usual = outputFor(settings.loss, this.names);
    this.fields.output.offer([[null, `${usual} (usual)`], ...this.activations.map((name) => [name, name])]);
    for (const [name, field] of Object.entries(this.fields)) {
      field.show(settings[name]);
      field.complain(troubles.find(({ field: of }) => of === name) ?? null);
    }
  }
}

/** The learning in few words, for a panel that is closed. */
export function learningWords({ loss, optimizer, lr, batchSize }) {
  const rows = batchSize ? `batches of ${batchSize}` : "all rows";
  return `${loss.replaceAll("_", " ")}, ${optimizer} ${exact(lr)}, ${rows}`;
}

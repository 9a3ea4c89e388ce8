// What is played with: the settings, the data and the network that they make, and its training.

import { Network } from "./engine/network.js";
import { Rows } from "./engine/rows.js";
import { classOf, codedTargets } from "./engine/targets.js";
import { Trainer } from "./engine/trainer.js";
import { Ground } from "./ground.js";
import { DATASETS, splitRows } from "./numbers/datasets.js";
import { DEFAULTS, lossFor, outputFor, outputsFor } from "./settings.js";
import { troubleOf } from "./settings_trouble.js";
import { Reading } from "./view/reading.js";

const OF_DATA = ["data", "rows", "noise", "dataSeed", "testShare", "classes", "points"];
const OF_NETWORK = ["layers", "activation", "output", "init", "seed", "loss"];

/** `page` is what Python wrote: {given, model, settings, names}, and for a file of the network {scaler, info}. */
export class Session {
  constructor({ given, model, settings, names, scaler, info }) {
    Object.assign(this, { given, model, names, scaler, info });
    const ofModel = model && { layers: model.layers, activation: model.activation, output: model.output };
    this.base = { ...DEFAULTS, ...(given && { data: "given" }), ...ofModel, ...settings };
    if (!settings.loss) {
      const { task, classes } = this.aboutData(this.base);
      this.base.loss = lossFor(task, classes.length);
    }
    this.use(this.base);
  }

  /** {task, classes (names), inputs (names), imageShape} of the data of some settings. */
  aboutData({ data, classes, points }) {
    if (data === "given") {
      const { task, inputs, imageShape, classes: names } = this.given;
      return { task, inputs, imageShape, classes: names };
    }
    const numbered = (count) => Array.from({ length: count }, (_, k) => String(k));
    const plain = { task: "classification", inputs: ["x1", "x2"], imageShape: null };
    if (data === "drawn")
      return { ...plain, classes: numbered(points.reduce((most, [, , y]) => Math.max(most, y + 1), 2)) };
    const { task, classes: most } = DATASETS[data];
    return { ...plain, task, classes: task === "regression" ? [] : numbered(most > 2 ? classes : 2) };
  }

  /**
   * Take settings: what they change is made anew. Gives "data", "network", "learning" or "", the most that was; nothing
   * can be trained while `isBlocked`, where the network is the one before.
   */
  use(settings) {
    const before = this.settings;
    const about = this.aboutData(settings);
    const changed = (names) =>
      !before || names.some((name) => JSON.stringify(before[name]) !== JSON.stringify(settings[name]));
    this.troubles = troubleOf(settings, this.names, { task: about.task, classes: about.classes.length });
    this.isBlocked = this.troubles.length > 0;
    this.settings = settings;
    const isOther = { data: changed(OF_DATA), network: changed(OF_NETWORK) || this.isWaiting };
    if (isOther.data) {
      this.about = about;
      this.data = this.dataFor(settings);
      this.ground = new Ground(this.data, about, settings);
    } else if (changed(["axes"])) this.ground = new Ground(this.data, about, settings);
    if (isOther.data || isOther.network) {
      this.isWaiting = this.isBlocked;
      this.makeNetwork(this.possible(), !isOther.network && settings.data === "drawn");
    } else if (!this.isBlocked && before) this.trainer.use(settings);
    return isOther.data ? "data" : isOther.network ? "network" : "learning";
  }

  /** The settings, or where they do not go together, those that come near and of which a network can be made. */
  possible() {
    if (!this.isBlocked) return this.settings;
    const { task, classes } = this.about;
    const isOf = (field) => this.troubles.some((trouble) => trouble.field === field);
    const activation = isOf("activation") ? "tanh" : this.settings.activation;
    const others = isOf("output") || isOf("loss") ? { loss: lossFor(task, classes.length), output: null } : {};
    return { ...this.settings, activation, ...others };
  }

  outputs(loss) {
    const { classes } = this.about;
    const { model } = this;
    const isOneHot = model && this.settings.data === "given" && model.outputs === 2 && classes.length === 2;
    return isOneHot ? 2 : outputsFor(loss, classes.length, this.names);
  }

  makeNetwork(settings, keeps = false) {
    const { activation, loss, layers } = settings;
    const kept = keeps && this.trainer?.parameters;
    const output = settings.output ?? outputFor(loss, this.names);
    const outputs = this.outputs(loss);
    const spec = { inputs: this.about.inputs.length, layers, outputs, activation, output, loss };
    this.network = new Network(spec, RULES, TEMPLATES);
    this.rows = new Rows(this.network);
    this.single = new Rows(this.network);
    this.reading = new Reading(
      this.names.losses[loss].output,
      outputs,
      this.about.task === "regression",
      this.targetRange(),
    );
    const fits = kept && kept.length === this.network.parameters.length;
    const own = fits ? undefined : this.ofModel(settings, outputs);
    const data = { ...this.data, task: this.about.task };
    const parameters = fits ? kept : own;
    this.trainer = new Trainer(this.network, settings, data, { parameters, updates: UPDATES });
    const optimizer = own && this.model.optimizer; // what Python's has gathered
    if (optimizer?.optimizer === settings.optimizer) this.trainer.restore({ parameters, optimizer });
  }

  /** The parameters of Python's model, where the settings are still those of it. */
  ofModel({ layers, init, seed }, outputs) {
    const { model, base } = this;
    if (!model || init !== base.init || seed !== base.seed) return undefined;
    const isSame =
      model.outputs === outputs && model.inputs === this.about.inputs.length && String(model.layers) === String(layers);
    return isSame ? model.parameters : undefined;
  }

  /** Begin anew, with the first weights. */
  reset() {
    this.makeNetwork(this.possible());
  }

  /** All that `restore` brings back: settings, weights, what the optimizer has gathered, the history. */
  state() {
    const { settings, trainer, isBlocked } = this;
    return { settings, training: isBlocked ? null : trainer.state(), initial: trainer.initial };
  }

  restore({ settings, training, initial }) {
    this.use(settings);
    this.reset();
    if (!training) return;
    this.trainer.restore(training);
    this.trainer.initial = initial;
  }

  dataFor(settings) {
    const { data, rows, noise, dataSeed: seed, testShare } = settings;
    if (data === "given")
      return { train: { X: this.given.X, y: this.given.y }, test: this.given.test ?? { X: [], y: [] } };
    if (data === "drawn") return splitDrawn(settings.points, testShare);
    return splitRows(
      DATASETS[data].make({ rows, noise, seed, classes: this.about.classes.length }),
      testShare,
      seedOfSplit(seed),
    );
  }

  targetRange() {
    if (this.about.task !== "regression") return {};
    const [low, high] = this.data.train.y.reduce(
      ([a, b], y) => [Math.min(a, y), Math.max(b, y)],
      [Infinity, -Infinity],
    );
    const reach = low < 0 && high > 0 ? Math.max(-low, high) : (high - low) / 2;
    return { middle: low < 0 && high > 0 ? 0 : (low + high) / 2, reach: reach || 1 };
  }

  // ------------------------------------------------------------------------------------------------------ its rows

  row({ of, index }) {
    return { x: this.data[of].X[index], y: this.data[of].y[index] };
  }

  /** What the network makes of inputs: its outputs, and of a target the loss and whether it is wrong. */
  ask(x, y = null) {
    const target = codedTargets(this.network, [y ?? 0]);
    const loss = this.single.forward(this.trainer.parameters, [x], target);
    const outputs = this.single.outputs.map((column) => column[0]);
    const isNumber = this.about.task === "regression";
    const guess = isNumber ? outputs[0] : classOf(this.network, outputs);
    return { outputs, guess, loss, isWrong: !isNumber && y !== null && guess !== y };
  }

  /** The parameters with the largest gradients of a row's loss: [{layer, neuron, i, gradient}, …], the largest first. */
  pushes(x, y, count) {
    const { single, network, trainer } = this;
    single.forward(trainer.parameters, [x], codedTargets(network, [y]));
    const gradient = single.backward();
    const all = [];
    network.neurons.forEach((neurons, layer) =>
      neurons.forEach(({ weights }, neuron) => {
        for (let i = 0; i <= weights.length; i++) all.push({ layer, neuron, i, gradient: gradient[all.length] });
      }),
    );
    const size = ({ gradient }) => Math.abs(gradient);
    return all.sort((a, b) => size(b) - size(a)).slice(0, count).filter((each) => size(each) > 0); // prettier-ignore
  }

  /** The row with the largest loss. */
  worst() {
    let [found, most] = [null, -Infinity];
    for (const of of ["train", "test"]) {
      const { X } = this.data[of];
      if (!X.length) continue;
      this.rows.forward(this.trainer.parameters, X, this.trainer.targets[of]);
      this.rows.losses.forEach((loss, index) => loss > most && ([found, most] = [{ of, index }, loss]));
    }
    return found;
  }

  /** The classes that rows are taken for. */
  classesOf(X) {
    const columns = this.rows.values(this.trainer.parameters, X, this.network.outputs);
    return X.map((_, i) =>
      classOf(
        this.network,
        columns.map((column) => column[i]),
      ),
    );
  }
}

/** Another one than that of the rows: with the same numbers, the rows for the test would lie side by side. */
function seedOfSplit(seed) {
  return (seed + 1) % 2 ** 32;
}

/** Points that were drawn: so many of them, evenly, are for the test; a new point changes none of the others. */
function splitDrawn(points, testShare) {
  const isTest = (_, i) => Math.floor((i + 1) * testShare) > Math.floor(i * testShare);
  const rowsOf = (some) => ({ X: some.map(([x1, x2]) => [x1, x2]), y: some.map(([, , y]) => y) });
  return { train: rowsOf(points.filter((point, i) => !isTest(point, i))), test: rowsOf(points.filter(isTest)) };
}

// A training: epochs of steps, as nn.fit takes them, one batch of rows after the other.

import { initialParameters } from "../numbers/initial.js";
import { RandomState } from "../numbers/random.js";
import { Optimizer, penaltyOf } from "./optimizer.js";
import { Rows } from "./rows.js";
import { layerStatistics } from "./statistics.js";
import { classOf, codedTargets } from "./targets.js";
import { spoiledBackward, spoiledForward } from "./trouble.js";

/**
 * parameters      in the order of `MLP.parameters()`; `initial` are those at the beginning
 * epochs, steps   how many were done; `position` is how many rows of the current epoch are done, `order` its order
 * history         [{epoch, trainLoss, testLoss, penalty, trainAccuracy, testAccuracy}]: of the training rows as they
 *                 were predicted during the epoch, without the penalty, which is told apart; accuracies of classes only
 * trouble         null, or what made the training go back to where the epoch began, see trouble.js
 * data, targets   {train, test}: the rows, and their targets as the loss takes them, a list for each row
 */
export class Trainer {
  #rows;
  #others; // for rows that are not trained
  #optimizer;
  #begun; // where the epoch began
  #sums; // over the rows of the epoch
  #gradient; // of the latest step
  #before; // the parameters before it

  /**
   * `data` is {train: {X, y}, test: {X, y}, task: "classification" or "regression"}, where y holds the numbers of classes,
   * or those to predict; `parameters` are nn's initial ones where they are not given, and `updates` is what Python has
   * written, UPDATES.
   */
  constructor(network, settings, data, { parameters, updates }) {
    Object.assign(this, { network, settings, data, epochs: 0, steps: 0, history: [], trouble: null });
    this.parameters = Float64Array.from(parameters ?? initialParameters(network, settings));
    if (this.parameters.length !== network.parameters.length)
      throw new RangeError(`the network has ${network.parameters.length} parameters, got ${this.parameters.length}`);
    this.initial = this.parameters.slice();
    this.targets = { train: codedTargets(network, data.train.y), test: codedTargets(network, data.test.y) };
    this.isClassifier = data.task === "classification";
    this.#rows = new Rows(network);
    this.#others = new Rows(network);
    this.#gradient = new Float64Array(this.parameters.length);
    this.#before = this.parameters.slice();
    this.#optimizer = new Optimizer(updates, settings, this.parameters.length);
    this.#beginEpoch();
  }

  // -------------------------------------------------------------------------------------------------------- training

  /** Train on the next batch; whether that went well. */
  step() {
    return this.#learn(this.#batchSize);
  }

  /** Train on the next row alone. */
  row() {
    return this.#learn(1);
  }

  /** Train on all batches of the epoch that are left. */
  epoch() {
    const { epochs } = this;
    while (!this.trouble && this.epochs === epochs) this.step();
    return !this.trouble;
  }

  get #batchSize() {
    const { batchSize } = this.settings;
    return batchSize ? Math.min(batchSize, this.data.train.X.length) : this.data.train.X.length;
  }

  #learn(size) {
    if (this.trouble) return false;
    const which = this.order.subarray(this.position, this.position + size);
    this.#rows.forward(this.parameters, this.data.train.X, this.targets.train, which);
    const bad = this.#rows.losses.findIndex((loss) => !Number.isFinite(loss));
    if (bad >= 0) return this.#goBack(spoiledForward(this, which[bad], this.#rows.losses[bad]));
    this.#before.set(this.parameters);
    const gradient = this.#rows.backward();
    this.#gradient.set(gradient);
    this.#optimizer.step(this.parameters, gradient);
    if (!this.parameters.every(Number.isFinite)) return this.#goBack(spoiledBackward(this, this.#before, which));
    this.steps += 1;
    this.position += which.length;
    this.#add(this.#sums, this.#rows, this.data.train.y, which);
    if (this.position >= this.order.length) this.#endEpoch();
    return true;
  }

  #beginEpoch() {
    this.order = this.orderOf(this.epochs);
    this.position = 0;
    this.#sums = { loss: 0, right: 0 };
    this.#begun = this.#now();
  }

  #endEpoch() {
    const { order } = this;
    this.epochs += 1;
    const test = this.evaluate("test");
    const numbers = { epoch: this.epochs, trainLoss: this.#sums.loss / order.length, testLoss: test.loss };
    numbers.penalty = penaltyOf(this.parameters, this.settings);
    if (this.isClassifier)
      Object.assign(numbers, { trainAccuracy: this.#sums.right / order.length, testAccuracy: test.accuracy });
    this.history.push(numbers);
    this.#beginEpoch();
  }

  /** To where the epoch began. */
  #goBack(trouble) {
    this.restore({ ...this.#begun, history: this.history });
    this.trouble = trouble;
    return false;
  }

  /** The order of the rows in an epoch, counted from 0: their own where a batch is all of them. */
  orderOf(epoch) {
    const count = this.data.train.X.length;
    if (this.#batchSize === count) return Int32Array.from({ length: count }, (_, i) => i);
    return Int32Array.from(new RandomState((this.settings.shuffleSeed + epoch) % 2 ** 32).permutation(count));
  }

  // --------------------------------------------------------------------------------------------------------- looking

  /** {loss, accuracy} of the rows "train" or "test" by the parameters as they are; of no rows both are null. */
  evaluate(which) {
    const { X, y } = this.data[which];
    if (!X.length) return { loss: null, accuracy: null };
    const loss = this.#others.forward(this.parameters, X, this.targets[which]);
    const sums = { loss: 0, right: 0 };
    this.#add(sums, this.#others, y, null);
    return { loss, accuracy: this.isClassifier ? sums.right / X.length : null };
  }

  #add(sums, { losses, outputs }, y, which) {
    const row = new Array(outputs.length);
    for (let i = 0; i < losses.length; i++) {
      sums.loss += losses[i];
      if (!this.isClassifier) continue;
      for (let k = 0; k < row.length; k++) row[k] = outputs[k][i];
      if (classOf(this.network, row) === y[which ? which[i] : i]) sums.right += 1;
    }
  }

  /**
   * [{gradient, dead, saturated}, …] of the layers, see statistics.js: by the gradient of the latest step, as it was
   * before penalties and clipping. Without outputs, which take longer, only the gradient.
   */
  layerStatistics(ofOutputs = true) {
    return layerStatistics(this.network, this.#gradient, (nodes, X) => (
      this.#others.values(this.parameters, X, nodes)
    ), ofOutputs ? this.data.train.X : null); // prettier-ignore
  }

  // -------------------------------------------------------------------------------------------------------- changing

  /** Give a parameter another number. The training may go on, whatever trouble there was. */
  set(index, number) {
    this.parameters[index] = this.#begun.parameters[index] = number;
    this.trouble = null;
  }

  /** Go on with other settings of the training. The rows of this epoch stay in their order. */
  use(settings) {
    this.#optimizer.use(settings, this.parameters.length);
    this.settings = settings;
    this.trouble = null;
    if (this.position === 0) this.#beginEpoch();
    else this.#begun.optimizer = this.#optimizer.state();
  }

  /** All that the training goes on from, in JSON's types. */
  state() {
    return { ...this.#now(), history: this.history.slice() };
  }

  #now() {
    const { epochs, steps, position, parameters } = this;
    const sums = { ...this.#sums };
    return { epochs, steps, position, sums, parameters: [...parameters], optimizer: this.#optimizer.state() };
  }

  /** Go on from such a state; what it lacks but the parameters is as at the beginning of an epoch. */
  restore({ parameters, optimizer, epochs = 0, steps = 0, position = 0, sums, history = [] }) {
    if (parameters.length !== this.parameters.length)
      throw new RangeError(`the network has ${this.parameters.length} parameters, got ${parameters.length}`);
    if (optimizer) this.#optimizer.restore(optimizer);
    this.parameters.set(parameters);
    Object.assign(this, { epochs, steps, history: [...history], trouble: null });
    this.#beginEpoch();
    Object.assign(this, { position });
    this.#sums = { loss: 0, right: 0, ...sums };
  }
}

// What is chosen, a neuron and a row: their cards, and the explorer on the scalars of that row.

import { byId } from "../../dom.js";
import { format } from "../../state/numbers.js";
import { shorten } from "../../state/texts.js";
import { codedTargets } from "../engine/targets.js";
import { Scalars } from "../scalars/frame.js";
import { linkTo, linkToLoss } from "../scalars/link.js";
import { NeuronCard, neuronFacts } from "./network/neuron_card.js";
import { WeightChanges } from "./network/weight_changes.js";
import { RowCard } from "./output/rows.js";

const MOST_INPUTS_TOLD = 4;
const PUSHES = 3; // parameters that are named where one asks why a row is wrong
const PAUSE = 150; // milliseconds between numbers that the explorer is told while it learns

/** `on` has changed(), after weights were changed; say(text), complain(text), explorerPage. */
export class Inspect {
  constructor(session, screen, on) {
    Object.assign(this, { session, screen, on, neuron: null, row: null, told: 0 });
    this.changes = new WeightChanges();
    this.card = new NeuronCard(byId("neuron"), {
      change: (index, number, merge) => this.changeWeights([[index, number]], merge),
      undo: () => this.undo(),
      refuse: (text) => on.complain(text),
      open: () => this.openNeuron(),
      close: () => this.selectNeuron(null),
    });
    this.rowCard = new RowCard(byId("row"), {
      step: (by) => this.stepRow(by),
      worst: () => this.selectRow(session.worst()),
      open: () => this.openRow(),
    });
    this.scalars = new Scalars(byId("scalars-frame"), on.explorerPage, {
      onNumbers: (pairs) => this.takeNumbers(pairs),
      complain: (text) => on.complain(text),
    });
    byId("back").onclick = () => this.close();
  }

  get isOpen() {
    return !byId("scalars").hidden;
  }

  // ----------------------------------------------------------------------------------------------------- a neuron

  selectNeuron(neuron) {
    const { session, screen } = this;
    const isSame = neuron && this.neuron && neuron.layer === this.neuron.layer && neuron.neuron === this.neuron.neuron;
    this.neuron = isSame ? null : neuron;
    screen.picture.mark(this.neuron);
    if (!this.neuron) return this.card.show(null);
    const { layer, neuron: k } = this.neuron;
    const shape = session.about.imageShape;
    this.card.show({
      canUndo: () => this.changes.has(session.trainer),
      ...neuronFacts(screen.picture, session.network, layer, k),
      parameters: () => session.trainer.parameters,
      paper: () => screen.paper,
      columns: layer === 0 && shape ? shape[1] : 0,
    });
  }

  /** A line was chosen: to its weight. */
  selectEdge(layer, neuron, i) {
    if (this.neuron?.layer !== layer || this.neuron?.neuron !== neuron) this.selectNeuron({ layer, neuron });
    this.card.focus(i);
  }

  changeWeights(pairs, merge = false) {
    this.changes.make(this.session.trainer, pairs, { by: "card", merge });
    this.changed(pairs);
  }

  /** Take the latest change of weights back. */
  undo() {
    const pairs = this.changes.takeBack(this.session.trainer);
    if (!pairs) return this.on.say("No weight was changed by hand since the last step");
    this.changed(pairs);
    this.card.update(this.session.trainer.parameters, true);
    this.on.say(pairs.length === 1 ? "The weight is as it was before" : "The weights are as they were before");
  }

  changed(pairs) {
    const { parameters } = this.session.network;
    this.scalars.follow(pairs.map(([index, number]) => [parameters[index], number]));
    this.on.changed();
  }

  // -------------------------------------------------------------------------------------------------------- a row

  selectRow(row) {
    this.row = row;
    this.screen.plane.choose(row);
    this.screen.repeatPlane();
    this.screen.images?.choose(row);
    this.showRow();
  }

  stepRow(by) {
    const { train, test } = this.session.data;
    const all = train.X.length + test.X.length;
    if (!all) return;
    const now = !this.row ? (by > 0 ? -1 : 0) : this.row.index + (this.row.of === "test" ? train.X.length : 0);
    const next = (now + by + all) % all;
    this.selectRow(next < train.X.length ? { of: "train", index: next } : { of: "test", index: next - train.X.length });
  }

  showRow() {
    if (!this.row) return this.rowCard.show(null);
    const { session } = this;
    const { x, y } = session.row(this.row);
    const { guess, loss, isWrong, outputs } = session.ask(x, y);
    const isNumber = session.about.task === "regression";
    this.rowCard.show({
      title: this.rowTitle(this.row),
      x: this.inputsInWords(x),
      target: isNumber ? `Target ${format(y)}` : `It is of class ${this.className(y)}`,
      guess: isNumber ? "" : `output ${session.reading.words(outputs)}, so `,
      verdict: isNumber ? `${format(guess)}.` : `class ${this.className(guess)}: ${isWrong ? "wrong" : "right"}.`,
      isWrong,
      loss,
      image: session.about.imageShape && { numbers: x, shape: session.about.imageShape },
    });
  }

  rowTitle({ of, index }) {
    return `Row ${index + 1} ${of === "train" ? "to train with" : "for the test"}`;
  }

  className(number) {
    return shorten(this.session.about.classes[number] ?? String(number), 24);
  }

  inputsInWords(x) {
    const { inputs, imageShape } = this.session.about;
    if (imageShape) return `an image of ${imageShape[0]} × ${imageShape[1]}`;
    const told = inputs.slice(0, MOST_INPUTS_TOLD).map((name, i) => `${shorten(name, 16)} = ${format(x[i], 3)}`);
    return told.join(", ") + (inputs.length > MOST_INPUTS_TOLD ? ", …" : "");
  }

  /** For the pointer: a row, or a place of the plane. */
  rowText(row) {
    const { x, y } = this.session.row(row);
    const { guess, isWrong } = this.session.ask(x, y);
    if (this.session.about.task === "regression")
      return `${this.rowTitle(row)}\ntarget ${format(y)}, network ${format(guess)}`;
    const verdict = `class ${this.className(y)}, network ${this.className(guess)}${isWrong ? ": wrong" : ""}`;
    return `${this.rowTitle(row)}\n${verdict}`;
  }

  placeText(place) {
    const { session } = this;
    const x = session.ground.inputsAt(place);
    const { outputs } = session.ask(x);
    return `${this.inputsInWords(x)}\noutput ${session.reading.words(outputs)}`;
  }

  // ------------------------------------------------------------------------------------------------- the scalars

  openNeuron() {
    if (!this.neuron) return;
    const { layer, neuron } = this.neuron;
    this.open((packed) => linkTo(packed, layer + 1, neuron + 1), this.screen.picture.nameOf(layer, neuron));
  }

  openRow() {
    if (!this.row) this.stepRow(1);
    if (this.row) this.open(linkToLoss, "the loss", this.whatPushes());
  }

  /** Which parameters the loss of the chosen row depends on most, and which way a step moves them. */
  whatPushes() {
    const { x, y } = this.session.row(this.row);
    const pushes = this.session.pushes(x, y, PUSHES).map(({ layer, neuron, i, gradient }) => {
      const { weights } = this.session.network.neurons[layer][neuron];
      const name = i < weights.length ? `w${i + 1}` : "b";
      const way = gradient > 0 ? "down" : "up";
      const where = this.screen.picture.nameOf(layer, neuron);
      return `${name} of ${where[0].toLowerCase()}${where.slice(1)} ${way} (∂L/∂${name} = ${format(gradient, 3)})`;
    });
    if (!pushes.length) return "No weight moves its loss: every gradient is 0 here. ";
    return `Its loss depends most on these; a step on it alone moves ${pushes.join(", ")}. `;
  }

  /** Open the explorer on the chosen row, at first the first one; `linkOf(packed)` says where. */
  open(linkOf, what, words = "") {
    const { session, row } = this;
    const { of, index } = row ?? { of: session.data.train.X.length ? "train" : "test", index: 0 };
    if (!session.data[of].X.length)
      return this.on.complain("There is no row yet whose scalars could be shown: draw one first.");
    const { x, y } = session.row({ of, index });
    const { network, trainer } = session;
    const packed = network.packed(trainer.parameters, x, codedTargets(network, [y])[0]);
    byId("scalars").hidden = false;
    this.screen.repeatPlane();
    const title = `${this.rowTitle({ of, index })}: ${what}`;
    byId("scalars-title").textContent = `The scalars of ${title.toLowerCase()}`;
    byId("scalars-words").textContent = `${words}Step through them; a number changed there moves the border here.`;
    this.scalars.show(packed, title, linkOf(packed), document.documentElement.dataset.theme);
    byId("scalars").scrollIntoView({ block: "start" });
    byId("back").focus({ preventScroll: true });
  }

  close() {
    if (!this.isOpen) return;
    this.scalars.close();
    byId("scalars").hidden = true;
    (byId("open-neuron") ?? byId("why")).focus();
  }

  /** The reader has changed numbers in the explorer: those that are parameters are the network's. */
  takeNumbers(pairs) {
    const { network, trainer } = this.session;
    const places = new Map([...network.parameters].map((leaf, index) => [leaf, index]));
    const known = pairs.filter(([leaf, number]) => places.has(leaf) && Number.isFinite(number));
    if (!known.length) return;
    const changed = known.map(([leaf, number]) => [places.get(leaf), number]);
    this.changes.make(trainer, changed, { by: "explorer", merge: true }); // what one drags there comes number by number
    this.on.changed();
  }

  // ------------------------------------------------------------------------------------------------ as it learns

  /** The numbers are others; `isMoving` while it learns, when what is read is told seldom. */
  update(isMoving) {
    if (isMoving && performance.now() - this.told < PAUSE) return;
    this.told = performance.now();
    const { network, trainer } = this.session;
    if (this.neuron) this.card.update(trainer.parameters);
    if (this.row) this.showRow();
    if (this.isOpen)
      this.scalars.follow([...network.parameters].map((leaf, index) => [leaf, trainer.parameters[index]]));
  }

  /** The network or the data are others: nothing is chosen any more. */
  forget(isOtherData) {
    this.close();
    this.neuron = null;
    this.card.show(null);
    if (isOtherData) this.selectRow(null);
  }
}

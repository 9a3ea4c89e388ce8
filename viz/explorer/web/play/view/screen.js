// What changes while the network learns: the plane, the neurons, the lines, the numbers, the chart.

import { byId, element } from "../../dom.js";
import { shorten } from "../../state/texts.js";
import { NetworkPicture, MAP_SIDE } from "./network/picture.js";
import { Chart } from "./output/chart.js";
import { planeLegend } from "./output/legend.js";
import { Plane, PLANE_SIDE } from "./output/plane.js";
import { ImageRows } from "./output/rows.js";
import { inFour, percent } from "./choices/fields.js";
import { diagnosisOf, setText } from "./network/gradients.js";
import { parameterIndex } from "./network/places.js";
import { mapScale } from "./reading.js";
import { classColour, colourTable } from "./shades.js";

const FINE_SIDE = 120; // cells of the plane when it rests
const IMAGE_SIDE = 5; // of the small pictures of neurons where rows are images: a cell for each that is shown
const SELDOM = 8; // frames between looks that take longer

export class Screen {
  /** `session` is what is shown; `on` are the callbacks of the picture and the plane. */
  constructor(session, on) {
    this.session = session;
    this.pointedAt = null; // the neuron whose response the plane shows: {layer, neuron}
    this.picture = new NetworkPicture(byId("picture"), on);
    this.plane = new Plane(on);
    this.chart = new Chart();
    byId("chart").append(this.chart.canvas);
    this.on = on;
    this.frames = 0;
  }

  get paper() {
    return PALETTE.papers[document.documentElement.dataset.theme];
  }

  setTheme() {
    this.table = colourTable(this.paper);
    this.inputsAreDrawn = false;
    this.chart.forgetColours();
  }

  // ------------------------------------------------------------------------------------------- after other settings

  /** The data are others. */
  showData() {
    const { session, on } = this;
    const { about, data } = session;
    const box = byId("plane");
    this.images = null;
    if (about.imageShape) {
      const part = element("div", {
        class: "images",
        role: "group",
        "aria-label": "Images, and what they are taken for",
      });
      const of = data.test.X.length ? "test" : "train";
      this.images = new ImageRows(part, about.imageShape, on, data[of], of, about.classes);
      box.replaceChildren(part);
      return;
    }
    if (!box.contains(this.plane.part)) {
      this.legend = element("div", { class: "plane-legend" });
      box.replaceChildren(this.plane.part, this.legend);
    }
    this.showAxes();
    this.plane.frame.style.height = `${this.plane.frame.clientWidth}px`;
    this.plane.setData({
      ...data,
      draws: session.settings.data === "drawn",
      ground: session.ground,
      look: (target) => this.look(target),
    });
  }

  /** Where there are more than two inputs: which two the plane shows; the others are at their means. */
  showAxes() {
    const { inputs } = this.session.about;
    const part = byId("axes");
    part.hidden = inputs.length < 3 || this.images !== null;
    if (part.hidden) return part.replaceChildren();
    const choice = (i) => {
      const options = inputs.map((name, k) => element("option", { value: k }, shorten(name, 24)));
      const select = element("select", { "aria-label": i ? "Upwards" : "To the right" }, ...options);
      select.value = this.session.ground.axes[i];
      select.onchange = () => this.on.axes(i, Number(select.value));
      return element("label", {}, i ? "↑ " : "→ ", select);
    };
    part.replaceChildren(choice(0), choice(1), element("span", { class: "note" }, "the others at their means"));
  }

  /** How a row is drawn: a class by its colour and mark, a number by the side on which it is. */
  look(target) {
    const outline = document.documentElement.dataset.theme === "dark" ? "#17191d" : "#ffffff";
    if (this.session.about.task === "classification")
      return { colour: classColour(target, this.paper), kind: target, outline };
    const { middle, reach } = this.session.reading;
    const side = target >= middle ? PALETTE.positive : PALETTE.negative;
    const part = 0.25 + 0.75 * Math.min(1, Math.abs(target - middle) / reach);
    return { colour: this.paper.map((cool, i) => Math.round(cool + part * (side[i] - cool))), kind: 0, outline };
  }

  /** The network is another one. */
  showNetwork() {
    const { session } = this;
    const { about, network } = session;
    const { spec, sizes } = network;
    this.nodes = null;
    this.inputsAreDrawn = false;
    this.pointedAt = null;
    const outputNames = about.task === "regression" ? ["y"] : sizes[sizes.length - 1] === 1 ? [""] : about.classes;
    const activations = [...spec.layers.map(() => spec.activation), spec.output];
    this.picture.build({ inputs: about.inputs, sizes, activations, outputNames, imageShape: about.imageShape });
    this.ranges = activations.map((name) => session.names.activations[name].range);
    if (this.legend)
      this.legend.replaceChildren(
        ...planeLegend({
          reading: session.reading,
          classes: about.classes,
          paper: this.paper,
          hasTest: session.data.test.X.length > 0,
        }),
      );
    for (const part of document.querySelectorAll(".of-classes")) part.hidden = about.task === "regression";
  }

  // ------------------------------------------------------------------------------------------------ as it learns

  /** Show the numbers as they are now; `isMoving` while it learns, where some is shown seldom and less fine. */
  update(isMoving) {
    const { session } = this;
    const { trainer } = session;
    this.frames++;
    const isTime = !isMoving || this.frames % SELDOM === 0;
    if (!isMoving || this.frames % 2) this.showPlane(isMoving ? PLANE_SIDE : FINE_SIDE); // in turns, to be quick
    if (!isMoving || this.frames % 2 === 0) this.showNeurons();
    if (isTime) this.statistics = trainer.layerStatistics();
    const gradients = isTime ? this.statistics : trainer.layerStatistics(false);
    this.picture.strip.show(
      gradients.map(({ gradient }) => gradient),
      this.statistics.map(({ dead }) => dead ?? 0),
      this.statistics.map(({ saturated }) => saturated ?? 0),
    );
    if (isTime) this.plane.tellAgain();
    if (isTime) setText(byId("diagnosis"), diagnosisOf(this.statistics, trainer.steps));
    if (!isMoving || this.frames % 2 === 0) this.showChart(!isMoving);
    this.showFacts();
  }

  showChart(describes) {
    const { trainer } = this.session;
    this.chart.draw(trainer.history, trainer.isClassifier, describes);
  }

  showNeurons() {
    this.picture.showWeights(this.session.trainer.parameters, this.paper);
    this.showMaps();
  }

  /** The nodes that have a small picture, by "layer neuron". */
  mapNodes() {
    if (this.nodes) return this.nodes;
    const { neurons } = this.session.network;
    const shown = this.picture.rasters.filter(({ layer }) => layer >= 0);
    this.nodes = { list: shown.map(({ layer, neuron }) => neurons[layer][neuron].output), places: new Map() };
    shown.forEach(({ layer, neuron }, i) => this.nodes.places.set(`${layer} ${neuron}`, i));
    return this.nodes;
  }

  showMaps() {
    const { session } = this;
    const { list, places } = this.mapNodes();
    const X = this.images ? this.images.X : session.ground.grid(MAP_SIDE);
    const columns = session.rows.values(session.trainer.parameters, X, list);
    this.picture.showMaps((layer, neuron, isBox) => {
      if (layer < 0) return this.inputsAreDrawn ? null : this.inputMap(neuron, isBox);
      if (layer === 0 && this.images) return this.weightsMap(neuron);
      const numbers = columns[places.get(`${layer} ${neuron}`)];
      const map = { numbers, ...this.scaleOf(layer, numbers) };
      return this.images ? { ...map, numbers: padded(numbers, map.middle), side: IMAGE_SIDE } : map;
    }, this.table);
    this.inputsAreDrawn = true;
    if (this.images) this.images.update(session.classesOf(X));
    const { activations } = session.network;
    this.picture.showDead((layer, neuron) => {
      return activations[layer].canDie && columns[places.get(`${layer} ${neuron}`)].every((output) => output <= 0);
    });
  }

  scaleOf(layer, numbers) {
    const { session } = this;
    const isLast = layer === session.network.sizes.length - 1;
    if (isLast && !session.reading.isOfClasses) return session.reading;
    return mapScale(this.ranges[layer], numbers);
  }

  /** An input over the plane does not change: it is drawn once, again in another theme. */
  inputMap(input, isBox) {
    const { session } = this;
    if (this.images) return this.imageMap();
    if (isBox) return null;
    const numbers = session.ground.grid(MAP_SIDE).map((x) => x[input]);
    const { axes, ranges } = session.ground;
    const [low, high] = axes.includes(input) ? ranges[axes.indexOf(input)] : [-1, 1];
    return { numbers, middle: (low + high) / 2, reach: (high - low) / 2 };
  }

  /** The image that is shown first. */
  imageMap() {
    const side = this.imageSide;
    return side && { numbers: this.images.X[0], side, ...mapScale(null, this.images.X[0]) };
  }

  /** What a neuron looks for in images: its weights. */
  weightsMap(neuron) {
    const side = this.imageSide;
    if (!side) return null;
    const { inputs, sizes } = this.picture.about;
    const first = parameterIndex(inputs.length, sizes, 0, neuron, 0);
    const numbers = this.session.trainer.parameters.subarray(first, first + inputs.length);
    return { numbers, side, ...mapScale(null, numbers) };
  }

  /** Of images that are square. */
  get imageSide() {
    const [height, width] = this.session.about.imageShape;
    return height === width ? height : 0;
  }

  showPlane(side) {
    if (this.images) return;
    const outputs = this.paintPlane(side);
    this.plane.showBorder(outputs, side, this.session.reading.threshold);
    this.repeatPlane();
  }

  /** Where the scalars are open, the plane is out of sight: the same is shown beside them, too. */
  repeatPlane() {
    const part = byId("seen-here");
    part.hidden = this.images !== null;
    if (part.hidden || byId("scalars").hidden) return;
    const [canvas] = part.children;
    const context = canvas.getContext("2d");
    for (const each of [this.plane.canvas, this.plane.border, this.plane.marks])
      context.drawImage(each, 0, 0, canvas.width, canvas.height);
  }

  /** Gives the numbers of the first output, where it is the outputs that are shown. */
  paintPlane(side) {
    const { session, plane, pointedAt } = this;
    if (plane.raster.side !== side) plane.raster.resize(plane.canvas, side);
    const X = session.ground.grid(side);
    if (pointedAt && pointedAt.layer < 0) {
      const map = this.inputMap(pointedAt.neuron, pointedAt.neuron < 0);
      if (map) return this.paintNumbers(X.map((x) => x[pointedAt.neuron]), map); // prettier-ignore
    }
    const isNeuron = pointedAt && pointedAt.layer >= 0;
    const nodes = isNeuron
      ? [session.network.neurons[pointedAt.layer][pointedAt.neuron].output]
      : session.network.outputs;
    const columns = session.rows.values(session.trainer.parameters, X, nodes);
    if (!isNeuron) {
      const isCurve = session.about.inputs.length === 1 && session.about.task === "regression";
      if (isCurve) plane.showCurve(columns[0].slice(0, side)); // its rows are all alike
      session.reading.paint(plane.raster, columns, this.table, this.paper);
      return columns[0];
    }
    return this.paintNumbers(columns[0], this.scaleOf(pointedAt.layer, columns[0]));
  }

  paintNumbers(numbers, { middle, reach }) {
    this.plane.raster.paint(numbers, this.table, middle, reach);
    return null;
  }

  showFacts() {
    const { trainer } = this.session;
    const last = trainer.history[trainer.history.length - 1];
    const isKnown = last?.epoch === trainer.epochs && trainer.position === 0 && !this.isChanged;
    const [train, test] = isKnown ? [] : ["train", "test"].map((which) => trainer.evaluate(which));
    const facts = isKnown
      ? last
      : { trainLoss: train.loss, testLoss: test.loss, trainAccuracy: train.accuracy, testAccuracy: test.accuracy };
    const number = (x) => (x === null || x === undefined ? "–" : inFour(x));
    setText(byId("epoch"), trainer.epochs.toLocaleString("en"));
    setText(byId("train-loss"), number(facts.trainLoss));
    setText(byId("test-loss"), number(facts.testLoss));
    setText(byId("train-accuracy"), percent(facts.trainAccuracy ?? NaN, 1));
    setText(byId("test-accuracy"), percent(facts.testAccuracy ?? NaN, 1));
    document.documentElement.dataset.epoch = trainer.epochs;
    document.documentElement.dataset.step = trainer.steps;
  }
}

/** Numbers that fill the cells of a small picture. */
function padded(numbers, middle) {
  return Float64Array.from({ length: IMAGE_SIDE * IMAGE_SIDE }, (_, i) => (i < numbers.length ? numbers[i] : middle));
}

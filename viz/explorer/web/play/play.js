// The playground: puts the session, the panels, the picture and the training together.

import { beginPage, byId } from "../dom.js";
import { counted } from "../state/texts.js";
import { goOnFrom } from "./going_on.js";
import { DATASETS } from "./numbers/datasets.js";
import { Run } from "./run.js";
import { Session } from "./session.js";
import { kindOf, lossFor, MOST_NEURONS } from "./settings.js";
import { arrange, isNarrow } from "./view/arrange.js";
import { DataPanel } from "./view/choices/data_panel.js";
import { PointDrawing } from "./view/choices/drawing.js";
import { showLayerCount } from "./view/choices/layer_count.js";
import { LearningPanel, learningWords, NetworkFields } from "./view/choices/learning_panel.js";
import { Inspect } from "./view/inspect.js";
import { keepingFocus } from "./view/keeping_focus.js";
import { listenToPageKeys } from "./view/keys.js";
import { LessonPanel } from "./view/lesson_panel.js";
import { Messages } from "./view/messages.js";
import { remediesFor } from "./view/remedies.js";
import { Screen } from "./view/screen.js";
import { forgetAddress, listenToTakingAlong, readFragment } from "./view/take_along.js";
import { firstTheme, keepTheme } from "./view/theme.js";

class Playground extends Messages {
  constructor(data) {
    super();
    const { names } = data;
    this.session = new Session(data);
    this.words = {
      data: [...Object.keys(DATASETS), "drawn", ...(data.given ? ["given"] : [])],
      activation: Object.keys(names.activations),
      output: [null, ...Object.keys(names.activations)],
      init: [null, ...names.initializers],
      loss: Object.keys(names.losses),
      optimizer: Object.keys(names.optimizers),
    };
    this.screen = new Screen(this.session, this.screenCallbacks());
    this.inspect = new Inspect(this.session, this.screen, {
      changed: () => this.changed(),
      say: (text) => this.say(text),
      complain: (text) => this.complain(text),
      explorerPage: byId("inside").textContent,
    });
    const change = (name, setting) => this.change(typeof name === "object" ? name : { [name]: setting });
    this.panels = [
      new DataPanel(byId("data-fields"), DATASETS, data.given, change),
      new LearningPanel(byId("learning-fields"), names, change),
      new NetworkFields(byId("network-fields"), names, change),
    ];
    this.drawing = new PointDrawing(
      () => this.session.settings.points,
      (points) => this.change({ points }),
      (text) => this.say(text),
    );
    this.run = new Run(this.session, {
      trained: (isMoving) => {
        forgetAddress();
        this.update(isMoving);
      },
      begun: () => {
        this.hideTrouble();
        this.lesson.showWhatItPointsTo();
      },
      ended: () => {
        this.update(false);
        this.say(`Paused after ${counted(this.session.trainer.epochs, "epoch")}`, false);
      },
      refused: () => this.complain("These settings do not go together yet: see what is said beside them."),
      spoiled: (trouble) => this.tellTrouble(trouble, remediesFor(this)),
    });
    this.lesson = new LessonPanel(
      (settings) => this.change({ points: [], ...settings }, true),
      (words) => this.trainLesson(words),
      {
        keep: () => this.session.state(),
        bringBack: (state) => this.bringBack(state),
        scale: (isLogarithmic) => this.setLogarithmic(isLogarithmic),
      },
    );
    this.listen();
    this.setTheme(firstTheme());
    arrange();
    for (const id of ["data-panel", "learning-panel"]) byId(id).open = !isNarrow();
    if (location.hash.length > 1) this.follow(location.hash);
    else this.show("data");
  }

  screenCallbacks() {
    return {
      select: (layer, neuron) => this.inspect.selectNeuron({ layer, neuron }),
      edge: (layer, neuron, i) => this.inspect.selectEdge(layer, neuron, i),
      hover: (neuron) => this.pointAt(neuron),
      resize: (layer, by) => this.resizeLayer(layer, by),
      pick: (row) => this.inspect.selectRow(row),
      rowText: (row) => this.inspect.rowText(row),
      placeText: (place) => this.inspect.placeText(place),
      draw: (x1, x2, erases) => this.drawing.draw(x1, x2, erases),
      axes: (i, axis) => this.chooseAxis(i, axis),
      tip: (text, event) => this.tip(text, event),
      say: (text) => this.say(text, false),
    };
  }

  listen() {
    listenToTakingAlong(this);
    listenToPageKeys(this);
    byId("reset").onclick = () => this.reset();
    byId("start-over").onclick = () => {
      this.lesson.show("");
      this.change(this.session.base, true);
    };
    byId("theme").onclick = () => {
      this.setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
      keepTheme(document.documentElement.dataset.theme);
    };
    byId("logarithmic").onclick = () => this.setLogarithmic(!this.screen.chart.isLogarithmic);
    window.addEventListener("hashchange", () => this.follow(location.hash));
    let waiting = 0;
    new ResizeObserver(() => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(() => this.reshape());
    }).observe(document.querySelector("main"));
  }

  // -------------------------------------------------------------------------------------------------------- settings

  /** Take other settings; with `anew` the training begins anew, whatever they change. */
  change(settings, anew = false) {
    const { session } = this;
    this.hideTrouble();
    forgetAddress();
    if (anew) this.run.stop(); // which draws what there is, so before it is another one
    const isGivenAgain = session.model && settings.data === "given" && session.settings.data !== "given";
    if (isGivenAgain) settings = { ...session.base, points: session.settings.points }; // the model as it was opened
    const { trainer } = session;
    const what = session.use({ ...session.settings, ...settings, ...this.lossFor(settings) });
    if (anew) session.reset();
    const isDrawn = "points" in settings && settings.points.length > 0 && !anew;
    if (isDrawn && !goOnFrom(session.trainer, trainer) && trainer.steps)
      this.say("The network is another one for these classes, and begins anew");
    this.show(anew ? "data" : what);
  }

  /** Other data of another kind bring the loss that suits them. */
  lossFor(settings) {
    if (settings.loss) return {};
    const { session } = this;
    const kind = ({ task, classes }) => kindOf(task, classes.length);
    const about = session.aboutData({ ...session.settings, ...settings });
    if (kind(about) === kind(session.about)) return {};
    return { loss: lossFor(about.task, about.classes.length), output: null };
  }

  /** Show what other settings have made: "data", "network" or "learning". */
  show(what) {
    keepingFocus(() => this.showAll(what));
  }

  showAll(what) {
    const { session, screen } = this;
    const { settings, troubles } = session;
    this.screen.isChanged = false;
    for (const panel of this.panels) panel.show(settings, troubles);
    byId("drawing").hidden = settings.data !== "drawn";
    byId("data-words").textContent = settings.data === "given" ? "" : settings.data;
    byId("learning-words").textContent = learningWords(settings);
    showLayerCount(session, (layers) => this.change({ layers }));
    if (what === "learning") return this.shown();
    if (what === "data") this.panels[0].drawThumbs(settings, screen.paper);
    this.drawing.show(screen.paper);
    screen.showData();
    screen.showNetwork();
    this.inspect.forget(what === "data");
    this.shown();
  }

  shown() {
    const { run } = this;
    if (run.isOn && !run.canTrain) run.stop();
    run.show();
    this.update(run.isOn);
  }

  /** One of the two axes of the plane; the other one makes room where it is the same. */
  chooseAxis(i, axis) {
    const axes = this.session.ground.axes.slice();
    if (axes[1 - i] === axis) axes[1 - i] = axes[i];
    axes[i] = axis;
    this.change({ axes });
    keepingFocus(() => this.redraw());
  }

  resizeLayer(layer, by) {
    const layers = this.session.settings.layers.slice();
    const size = layers[layer] + by;
    if (size < 1) return this.say("A layer has a neuron at least: take the layer away with − above");
    if (by > 0 && size > MOST_NEURONS) return this.say(`A layer has ${MOST_NEURONS} neurons at most here`);
    layers[layer] = size;
    this.change({ layers });
  }

  trainLesson(words) {
    this.run.start();
    this.say(`It trains now ${words}`);
  }

  /** After a lesson: what was there before it. */
  bringBack(state) {
    this.run.stop();
    this.hideTrouble();
    forgetAddress();
    this.session.restore(state);
    this.show("data");
    this.say("All is as it was before the lesson");
  }

  reset() {
    this.run.stop();
    this.hideTrouble();
    forgetAddress();
    this.session.reset();
    this.show("network");
    this.say("The weights are as they were at first", false);
  }

  /** Bring the page into the state that a fragment says. */
  follow(fragment) {
    const { session } = this;
    const { settings, lesson, restore } = readFragment(fragment, session, this.words);
    this.run.stop();
    session.use(settings);
    session.reset();
    if (!session.isBlocked) restore(session.trainer);
    this.lesson.show(lesson, false);
    this.show("data");
  }

  // -------------------------------------------------------------------------------------------------------- numbers

  update(isMoving) {
    this.screen.update(isMoving);
    this.inspect.update(isMoving);
  }

  /** Somebody has changed a weight. */
  changed() {
    forgetAddress();
    this.screen.isChanged = true;
    if (!this.run.isOn) this.update(false);
  }

  pointAt(neuron) {
    this.screen.pointedAt = neuron;
    byId("output-words").textContent =
      neuron && neuron.neuron >= 0 ? this.screen.picture.nameOf(neuron.layer, neuron.neuron) : "";
    if (!this.run.isOn) this.screen.showPlane(this.screen.plane.raster.side);
  }

  setLogarithmic(isLogarithmic) {
    this.screen.chart.isLogarithmic = isLogarithmic;
    byId("logarithmic").setAttribute("aria-pressed", isLogarithmic);
    this.screen.showChart(!this.run.isOn); // and nothing else: a lesson asks for it before its network is shown
  }

  setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    byId("theme").setAttribute("aria-pressed", theme === "dark");
    this.screen.setTheme();
    if (document.documentElement.dataset.ready) this.show("data");
  }

  /** Draw the same data and network again. */
  redraw() {
    this.screen.showData();
    this.screen.showNetwork();
    this.screen.picture.mark(this.inspect.neuron);
    this.update(this.run.isOn);
  }

  /** The window has another size. */
  reshape() {
    const width = document.querySelector("main").clientWidth;
    if (this.width === width) return;
    const isFirst = this.width === undefined;
    this.width = width;
    if (isFirst) return;
    keepingFocus(() => {
      arrange();
      this.redraw();
    });
  }
}

await beginPage("The playground", (data) => new Playground(data));

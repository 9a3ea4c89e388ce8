// The page: puts the model, the picture, the panels and the keys together.

import { beginPage, byId, enable } from "./dom.js";
import { connectFrame } from "./live.js";
import { followLink } from "./panels/address.js";
import { attentionFacts } from "./panels/details/attention.js";
import { Descent } from "./panels/details/descent.js";
import { saveMenu } from "./panels/export.js";
import { FamilyPickers } from "./panels/families.js";
import { Inspector } from "./panels/details/inspector.js";
import { listenToKeys } from "./panels/keys.js";
import { LeafTable } from "./panels/details/leaf_table.js";
import { memberFacts } from "./panels/details/member_facts.js";
import { Playback } from "./panels/playback.js";
import { searchField } from "./panels/search.js";
import { Sheet } from "./panels/details/sheet.js";
import { listenToTools } from "./panels/toolbar.js";
import { Tour } from "./panels/tour.js";
import { Ways } from "./panels/ways.js";
import { Whereabouts } from "./panels/whereabouts.js";
import { Cards } from "./picture/cards.js";
import { CompiledView } from "./picture/compiled.js";
import { drawnPicture } from "./picture/drawn.js";
import { heatmap } from "./picture/colours/heatmap.js";
import { followStep } from "./picture/following.js";
import { HoverCard } from "./picture/hover.js";
import { LayoutEngine } from "./picture/layout/layout.js";
import { updateLegend } from "./picture/colours/legend.js";
import { markElements, markStep, showLabelsNear } from "./picture/marks.js";
import { drawMembers, layOutMembers } from "./picture/other_members.js";
import { Pane } from "./picture/pane/pane.js";
import { Folding, partOf, successor, view } from "./state/folding/folding.js";
import { Graph } from "./state/graph.js";
import { Model } from "./state/model.js";
import { format } from "./state/numbers.js";
import { shorten } from "./state/texts.js";

class Page extends Ways {
  constructor(data) {
    super();
    this.program = data.program;
    this.graph = new Graph(data.graph, RULES);
    this.model = new Model(this.graph);
    this.folding = new Folding(this.graph);
    this.first = this.folding.state();
    this.engine = new LayoutEngine(byId("layout-script").textContent);
    this.selected = null; // the key of an element of the view
    this.marks = null; // of every node: does the box of the compiled program that is pointed at stand for it?
    this.wish = 0; // how many pictures were asked for
    this.pane = new Pane(byId("graph"), {
      select: (key) => this.select(key),
      open: (key) => this.open(key),
      fold: (call) => call !== "" && this.fold(Number(call)),
      escape: () => this.select(null),
      hover: (key) => showLabelsNear(this, key),
      home: () => this.home,
      resize: () => this.reshape(),
    }, byId("minimap"));
    this.playback = new Playback(this.model, (n) => partOf(this.view, n));
    this.pickers = new FamilyPickers(this);
    this.compiled = new CompiledView(this.program, this.model, this.engine, {
      highlight: (marks, text) => this.highlight(marks, text),
      turn: (n) => n >= 0 && this.pickers.showMembersOf(n),
      complain: (text) => this.complain(text),
    });
    const on = {
      goTo: (n) => this.goTo(n),
      toggle: (box) => this.open(box.key),
      facts: (element) => [attentionFacts, memberFacts].map((about) => about(this, element, heatmap)).filter(Boolean),
      say: (text) => this.say(text),
      leave: () => this.pane.focus(this.selected),
    };
    this.inspector = new Inspector(byId("inspector"), this.model, on);
    this.sheet = new Sheet();
    this.descent = new Descent(byId("descent"), this.model, on.say);
    this.whereabouts = new Whereabouts(this);
    this.hover = new HoverCard(this);
    this.tour = new Tour(this);
    this.table = new LeafTable(this.model, this.graph.parameters, on.goTo, true);
    byId("table").append(this.table.part);
    searchField(this.model, { node: (n) => this.goTo(n), call: (call) => this.goToCall(call) });
    byId("title").textContent = byId("title").title = data.title;
    this.hasChoices = RULES.some(({ chooses }) => chooses);
    byId("legend-nothing").hidden = !this.hasChoices;
    byId("scale").hidden = !this.graph.calls.length;
    this.setTheme(data.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
    listenToTools(this);
    saveMenu((what, onlySeen) => drawnPicture(this, what, onlySeen), {
      say: (text) => this.say(text, true),
      complain: (text) => this.complain(text),
    });
    listenToKeys(this);
    this.model.listen((what) => this.update(what));
    if (data.live) {
      this.model.goTo(this.model.steps.end); // who watches numbers that Python changes wants all of them
      connectFrame(this.model, (text) => this.complain(text));
    }
    window.addEventListener("hashchange", () => followLink(this, location.hash));
  }

  async start(link) {
    if (link) await followLink(this, link);
    else await this.show(() => {});
  }

  // ------------------------------------------------------------------------------------------------------ the picture

  /**
   * Change what is open, lay that out and draw it; what is at `key` stays where it is on the screen. Gives whether it is
   * drawn: not where something else was asked for in the meantime, nor where it cannot be laid out.
   */
  async show(change, key = null) {
    const wish = ++this.wish;
    const before = this.folding.state();
    change();
    const next = view(this.folding);
    const cards = new Cards(this.model, next);
    byId("graph").setAttribute("aria-busy", true);
    let layout;
    try {
      layout = await this.engine.layout(cards.layoutInput, this.pane.room);
    } catch (error) {
      if (wish !== this.wish) return false;
      this.folding.restore(before);
      this.complain(error.message);
      return false;
    } finally {
      if (wish === this.wish) byId("graph").removeAttribute("aria-busy");
    }
    if (wish !== this.wish) return false;
    const follower = successor(this.elementAt(this.selected), next);
    Object.assign(this, { view: next, cards });
    this.hover.hide();
    byId("trouble").hidden = true;
    this.model.steps.findStops(next);
    this.update("picture"); // first what is around it: the legend, and whose members are shown, leave it its room
    this.pane.replace(key, layout, cards.nodes, cards.edges, cards.frames);
    cards.updatePictures(this.paper);
    this.select(follower, false);
    if (next.version !== this.folding.version) this.drawMembers(); // others were asked for in the meantime
    document.documentElement.dataset.drawn = wish;
    return true;
  }

  /** Show the members of families that are chosen: in the same layout, or laid out anew. */
  drawMembers() {
    drawMembers(this);
  }

  layOutMembers() {
    return layOutMembers(this);
  }

  /** The window has another size: where the picture would have another shape in it, it is laid out again. */
  reshape() {
    if (this.tour?.isShown) this.tour.place(); // what it is about has moved
    clearTimeout(this.reshaping);
    this.reshaping = setTimeout(async () => {
      const { pane, cards } = this;
      const isOther = cards && pane.hasOutgrown(this.engine.shape(cards.layoutInput, pane.room));
      const isKept = pane.mode === "moved" && pane.isInSight(this.selected, pane.size);
      if (isOther) await this.show(() => {}, isKept ? this.selected : null);
      document.documentElement.dataset.width = innerWidth; // of the window that the picture is for
    }, 100);
  }

  /** The key of what is to be seen first: the operation of the step, the first one at the start, the root at the end. */
  get home() {
    const { graph, model, view } = this;
    const { pass, n } = model.steps.at();
    const node = n >= 0 ? n : pass === "start" ? Math.min(graph.leafCount, graph.root) : graph.root;
    return view.elements[view.owner[node]].key;
  }

  elementAt(key) {
    return this.view?.elements.find((each) => each.key === key) ?? null;
  }

  // ------------------------------------------------------------------------------------------------ what stands out

  select(key, openPanel = true) {
    this.selected = key;
    this.inspector.show(key === null ? null : this.elementAt(key));
    this.whereabouts.show(key === null ? null : this.elementAt(key));
    markElements(this);
    updateLegend(this);
    if (!key || !openPanel) return;
    byId("inspector-panel").open = true;
    this.sheet.open();
    if (this.hover.about && this.sheet.isUsed) this.hover.hide(); // it would cover what says more
  }

  /** The scalars that a box of the compiled program stands for; null for none. */
  highlight(marks, text = this.program.caption ?? "") {
    byId("program-caption").textContent = text;
    this.marks = marks;
    markElements(this);
  }

  // ---------------------------------------------------------------------------------------------------------- numbers

  /** After a change: what is "numbers", "time", "picture", "theme" or "scale". */
  update(what) {
    if (!this.cards) return;
    if (what === "time") this.followStep();
    const { model } = this;
    this.scales = this.cards.update(this.paper);
    if (what === "numbers" || what === "theme") this.cards.updatePictures(this.paper);
    markStep(this, what === "time");
    this.pickers.update();
    this.playback.update();
    this.compiled.update();
    this.inspector.update();
    this.descent.update();
    if (byId("table-panel").open) this.table.update();
    enable("undo", model.done.length > 0);
    enable("redo", model.undone.length > 0);
    if (what === "numbers" || what === "picture") enable("reset", model.changes().length > 0);
    updateLegend(this);
  }

  /** The picture goes along with the step. */
  followStep() {
    return followStep(this);
  }

  undo() {
    this.sayLoss(this.model.undo() ? "undone" : "nothing to undo");
  }

  redo() {
    this.sayLoss(this.model.redo() ? "redone" : "nothing to redo");
  }

  reset() {
    this.sayLoss(this.model.reset() ? "all numbers are as they were" : "nothing was changed");
  }

  descend() {
    byId("descent-panel").open = true;
    this.descent.go(1, (text) => this.say(text));
  }

  sayLoss(text) {
    this.say(`${text}: ${shorten(this.graph.nameOf(this.graph.root), 40)} is ${format(this.model.loss, 6)}`);
  }

  // ------------------------------------------------------------------------------------------------------- other views

  async showCompiled(visible) {
    byId("program").hidden = !visible;
    byId("compiled-toggle").setAttribute("aria-pressed", visible);
    if (visible) await this.compiled.show();
    else this.compiled.unmark();
    markElements(this);
    // Side by side, all is to be seen: the scalars of a matrix product may be anywhere.
    requestAnimationFrame(() => (visible ? this.pane.fit() : this.pane.open()));
  }

  get paper() {
    return PALETTE.papers[this.theme];
  }

  setTheme(theme) {
    this.theme = document.documentElement.dataset.theme = theme;
    byId("theme").setAttribute("aria-pressed", theme === "dark");
    this.update("theme");
  }

  /** One scale of colours for all, or one for each module. */
  setScale(isByModule) {
    this.model.isByModule = isByModule && this.graph.calls.length > 0;
    this.update("scale");
  }

  // --------------------------------------------------------------------------------------------------------- messages

  /** Tell those who cannot see what has changed; with `visible` everybody. */
  say(text, visible = false) {
    byId("said").textContent = text;
    byId("said").classList.toggle("unseen", !visible);
    clearTimeout(this.silence);
    if (visible) this.silence = setTimeout(() => byId("said").classList.add("unseen"), 4000);
  }

  complain(text) {
    byId("trouble").textContent = text;
    byId("trouble").hidden = false;
  }
}

// A page in a frame has no address.
await beginPage("The explorer", (data) => new Page(data).start(location.hash || data.link));

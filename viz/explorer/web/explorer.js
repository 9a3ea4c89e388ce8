// The page: puts the model, the picture, the panels and the keys together.

import { Cards } from "./cards.js";
import { CompiledView } from "./compiled.js";
import { Descent } from "./descent.js";
import { byId, element } from "./dom.js";
import { Folding, view } from "./folding.js";
import { Graph } from "./graph.js";
import { LayoutEngine } from "./layout.js";
import { connectFrame } from "./live.js";
import { readLink, writeLink } from "./link.js";
import { Model } from "./model.js";
import { format } from "./numbers.js";
import { Pane } from "./pane.js";
import { Inspector, LeafTable } from "./panels.js";
import { Playback } from "./playback.js";
import { searchField } from "./search.js";

const PAPERS = { light: [255, 255, 255], dark: [43, 46, 52] };
const KEYS = [
  ["Space", "play, pause"], ["N", "one step on"], ["P", "one step back"], ["Home, End", "to the start, to the end"],
  ["← → ↑ ↓", "from node to node, in the graph"], ["Enter", "select; unfold a box"], ["Backspace", "fold the module around"],
  ["E", "edit the number of the selected leaf"], ["U, R", "undo, redo (also Ctrl+Z, Ctrl+Y)"], ["G", "one step of gradient descent"],
  ["/", "find"], ["F", "fit"], ["+ -", "zoom"], ["C", "compiled view"], ["Esc", "select nothing"],
];

class Page {
  constructor(data) {
    this.data = data;
    this.graph = new Graph(data.graph, RULES);
    this.model = new Model(this.graph);
    this.folding = new Folding(this.graph);
    this.firstOpen = [...this.folding.open].sort((a, b) => a - b).join(",");
    this.engine = new LayoutEngine(byId("layout-script").textContent);
    this.selected = null; // the key of an element of the view
    this.drawing = 0; // how many pictures were asked for
    this.pane = new Pane(byId("graph"), {
      select: (key) => this.select(key),
      open: (key) => this.open(key),
      fold: (call) => call !== "" && this.fold(Number(call)),
      escape: () => this.select(null),
      hover: (key) => this.showLabelsNear(key),
    });
    this.playback = new Playback(this.model, (n) => this.view.elements[this.view.owner[n]]);
    this.compiled = new CompiledView(data.program, this.graph, this.engine, { highlight: (marks, text) => this.highlight(marks, text) });
    const on = { goTo: (n) => this.goTo(n), toggle: (box) => this.open(box.key), say: (text) => this.say(text) };
    this.inspector = new Inspector(byId("inspector"), this.model, on);
    this.descent = new Descent(byId("descent"), this.model, on.say);
    this.table = new LeafTable(this.model, this.graph.parameters, on.goTo, true);
    byId("table").append(this.table.part);
    searchField(this.graph, { node: (n) => this.goTo(n), call: (call) => this.goToCall(call) });
    byId("title").textContent = data.title;
    byId("title").title = data.title;
    this.setTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    this.buttons();
    this.keys();
    this.model.listen((what) => this.update(what));
    if (data.live) connectFrame(this.model, (text) => this.complain(text));
    window.addEventListener("hashchange", () => location.hash !== this.ownHash && this.follow(location.hash));
    window.addEventListener("resize", () => this.pane.place());
  }

  async start() {
    if (location.hash.length > 1) await this.follow(location.hash);
    else await this.draw();
  }

  // ------------------------------------------------------------------------------------------------------ the picture

  /** Lay the view out anew and draw it; what is at `key` stays where it is. */
  async draw(key = null) {
    const drawing = ++this.drawing;
    const next = view(this.folding);
    const cards = new Cards(this.model, next);
    let layout;
    try {
      layout = await this.engine.layout(cards.layoutInput);
    } catch (error) {
      if (drawing === this.drawing) this.complain(error.message);
      return;
    }
    if (drawing !== this.drawing) return; // a later one is on its way
    this.view = next;
    this.cards = cards;
    byId("trouble").hidden = true;
    this.model.steps.findStops(next);
    const held = this.pane.keeping(key, () => this.pane.show(layout, cards.nodes, cards.edges, cards.frames));
    if (!held) this.pane.fit(true);
    cards.updatePictures(this.paper);
    if (this.selected && !next.elements.some((each) => each.key === this.selected)) this.select(null);
    else this.markSelection();
    this.update("time");
    document.documentElement.dataset.drawn = drawing;
  }

  elementAt(key) {
    return this.view?.elements.find((each) => each.key === key) ?? null;
  }

  async open(key) {
    const box = this.elementAt(key);
    if (!box) return;
    if (box.kind === "node" || box.kind === "leaves") return this.select(key === this.selected && box.kind === "node" ? null : key);
    if (box.kind === "rest") this.folding.showMore(box.call);
    else this.folding.unfold(box.call);
    this.say(box.kind === "rest" ? "more nodes are shown" : `${this.graph.calls[box.call].name} is unfolded`);
    const hadFocus = byId("graph").contains(document.activeElement);
    const inside = new Set(box.nodes);
    await this.draw(key);
    const last = this.view.elements.filter((each) => inside.has(each.nodes[each.nodes.length - 1])).pop();
    if (!last) return;
    if (hadFocus) this.pane.focus(last.key);
    if (box.kind === "call") this.pane.bringFrameIntoSight(String(box.call));
    else this.pane.bringIntoSight(key, true);
  }

  async fold(call) {
    this.folding.fold(call);
    this.say(`${this.graph.calls[call].name} is folded`);
    const shown = this.pane.items.values().next().value?.key;
    await this.draw(shown);
    this.pane.focus(`c${call}`);
  }

  async goTo(n) {
    if (this.view.elements[this.view.owner[n]].kind !== "node") {
      this.folding.reveal(n);
      await this.draw();
    }
    this.select(`n${n}`);
    this.pane.bringIntoSight(`n${n}`, true);
    this.pane.focus(`n${n}`);
  }

  async goToCall(call) {
    this.folding.revealCall(call);
    await this.draw();
    const inside = this.view.elements.filter(({ home, key }) => key === `c${call}` || this.graph.path(home).includes(call));
    const target = inside[inside.length - 1];
    if (!target) return;
    this.select(target.key);
    this.pane.bringIntoSight(target.key, true);
    this.pane.focus(target.key);
  }

  // ------------------------------------------------------------------------------------------------------- selection

  select(key) {
    this.selected = key;
    this.inspector.show(this.elementAt(key));
    this.markSelection();
    if (key) byId("inspector-panel").open = true;
  }

  /** What is selected, what it depends on and what depends on it stand out; the rest is dimmed. */
  markSelection() {
    const chosen = this.elementAt(this.selected);
    const below = chosen && this.graph.below(chosen.nodes);
    const above = chosen && this.graph.above(chosen.nodes);
    const marks = chosen && below.map((mark, n) => mark | above[n]);
    this.dim(marks);
    for (const { key, group } of this.cards.nodes) group.classList.toggle("selected", key === this.selected);
    this.compiled.markBoxes(chosen?.nodes ?? []);
    this.showLabelsNear(this.selected);
  }

  dim(marks) {
    const lit = this.view.elements.map(({ nodes }) => !marks || nodes.some((n) => marks[n]));
    this.cards.nodes.forEach(({ group }, number) => group.classList.toggle("dim", !lit[number]));
    for (const { tail, head, line, label } of this.cards.edges) {
      line.classList.toggle("dim", !lit[tail] || !lit[head]);
      label?.classList.toggle("dim", !lit[tail] || !lit[head]);
    }
  }

  /** The scalars that a box of the compiled program stands for. */
  highlight(marks, text = "") {
    byId("program-caption").textContent = marks ? text : `${this.data.program.caption ?? ""}`;
    const hit = this.view.elements.map(({ nodes }) => Boolean(marks) && nodes.some((n) => marks[n]));
    this.cards.nodes.forEach(({ group }, number) => group.classList.toggle("match", hit[number]));
    if (marks) this.dim(marks);
    else this.markSelection();
  }

  /** In a large picture only the edges at one node have their numbers. */
  showLabelsNear(key) {
    if (!this.cards || this.cards.labelled) return;
    const { nodes, edges } = this.cards;
    const keys = new Set([key, this.selected]);
    for (const { tail, head, label } of edges) label?.classList.toggle("near", keys.has(nodes[tail].key) || keys.has(nodes[head].key));
  }

  // ---------------------------------------------------------------------------------------------------------- numbers

  /** After a change of the time or of numbers. */
  update(what) {
    if (!this.cards) return;
    const { steps } = this.model;
    const largest = this.cards.update(this.paper);
    if (what === "numbers") this.cards.updatePictures(this.paper);
    this.markStep();
    this.playback.update();
    this.inspector.update();
    this.descent.update();
    if (byId("table-panel").open) this.table.update();
    byId("undo").disabled = !this.model.done.length;
    byId("redo").disabled = !this.model.undone.length;
    byId("reset").disabled = !this.model.done.length && !this.model.changes().length;
    const size = steps.passed || steps.time === steps.end ? format(largest, 3) : "?";
    byId("legend-low").textContent = `gradient ${size === "?" || size === "0" ? size : `-${size}`}`;
    byId("legend-high").textContent = size;
    byId("legend").setAttribute("aria-label", `colours: blue for negative gradients, orange for positive ones, the stronger the larger, up to ${size}`);
  }

  markStep() {
    const { pass, n } = this.model.steps.at();
    const current = n >= 0 && this.model.steps.time < this.model.steps.end ? this.view.owner[n] : -1;
    this.cards.nodes.forEach(({ group }, number) => group.classList.toggle("current", number === current));
    for (const { head, line } of this.cards.edges) line.classList.toggle("flowing", head === current && pass !== "seed");
    if (current >= 0) this.pane.bringIntoSight(this.cards.nodes[current].key);
  }

  // -------------------------------------------------------------------------------------------------- buttons and keys

  buttons() {
    const press = (id, action) => (byId(id).onclick = action);
    press("undo", () => this.model.undo());
    press("redo", () => this.model.redo());
    press("reset", () => this.model.reset());
    press("fit", () => this.pane.fit());
    press("zoom-in", () => this.pane.zoom(1.3));
    press("zoom-out", () => this.pane.zoom(1 / 1.3));
    press("theme", () => this.setTheme(this.theme === "dark" ? "light" : "dark"));
    press("compiled-toggle", () => this.showCompiled(byId("program").hidden));
    press("link", () => this.copyLink());
    byId("table-panel").ontoggle = () => this.update("time");
  }

  keys() {
    const shortcuts = {
      " ": () => this.playback.toggle(), n: () => this.playback.forward(), p: () => this.playback.back(),
      Home: () => this.model.goTo(0), End: () => this.model.goTo(this.model.steps.end),
      e: () => document.querySelector("#inspector [data-leaf]")?.focus(), u: () => this.model.undo(), r: () => this.model.redo(),
      g: () => { byId("descent-panel").open = true; this.descent.go(1, (text) => this.say(text)); },
      "/": () => byId("query").focus(), f: () => this.pane.fit(), "+": () => this.pane.zoom(1.3), "-": () => this.pane.zoom(1 / 1.3),
      c: () => this.showCompiled(byId("program").hidden), Escape: () => this.select(null),
    };
    const enabled = element("input", { type: "checkbox", checked: true, id: "shortcuts" });
    const rows = KEYS.map(([keys, what]) => element("tr", {}, element("td", {}, element("kbd", {}, keys)), element("td", {}, what)));
    byId("keys").append(element("label", { class: "row" }, enabled, "keys of one letter work everywhere"), element("table", {}, element("tbody", {}, ...rows)));
    document.addEventListener("keydown", (event) => {
      const writing = event.target.closest("input:not([type=checkbox]), select, textarea");
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if ((event.ctrlKey || event.metaKey) && !writing && (key === "z" || key === "y")) {
        if (key === "y" || event.shiftKey) this.model.redo();
        else this.model.undo();
        event.preventDefault();
      }
      if (event.ctrlKey || event.metaKey || event.altKey || writing || !enabled.checked) return;
      if (key === " " && event.target.closest("button, summary, input")) return;
      if (!shortcuts[key]) return;
      event.preventDefault();
      shortcuts[key]();
    });
  }

  showCompiled(visible) {
    byId("program").hidden = !visible;
    byId("compiled-toggle").setAttribute("aria-pressed", visible);
    if (visible) this.compiled.show().then(() => this.compiled.markBoxes(this.elementAt(this.selected)?.nodes ?? []));
    else this.highlight(null);
    this.pane.fit(!visible); // side by side, all is to be seen: the scalars of a matrix product may be anywhere
  }

  get paper() {
    return PAPERS[this.theme];
  }

  setTheme(theme) {
    this.theme = document.documentElement.dataset.theme = theme;
    byId("theme").setAttribute("aria-pressed", theme === "dark");
    this.update("numbers");
  }

  // ------------------------------------------------------------------------------------------------------------- links

  async copyLink() {
    const fragment = writeLink(this.model, this.folding, this.selected, this.firstOpen);
    if (fragment === null) return this.say("Too many numbers are changed to fit into a link: save the numbers in Python", true);
    if (!/^(https?|file):/.test(location.href)) return this.say("A page inside of another has no address: save it with .save('graph.html'), and copy the link there", true);
    this.ownHash = fragment;
    history.replaceState(null, "", fragment);
    try {
      await navigator.clipboard.writeText(location.href);
      this.say("The link to this state is copied", true);
    } catch {
      this.say("The link to this state is in the address bar now", true);
    }
  }

  /** Show the state that a fragment says. */
  async follow(fragment) {
    const { open, step, selected, shown, pinned, changes } = readLink(fragment, this.graph);
    this.folding.openAtFirst();
    if (open) this.folding.open = new Set(open);
    for (const [call, count] of shown) this.folding.shown.set(call, count);
    for (const n of pinned) this.folding.pinned.add(n);
    try {
      this.model.reset();
      if (changes.length) this.model.set(changes);
    } catch (error) {
      this.complain(`The link asks for a number that does not fit: ${error.message}`);
    }
    this.model.goTo(step ?? this.model.steps.end);
    await this.draw();
    if (selected && this.elementAt(selected)) {
      this.select(selected);
      this.pane.bringIntoSight(selected, true);
    }
  }

  // ---------------------------------------------------------------------------------------------------------- messages

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

try {
  await new Page(JSON.parse(byId("data").textContent)).start();
} catch (error) {
  byId("trouble").textContent = `The explorer cannot be shown: ${error.message}`;
  byId("trouble").hidden = false;
  throw error;
} finally {
  document.documentElement.dataset.ready = "yes";
}

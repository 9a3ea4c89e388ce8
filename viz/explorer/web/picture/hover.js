// What the pointer rests on, or the keyboard has reached, says its name, formula and numbers in a small card.

import { placeBeside } from "../beside.js";
import { element } from "../dom.js";
import { headLines, weightsOf } from "../state/folding/attention.js";
import { forwardLine } from "../state/formulas/formula.js";
import { lineText } from "../state/formulas/formula_text.js";
import { countedMembers } from "../state/folding/member_names.js";
import { format, known } from "../state/numbers.js";
import { sumLines } from "../state/folding/sums.js";
import { counted, shorten } from "../state/texts.js";
import { keyOf } from "./pane/pointers.js";

const PATIENCE = 350; // milliseconds that a pointer rests before there is a card
const GRACE = 250; // milliseconds to go over to the card
const NEAR = 8; // pixels from an edge that still mean it
const SAMPLES = 24; // points of an edge
const MOST_NAMES = 5; // of what a box holds
const LEAVING = ["Escape", "+", "-", "f"]; // the last ones move what the card is beside

/**
 * The card never covers what it is about, stays while the pointer is on it, and goes away with Esc. There is none by
 * touch: a tap selects, and the panel of what is selected says more.
 */
export class HoverCard {
  constructor(page) {
    this.page = page;
    this.part = element("div", { id: "hover", role: "tooltip", hidden: true });
    page.pane.svg.after(this.part);
    this.lines = new WeakMap(); // of the line of an edge: its "d", and points along it
    this.about = null; // the key of an element or the line of an edge that the card is about
    this.listen(page.pane.svg);
  }

  listen(svg) {
    svg.addEventListener("pointermove", (event) => this.point(event));
    svg.addEventListener("pointerleave", () => this.hideSoon());
    for (const each of ["pointerdown", "wheel"]) svg.addEventListener(each, () => this.dismiss());
    this.part.addEventListener("pointerenter", () => clearTimeout(this.timer));
    this.part.addEventListener("pointerleave", () => this.hideSoon());
    svg.addEventListener("focusin", (event) => {
      const key = keyOf(event);
      if (!key || !event.target.matches(":focus-visible")) return;
      const isTold = () => this.page.sheet.isUsed && key === this.page.selected;
      const isStillThere = () => document.activeElement === event.target && event.target.isConnected && !isTold();
      requestAnimationFrame(() => isStillThere() && this.show(key, event.target)); // it may yet be moved into sight
    });
    svg.addEventListener("focusout", () => this.hide());
    document.addEventListener("keydown", ({ key }) => LEAVING.includes(key) && this.dismiss(), true);
    this.page.model.listen(() => this.isShown && this.write());
  }

  /** A pointer has moved: after a while of rest there is a card of what is below it. */
  point(event) {
    if (event.pointerType === "touch" || event.buttons) return;
    const about = keyOf(event) ?? this.edgeNear(event);
    if (about === this.dismissed && about !== null) return;
    this.dismissed = null;
    if (about === this.about) return about !== null && this.isShown && clearTimeout(this.timer);
    if (about === null) return this.hideSoon();
    this.about = about;
    clearTimeout(this.timer);
    const { clientX: x, clientY: y } = event;
    const point = typeof about === "string" ? null : { x, y };
    this.timer = setTimeout(() => this.show(about, null, point), PATIENCE);
  }

  get isShown() {
    return !this.part.hidden;
  }

  /** The card of an element by its key, or of the line of an edge near a point of the window. */
  show(about, focused = null, point = null) {
    this.hide();
    this.about = about;
    this.write();
    if (!this.isShown) return;
    this.described = focused;
    focused?.setAttribute("aria-describedby", "hover");
    const items = [...this.page.pane.items.values()].map(({ group }) => group);
    const parts = this.partsOf(about).map((each) => each.getBoundingClientRect());
    const others = items.map((each) => each.getBoundingClientRect());
    placeBeside(this.part, point ? [around(point), ...parts] : parts, others, "near");
  }

  /** What must not be covered: an element, or the label and the ends of an edge. */
  partsOf(about) {
    const { cards, pane } = this.page;
    if (typeof about === "string") return [pane.items.get(about).group];
    const { label, tail, head } = cards.edges.find(({ line }) => line === about);
    return [label, cards.nodes[tail].group, cards.nodes[head].group].filter(Boolean);
  }

  /** Its lines, with the numbers of this moment; there is no card of what is no longer in the picture. */
  write() {
    const [name, ...lines] = typeof this.about === "string" ? this.describe(this.about) : this.describeEdge(this.about);
    this.part.hidden = name === undefined;
    this.part.replaceChildren(element("strong", {}, name ?? ""), ...lines.map((line) => element("p", {}, line)));
  }

  hideSoon() {
    clearTimeout(this.timer);
    this.about = this.isShown ? this.about : null;
    if (this.isShown) this.timer = setTimeout(() => this.hide(), GRACE);
  }

  hide() {
    clearTimeout(this.timer);
    this.part.hidden = true;
    this.about = null;
    this.described?.removeAttribute("aria-describedby");
    this.described = null;
  }

  /** Hide it, and show none of the same until the pointer has been elsewhere. */
  dismiss() {
    this.dismissed = this.about;
    this.hide();
  }

  // ------------------------------------------------------------------------------------------------ what it says

  describe(key) {
    const found = this.page.elementAt(key);
    if (!found) return [];
    if (found.kind !== "node" && found.kind !== "sum") return this.describeBox(found);
    const name = shorten(this.page.model.graph.fullName(found.n), 80);
    return found.mean ? [name, `the mean over ${countedMembers(found.mean)}`] : this.describeNode(found);
  }

  describeNode(found) {
    const { graph, interpreter, steps } = this.page.model;
    const { n } = found;
    const lines = [shorten(graph.fullName(n), 80)];
    if (!graph.isLeaf(n)) {
      const formula = () => sumLines(graph, interpreter, "forward", found)?.[0] ?? forwardLine(graph, interpreter, n);
      lines.push(steps.knowsNumber(n) ? lineText(formula()) : `${graph.rule(n).name}, not computed yet`);
    } else lines.push(graph.isConstant(n) ? "a plain number" : graph.isParameter[n] ? "a parameter" : "an input");
    lines.push(`data ${known(interpreter.data[n], steps.knowsNumber(n), 6)}`);
    const state = steps.gradient(n);
    const gradient = known(interpreter.gradient[n], state !== "unknown", 6);
    if (!graph.isConstant(n)) lines.push(`gradient ${gradient}${state === "partial" ? " so far" : ""}`);
    return lines;
  }

  /** What a box holds, and how large the gradients in it are. */
  describeBox(found) {
    const { kind, call, nodes, home } = found;
    const { model, cards } = this.page;
    const { graph } = model;
    const { operations, leaves } = graph.contents(nodes);
    const parameters = leaves.filter((n) => graph.isParameter[n]).length;
    const around = graph.pathText(home);
    const names = { call: () => graph.pathText(call + 1), leaves: () => `Leaves${around && ` of ${around}`}` };
    const lines = [shorten((names[kind] ?? (() => `More of ${around || "the graph"}`))(), 80)];
    const counts = [operations && counted(operations, "operation"), parameters && counted(parameters, "parameter")];
    const inputs = leaves.length - parameters;
    if (inputs) counts.push(counted(inputs, "input"));
    lines.push(counts.filter(Boolean).join(", "));
    if (kind === "leaves") lines.push(listed(leaves.map((n) => shorten(graph.nameOf(n), 16))));
    const inner = call >= 0 ? graph.calls[call].inner.map((each) => shorten(graph.calls[each].name, 16)) : [];
    if (kind === "call" && inner.length) lines.push(listed(inner));
    const { attention } = this.page.folding;
    const entry = kind === "call" ? attention.at(call) : null;
    const looks = entry ? headLines(weightsOf(model, entry), entry.columns, attention.nameOfRow(entry)) : [];
    lines.push(...looks.slice(0, MOST_NAMES));
    const { gradient, state } = cards.gradientOf(found);
    const size = state === "unknown" ? "?" : `${format(Math.abs(gradient), 6)}${state === "partial" ? " so far" : ""}`;
    return [...lines, `largest gradient ${size}`];
  }

  describeEdge(line) {
    const { model, cards, view } = this.page;
    const { graph, interpreter, steps } = model;
    const edge = cards.edges.find((each) => each.line === line);
    if (!edge) return [];
    if (edge.operand < 0) {
      const nameOf = ({ nodes }) => shorten(graph.fullName(nodes[nodes.length - 1]), 30);
      return [`${counted(edge.times, "value")} go along here`, `to ${nameOf(view.elements[edge.head])}`];
    }
    const [n, operand] = [graph.userAt[edge.operand], graph.operands[edge.operand]];
    const [name, of, root] = [n, operand, graph.root].map((each) => shorten(graph.nameOf(each), 24));
    const lines = [`${of} → ${name}`];
    if (graph.isConstant(operand)) return [...lines, "a plain number: nobody asks for its gradient"];
    lines.push(`local derivative ∂${name}/∂${of} = ${known(interpreter.partials[edge.operand], steps.knowsNumber(n), 6)}`);
    const flow = steps.hasPassedOn(n) ? interpreter.flow(n, edge.operand) : undefined;
    if (flow === null) return [...lines, "nothing flows back here"];
    return [...lines, `flows back: ∂${root}/∂${name} · ∂${name}/∂${of} = ${flow === undefined ? "?" : format(flow, 6)}`];
  }

  // ---------------------------------------------------------------------------------------------------- edges nearby

  /** The line of the edge that a pointer is near to, or null. */
  edgeNear({ clientX, clientY, target }) {
    const { cards, pane } = this.page;
    if (!cards || target.closest("[data-fold]")) return null;
    const { left, top } = pane.svg.getBoundingClientRect();
    const [x, y] = [(clientX - left - pane.x) / pane.scale, (clientY - top - pane.y) / pane.scale];
    const within = NEAR / pane.scale;
    let [best, nearest] = [null, within];
    for (const { line } of cards.edges) {
      const { box, points } = this.pointsOf(line);
      if (x < box.x - within || x > box.x + box.width + within) continue;
      if (y < box.y - within || y > box.y + box.height + within) continue;
      const distance = distanceTo(points(), x, y);
      if (distance < nearest) [best, nearest] = [line, distance];
    }
    return best;
  }

  /** {box, points()} of a line, computed when it is asked for first. */
  pointsOf(line) {
    const path = line.getAttribute("d");
    let kept = this.lines.get(line);
    if (kept?.path !== path) {
      let points = null;
      kept = { path, box: line.getBBox(), points: () => (points ??= sampled(line)) };
      this.lines.set(line, kept);
    }
    return kept;
  }
}

function sampled(line) {
  const length = line.getTotalLength();
  return Array.from({ length: SAMPLES + 1 }, (_, i) => line.getPointAtLength((length * i) / SAMPLES));
}

/** From a point to the segments between points. */
function distanceTo(points, x, y) {
  let nearest = Infinity;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1], points[i]];
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const along = Math.max(0, Math.min(1, ((x - a.x) * dx + (y - a.y) * dy) / (dx * dx + dy * dy || 1)));
    nearest = Math.min(nearest, Math.hypot(a.x + along * dx - x, a.y + along * dy - y));
  }
  return nearest;
}

function around({ x, y }) {
  return { left: x - NEAR, right: x + NEAR, top: y - NEAR, bottom: y + NEAR };
}

function listed(names) {
  const more = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(", ")}${more > 0 ? `, and ${more.toLocaleString("en")} more` : ""}`;
}

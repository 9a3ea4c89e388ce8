// The scalar graph as shapes: a card for every element of the view, a line for every edge; and the numbers on them.

import { shape } from "../dom.js";
import { describeNode, isFlat } from "../state/formula.js";
import { format, known } from "../state/numbers.js";
import { counted, shorten } from "../state/texts.js";
import { blend, css, inkOn, strength } from "./colours.js";
import { heatmap } from "./heatmap.js";

const EDGE_LABEL = { width: 62, height: 26 };
const COUNT_LABEL = { width: 56, height: 14 };
const MOST_LABELS = 160; // edges, in a picture that shows numbers on them

/** What the layout needs to know of a view, and the shapes that `Cards.update` fills with numbers. */
export class Cards {
  constructor(model, view) {
    this.model = model;
    this.view = view;
    this.labelled = view.edges.length <= MOST_LABELS;
    this.nodes = view.elements.map((element) => this.card(element));
    this.edges = view.edges.map((edge) => this.edge(edge));
    this.frames = view.frames.map((call) => this.frame(call));
  }

  get layoutInput() {
    const place = new Map(this.view.frames.map((call, number) => [call, number]));
    const { calls } = this.model.graph;
    return {
      nodes: this.nodes.map(({ width, height, element }) => ({
        width,
        height,
        frame: place.get(element.home - 1) ?? -1,
      })),
      edges: this.edges.map(({ tail, head, room }) => ({ tail, head, label: room })),
      frames: this.view.frames.map((call) => ({
        outer: place.get(calls[call].outer) ?? -1,
        width: 30 + 6.5 * shorten(calls[call].name, 30).length,
      })),
    };
  }

  // ------------------------------------------------------------------------------------------------------ shapes

  card(element) {
    const { graph } = this.model;
    if (element.kind !== "node") return this.folded(element);
    const { n } = element;
    if (graph.isConstant(n)) return this.constant(element);
    const [width, height] = [112, 52];
    const leaf = graph.isLeaf(n);
    const symbol = shorten(graph.rule(n).symbol, 10);
    const wide = leaf ? 0 : Math.max(18, 8 + 7 * symbol.length);
    const label = shorten(graph.nameOf(n), Math.floor((width - 18 - wide) / 6.2));
    const group = item(`node${leaf ? " leaf" : ""}${n === graph.root ? " root" : ""}`, element);
    const box = shape("rect", { class: "card", width, height, rx: leaf ? 14 : 5 });
    const number = text("number", width - 8, 31, "", "end");
    const gradient = text("number", width - 8, 45, "", "end");
    group.append(box, text(graph.labelOf(n) ? "label" : "label made", 8, 16, label));
    if (!leaf) {
      const x = width - 6 - wide;
      group.append(
        shape("rect", { class: "badge", x, y: 4, width: wide, height: 16, rx: 8 }),
        text("operation", x + wide / 2, 16, symbol, "middle"),
      );
    }
    group.append(text("what", 8, 31, "data"), text("what", 8, 45, "grad"), number, gradient);
    return { element, key: element.key, group, width, height, box, number, gradient };
  }

  constant(element) {
    const group = item("node constant", element);
    const number = text("number", 29, 16, "", "middle");
    const box = shape("rect", { class: "card", width: 58, height: 24, rx: 12 });
    group.append(box, number);
    return { element, key: element.key, group, width: 58, height: 24, box, number, gradient: null };
  }

  /** A box for many nodes: what it is, how many, the largest gradient, and its parameters as a small picture. */
  folded(element) {
    const { graph } = this.model;
    const { operations, leaves } = graph.contents(element.nodes);
    const learned = leaves.filter((n) => graph.isParameter[n]);
    const pictured = element.kind === "leaves" ? leaves : learned;
    const lines = [];
    if (element.kind === "call") lines.push(shorten(graph.calls[element.call].name, 20));
    else if (element.kind === "leaves") lines.push(commonName(graph, element.nodes));
    else
      lines.push(
        element.calls
          ? `… ${counted(element.calls, "more module")}`
          : `… ${counted(element.nodes.length, "more node")}`,
      );
    if (operations && element.kind === "call") lines.push(counted(operations, "operation"));
    if (element.kind === "leaves") lines.push(`${element.nodes.length.toLocaleString("en")} leaves`);
    else if (learned.length) lines.push(counted(learned.length, "parameter"));
    const [width, height] = [pictured.length ? 186 : 132, 60];
    const group = item(`fold ${element.kind}`, element);
    if (element.kind === "call") group.setAttribute("aria-expanded", "false");
    const box = shape("rect", { class: "card", width, height, rx: 6 });
    const gradient = text("number", 8, 53, "");
    group.append(shape("rect", { class: "card behind", x: 3, y: 3, width, height, rx: 6 }), box);
    lines.forEach((line, i) => group.append(text(i === 0 ? "label" : "what", 8, 16 + 12.5 * i, line)));
    group.append(gradient);
    const picture = pictured.length
      ? shape("image", { x: width - 54, y: 6, width: 48, height: 48, class: "heatmap" })
      : null;
    if (picture)
      group.append(shape("rect", { class: "heatmap-frame", x: width - 54.5, y: 5.5, width: 49, height: 49 }), picture);
    return {
      element,
      key: element.key,
      group,
      width,
      height,
      box,
      number: null,
      gradient,
      picture,
      pictured,
      name: lines.join(", "),
    };
  }

  edge(edge) {
    const { graph } = this.model;
    const line = shape("path", { class: "edge" });
    const isOperand = edge.operand >= 0;
    const isConstant = isOperand && graph.isConstant(graph.operands[edge.operand]); // nobody asks for its gradient
    const count = edge.times > 1 && this.labelled ? COUNT_LABEL : null;
    const size = isConstant ? null : isOperand ? EDGE_LABEL : count;
    const label = size && shape("g", { class: "edge-label" });
    const texts = [];
    if (label && isOperand) texts.push(text("partial", 0, -3, "", "middle"), text("flow", 0, 10, "", "middle"));
    else if (label) texts.push(text("times", 0, 4, `${edge.times.toLocaleString("en")} values`, "middle"));
    label?.append(...texts);
    if (!this.labelled) label?.classList.add("on-demand");
    return { ...edge, line, label, room: this.labelled ? size : null, texts, isConstant };
  }

  frame(call) {
    const { name } = this.model.graph.calls[call];
    const fold = shape(
      "g",
      {
        class: "fold-button",
        role: "button",
        tabindex: 0,
        "aria-label": `fold ${shorten(name, 60)}`,
        "aria-expanded": "true",
        "data-fold": call,
      },
      shape("rect", { x: 4, y: 4, width: 17, height: 17, rx: 4 }),
      text("operation", 12.5, 16.5, "−", "middle"),
    );
    fold.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      fold.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    });
    const group = shape(
      "g",
      {},
      shape("rect", { class: "frame", rx: 8 }),
      fold,
      text("frame-name", 27, 17, shorten(name, 30)),
    );
    return { key: String(call), group };
  }

  // ------------------------------------------------------------------------------------------------------ numbers

  /** Write the numbers of this moment on everything; `paper` is the colour of a card without gradient. */
  update(paper) {
    const { graph, interpreter, steps } = this.model;
    const gradients = this.nodes.map(({ element }) => this.gradientOf(element));
    const sizes = gradients.map(({ gradient }) => Math.abs(gradient)).filter(Number.isFinite);
    const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
    this.nodes.forEach((card, number) => {
      const { element, group, box } = card;
      const { gradient, state } = gradients[number];
      const last = element.nodes[element.nodes.length - 1];
      const hasNumber = steps.knowsNumber(last);
      const wrong = !Number.isFinite(gradient) || (hasNumber && !Number.isFinite(interpreter.data[last]));
      const colour = wrong ? [255, 179, 193] : blend(card.gradient ? strength(gradient, largest) : 0, paper);
      box.style.fill = css(colour);
      group.style.setProperty("--ink", inkOn(colour));
      group.classList.toggle("wrong", wrong);
      group.classList.toggle("unknown", !hasNumber);
      const text = (number, digits) =>
        state === "unknown" ? "?" : `${format(number, digits)}${state === "partial" ? " …" : ""}`;
      if (element.kind === "node") {
        card.number.textContent = hasNumber ? format(interpreter.data[last]) : "?";
        if (card.gradient) card.gradient.textContent = text(gradient);
        group.setAttribute("aria-label", describeNode(graph, interpreter, steps, last));
      } else {
        card.gradient.textContent = `max |grad| ${text(Math.abs(gradient), 3)}`;
        const said = { unknown: "unknown", partial: `${format(gradient)} so far`, known: format(gradient) }[state];
        group.setAttribute("aria-label", `${card.name}, largest gradient ${said}, ${foldHint(element)}`);
      }
    });
    this.edges.forEach((edge) => this.updateEdge(edge, largest));
    return largest;
  }

  updateEdge({ operand, operands, times, line, texts, isConstant }, largest) {
    const { graph, interpreter, steps } = this.model;
    const positions = operand >= 0 ? [operand] : operands;
    const isAbsent = positions.length === times && positions.every((i) => this.isAbsent(i));
    line.classList.toggle("absent", isAbsent);
    if (isConstant) return;
    let flow = 0;
    for (const i of positions) {
      const n = graph.userAt[i];
      const one = steps.hasPassedOn(n) && !graph.isConstant(graph.operands[i]) ? (interpreter.flow(n, i) ?? 0) : 0;
      if (Math.abs(one) > Math.abs(flow) || Number.isNaN(one)) flow = one;
    }
    if (operand >= 0) {
      const n = graph.userAt[operand];
      const notChosen = isAbsent && !interpreter.hasEdge(n, operand) && !isFlat(graph, n, operand);
      texts[0].textContent = `∂ ${known(interpreter.partials[operand], steps.knowsNumber(n), 3)}`;
      texts[1].textContent = notChosen ? "not chosen" : `← ${isAbsent ? "–" : known(flow, steps.hasPassedOn(n), 3)}`;
    }
    const strong = strength(flow, largest);
    line.style.stroke = strong ? css(blend(strong, [128, 128, 128])) : "";
    line.style.strokeWidth = 1 + 2 * Math.abs(strong);
  }

  /** Whether it is known by now that nothing flows back along the edge at this position. */
  isAbsent(position) {
    const { graph, interpreter, steps } = this.model;
    const n = graph.userAt[position];
    if (steps.hasPassedOn(n)) return interpreter.flow(n, position) === null;
    return steps.knowsNumber(n) && !interpreter.hasEdge(n, position);
  }

  /** Of an element the largest in size, with its sign, of those that are known or known in part. */
  gradientOf({ nodes }) {
    const { graph, interpreter, steps } = this.model;
    const counts = { unknown: 0, partial: 0, known: 0 };
    let largest = 0;
    for (const n of nodes) {
      if (graph.isConstant(n)) continue;
      const state = steps.gradient(n);
      counts[state]++;
      const gradient = interpreter.gradient[n];
      if (state !== "unknown" && (Number.isNaN(gradient) || Math.abs(gradient) > Math.abs(largest))) largest = gradient;
    }
    const state = counts.partial || (counts.known && counts.unknown) ? "partial" : counts.unknown ? "unknown" : "known";
    return { gradient: largest, state };
  }

  /** Draw the numbers of the leaves in folded boxes again. */
  updatePictures(paper) {
    const { graph } = this.model;
    for (const { element, picture, pictured } of this.nodes) {
      if (!picture) continue;
      const numbers = Array.from(pictured, (n) => graph.leaves[n]);
      const side = Math.sqrt(numbers.length - 1);
      const isNeuron = element.kind === "call" && !graph.calls[element.call].inner.length;
      if (isNeuron && side > 2 && Number.isInteger(side)) numbers.push(numbers.shift()); // the bias, which comes first
      picture.setAttribute("href", heatmap(numbers, paper));
    }
  }
}

function item(className, element) {
  const inside = element.home > 0 ? element.home - 1 : "";
  return shape("g", { class: `item ${className}`, role: "button", tabindex: -1, "data-inside": inside });
}

function text(className, x, y, content, anchor) {
  const node = shape("text", { class: className, x, y, "text-anchor": anchor });
  node.textContent = content;
  return node;
}

/** "x1 … x784", or what all labels are, or nothing. */
function commonName(graph, nodes) {
  const [first, last] = [nodes[0], nodes[nodes.length - 1]].map((n) => shorten(graph.labelOf(n), 9));
  return first && last && first !== last ? `${first} … ${last}` : first || "leaves";
}

function foldHint({ kind }) {
  return { call: "folded", leaves: "leaves with the same users", rest: "shows more" }[kind];
}

// The scalar graph as shapes: a card for every element of the view, a line for every edge; and the numbers on them.

import { counted, shape, shorten } from "./dom.js";
import { describeNode } from "./formula.js";
import { heatmap } from "./heatmap.js";
import { blend, css, format, inkOn, known, strength } from "./numbers.js";

const EDGE_LABEL = { width: 62, height: 26 };
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
      nodes: this.nodes.map(({ width, height, element }) => ({ width, height, frame: place.get(element.home - 1) ?? -1 })),
      edges: this.edges.map(({ tail, head, room }) => ({ tail, head, label: room })),
      frames: this.view.frames.map((call) => ({ outer: place.get(calls[call].outer) ?? -1, width: 30 + 6.5 * shorten(calls[call].name, 30).length })),
    };
  }

  // ------------------------------------------------------------------------------------------------------ shapes

  card(element) {
    const { graph } = this.model;
    if (element.kind !== "node") return this.folded(element);
    const { n } = element;
    if (graph.isConstant(n)) return this.constant(element);
    const [width, height] = [112, 52];
    const label = shorten(graph.labelOf(n), 14);
    const { symbol } = graph.rule(n);
    const leaf = graph.isLeaf(n);
    const group = item(`node${leaf ? " leaf" : ""}${n === graph.root ? " root" : ""}`, element);
    const box = shape("rect", { class: "card", width, height, rx: leaf ? 14 : 5 });
    const number = text("number", width - 8, 31, "", "end");
    const gradient = text("number", width - 8, 45, "", "end");
    group.append(box, text("label", 8, 16, label || (leaf ? "leaf" : "")));
    if (!leaf) {
      const wide = Math.max(18, 8 + 7 * shorten(symbol, 10).length);
      const x = label ? width - 6 - wide : 6;
      group.append(shape("rect", { class: "badge", x, y: 4, width: wide, height: 16, rx: 8 }), text("operation", x + wide / 2, 16, shorten(symbol, 10), "middle"));
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
    const leaves = element.nodes.filter((n) => graph.isLeaf(n) && !graph.isConstant(n));
    const operations = element.nodes.reduce((sum, n) => sum + !graph.isLeaf(n), 0);
    const learned = leaves.filter((n) => graph.isParameter[n]);
    const pictured = element.kind === "leaves" ? leaves : learned;
    const lines = [];
    if (element.kind === "call") lines.push(shorten(graph.calls[element.call].name, 20));
    else if (element.kind === "leaves") lines.push(commonName(graph, element.nodes));
    else lines.push(element.calls ? `… ${counted(element.calls, "more module")}` : `… ${counted(element.nodes.length, "more node")}`);
    if (operations && element.kind === "call") lines.push(counted(operations, "operation"));
    if (element.kind === "leaves") lines.push(`${element.nodes.length.toLocaleString("en")} leaves`);
    else if (learned.length) lines.push(counted(learned.length, "parameter"));
    const [width, height] = [pictured.length ? 186 : 132, 60];
    const group = item(`fold ${element.kind}`, element);
    const box = shape("rect", { class: "card", width, height, rx: 6 });
    const gradient = text("number", 8, 53, "");
    group.append(shape("rect", { class: "card behind", x: 3, y: 3, width, height, rx: 6 }), box);
    lines.forEach((line, i) => group.append(text(i === 0 ? "label" : "what", 8, 16 + 12.5 * i, line)));
    group.append(gradient);
    const picture = pictured.length ? shape("image", { x: width - 54, y: 6, width: 48, height: 48, class: "heatmap" }) : null;
    if (picture) group.append(shape("rect", { class: "heatmap-frame", x: width - 54.5, y: 5.5, width: 49, height: 49 }), picture);
    return { element, key: element.key, group, width, height, box, number: null, gradient, picture, pictured, name: lines.join(", ") };
  }

  edge(edge) {
    const line = shape("path", { class: "edge" });
    const room = !this.labelled ? null : edge.operand >= 0 ? EDGE_LABEL : edge.times > 1 ? { width: 40, height: 14 } : null;
    const label = room || edge.operand >= 0 ? shape("g", { class: "edge-label" }) : null;
    const texts = [];
    if (label && edge.operand >= 0) texts.push(text("partial", 0, -3, "", "middle"), text("flow", 0, 10, "", "middle"));
    else if (label) texts.push(text("times", 0, 4, `×${edge.times.toLocaleString("en")}`, "middle"));
    label?.append(...texts);
    if (label && !room) label.classList.add("on-demand");
    return { ...edge, line, label, room, texts };
  }

  frame(call) {
    const { name } = this.model.graph.calls[call];
    const fold = shape("g", { class: "fold-button", role: "button", tabindex: 0, "aria-label": `fold ${shorten(name, 60)}`, "data-fold": call },
      shape("rect", { x: 4, y: 4, width: 17, height: 17, rx: 4 }), text("operation", 12.5, 16.5, "−", "middle"));
    fold.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      fold.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    });
    const group = shape("g", {}, shape("rect", { class: "frame", rx: 8 }), fold, text("frame-name", 27, 17, shorten(name, 30)));
    return { key: String(call), group };
  }

  // ------------------------------------------------------------------------------------------------------ numbers

  /** Write the numbers of this moment on everything; `paper` is the colour of a card without gradient. */
  update(paper) {
    const { graph, interpreter, steps } = this.model;
    const largest = this.largestGradient();
    for (const card of this.nodes) {
      const { element, group, box } = card;
      const gradient = this.gradientOf(element);
      const wrong = Number.isNaN(gradient) || Math.abs(gradient) === Infinity;
      const colour = wrong ? [255, 179, 193] : blend(card.gradient ? strength(gradient, largest) : 0, paper);
      box.style.fill = css(colour);
      group.style.setProperty("--ink", inkOn(colour));
      group.classList.toggle("wrong", wrong);
      if (element.kind === "node") {
        const { n } = element;
        const state = steps.gradient(n);
        const hasNumber = steps.knowsNumber(n);
        card.number.textContent = known(interpreter.data[n], hasNumber);
        if (card.gradient) card.gradient.textContent = known(interpreter.gradient[n], state !== "unknown") + (state === "partial" ? " …" : "");
        group.classList.toggle("unknown", !hasNumber);
        group.setAttribute("aria-label", describeNode(graph, interpreter, steps, n));
      } else {
        const shown = steps.passed ? `largest gradient ${format(gradient)}` : "largest gradient ?";
        card.gradient.textContent = `max |grad| ${steps.passed ? format(Math.abs(gradient), 3) : "?"}`;
        group.setAttribute("aria-label", `${card.name}, ${shown}, ${foldHint(element)}`);
      }
    }
    this.edges.forEach((edge) => this.updateEdge(edge, largest));
    return largest;
  }

  updateEdge({ operand, operands, head, line, texts }, largest) {
    const { interpreter, steps } = this.model;
    const flows = (i, n) => (steps.hasPassedOn(n) ? interpreter.partials[i] * interpreter.gradient[n] : 0);
    let flow = 0;
    if (operand >= 0) {
      const { n } = this.view.elements[head];
      const passed = steps.hasPassedOn(n);
      flow = flows(operand, n);
      texts[0].textContent = `∂ ${known(interpreter.partials[operand], steps.knowsNumber(n), 3)}`;
      texts[1].textContent = `← ${known(flow, passed, 3)}`;
    } else {
      for (const i of operands) {
        const one = flows(i, this.ownerOfOperand(i));
        if (Math.abs(one) > Math.abs(flow)) flow = one;
      }
    }
    const strong = strength(flow, largest);
    line.style.stroke = strong ? css(blend(strong, [128, 128, 128])) : "";
    line.style.strokeWidth = 1 + 2 * Math.abs(strong);
  }

  /** The node whose operand stands at position i. */
  ownerOfOperand(i) {
    const { starts } = this.model.graph;
    let low = this.model.graph.leafCount;
    let high = this.model.graph.size - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= i) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Of a folded box the largest in size, with its sign; 0 while it is unknown. */
  gradientOf({ nodes }) {
    const { graph, interpreter, steps } = this.model;
    let largest = 0;
    for (const n of nodes) {
      if (graph.isConstant(n)) continue;
      const gradient = interpreter.gradient[n];
      if (Number.isNaN(gradient)) return steps.gradient(n) === "unknown" ? 0 : NaN;
      if (Math.abs(gradient) > Math.abs(largest) && steps.gradient(n) !== "unknown") largest = gradient;
    }
    return largest;
  }

  largestGradient() {
    return this.view.elements.reduce((largest, element) => {
      const gradient = Math.abs(this.gradientOf(element));
      return Number.isFinite(gradient) ? Math.max(largest, gradient) : largest;
    }, 0);
  }

  /** Draw the numbers of the leaves in folded boxes again. */
  updatePictures(paper) {
    for (const { picture, pictured } of this.nodes) {
      if (!picture) continue;
      const numbers = Array.from(pictured, (n) => this.model.graph.leaves[n]);
      const side = Math.sqrt(numbers.length - 1);
      if (side > 2 && Number.isInteger(side)) numbers.push(numbers.shift()); // a neuron's bias comes first: a pixel of its own, last
      const { url } = heatmap(numbers, paper);
      picture.setAttribute("href", url);
      picture.setAttribute("preserveAspectRatio", "xMidYMid meet");
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

// The scalar graph as shapes: a card for every element of the view, a line for every edge; and the numbers on them.

import { shape, textAt } from "../dom.js";
import { headLines, weightsOf } from "../state/folding/attention.js";
import { describeNode } from "../state/formulas/formula.js";
import { callTitle, countedMembers } from "../state/folding/member_names.js";
import { format } from "../state/numbers.js";
import { sumName } from "../state/folding/sums.js";
import { counted, shorten } from "../state/texts.js";
import { blend, css, inkOn, strength } from "./colours/colours.js";
import { fitted } from "./fitting.js";
import { cellFrame, heatmap } from "./colours/heatmap.js";
import { lineOf, meanAt, updateLine } from "./lines.js";
import { Scales } from "./colours/scales.js";

const TAG_LENGTH = 12; // characters of what stands for a node in other lines
const PICTURE = 48; // the height of one in a box, and of parameters its width
const ATTENTION_CELL = 12; // the width of a weight, where there is room
const MOST_ATTENTION = 120;
const MOST_LABELS = 160; // edges, in a picture that shows numbers on them

/** What the layout needs to know of a view, and the shapes that `Cards.update` fills with numbers. */
export class Cards {
  constructor(model, view) {
    this.model = model;
    this.view = view;
    this.folding = view.layout.members.folding;
    this.labelled = view.edges.length <= MOST_LABELS;
    this.nodes = view.elements.map((element) => this.card(element));
    this.edges = view.edges.map((edge) => lineOf(model.graph, edge, this.labelled));
    this.placeOfFrame = new Map(view.frames.map((call, number) => [call, number]));
    this.frames = view.frames.map((call) => this.frame(call));
  }

  get layoutInput() {
    const { calls } = this.model.graph;
    return {
      nodes: this.nodes.map(({ width, height, element, name }) => ({
        width,
        height,
        tag: { width: 14 + 6.4 * name.length, height: 18 },
        frame: this.placeOfFrame.get(element.home - 1) ?? -1,
        kin: element.kind === "call" ? kinOf(calls[element.call]) : null,
        call: element.call,
      })),
      edges: this.edges.map(({ tail, head, room }) => ({ tail, head, label: room })),
      frames: this.frames.map(({ outer, width }, number) => {
        const call = this.view.frames[number];
        return { outer, kin: kinOf(calls[call]), call, width };
      }),
    };
  }

  // ------------------------------------------------------------------------------------------------------ shapes

  card(element) {
    const { graph } = this.model;
    if (!isNode(element)) return this.folded(element);
    const { n, mean } = element;
    if (graph.isConstant(n)) return this.constant(element);
    const leaf = graph.isLeaf(n);
    const symbol = element.kind === "sum" ? "Σ" : shorten(graph.rule(n).symbol, 10);
    const isWide = this.hasMean(element) || (!leaf && symbol.length > 6);
    const [width, height] = [isWide ? 136 : 112, 52];
    const wide = leaf ? 0 : Math.max(18, 8 + 7 * symbol.length);
    const label = fitted(graph.nameOf(n), width - 14 - (wide && wide + 4));
    const group = item(`node${leaf ? " leaf" : ""}${n === graph.root ? " root" : ""}`, element);
    const box = shape("rect", { class: "card", width, height, rx: leaf ? 14 : 5 });
    const number = textAt("number", width - 8, 31, "", "end");
    const gradient = textAt("number", width - 8, 45, "", "end");
    group.append(box, textAt(graph.labelOf(n) ? "label" : "label made", 8, 16, label));
    if (!leaf) {
      const x = width - 6 - wide;
      group.append(
        shape("rect", { class: "badge", x, y: 4, width: wide, height: 16, rx: 8 }),
        textAt("operation", x + wide / 2, 16, symbol, "middle"),
      );
    }
    const [data, grad] = mean ? ["mean data", "mean grad"] : ["data", "grad"];
    group.append(textAt("what", 8, 31, data), textAt("what", 8, 45, grad), number, gradient);
    const name = shorten(graph.nameOf(n), TAG_LENGTH);
    return { element, key: element.key, name, group, width, height, box, number, gradient };
  }

  /** Whether a mean may be shown, which takes more room than a number. */
  hasMean({ own }) {
    const families = this.view.layout.members.familiesOf(own[0]);
    return families.some(({ kind, alike }) => kind === "rows" && alike);
  }

  constant(element) {
    const group = item("node constant", element);
    const number = textAt("number", 29, 16, "", "middle");
    const box = shape("rect", { class: "card", width: 58, height: 24, rx: 12 });
    group.append(box, number);
    const name = shorten(this.model.graph.nameOf(element.n), TAG_LENGTH);
    return { element, key: element.key, name, group, width: 58, height: 24, box, number, gradient: null };
  }

  /** A box for many nodes: what it is, how many, the largest gradient, and its parameters as a small picture. */
  folded(element) {
    const { graph } = this.model;
    const { operations, leaves } = graph.contents(element.nodes);
    const learned = leaves.filter((n) => graph.isParameter[n]);
    const pictured = element.kind === "leaves" ? leaves : learned;
    const lines = [];
    if (element.kind === "call") lines.push(shorten(callTitle(this.folding, element.call).name, 20));
    else if (element.kind === "leaves") lines.push(commonName(graph, element.nodes));
    else
      lines.push(
        element.calls
          ? `… ${counted(element.calls, "more module")}`
          : `… ${counted(element.nodes.length, "more node")}`,
      );
    const attention = element.kind === "call" ? this.folding.attention.at(element.call) : null;
    if (attention) return this.weighing(element, attention, lines[0]);
    if (operations && element.kind === "call") lines.push(counted(operations, "operation"));
    if (element.kind === "leaves") lines.push(counted(element.nodes.length, "leaf", "leaves"));
    else if (learned.length) lines.push(counted(learned.length, "parameter"));
    return { ...this.box(element, lines, pictured.length ? PICTURE : 0, pictured.length), pictured };
  }

  /** The box of an attention: what each softmax looks at, heads downwards and positions across. */
  weighing(element, entry, name) {
    const { rows, columns } = entry;
    const lines = [name, counted(rows, ...this.folding.attention.nameOfRow(entry)), counted(columns, "position")];
    const width = Math.min(MOST_ATTENTION, Math.max(PICTURE, ATTENTION_CELL * columns));
    const card = this.box(element, lines, width);
    card.picture.setAttribute("preserveAspectRatio", "none"); // few heads may be as high as many
    return { ...card, attention: entry };
  }

  /** A box with lines of text, and room for a picture of some width; that of `count` numbers may fill a part of it. */
  box(element, lines, room, count = 0) {
    const text = element.kind === "rest" ? 146 : 132; // a large count has to fit
    const [width, height] = [text + (room ? room + 6 : 0), 60];
    const group = item(`fold ${element.kind}`, element);
    if (element.kind === "call") group.setAttribute("aria-expanded", "false");
    const box = shape("rect", { class: "card", width, height, rx: 6 });
    const gradient = textAt("number", 8, 53, "");
    group.append(shape("rect", { class: "card behind", x: 3, y: 3, width, height, rx: 6 }), box);
    const place = { x: width - room - 6, y: 6, width: room, height: PICTURE };
    lines.forEach((line, i) => {
      const text = i ? line : fitted(line, (room ? place.x : width) - 14);
      group.append(textAt(i === 0 ? "label" : "what", 8, 16 + 12.5 * i, text));
    });
    group.append(gradient);
    const picture = room ? shape("image", { ...place, class: "heatmap" }) : null;
    if (picture) {
      group.append(picture, cellFrame(place, count));
    }
    const [name, spoken] = [shorten(lines[0], TAG_LENGTH), lines.join(", ")];
    return { element, key: element.key, group, width, height, box, number: null, gradient, picture, name, spoken };
  }

  frame(call) {
    const { name, widest } = callTitle(this.folding, call);
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
      textAt("operation", 12.5, 16.5, "−", "middle"),
    );
    fold.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      fold.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    });
    return {
      key: String(call),
      group: shape("g", {}, shape("rect", { class: "frame", rx: 8 })),
      title: shape("g", {}, fold, textAt("frame-name", 27, 17, shorten(name, 30))),
      width: 30 + 6.5 * shorten(widest, 30).length,
      outer: this.placeOfFrame.get(this.model.graph.calls[call].outer) ?? -1,
    };
  }

  // ------------------------------------------------------------------------------------------------------ numbers

  /** Write the numbers of this moment on everything; `paper` is the colour of a card without gradient. Gives the scales. */
  update(paper) {
    const { graph, interpreter, steps } = this.model;
    const gradients = this.nodes.map(({ element }) => this.gradientOf(element));
    const sizes = gradients.map(({ gradient }) => gradient);
    const scales = new Scales(graph, this.view.elements, sizes, this.model.isByModule);
    this.nodes.forEach((card, number) => {
      const { element, group, box } = card;
      const { gradient, state } = gradients[number];
      const last = element.own[element.own.length - 1];
      const hasNumber = steps.knowsNumber(last);
      const data = element.mean && isNode(element) ? meanAt(interpreter.data, element.own) : interpreter.data[last];
      const isLost = card.gradient && !Number.isFinite(gradient); // a plain number has none
      const wrong = isLost || (hasNumber && !Number.isFinite(data));
      const strong = card.gradient ? strength(gradient, scales.of(number)) : 0;
      const colour = wrong ? PALETTE.wrong : blend(strong, paper);
      box.style.fill = css(colour);
      group.style.setProperty("--ink", inkOn(colour));
      group.classList.toggle("wrong", Boolean(wrong));
      group.classList.toggle("unknown", !hasNumber);
      const text = (number, digits) =>
        state === "unknown" ? "?" : `${format(number, digits)}${state === "partial" ? " …" : ""}`;
      if (isNode(element)) {
        card.number.textContent = hasNumber ? format(data) : "?";
        if (card.gradient) card.gradient.textContent = text(gradient);
        const means = `value ${hasNumber ? format(data) : "unknown"}${card.gradient ? `, gradient ${text(gradient)}` : ""}`;
        const said = element.mean
          ? `${shorten(graph.nameOf(element.n), 60)}, mean over ${countedMembers(element.mean)}: ${means}`
          : describeNode(graph, interpreter, steps, last);
        group.setAttribute("aria-label", element.kind === "sum" ? `${said}, ${sumName(element.sum)}` : said);
      } else {
        card.gradient.textContent = `max |grad| ${text(Math.abs(gradient), 3)}`;
        const said = { unknown: "unknown", partial: `${format(gradient)} so far`, known: format(gradient) }[state];
        const weights = card.attention ? this.showAttention(card, paper) : "";
        group.setAttribute("aria-label", `${card.spoken}${weights}, largest gradient ${said}, ${foldHint(element)}`);
      }
    });
    this.edges.forEach((edge) => updateLine(this.model, edge, scales.of(edge.head)));
    return scales;
  }

  /**
   * Of an element the largest in size, with its sign, of those that are known or known in part; of a node over the
   * members of a family their mean, and of a sum that of the sum itself.
   */
  gradientOf(element) {
    const { graph, interpreter, steps } = this.model;
    const nodes = element.own;
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
    const isMean = element.mean && isNode(element) && state !== "unknown";
    return { gradient: isMean ? meanAt(interpreter.gradient, nodes) : largest, state };
  }

  /** Draw what the heads of a box look at by now; gives it in words. */
  showAttention(card, paper) {
    const { attention, picture } = card;
    const weights = weightsOf(this.model, attention);
    const shown = `${paper} ${weights}`;
    if (card.drawn !== shown) picture.setAttribute("href", heatmap(weights, paper, attention.columns, 1));
    card.drawn = shown;
    const lines = headLines(weights, attention.columns, this.folding.attention.nameOfRow(attention));
    return lines.map((line) => `, ${line}`).join("");
  }

  /** Draw the numbers of the leaves in folded boxes again. */
  updatePictures(paper) {
    const { graph } = this.model;
    for (const { element, picture, pictured, attention } of this.nodes) {
      if (!picture || attention) continue;
      const numbers = Array.from(pictured, (n) => graph.leaves[n]);
      const side = Math.sqrt(numbers.length - 1);
      const isNeuron = element.kind === "call" && !graph.calls[element.call].inner.length;
      if (isNeuron && side > 2 && Number.isInteger(side)) numbers.push(numbers.shift()); // the bias, which comes first
      picture.setAttribute("href", heatmap(numbers, paper));
    }
  }
}

/** A single number, and no box for many. */
function isNode({ kind }) {
  return kind === "node" || kind === "sum";
}

/** The same for calls that differ by a number only, such as the neurons of a layer. */
function kinOf({ outer, name }) {
  return `${outer} ${name.replace(/\d+/g, "#")}`;
}

function item(className, element) {
  const inside = element.home > 0 ? element.home - 1 : "";
  return shape("g", { class: `item ${className}`, role: "button", tabindex: -1, "data-inside": inside });
}

/** "x1 … x784", or what all labels are, or nothing. */
function commonName(graph, nodes) {
  const [first, last] = [nodes[0], nodes[nodes.length - 1]].map((n) => shorten(graph.labelOf(n), 9));
  return first && last && first !== last ? `${first} … ${last}` : first || "leaves";
}

function foldHint({ kind }) {
  return { call: "folded", leaves: "leaves with the same users", rest: "shows more" }[kind];
}

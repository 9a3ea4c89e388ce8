// The picture of the network: a small picture of what each neuron gives over the plane, lines as wide as their weights.

import { element, shape } from "../../../dom.js";
import { blend, css } from "../../../picture/colours/colours.js";
import { format } from "../../../state/numbers.js";
import { counted, shorten } from "../../../state/texts.js";
import { GradientStrip } from "./gradients.js";
import { edgeLine, parameterIndex, placesOf } from "./places.js";
import { Raster } from "../shades.js";

export const MAP_SIDE = 24; // cells of a neuron's picture
const WIDEST = 6; // a line
const MOST_LINES_HIT = 400; // lines that can be pointed at

/**
 * `on` has select(layer, neuron), hover({layer, neuron} or null), edge(layer, neuron, i), resize(layer, by), and
 * tip(text, event) for what stands beside the pointer. Layers are counted from 0; the inputs are layer -1.
 */
export class NetworkPicture {
  constructor(part, on) {
    Object.assign(this, { part, on, rasters: [], edges: [], selected: null });
    this.strip = new GradientStrip();
    part.addEventListener("keydown", (event) => this.walk(event));
  }

  /** Draw a network anew: `about` has inputs (names), sizes, activations of the layers, outputNames, imageShape. */
  build(about) {
    this.about = about;
    const { inputs, sizes, imageShape } = about;
    this.places = placesOf(this.part.clientWidth || 600, inputs.length, sizes, imageShape);
    const { width, height } = this.places;
    this.part.style.height = `${height}px`;
    this.svg = shape("svg", { class: "edges", width, height, "aria-hidden": "true" });
    this.buttons = [];
    this.rasters = [];
    const nodes = this.places.columns.map((column, i) => this.column(column, i - 1));
    this.drawEdges();
    this.part.replaceChildren(this.svg, ...nodes.flat(), ...this.strip.build(this.places, about));
    this.mark(this.selected);
  }

  column(column, layer) {
    const isLast = layer === this.about.sizes.length - 1;
    const parts = [this.head(column, layer, isLast)];
    column.ys.forEach((y, k) => parts.push(this.node(column, y, layer, k)));
    if (layer < 0 || isLast) column.ys.forEach((y, k) => parts.push(this.nodeName(column, y, layer, k)));
    if (!column.isBox && column.ys.length < column.count) {
      const more = element("span", { class: "more-neurons" }, `+ ${column.count - column.ys.length}`);
      place(more, column.x - 30, this.places.bottom + 2, 60);
      parts.push(more);
    }
    return parts.filter(Boolean);
  }

  head(column, layer, isLast) {
    const { activations } = this.about;
    const words = layer < 0 ? counted(column.count, "input") : isLast ? "output" : counted(column.count, "neuron");
    const below = layer < 0 ? "" : activations[layer];
    const head = element("div", { class: `column-head${this.places.isTall ? " tall" : ""}` });
    place(head, column.x - column.width / 2, 0, column.width);
    const change = (by, sign, word) => {
      const label = `${word} neuron in layer ${layer + 1}`;
      return element(
        "button",
        { type: "button", class: "plus-minus", "aria-label": label, onclick: () => this.on.resize(layer, by) },
        sign,
      );
    };
    const count = element("span", { class: "count", title: below }, this.places.isTall ? `${column.count}` : words);
    if (layer < 0 || isLast)
      head.append(this.places.isTall ? element("span", { class: "count" }, layer < 0 ? "in" : "out") : count);
    else
      head.append(
        ...(this.places.isTall
          ? [change(1, "+", "One more"), count, change(-1, "−", "One less")]
          : [count, change(-1, "−", "One less"), change(1, "+", "One more")]),
      );
    if (below && !this.places.isTall && isLast) head.append(element("span", { class: "note" }, below));
    return head;
  }

  node(column, y, layer, k) {
    const { size } = this.places;
    const canvas = element("canvas");
    const isInput = layer < 0;
    const node = element(
      isInput ? "div" : "button",
      { class: "neuron", "data-layer": layer, "data-neuron": k },
      canvas,
    );
    place(node, column.x - size / 2, y - size / 2, size, size);
    this.rasters.push({ layer, neuron: k, raster: new Raster(canvas, MAP_SIDE), isBox: column.isBox });
    const about = () => this.on.hover({ layer, neuron: column.isBox ? -1 : k });
    node.onpointerenter = about;
    node.onpointerleave = () => this.on.hover(null);
    if (isInput) return node;
    node.type = "button";
    node.setAttribute("aria-label", this.nameOf(layer, k));
    node.setAttribute("aria-pressed", false);
    node.tabIndex = this.buttons.length ? -1 : 0;
    node.onclick = () => this.on.select(layer, k);
    node.onfocus = about;
    node.onblur = () => this.on.hover(null);
    this.buttons.push(node);
    return node;
  }

  nodeName(column, y, layer, k) {
    const { size, columns } = this.places;
    const { inputs, outputNames } = this.about;
    const text = layer >= 0 ? outputNames[k] : column.isBox ? counted(column.count, "input") : inputs[k];
    const name = element("span", { class: "node-name", title: text }, shorten(text ?? "", 14));
    const { ys } = columns[layer + 1];
    const isRoomy = ys.length < 2 || ys[1] - ys[0] > size + 15;
    if (isRoomy) place(name, column.x - columns[0].x, y + size / 2 - 1, 2 * columns[0].x);
    else if (layer >= 0) place(name, column.x + size / 2 + 4, y - 9, columns[0].x - size / 2 - 4);
    else place(name, 0, y - 9, column.x - size / 2 - 4);
    name.classList.add(isRoomy ? "below" : layer >= 0 ? "right" : "left");
    return name;
  }

  nameOf(layer, neuron) {
    const { sizes, outputNames, inputs } = this.about;
    if (layer < 0) return inputs[neuron];
    const name = sizes[layer] > 1 ? `neuron ${neuron + 1}` : "its neuron";
    const meaning = layer === sizes.length - 1 && outputNames[neuron] ? ` (${shorten(outputNames[neuron], 20)})` : "";
    if (layer < sizes.length - 1) return `Layer ${layer + 1}, ${name}`;
    return sizes[layer] > 1 ? `Output layer, ${name}${meaning}` : `Output neuron${meaning}`;
  }

  drawEdges() {
    const { columns } = this.places;
    const { inputs, sizes } = this.about;
    this.edges = [];
    for (let layer = 0; layer < sizes.length; layer++) {
      const from = columns[layer];
      for (let to = 0; to < columns[layer + 1].ys.length; to++) {
        for (let i = 0; i < from.ys.length; i++) {
          const line = shape("path", { class: "edge", d: edgeLine(this.places, layer, i, to) });
          const index = parameterIndex(inputs.length, sizes, layer, to, i);
          this.edges.push({ line, layer, neuron: to, i, index, count: from.isBox ? from.count : 1, drawn: "" });
        }
      }
    }
    this.svg.append(...this.edges.map(({ line }) => line));
    if (this.edges.length > MOST_LINES_HIT) return;
    for (const edge of this.edges) if (edge.count === 1) this.svg.append(this.hit(edge));
  }

  /** A wider line over one, which can be pointed at. */
  hit(edge) {
    const hit = shape("path", { class: "edge-hit", d: edge.line.getAttribute("d"), "data-index": edge.index });
    hit.onpointermove = (event) => {
      edge.line.classList.add("near");
      this.on.tip(this.edgeText(edge), event);
    };
    hit.onpointerleave = () => {
      edge.line.classList.remove("near");
      this.on.tip("");
    };
    hit.onclick = () => this.on.edge(edge.layer, edge.neuron, edge.i);
    return hit;
  }

  edgeText({ layer, neuron, i, index }) {
    const from = this.nameOf(layer - 1, i);
    const to = this.nameOf(layer, neuron);
    return `${shorten(from, 40)} → ${shorten(to, 40)}\nweight ${format(this.parameters[index])}`;
  }

  // ------------------------------------------------------------------------------------------------- as it learns

  showWeights(parameters, paper) {
    this.parameters = parameters;
    const sizes = this.edges.map(({ index, count }) =>
      count === 1 ? Math.abs(parameters[index]) : meanSize(parameters, index, count),
    );
    const largest = sizes.reduce((most, size) => (size > most ? size : most), 1.5);
    this.edges.forEach((edge, n) => {
      const share = Math.min(1, sizes[n] / largest) || 0;
      const level = Math.round(share * 40) * (parameters[edge.index] < 0 ? -1 : 1);
      const drawn = `${level} ${paper}`;
      if (drawn === edge.drawn) return;
      edge.drawn = drawn;
      edge.line.setAttribute("stroke", css(blend(Math.sign(level) * (0.25 + 1.2 * share), paper)));
      edge.line.setAttribute("stroke-width", (0.5 + (WIDEST - 0.5) * share).toFixed(2));
    });
  }

  /** `mapOf(layer, neuron, isBox)` gives {numbers, middle, reach} of a neuron, or null where nothing is drawn anew. */
  showMaps(mapOf, table) {
    for (const { layer, neuron, raster, isBox } of this.rasters) {
      const map = mapOf(layer, neuron, isBox);
      if (!map) continue;
      if (map.side && map.side !== raster.side) raster.resize(raster.canvas, map.side);
      raster.paint(map.numbers, table, map.middle, map.reach);
    }
  }

  /** Those that are off for every row: `dead(layer, neuron)`. */
  showDead(isDead) {
    for (const button of this.buttons) {
      const { layer, neuron } = button.dataset;
      button.classList.toggle("dead", isDead(Number(layer), Number(neuron)));
    }
  }

  /** Mark the chosen neuron, {layer, neuron} or null. */
  mark(selected) {
    this.selected = selected;
    for (const button of this.buttons ?? []) {
      const isIt =
        selected &&
        Number(button.dataset.layer) === selected.layer &&
        Number(button.dataset.neuron) === selected.neuron;
      button.setAttribute("aria-pressed", Boolean(isIt));
    }
  }

  buttonOf(layer, neuron) {
    return this.buttons.find(({ dataset }) => Number(dataset.layer) === layer && Number(dataset.neuron) === neuron);
  }

  /** Arrow keys go from neuron to neuron. */
  walk(event) {
    const [column, row] =
      { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [];
    const { layer, neuron } = event.target.dataset ?? {};
    if (column === undefined || layer === undefined) return;
    const to = Number(layer) + column;
    const drawn = this.places.columns[to + 1]?.ys.length ?? 0;
    const next = this.buttonOf(to, Math.max(0, Math.min(drawn - 1, Number(neuron) + row)));
    if (!next) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

function meanSize(numbers, from, count) {
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += numbers[i] * numbers[i];
  return Math.sqrt(sum / count);
}

/** Put a part at a place of the picture. */
export function place(part, left, top, width, height) {
  part.style.left = `${left.toFixed(1)}px`;
  part.style.top = `${top.toFixed(1)}px`;
  if (width !== undefined) part.style.width = `${width.toFixed(1)}px`;
  if (height !== undefined) part.style.height = `${height.toFixed(1)}px`;
}

// A picture that one can move, zoom and walk through by keyboard: frames, edges and items at the positions of a layout.

import { shape } from "../dom.js";
import { keyOf, listenToPointers } from "./pointers.js";

const SMALLEST = 0.02;
const LARGEST = 4;
const MARGIN = 20; // around what is to be in sight
const LEGIBLE = 0.45; // the scale below which texts are too small

export class Pane {
  /** `on` has select(key), open(key), fold(key), escape() and hover(key or null). */
  constructor(svg, on) {
    this.svg = svg;
    this.on = on;
    this.items = new Map(); // by key: {key, group, x, y, width, height, left: [keys], right: [keys]}
    this.current = null; // the key of the item that the Tab key reaches
    this.x = this.y = 0;
    this.scale = 1;
    this.layers = ["frames", "edges", "items"].map((name) => shape("g", { class: name }));
    this.world = shape("g", {}, ...this.layers);
    svg.append(
      shape(
        "defs",
        {},
        shape(
          "marker",
          {
            id: `${svg.id}-arrow`,
            viewBox: "0 0 8 8",
            refX: 7.5,
            refY: 4,
            markerWidth: 7,
            markerHeight: 7,
            markerUnits: "userSpaceOnUse",
            orient: "auto-start-reverse",
          },
          shape("path", { d: "M0,0.5 L8,4 L0,7.5 z", class: "arrow" }),
        ),
      ),
      this.world,
    );
    this.listen();
    this.size = { width: 0, height: 0 };
    new ResizeObserver(([{ contentRect }]) => this.resize(contentRect)).observe(svg);
  }

  /**
   * Draw. `nodes` and `edges` stand in the order of the layout: a node {key, group, width, height}, an edge {tail, head,
   * line, label, pointsBack}, where label is a group or null; `frames` {key, name, group}, the outer ones first.
   */
  show(layout, nodes, edges, frames) {
    const [frameLayer, edgeLayer, itemLayer] = this.layers;
    this.layout = layout;
    this.frames = frames;
    this.items.clear();
    nodes.forEach(({ key, group, width, height }, number) => {
      const { x, y } = layout.nodes[number];
      group.setAttribute("transform", `translate(${x - width / 2} ${y - height / 2})`);
      group.dataset.key = key;
      this.items.set(key, { key, group, x, y, width, height, left: [], right: [] });
    });
    edges.forEach(({ tail, head, line, label, pointsBack }, number) => {
      const { points, label: place } = layout.edges[number];
      line.setAttribute("d", pathOf(points));
      line.setAttribute(pointsBack ? "marker-start" : "marker-end", `url(#${this.svg.id}-arrow)`);
      if (label) {
        const { x, y } = place ?? middle(points);
        label.setAttribute("transform", `translate(${x} ${y})`);
      }
      this.items.get(nodes[head].key).left.push(nodes[tail].key);
      this.items.get(nodes[tail].key).right.push(nodes[head].key);
    });
    frames.forEach(({ group, key }, number) => {
      const { x, y, width, height } = layout.frames[number];
      group.dataset.frame = key;
      group.setAttribute("transform", `translate(${x} ${y})`);
      const box = group.querySelector(".frame");
      box.setAttribute("width", width);
      box.setAttribute("height", height);
    });
    frameLayer.replaceChildren(...frames.map(({ group }) => group));
    edgeLayer.replaceChildren(...edges.map(({ line }) => line), ...edges.map(({ label }) => label).filter(Boolean));
    itemLayer.replaceChildren(...nodes.map(({ group }) => group));
    if (!this.items.has(this.current)) this.current = nodes.length ? nodes[nodes.length - 1].key : null;
    this.setTabStop();
  }

  setTabStop() {
    for (const { key, group } of this.items.values()) group.setAttribute("tabindex", key === this.current ? 0 : -1);
  }

  // ------------------------------------------------------------------------------------------------ what is in sight

  /** The right end of the picture, where the root is, stays where it is; a pane that was hidden shows the picture. */
  resize({ width, height }) {
    const before = this.size;
    this.size = { width, height };
    if (!before.width || !before.height) return this.fit(true);
    this.x += width - before.width;
    this.y += (height - before.height) / 2;
    this.place();
  }

  place() {
    this.world.setAttribute("transform", `translate(${this.x} ${this.y}) scale(${this.scale})`);
  }

  /** All of the picture; with `readable` not smaller than one can read, and then its end. */
  fit(readable = false) {
    const { width, height } = this.svg.getBoundingClientRect(); // the observer tells it late, or never in a hidden tab
    this.size = { width, height };
    if (!this.layout || !width) return; // nothing to see, or no room for it
    const whole = Math.min((width - 2 * MARGIN) / this.layout.width, (height - 2 * MARGIN) / this.layout.height, 1.4);
    this.scale = Math.max(SMALLEST, readable ? Math.max(whole, LEGIBLE) : whole);
    const wide = this.layout.width * this.scale > width - 2 * MARGIN + 1;
    this.x = wide ? width - MARGIN - this.layout.width * this.scale : (width - this.layout.width * this.scale) / 2;
    this.y = (height - this.layout.height * this.scale) / 2;
    this.place();
  }

  /** Zoom around a point of the pane; without one around its middle. */
  zoom(factor, point = { x: this.size.width / 2, y: this.size.height / 2 }) {
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.scale * factor));
    this.x = point.x - ((point.x - this.x) * scale) / this.scale;
    this.y = point.y - ((point.y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.place();
  }

  /** Move as little as needed, so that the item is in sight and can be read. */
  bringIntoSight(key, readable = false) {
    const item = this.items.get(key);
    if (!item) return;
    const { width, height } = this.size;
    if (readable && this.scale < LEGIBLE) this.scale = 0.9;
    const clamp = (start, size, room) =>
      Math.min(Math.max(start, MARGIN - 1), Math.max(MARGIN - 1, room - size - MARGIN + 1));
    const left = this.x + (item.x - item.width / 2) * this.scale;
    const top = this.y + (item.y - item.height / 2) * this.scale;
    this.x += clamp(left, item.width * this.scale, width) - left;
    this.y += clamp(top, item.height * this.scale, height) - top;
    this.place();
  }

  /** Show all of a frame where it can be read so, else its end. */
  bringFrameIntoSight(key) {
    const place = this.frames.findIndex((frame) => frame.key === key);
    if (place < 0) return;
    const frame = this.layout.frames[place];
    const { width, height } = this.size;
    const whole = Math.min((width - 40) / frame.width, (height - 40) / frame.height);
    this.scale = Math.min(Math.max(whole, LEGIBLE), Math.max(this.scale, 1));
    const start = (room, from, size) =>
      (size * this.scale <= room - 30 ? (room - size * this.scale) / 2 : room - 20 - size * this.scale) -
      from * this.scale;
    this.x = start(width, frame.x, frame.width);
    this.y = start(height, frame.y, frame.height);
    this.place();
  }

  /** Keep an item where it is on the screen while the picture around it changes. */
  keeping(key, change) {
    const before = this.items.get(key);
    const at = before && { x: this.x + before.x * this.scale, y: this.y + before.y * this.scale };
    change();
    const after = this.items.get(key);
    if (!at || !after) return false;
    this.x = at.x - after.x * this.scale;
    this.y = at.y - after.y * this.scale;
    this.place();
    return true;
  }

  focus(key) {
    if (!this.items.has(key)) return;
    this.current = key;
    this.setTabStop();
    this.items.get(key).group.focus({ preventScroll: true });
    this.bringIntoSight(key);
  }

  // ------------------------------------------------------------------------------------------- pointers and keys

  listen() {
    const { svg } = this;
    listenToPointers(this);
    svg.addEventListener("pointerover", (event) => this.on.hover(keyOf(event) ?? null));
    svg.addEventListener("pointerleave", () => this.on.hover(null));
    svg.addEventListener("focusin", (event) => {
      const key = keyOf(event);
      if (!key) return;
      this.current = key;
      this.setTabStop();
      this.on.hover(key);
    });
    svg.addEventListener("keydown", (event) => this.press(event, keyOf(event)));
  }

  choose(key) {
    this.current = key;
    this.setTabStop();
    this.items.get(key).group.focus({ preventScroll: true });
    this.on.open(key);
  }

  press(event, key) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!key) return event.target === this.svg && this.enter(event);
    if (event.key === " " && this.items.get(key).group.matches(".selected")) return; // it plays
    const directions = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
    if (directions[event.key]) {
      const next = this.neighbour(key, directions[event.key]);
      if (next) {
        this.focus(next);
        this.on.select(next);
      }
    } else if (event.key === "Enter" || event.key === " ") this.on.open(key);
    else if (event.key === "Backspace") this.on.fold(this.items.get(key).group.dataset.inside ?? "");
    else if (event.key === "Escape") this.on.escape();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** From outside: an arrow key goes to where one was in the picture, at first to its end. */
  enter(event) {
    if (!event.key.startsWith("Arrow") || !this.current) return;
    event.preventDefault();
    this.focus(this.current);
    this.on.select(this.current);
  }

  /** Left and right along the edges where there are any; up and down to what is nearest there. */
  neighbour(key, direction) {
    const from = this.items.get(key);
    const linked = (from[direction] ?? []).map((each) => this.items.get(each));
    const [dx, dy] = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] }[direction];
    const cost = ({ x, y }) => {
      const along = (x - from.x) * dx + (y - from.y) * dy;
      const across = Math.abs((x - from.x) * dy) + Math.abs((y - from.y) * dx);
      return along > 1 ? along + 3 * across : Infinity;
    };
    const candidates = linked.length ? linked : [...this.items.values()];
    const best = candidates.reduce((nearest, item) => (cost(item) < cost(nearest) ? item : nearest), candidates[0]);
    return linked.length || cost(best) < Infinity ? best.key : null;
  }
}

function pathOf({ points, tip }) {
  const [start, ...rest] = points;
  const curves = [];
  for (let i = 0; i + 2 < rest.length; i += 3) {
    curves.push(
      `C${rest
        .slice(i, i + 3)
        .map(({ x, y }) => `${x},${y}`)
        .join(" ")}`,
    );
  }
  return `M${start.x},${start.y} ${curves.join(" ")} L${tip.x},${tip.y}`;
}

function middle({ points }) {
  const at = points.length >> 1;
  return points.length % 2
    ? points[at]
    : { x: (points[at - 1].x + points[at].x) / 2, y: (points[at - 1].y + points[at].y) / 2 };
}

// A picture that one can move, zoom and walk through by keyboard: frames, edges and items at the positions of a layout.

import { shape } from "../../dom.js";
import { middle, pathOf, placeFrame, tagShape } from "./drawing.js";
import { Minimap } from "./minimap.js";
import { keyOf, listenToPointers } from "./pointers.js";
import { Sight } from "./sight.js";
import { windowOf, titlePlaces } from "./titles.js";
import { glide, placesOf } from "./transitions.js";
import { neighbour } from "./walking.js";

export class Pane extends Sight {
  /**
   * `on` has select(key), open(key), fold(key), escape() and hover(key or null); and, if what is to be seen first is not
   * all, home(), which gives the key of it, and resize(). `map` is the place of a minimap, if there is one.
   */
  constructor(svg, on, map = null) {
    super();
    this.svg = svg;
    this.on = on;
    this.items = new Map(); // by key: {key, group, x, y, width, height, left: [keys], right: [keys]}
    this.current = null; // the key of the item that the Tab key reaches
    this.layers = ["frames", "edges", "tags", "titles", "items"].map((name) => shape("g", { class: name }));
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
    this.map = map && new Minimap(map, this);
    new ResizeObserver(([{ contentRect }]) => this.resize(contentRect)).observe(svg);
  }

  /**
   * Draw. `nodes` and `edges` stand in the order of the layout: a node {key, group, width, height}, an edge {tail, head,
   * line, label, pointsBack}, where label is a group or null; `frames` {key, group, title, width, outer}, the outer ones first: the title is a group of
   * this width, and `outer` the place of the frame around it, or -1.
   */
  show(layout, nodes, edges, frames) {
    const [frameLayer, edgeLayer, tagLayer, titleLayer, itemLayer] = this.layers;
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
      group.dataset.frame = key;
      placeFrame(group, layout.frames[number]);
    });
    tagLayer.replaceChildren(...(layout.tags ?? []).map((tag) => tagShape(tag, nodes[tag.node])));
    frameLayer.replaceChildren(...frames.map(({ group }) => group));
    titleLayer.replaceChildren(...frames.map(({ title }) => title));
    edgeLayer.replaceChildren(...edges.map(({ line }) => line), ...edges.map(({ label }) => label).filter(Boolean));
    itemLayer.replaceChildren(...nodes.map(({ group }) => group));
    if (!this.items.has(this.current)) this.current = nodes.length ? nodes[nodes.length - 1].key : null;
    this.setTabStop();
    this.placeTitles();
    this.map?.draw(this.items.values());
  }

  place() {
    super.place();
    if (this.layout) this.placeTitles();
  }

  /** The names of frames stay in the window with what is in it of their frames. */
  placeTitles(window = windowOf(this)) {
    const places = titlePlaces(this.frames, this.layout.frames, [...this.items.values()], window);
    places.forEach(({ x, y }, n) => this.frames[n].title.setAttribute("transform", `translate(${x} ${y})`));
  }

  /**
   * Draw, see `show`, in the place of another picture: what is at `key` stays where it is, the rest goes to its place.
   * Without it the picture is as at first, or all of it where that was wished.
   */
  replace(key, ...picture) {
    const before = placesOf(this);
    this.emptied(() => {
      if (this.keeping(key, () => this.show(...picture))) this.mode = "moved";
      else if (this.mode === "fitted") this.fit();
      else this.open();
    });
    requestAnimationFrame(() => glide(this, before)); // from where it will have been moved to by then
  }

  resize({ width, height }) {
    if (this.size.width === width && this.size.height === height) return;
    const change = () => super.resize({ width, height });
    if (this.world.contains(document.activeElement)) change(); // what has the focus is to keep it
    else this.emptied(change);
    this.on.resize?.();
  }

  /** Do what measures the pane, perhaps more than once, while no picture is in it that would be laid out each time. */
  emptied(change) {
    this.world.remove();
    change();
    this.svg.append(this.world);
  }

  setTabStop() {
    for (const { key, group } of this.items.values()) group.setAttribute("tabindex", key === this.current ? 0 : -1);
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

  /** Make an item the current one: what one has chosen is not to go elsewhere when a sheet takes a part of the room. */
  stayAt(key) {
    this.mode = "moved";
    this.current = key;
    this.setTabStop();
  }

  choose(key) {
    this.stayAt(key);
    this.items.get(key).group.focus({ preventScroll: true });
    this.on.open(key);
  }

  press(event, key) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!key) return event.target === this.svg && this.enter(event);
    if (event.key === " " && this.items.get(key).group.matches(".selected")) return; // it plays
    const directions = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
    if (directions[event.key]) {
      const next = neighbour(this, key, directions[event.key]);
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
}

// The program that `compile` makes of the same graph, beside it: one box for every array operation.

import { byId, shape } from "../dom.js";
import { unpack } from "../state/graph.js";
import { counted, shorten } from "../state/texts.js";
import { Pane } from "./pane.js";

/** `on` has highlight(marks or null, text), for the scalars that the box under the pointer stands for, and complain. */
export class CompiledView {
  constructor(program, graph, engine, on) {
    Object.assign(this, { program, graph, engine, on });
    this.boxOf = program.error ? null : unpack(program.box_of_node); // of each node the number of its box, plus 1; 0: none
    this.pane = null;
    this.latched = null; // the key of the box that was clicked: its scalars stay marked
    byId("program-caption").textContent = program.error
      ? `No compiled view: ${program.error}`
      : `${program.caption}. A box marks the scalars that it stands for.`;
  }

  /** Draw it, when it is asked for first. */
  async show() {
    if (this.program.error || this.pane) return;
    const mark = (key) => this.mark(Number(key.slice(1)));
    this.pane = new Pane(byId("operations"), {
      select: mark,
      open: (key) => {
        this.latched = this.latched === key ? null : key;
        mark(key);
      },
      fold: () => {},
      escape: () => this.unmark(),
      hover: (key) => {
        if (key) mark(key);
        else if (this.latched) mark(this.latched);
        else this.on.highlight(null);
      },
    });
    const frames = this.frames();
    const nodes = this.program.boxes.map((box, number) => this.box(box, number));
    const edges = this.program.boxes.flatMap(({ parents, arrays }, head) =>
      parents.map((tail, i) => this.edge(tail, head, arrays[i])),
    );
    const graph = {
      nodes: nodes.map(({ width, height }, number) => ({ width, height, frame: frames.of[number] })),
      edges: edges.map(({ tail, head }) => ({ tail, head, label: null })),
      frames: frames.list.map(({ outer, name }) => ({ outer, width: 20 + 6.5 * shorten(name, 30).length })),
    };
    try {
      this.pane.show(await this.engine.layout(graph), nodes, edges, frames.list);
    } catch (error) {
      return this.on.complain(error.message);
    }
    this.pane.fit();
  }

  unmark() {
    this.latched = null;
    this.on.highlight(null);
  }

  mark(number) {
    const { boxes } = this.program;
    const marks = Uint8Array.from(this.boxOf, (box) => Number(box === number + 1));
    const count = marks.reduce((sum, one) => sum + one, 0);
    const [name] = boxes[number].label.split("\n");
    this.on.highlight(marks, `${name}: ${count ? counted(count, "scalar node") : "no node of the scalar graph"}`);
  }

  /** Mark the boxes that compute these scalars. */
  markBoxes(nodes) {
    if (!this.pane) return;
    const boxes = new Set(Array.from(nodes, (n) => this.boxOf[n] - 1));
    for (const { key, group } of this.pane.items.values())
      group.classList.toggle("match", boxes.has(Number(key.slice(1))));
  }

  box({ label, tooltip, kind, scalars }, number) {
    const lines = label.split("\n").map((line) => shorten(line, 28));
    const width = Math.max(52, 18 + 6.4 * Math.max(...lines.map((line) => line.length)));
    const height = 12 + 14 * lines.length;
    const group = shape(
      "g",
      {
        class: `item operation-box ${kind}`,
        role: "button",
        tabindex: -1,
        "aria-label": `${lines.join(", ")}${scalars ? `, stands for ${counted(scalars, "scalar")}` : ""}`,
      },
      shape("title", {}, tooltip),
      shape("rect", { class: "card", width, height, rx: 5 }),
    );
    lines.forEach((line, i) =>
      group.append(shape("text", { class: i ? "what" : "label", x: width / 2, y: 18 + 14 * i }, line)),
    );
    return { key: `b${number}`, group, width, height };
  }

  edge(tail, head, array) {
    return { tail, head, label: null, line: shape("path", { class: "edge" }, shape("title", {}, array)) };
  }

  /** A frame for every module call: {list: [{key, name, outer, group}], of: the frame of each box, or -1}. */
  frames() {
    const byPath = new Map();
    const list = [];
    const of = this.program.boxes.map(({ scope }) => {
      let outer = -1;
      scope.forEach((name, depth) => {
        const path = JSON.stringify(scope.slice(0, depth + 1));
        if (!byPath.has(path)) {
          byPath.set(path, list.length);
          const title = shape("text", { class: "frame-name", x: 9, y: 17 }, shorten(name, 30));
          list.push({ key: path, name, outer, group: shape("g", {}, shape("rect", { class: "frame", rx: 8 }), title) });
        }
        outer = byPath.get(path);
      });
      return outer;
    });
    return { list, of };
  }
}

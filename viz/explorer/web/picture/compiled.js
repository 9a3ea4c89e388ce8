// The program that `compile` makes of the same graph, beside it: one box for every array operation.

import { byId, shape } from "../dom.js";
import { unpack } from "../state/graph.js";
import { counted, shorten } from "../state/texts.js";
import { showProgramLegend } from "./colours/legend.js";
import { Pane } from "./pane/pane.js";
import { goingBack } from "./returns.js";
import { Turns } from "./turns.js";

/**
 * `on` has highlight(marks or null, text), for the scalars that the box under the pointer stands for, turn(n), where a
 * turn is to be shown that has computed this node, and complain.
 */
export class CompiledView {
  constructor(program, model, engine, on) {
    Object.assign(this, { program, engine, on });
    this.boxOf = program.error ? null : unpack(program.box_of_node); // of each node the number of its box, plus 1; 0: none
    this.turns = program.error ? null : new Turns(byId("turns"), program, model, (loop) => this.changeTurn(loop));
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
    for (const [tail, head, delay] of this.program.returns)
      edges.push(goingBack({ tail, head, label: null }, counted(delay, "turn")));
    this.numbers = new Map(nodes.map(({ group }, number) => [number, group.querySelector(".number")]));
    const graph = {
      nodes: nodes.map(({ width, height, name }, number) => ({
        width,
        height,
        frame: frames.of[number],
        tag: { width: 14 + 6.4 * name.length, height: 18 },
      })),
      edges: edges.map(({ tail, head }) => ({ tail, head, label: null })),
      frames: frames.list.map(({ outer, width }) => ({ outer, width })),
    };
    try {
      this.pane.show(await this.engine.layout(graph, this.room), nodes, edges, frames.list);
    } catch (error) {
      return this.on.complain(error.message);
    }
    showProgramLegend(byId("program-legend"), this.program);
    this.pane.fit();
    this.update();
  }

  /** All of the program is seen at once, at half its size if it must be: what is longer still goes on in other lines. */
  get room() {
    const { width, height } = this.pane.room;
    return { width: 2 * width, height: 2 * height };
  }

  changeTurn(loop) {
    this.on.turn(this.turns.nodeIn(loop));
    this.update(true);
  }

  /** Show the turns that are shown in the picture of the scalars. */
  showTurnsOf(nodes) {
    if (this.pane) for (const n of nodes) this.turns.showTurnOf(n);
  }

  /** Show the numbers of the turns that are shown; where these are others, mark what they stand for. */
  update(isOtherTurn = false) {
    if (!this.pane) return;
    for (const [number, text] of this.numbers) if (text) text.textContent = this.turns.textOf(number);
    if (isOtherTurn && this.latched) this.mark(Number(this.latched.slice(1)));
  }

  unmark() {
    this.latched = null;
    this.on.highlight(null);
  }

  mark(number) {
    const { boxes, loops } = this.program;
    const { label, loop, scalars } = boxes[number];
    const marks = new Uint8Array(this.boxOf.length);
    if (loop < 0) this.boxOf.forEach((box, n) => (marks[n] = Number(box === number + 1)));
    else for (const n of this.turns.nodesAt(number)) marks[n] = 1;
    const count = marks.reduce((sum, one) => sum + one, 0);
    const [name] = label.split("\n");
    const turn = loop < 0 ? "" : ` in turn ${(this.turns.shown[loop] + 1).toLocaleString("en")}`;
    const all = loop < 0 || !scalars ? "" : `, ${scalars.toLocaleString("en")} in all ${counted(loops[loop].turns, "turn")}`;
    const what = count ? counted(count, "scalar node") : "no node of the scalar graph";
    this.on.highlight(marks, `${name}: ${what}${turn}${all}`);
  }

  /** Mark the boxes that compute these scalars; of a single one the turn is shown. */
  markBoxes(nodes) {
    if (!this.pane) return;
    if (nodes.length === 1) this.turns.showTurnOf(nodes[0]);
    const boxes = new Set(Array.from(nodes, (n) => this.boxOf[n] - 1));
    for (const { key, group } of this.pane.items.values())
      group.classList.toggle("match", boxes.has(Number(key.slice(1))));
  }

  box({ label, tooltip, kind, scalars, loop }, number) {
    const lines = label.split("\n").map((line) => shorten(line, 28));
    const hasNumbers = loop >= 0 && (scalars > 0 || this.turns.entering.has(number));
    const width = Math.max(hasNumbers ? 84 : 52, 18 + 6.4 * Math.max(...lines.map((line) => line.length)));
    const height = 12 + 14 * (lines.length + hasNumbers);
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
    if (hasNumbers) group.append(shape("text", { class: "number", x: width / 2, y: 18 + 14 * lines.length }));
    return { key: `b${number}`, group, width, height, name: shorten(lines[0], 12) };
  }

  edge(tail, head, array) {
    return { tail, head, label: null, line: shape("path", { class: "edge" }, shape("title", {}, array)) };
  }

  /** A frame for every module call: {list: [see `Pane.show`], of: the frame of each box, or -1}. */
  frames() {
    const byPath = new Map();
    const list = [];
    const of = this.program.boxes.map(({ scope }) => {
      let outer = -1;
      scope.forEach((name, depth) => {
        const path = JSON.stringify(scope.slice(0, depth + 1));
        if (!byPath.has(path)) {
          byPath.set(path, list.length);
          const shown = shorten(name, 30);
          const group = shape("g", {}, shape("rect", { class: "frame", rx: 8 }));
          const title = shape("g", {}, shape("text", { class: "frame-name", x: 9, y: 17 }, shown));
          list.push({ key: path, group, title, width: 20 + 6.5 * shown.length, outer });
        }
        outer = byPath.get(path);
      });
      return outer;
    });
    return { list, of };
  }
}

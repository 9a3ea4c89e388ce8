// The turns of the loops of the compiled program: one of each is shown, with the numbers of its scalars.

import { element } from "../dom.js";
import { unpack } from "../state/graph.js";
import { known } from "../state/numbers.js";

const MOST_IN_BOX = 3; // in one box

/** Puts a slider for each loop into `part`; `change(loop)` is called when another turn is to be shown. */
export class Turns {
  constructor(part, program, model, change) {
    Object.assign(this, { program, model, change });
    this.boxOf = unpack(program.box_of_node); // of each node the number of its box, plus 1; 0: none
    this.turnOf = unpack(program.turn_of_node); // of each node its turn, plus 1; 0: it is in no loop
    this.isResult = unpack(program.is_result); // of each node, whether it is what is computed at its place
    this.shown = program.loops.map(() => 0);
    this.entering = new Map(); // of the boxes for what goes into a turn: {nodes, rows, tail, delay}
    for (const { box, nodes, ...more } of program.entering) this.entering.set(box, { nodes: unpack(nodes), ...more });
    this.nodes = new Map(); // by box and turn
    this.turnOf.forEach((turn, n) => {
      if (!turn) return;
      const key = `${this.boxOf[n] - 1} ${turn - 1}`;
      if (!this.nodes.has(key)) this.nodes.set(key, []);
      this.nodes.get(key).push(n);
    });
    this.controls = program.loops.map((loop, number) => this.control(loop, number));
    part.append(...this.controls.map(({ label }) => label));
    part.hidden = !program.loops.length;
  }

  control({ name, turns }, number) {
    const slider = element("input", { type: "range", min: 0, max: turns - 1, value: 0, "aria-label": `Turn of ${name}` });
    const text = element("output", {});
    slider.oninput = () => this.show(number, Number(slider.value));
    const control = { slider, text, label: element("label", { class: "turn" }, `${name}, turn `, text, slider) };
    text.textContent = "1";
    return control;
  }

  show(loop, turn) {
    const { slider, text } = this.controls[loop];
    this.shown[loop] = turn;
    slider.value = turn;
    text.textContent = (turn + 1).toLocaleString("en");
    this.change(loop);
  }

  /** A node that the turn of a loop which is shown has computed. */
  nodeIn(loop) {
    for (const [number, box] of this.program.boxes.entries()) {
      const nodes = box.loop === loop ? this.nodes.get(`${number} ${this.shown[loop]}`) : null;
      if (nodes) return nodes[0];
    }
    return -1;
  }

  /** Show the turn that has computed this node, if one has. */
  showTurnOf(n) {
    if (!this.turnOf[n]) return;
    const { loop } = this.program.boxes[this.boxOf[n] - 1];
    if (this.shown[loop] !== this.turnOf[n] - 1) this.show(loop, this.turnOf[n] - 1);
  }

  /** The nodes that a box of a loop stands for in the turn that is shown; of plain numbers there is none. */
  nodesAt(box) {
    const turn = this.shown[this.program.boxes[box].loop];
    const entry = this.entering.get(box);
    if (!entry) return this.nodes.get(`${box} ${turn}`) ?? [];
    const { nodes, rows, tail, delay } = entry;
    if (tail >= 0 && turn >= delay) {
      return (this.nodes.get(`${tail} ${turn - delay}`) ?? []).filter((n) => this.isResult[n]);
    }
    const [row, width] = [rows > 1 ? turn : 0, nodes.length / rows];
    return Array.from(nodes.subarray(row * width, (row + 1) * width), (n) => n - 1).filter((n) => n >= 0);
  }

  /** The numbers of a box of a loop, in the turn that is shown. */
  textOf(box) {
    const { interpreter, steps } = this.model;
    const nodes = this.nodesAt(box).filter((n) => this.entering.has(box) || this.isResult[n]);
    const texts = nodes.slice(0, MOST_IN_BOX).map((n) => known(interpreter.data[n], steps.knowsNumber(n)));
    return `${texts.join(", ")}${nodes.length > MOST_IN_BOX ? ", …" : ""}`;
  }
}

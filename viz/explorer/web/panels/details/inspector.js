// What is selected: its numbers, its formulas, what it is computed from; a field and a slider for the number of a leaf.

import { element } from "../../dom.js";
import { forwardLine, incomingLines } from "../../state/formulas/formula.js";
import { countedMembers } from "../../state/folding/member_names.js";
import { Refused } from "../../state/model.js";
import { exact, format, parseNumber } from "../../state/numbers.js";
import { sumLines, sumName } from "../../state/folding/sums.js";
import { counted, shorten } from "../../state/texts.js";
import { LeafTable } from "./leaf_table.js";
import { lineElements, namesInRow } from "./mathml.js";

const MOST_SLID = Number.MAX_VALUE / 4;

/** A field and a slider for the number of a leaf. */
function numberEditor(model, n, { say, leave }) {
  const { graph } = model;
  const name = shorten(graph.nameOf(n), 40);
  const problem = element("p", { class: "error", role: "alert" });
  /** Whether the number was taken. */
  const change = (number, merge) => {
    problem.textContent = "";
    try {
      model.set([[n, number]], { merge });
      say(`${name} is ${format(number)}, ${shorten(graph.nameOf(graph.root), 40)} is ${format(model.loss, 6)}`);
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      problem.textContent = error.message;
      field.value = exact(graph.leaves[n]);
      return false;
    }
  };
  const field = element("input", {
    class: "number",
    type: "text",
    inputmode: "decimal",
    value: exact(graph.leaves[n]),
    "aria-label": `the number of ${name}`,
    "data-leaf": n,
  });
  field.onchange = () => {
    const number = parseNumber(field.value);
    if (Object.is(number, graph.leaves[n])) return (problem.textContent = "");
    if (number === undefined)
      problem.textContent = `${shorten(field.value, 30)} is no number: write 2.5, -1e-3, inf or nan`;
    else change(number, false);
  };
  field.onfocus = () => field.select(); // what is typed takes its place
  field.onkeydown = (event) => {
    if (event.key === "Escape") field.value = exact(graph.leaves[n]);
    else if (event.key !== "Enter") return;
    field.onchange();
    if (!problem.textContent) leave();
    event.preventDefault();
  };
  const slider = element("input", { type: "range", "aria-label": `drag the number of ${name}` });
  let dragging = false; // a drag is one change, to be undone at once
  slider.oninput = () => (dragging = change(Number(slider.value), dragging) || dragging);
  slider.onchange = () => (dragging = false);
  const refresh = () => {
    const number = graph.leaves[n];
    if (document.activeElement !== field) field.value = exact(number);
    if (dragging) return;
    if (slider.min === "" || number < Number(slider.min) || number > Number(slider.max)) {
      const centre = Number.isFinite(number) ? Math.max(-MOST_SLID, Math.min(MOST_SLID, number)) : 0;
      const reach = Math.max(1, 2 * Math.abs(centre));
      Object.assign(slider, { min: centre - reach, max: centre + reach, step: reach / 200 });
    }
    slider.value = Number.isFinite(number) ? number : 0;
  };
  return { part: element("div", {}, element("div", { class: "row" }, field, slider), problem), refresh };
}

/** What is selected: `on` has goTo(n), toggle(element), facts(element), say(text), and leave(). */
export class Inspector {
  constructor(place, model, on) {
    this.place = place;
    this.model = model;
    this.on = on;
    this.show(null);
  }

  show(selected) {
    this.refreshers = [];
    if (!selected) {
      this.place.replaceChildren(
        element(
          "p",
          { class: "note" },
          "Click a node, or walk through the graph with the arrow keys: its numbers and formulas appear here. A click on a box unfolds it.",
        ),
      );
    } else if (selected.mean && /node|sum/.test(selected.kind)) this.showMean(selected);
    else if (selected.kind === "node" || selected.kind === "sum") this.showNode(selected.n, selected);
    else this.showBox(selected);
    for (const { part, refresh } of selected ? this.on.facts(selected) : []) {
      this.place.append(part);
      this.refreshers.push(refresh);
    }
    this.update();
  }

  update() {
    for (const refresh of this.refreshers) refresh();
  }

  /** A node over the members of a family; what follows from it has the numbers. */
  showMean({ n, mean }) {
    const { graph } = this.model;
    const text = `The mean over ${countedMembers(mean)}: choose one of them to see its formulas.`;
    this.place.replaceChildren(
      element("p", { class: "name" }, graph.nameOf(n)),
      element("p", { class: "note" }, `${graph.isLeaf(n) ? "leaf" : graph.rule(n).name}. ${text}`),
    );
  }

  showNode(n, { sum }) {
    const { model, on } = this;
    const { graph, interpreter, steps } = model;
    const facts = element("dl");
    const fact = (name, text) => {
      const value = element("dd");
      this.refreshers.push(() => (value.textContent = text()));
      facts.append(element("dt", {}, name), value);
    };
    const names = [...graph.pathNames(graph.home[n]), graph.nameOf(n)];
    const parts = [element("p", { class: "name" }, ...namesInRow(names))];
    fact("kind", () =>
      graph.isConstant(n)
        ? "a plain number in the expression"
        : graph.isLeaf(n)
          ? graph.isParameter[n]
            ? "leaf, parameter"
            : "leaf, input"
          : sum
            ? sumName(sum)
            : graph.rule(n).name,
    );
    fact("data", () => (steps.knowsNumber(n) ? exact(interpreter.data[n]) : "not computed yet"));
    fact(
      "gradient",
      () =>
        ({
          unknown: "not known yet",
          partial: `${exact(interpreter.gradient[n])} so far`,
          known: exact(interpreter.gradient[n]),
        })[steps.gradient(n)],
    );
    parts.push(facts);
    if (graph.isLeaf(n)) {
      const { part, refresh } = numberEditor(model, n, on);
      parts.push(part);
      this.refreshers.push(refresh);
    }
    parts.push(this.formulas(n, sum));
    parts.push(
      this.links("Computed from", [...new Set(graph.parents(n))]),
      this.links("Used by", [...new Set(graph.users.subarray(graph.userStarts[n], graph.userStarts[n + 1]))]),
    );
    this.place.replaceChildren(...parts.filter(Boolean));
  }

  formulas(n, sum) {
    const { graph, interpreter, steps } = this.model;
    const list = element("ul", { class: "lines" });
    this.refreshers.push(() => {
      const forward = () => sumLines(graph, interpreter, "forward", { n, sum }) ?? [forwardLine(graph, interpreter, n)];
      const lines = steps.knowsNumber(n) && !graph.isLeaf(n) ? forward() : [];
      lines.push(...incomingLines(graph, interpreter, steps, n));
      list.replaceChildren(...lines.map((line) => element("li", {}, ...lineElements(line))));
    });
    return list;
  }

  links(title, nodes) {
    if (!nodes.length) return null;
    const { graph } = this.model;
    const buttons = nodes
      .slice(0, 12)
      .map((n) => element("button", { type: "button", onclick: () => this.on.goTo(n) }, shorten(graph.nameOf(n), 20)));
    const more =
      nodes.length > 12
        ? element("span", { class: "note" }, `and ${(nodes.length - 12).toLocaleString("en")} more`)
        : null;
    return element("div", { class: "row" }, element("span", { class: "note" }, title), ...buttons, more);
  }

  showBox(box) {
    const { graph } = this.model;
    const { operations, leaves } = graph.contents(box.nodes);
    const name =
      box.kind === "call"
        ? namesInRow(graph.pathNames(box.call + 1))
        : [box.kind === "leaves" ? "Leaves that the same boxes use" : "The part that is not shown"];
    const parts = [
      element("p", { class: "name" }, ...name),
      element(
        "p",
        { class: "note" },
        `${counted(operations, "operation")}, ${counted(leaves.length, "leaf", "leaves")}`,
      ),
    ];
    if (box.kind !== "leaves")
      parts.push(
        element(
          "button",
          { type: "button", onclick: () => this.on.toggle(box) },
          box.kind === "call" ? "Unfold" : "Show more",
        ),
      );
    if (leaves.length) {
      const table = new LeafTable(this.model, leaves, this.on.goTo, false);
      this.refreshers.push(() => table.update());
      parts.push(table.part);
    }
    this.place.replaceChildren(...parts);
  }
}

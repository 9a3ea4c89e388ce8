// Leaves with their numbers and gradients, the largest gradient first.

import { element } from "../../dom.js";
import { format, known } from "../../state/numbers.js";
import { shorten } from "../../state/texts.js";

const MOST_LISTED = 50;

/** Leaves in the order of their gradients, the largest first. */
export class LeafTable {
  constructor(model, leaves, goTo, canLearn) {
    Object.assign(this, { model, leaves, goTo, canLearn });
    this.most = MOST_LISTED;
    const learns = canLearn ? element("th", { scope: "col" }, "learns") : null;
    this.body = element("tbody");
    this.more = element(
      "button",
      {
        type: "button",
        onclick: () => {
          this.most += 200;
          this.update();
        },
      },
      "More",
    );
    const head = ["name", "data", "gradient"].map((name) => element("th", { scope: "col" }, name));
    this.part = element(
      "div",
      {},
      element("table", {}, element("thead", {}, element("tr", {}, ...head, learns)), this.body),
      this.more,
    );
  }

  update() {
    const { graph, interpreter, steps, learns } = this.model;
    const size = (n) => (Number.isNaN(interpreter.gradient[n]) ? Infinity : Math.abs(interpreter.gradient[n]));
    const shown = largest(this.leaves, size, this.most);
    this.more.hidden = this.leaves.length <= this.most;
    const focused = document.activeElement?.dataset?.row;
    this.body.replaceChildren(
      ...shown.map((n) => {
        const name = element(
          "button",
          { type: "button", "data-row": n, onclick: () => this.goTo(n) },
          shorten(graph.fullName(n), 60),
        );
        const box = element("input", {
          type: "checkbox",
          "aria-label": `${shorten(graph.fullName(n), 60)} learns`,
          onchange: (event) => (learns[n] = Number(event.target.checked)),
        });
        box.checked = Boolean(learns[n]);
        return element(
          "tr",
          {},
          element("td", {}, name),
          element("td", {}, format(graph.leaves[n])),
          element("td", {}, known(interpreter.gradient[n], steps.gradient(n) !== "unknown")),
          this.canLearn ? element("td", {}, box) : null,
        );
      }),
    );
    if (focused) this.body.querySelector(`[data-row="${focused}"]`)?.focus();
  }
}

/** The `most` items of the largest size, in order; of very many items only candidates are sorted. */
function largest(items, size, most) {
  if (items.length <= 4 * most) return [...items].sort((a, b) => size(b) - size(a)).slice(0, most);
  const sizes = Float64Array.from(items, size).sort();
  const least = sizes[sizes.length - most];
  return [...items]
    .filter((n) => size(n) >= least)
    .sort((a, b) => size(b) - size(a))
    .slice(0, most);
}

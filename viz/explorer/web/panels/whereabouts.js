// Where one is: the modules around what is selected, as a way back; and all modules of a kind, unfolded or folded.

import { byId, element } from "../dom.js";
import { foldAll, kindsOf, unfoldAll } from "../state/folding/kinds.js";
import { counted, shorten } from "../state/texts.js";

const MOST_CRUMBS = 4; // modules; of more the outermost and the innermost ones

/** The line above the picture, which a graph without modules does not have. */
export class Whereabouts {
  constructor(page) {
    this.page = page;
    this.kinds = kindsOf(page.folding);
    byId("where").hidden = !page.graph.calls.length;
    byId("kinds").hidden = this.kinds[0].calls.length < 2; // nothing to choose
    byId("kind").append(
      ...this.kinds.map(({ name, calls }, number) =>
        element("option", { value: number }, `all ${calls.length.toLocaleString("en")} ${shorten(name, 24)}`),
      ),
    );
    byId("unfold-all").onclick = () => this.unfold();
    byId("fold-all").onclick = () => this.fold();
    this.show(null);
  }

  /** The way to an element: each module around it is a button that folds it to one box, which is selected. */
  show(selected) {
    const { graph } = this.page;
    const hint = element("span", { class: "note" }, "Nothing is selected");
    const crumbs = selected ? graph.path(selected.home).map((call) => this.crumb(call)) : [hint];
    if (crumbs.length > MOST_CRUMBS) crumbs.splice(1, crumbs.length - MOST_CRUMBS, element("span", {}, "…"));
    if (selected) crumbs.push(element("span", { "aria-current": "true" }, shorten(this.nameOf(selected), 30)));
    byId("crumbs").replaceChildren(...crumbs.map((each) => element("li", {}, each)));
  }

  crumb(call) {
    const { name } = this.page.graph.calls[call];
    const title = `fold ${shorten(name, 60)} to one box, and select it`;
    return element("button", { type: "button", title, onclick: () => this.page.fold(call) }, shorten(name, 24));
  }

  nameOf({ kind, call, n, nodes }) {
    const { graph } = this.page;
    if (kind === "node") return graph.nameOf(n);
    return kind === "call" ? graph.calls[call].name : counted(nodes.length, kind === "leaves" ? "input" : "more node");
  }

  get kind() {
    return this.kinds[Number(byId("kind").value) || 0];
  }

  async unfold() {
    const { page } = this;
    const { name, calls } = this.kind;
    if (!calls.length) return page.say("There are no modules to unfold", true);
    let result;
    if (!(await page.show(() => (result = unfoldAll(page.folding, calls))))) return;
    const { unfolded, boxes } = result;
    page.pane.bringFrameIntoSight(String(calls[0]));
    if (unfolded === calls.length) return page.say(`all ${name} are unfolded`);
    const all = `All ${calls.length.toLocaleString("en")} ${name} would be ${boxes.toLocaleString("en")} boxes`;
    page.say(`${all}: ${unfolded === 1 ? "the first is" : `the first ${unfolded} are`} unfolded`, true);
  }

  async fold() {
    const { page } = this;
    const { name, calls } = this.kind;
    if (!calls.length) return page.say("There are no modules to fold", true);
    if (await page.show(() => foldAll(page.folding, calls))) page.say(`all ${name} are folded`);
  }
}

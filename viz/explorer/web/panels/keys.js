// The keys of the page: one list of what they do and what it says of them.

import { byId, element } from "../dom.js";

/** A key may have several names; those with no action work in the picture, or are the browser's. */
function keysOf(page) {
  const { model, playback, pane } = page;
  return [
    { shown: "Space, K", names: [" ", "k"], does: "play, pause", action: () => playback.toggle() },
    { shown: "N", names: ["n"], does: "one step on", action: () => playback.forward() },
    { shown: "P", names: ["p"], does: "one step back", action: () => playback.back() },
    { shown: "Home", names: ["Home"], does: "to the start", action: () => playback.goTo(0) },
    { shown: "End", names: ["End"], does: "to the end", action: () => playback.goTo(model.steps.end) },
    { shown: "← → ↑ ↓", names: [], does: "from node to node, in the picture" },
    { shown: "Enter, Space", names: [], does: "on a node: select it; on a box: unfold it" },
    { shown: "Backspace", names: [], does: "fold the module around the node" },
    { shown: "O", names: ["o"], does: "unfold all modules of the chosen kind", action: () => page.whereabouts.unfold() },
    { shown: "S", names: ["s"], does: "fold all of them", action: () => page.whereabouts.fold() },
    { shown: "T", names: ["t"], does: "the tour", action: () => page.tour.toggle() },
    { shown: "Esc", names: ["Escape"], does: "select nothing; leave the tour", action: () => page.select(null) },
    {
      shown: "E",
      names: ["e"],
      does: "edit the number of the selected leaf",
      action: () => document.querySelector("#inspector [data-leaf]")?.focus(),
    },
    { shown: "U, Ctrl+Z", names: ["u"], does: "undo", action: () => page.undo() },
    { shown: "R, Ctrl+Y", names: ["r"], does: "redo", action: () => page.redo() },
    { shown: "G", names: ["g"], does: "one step of gradient descent", action: () => page.descend() },
    { shown: ". or ]", names: [".", "]"], does: "the next row, turn, position", action: () => page.pickers.move(1) },
    { shown: ", or [", names: [",", "["], does: "the one before", action: () => page.pickers.move(-1) },
    { shown: "/", names: ["/"], does: "find: a name, or nan, inf, data < 0, |grad| > 1", action: () => byId("query").focus() },
    { shown: "F", names: ["f"], does: "fit", action: () => pane.fit() },
    { shown: "+", names: ["+"], does: "zoom in", action: () => pane.zoom(1.3) },
    { shown: "-", names: ["-"], does: "zoom out", action: () => pane.zoom(1 / 1.3) },
    {
      shown: "L",
      names: ["l"],
      does: "colours: one scale, or one for each module",
      action: () => page.setScale(!model.isByModule),
    },
    { shown: "C", names: ["c"], does: "the compiled program", action: () => page.showCompiled(byId("program").hidden) },
  ];
}

/** List the keys in their panel, and listen to them. */
export function listenToKeys(page) {
  const { pane } = page;
  const keys = keysOf(page);
  const enabled = element("input", { type: "checkbox", checked: true, id: "shortcuts" });
  const rows = keys.map(({ shown, does }) =>
    element("tr", {}, element("td", {}, element("kbd", {}, shown)), element("td", {}, does)),
  );
  byId("keys").append(
    element("label", { class: "row" }, enabled, "keys of one letter work everywhere"),
    element("table", {}, element("tbody", {}, ...rows)),
  );
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const writes = target.closest("input:not([type=checkbox], [type=range]), select, textarea");
    if (writes || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      if (key === "y" || event.shiftKey) page.redo();
      else page.undo();
      return;
    }
    if (key === "Escape" && document.querySelector(":popover-open")) return; // it closes that
    if (!enabled.checked) return;
    if (target === document.body) pane.enter(event);
    if (target.closest("input[type=range]") && /^(Arrow|Page|Home$|End$)/.test(event.key)) return; // they move it
    if (key === " " && target.closest("button, summary, input[type=checkbox], [role=button]:not(.selected)")) return; // it presses it
    const action = keys.find(({ names }) => names.includes(key))?.action;
    if (!action) return;
    event.preventDefault();
    action();
  });
}

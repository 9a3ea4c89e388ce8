// The buttons above the graph; on a narrow window most of them are a menu.

import { byId } from "../dom.js";
import { copyLink, hasAddress } from "./address.js";

const REPEATED = new Set(["undo", "redo", "zoom-in", "zoom-out"]); // the menu stays open for them

export function listenToTools(page) {
  const actions = {
    undo: () => page.undo(),
    redo: () => page.redo(),
    reset: () => page.reset(),
    fit: () => page.pane.fit(),
    "zoom-in": () => page.pane.zoom(1.3),
    "zoom-out": () => page.pane.zoom(1 / 1.3),
    scale: () => page.setScale(!page.model.isByModule),
    theme: () => page.setTheme(page.theme === "dark" ? "light" : "dark"),
    "compiled-toggle": () => page.showCompiled(byId("program").hidden),
    link: () => copyLink(page),
  };
  const menu = byId("tools");
  for (const [id, action] of Object.entries(actions)) {
    byId(id).onclick = () => {
      if (!REPEATED.has(id) && menu.matches(":popover-open")) menu.hidePopover();
      action();
    };
  }
  byId("link").hidden = !hasAddress();
  byId("table-panel").ontoggle = () => page.table.update();
}

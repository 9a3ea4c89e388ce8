// The tour: a minute and a half through the page, station by station, to be left at any time.

import { placeBeside } from "../beside.js";
import { byId, element, enable } from "../dom.js";
import { missingNode, stationsOf } from "./stations.js";

const PANELS = ["inspector-panel", "descent-panel", "table-panel", "keys-panel"];

/**
 * A dialog beside what it is about; the page works on behind it. The tour sets steps, and shows what it speaks of; in
 * the end all is as before, also numbers that were changed on the way. Nothing moves by itself.
 */
export class Tour {
  constructor(page) {
    this.page = page;
    this.kept = null; // how the page was before the tour; null while there is none
    this.ending = Promise.resolve();
    this.build();
    byId("tour-start").onclick = () => this.toggle();
    document.addEventListener("keydown", (event) => this.press(event), true);
    addEventListener("resize", () => this.kept && this.place());
  }

  build() {
    const button = (id, text, onclick) => element("button", { id, type: "button", onclick }, text);
    this.title = element("h2", { id: "tour-title" });
    this.text = element("p", { id: "tour-text" });
    this.count = element("span", { class: "note" });
    this.next = button("tour-next", "Next", () => this.go(this.at + 1));
    this.part = element(
      "div",
      { id: "tour", role: "dialog", "aria-labelledby": "tour-title", "aria-describedby": "tour-text", hidden: true },
      element("div", { "aria-live": "polite" }, this.title, this.text),
      element(
        "div",
        { class: "row" },
        this.count,
        button("tour-back", "Back", () => this.go(this.at - 1)),
        this.next,
        button("tour-leave", "Leave", () => this.leave()),
      ),
    );
    document.body.append(this.part);
  }

  toggle() {
    return this.kept ? this.leave() : this.begin();
  }

  /** Esc leaves; in a field it belongs to the field. */
  press(event) {
    if (event.key !== "Escape" || !this.kept || event.target.closest("input:not([type=range]), select")) return;
    event.preventDefault();
    event.stopPropagation();
    this.leave();
  }

  async begin() {
    const { page } = this;
    if (this.kept || !page.view) return; // there is one already, or nothing to show
    this.kept = this.remember();
    byId("tour-start").setAttribute("aria-expanded", "true");
    await this.ending; // of the tour before
    page.playback.pause();
    for (let n = missingNode(page); n >= 0; n = missingNode(page)) {
      if (!(await page.show(() => page.folding.reveal(n)))) break;
    }
    if (!this.kept) return; // left in the meantime
    this.stations = stationsOf(page);
    this.part.hidden = false;
    await this.go(0);
    this.next.focus();
  }

  /** To a station; after the last one the tour is over. */
  async go(at) {
    if (at < 0) return;
    if (at >= this.stations.length) return this.leave();
    const { page } = this;
    this.at = at;
    const station = this.stations[at];
    const { title, text, time, prepare } = station;
    this.unmark();
    if (time !== undefined) page.playback.goTo(time);
    await prepare?.();
    if (!this.kept || this.at !== at) return; // gone on, or left, in the meantime
    this.title.textContent = title;
    this.text.textContent = text;
    this.count.textContent = `${at + 1} of ${this.stations.length}`;
    this.next.textContent = at === this.stations.length - 1 ? "Done" : "Next";
    enable("tour-back", at > 0);
    const parts = station.parts().filter(Boolean);
    if (parts.length) this.bringIntoSight(parts[0]);
    for (const part of parts) part.classList.add("toured");
    this.place();
    if (document.activeElement === document.body) this.next.focus(); // what had the focus is gone
  }

  /** In the picture, in its panel, and in a window that is too small for all of the page. */
  bringIntoSight(part) {
    const { key } = part.dataset;
    if (!key) return part.scrollIntoView({ block: part.offsetHeight > innerHeight / 2 ? "start" : "center" });
    this.page.pane.bringIntoSight(key, true);
    const { top, bottom } = part.getBoundingClientRect();
    const end = document.querySelector("footer").getBoundingClientRect().top; // it lies over the page there
    if (top < 0 || bottom > end) scrollBy(0, (top + bottom - end) / 2);
  }

  get isShown() {
    return !this.part.hidden;
  }

  place() {
    const parts = this.stations[this.at].parts().filter((part) => part && !part.matches(".edge"));
    const rectangles = (elements) => Array.from(elements, (each) => each.getBoundingClientRect());
    const others = document.querySelectorAll("#graph .item, #operations .item");
    if (parts.length) placeBeside(this.part, rectangles(parts), rectangles(others), "anywhere");
  }

  unmark() {
    for (const part of document.querySelectorAll(".toured")) part.classList.remove("toured");
  }

  // ------------------------------------------------------------------------------------------ the page as it was

  remember() {
    const { model, folding, selected, pane } = this.page;
    return {
      time: model.steps.time,
      changes: model.done.length,
      folding: folding.state(),
      keys: [...pane.items.keys()],
      selected,
      compiled: !byId("program").hidden,
      panels: PANELS.map((id) => byId(id).open),
      place: { x: pane.x, y: pane.y, scale: pane.scale },
      size: pane.size,
      scroll: scrollY,
    };
  }

  leave() {
    const { kept } = this;
    if (!kept) return;
    this.kept = null;
    this.unmark();
    this.part.hidden = true;
    byId("tour-start").setAttribute("aria-expanded", "false");
    byId("tour-start").focus();
    this.ending = this.restore(kept);
  }

  async restore(kept) {
    const { page } = this;
    const { model, pane } = page;
    while (model.done.length > kept.changes) model.undo();
    page.playback.goTo(kept.time);
    if (byId("program").hidden === kept.compiled) {
      await page.showCompiled(kept.compiled);
      await nextFrame();
      await nextFrame(); // then the picture has its size again
    }
    PANELS.forEach((id, number) => (byId(id).open = kept.panels[number]));
    const keys = [...pane.items.keys()];
    page.folding.restore(kept.folding);
    if (keys.join() !== kept.keys.join()) await page.show(() => {});
    page.select(page.elementAt(kept.selected) ? kept.selected : null, false);
    const isAsLarge = pane.size.width === kept.size.width && pane.size.height === kept.size.height;
    if (isAsLarge) Object.assign(pane, kept.place);
    if (isAsLarge) pane.place();
    scrollTo(0, kept.scroll);
  }
}

function nextFrame() {
  return new Promise((done) => requestAnimationFrame(done));
}

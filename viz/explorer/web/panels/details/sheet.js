// On a narrow window the details are a sheet below the picture, which comes up when something is selected.

import { byId } from "../../dom.js";

const LOWEST_SHEET = 0.15; // of the height of the window: a smaller sheet is closed
const HIGHEST_SHEET = 0.7;
const USUAL_SHEET = 0.4;
const SHEET_STEP = 0.1; // for an arrow key

/** Its handle opens and closes it, and is dragged; the arrow keys make it higher and lower, Escape closes it. */
export class Sheet {
  constructor() {
    this.part = document.querySelector("aside");
    this.handle = byId("sheet-handle");
    this.share = USUAL_SHEET;
    this.dragged = null; // the pointer's height, and whether it has moved
    this.set(0);
    this.listen();
  }

  get isOpen() {
    return this.handle.getAttribute("aria-expanded") === "true";
  }

  /** Whether the details are below, or beside, a small picture, and come up when something is selected. */
  get isUsed() {
    return this.handle.checkVisibility();
  }

  open() {
    if (!this.isOpen) this.set(this.share);
  }

  close() {
    this.set(0);
  }

  /** Its height, as a share of the window's. */
  set(share) {
    const isOpen = share >= LOWEST_SHEET;
    if (isOpen) this.share = Math.min(HIGHEST_SHEET, share);
    this.part.classList.toggle("closed", !isOpen);
    this.part.style.setProperty("--sheet", `${100 * this.share}vh`);
    this.handle.setAttribute("aria-expanded", isOpen);
  }

  listen() {
    const { handle, part } = this;
    const now = () => (this.isOpen ? this.share : 0);
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      this.dragged = { y: event.clientY, share: now(), isDrag: false };
    });
    handle.addEventListener("pointermove", ({ clientY }) => {
      if (!this.dragged) return;
      const { y, share } = this.dragged;
      this.dragged.isDrag ||= Math.abs(clientY - y) > 4;
      if (this.dragged.isDrag) this.set(share + (y - clientY) / innerHeight);
    });
    handle.addEventListener("click", (event) => {
      const wasDrag = event.detail > 0 && this.dragged?.isDrag; // keys click, too
      this.dragged = null;
      if (!wasDrag) this.set(this.isOpen ? 0 : this.share);
    });
    handle.addEventListener("pointercancel", () => (this.dragged = null));
    part.addEventListener("keydown", (event) => {
      if (!this.isUsed) return; // a wide window has no sheet
      if (event.key === "Escape" && this.isOpen && !event.defaultPrevented) {
        this.close();
        handle.focus();
      } else if (event.target !== handle || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      else this.set(now() + (event.key === "ArrowUp" ? Math.max(SHEET_STEP, LOWEST_SHEET - now()) : -SHEET_STEP));
      event.preventDefault();
      event.stopPropagation();
    });
  }
}

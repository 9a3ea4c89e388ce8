// The scalars of a row, in the explorer: a page of its own in a frame, which tells of numbers that its reader changes.

import { byId, element } from "../../dom.js";

// The page in the frame reaches nothing of this one. The same stands in Python, page.py.
const FRAME = { sandbox: "allow-scripts allow-downloads", allow: "clipboard-write" };
const NOT_COMPILED = "the scalars themselves are trained here; viz.explore(model, X, y, loss=…) shows the program";

export class Scalars {
  /**
   * `explorerPage` is the explorer's page as Python has packed it; the script of its layout engine stands in this page,
   * as in its own. onNumbers gets [[leaf, number], …].
   */
  constructor(place, explorerPage, { onNumbers, complain }) {
    Object.assign(this, { place, explorerPage, onNumbers, complain });
    this.close();
    window.addEventListener("message", (message) => this.hear(message));
  }

  /** Open the explorer on a packed graph; `link` is the state that it begins in, `theme` "light" or "dark". */
  async show(packed, title, link = "", theme = undefined) {
    this.close();
    const wish = this.wish;
    this.isShown = true;
    try {
      this.parts ??= JSON.parse(await unpacked(this.explorerPage));
    } catch (error) {
      return this.complain(`The scalars cannot be shown here: ${error.message}`);
    }
    if (wish !== this.wish) return; // something else was asked for in the meantime
    const program = { error: NOT_COMPILED };
    const data = JSON.stringify({ title, live: true, link, theme, graph: packed, program });
    const [before, between, after] = this.parts;
    this.frame = element("iframe", { title: `The scalars: ${title}`, ...FRAME });
    const layout = byId("layout-script").textContent;
    this.frame.srcdoc = [before, data.replaceAll("<", "\\u003c"), between, layout, after].join("");
    this.place.replaceChildren(this.frame);
  }

  close() {
    this.wish = (this.wish ?? 0) + 1;
    this.frame = null;
    this.isShown = false;
    this.isReady = false;
    this.waiting = new Map(); // numbers for a page that does not listen yet, by leaf
    this.place.replaceChildren();
  }

  /** Show other numbers of leaves: [[leaf, number], …]. */
  follow(pairs) {
    if (!this.isShown) return;
    if (this.isReady) return this.tell(pairs);
    for (const [leaf, number] of pairs) this.waiting.set(leaf, number);
  }

  tell(pairs) {
    if (!pairs.length) return;
    const leaves = pairs.map(([leaf, number]) => [leaf, Object.is(number, -0) ? "-0" : String(number)]);
    this.frame.contentWindow.postMessage({ glassgrad: "numbers", leaves }, "*"); // of no origin: nobody else is there
  }

  hear({ source, data }) {
    if (!this.frame || source !== this.frame.contentWindow) return;
    if (data?.glassgrad === "ready") {
      this.isReady = true;
      this.tell([...this.waiting]);
      this.waiting.clear();
    } else if (data?.glassgrad === "numbers" && Array.isArray(data.leaves)) {
      try {
        this.onNumbers(data.leaves.map(([leaf, number]) => [leaf, Number(number)]));
      } catch (error) {
        this.complain(error.message);
      }
    }
  }
}

/** A text that was packed by gzip, in base64. */
function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

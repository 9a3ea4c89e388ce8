// What the page tells: beside the pointer, in a box that stays, in a line that goes.

import { byId, element } from "../../dom.js";

/** The part of the page that speaks. */
export class Messages {
  tip(text, event) {
    const tip = byId("tip");
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(6, Math.min(event.clientX + 14, innerWidth - width - 6))}px`;
    tip.style.top = `${event.clientY + 18 + height > innerHeight ? event.clientY - height - 12 : event.clientY + 18}px`;
  }

  /** A training that has gone wrong: what, where it comes from, what helps, with buttons that do that. */
  tellTrouble({ what, where, advice }, { note, buttons }) {
    const place =
      `In step ${where.step}, of epoch ${where.epoch}, with row ${where.row + 1}: ` +
      `the weights are as they were when the epoch began. ${note}`;
    this.complain(`${what[0].toUpperCase()}${what.slice(1)}.`, place, advice, buttons);
    document.documentElement.dataset.trouble = "yes";
  }

  complain(text, more = "", advice = [], buttons = []) {
    const close = element(
      "button",
      { type: "button", class: "close", "aria-label": "Close the message", onclick: () => this.hideTrouble() },
      "✕",
    );
    const list = element(
      "ul",
      {},
      ...advice.map((each) => element("li", {}, `${each[0].toUpperCase()}${each.slice(1)}.`)),
    );
    const remedy = ([words, onclick]) => element("button", { type: "button", onclick }, words);
    byId("trouble").replaceChildren(
      close,
      element("strong", {}, text),
      ...(more ? [element("p", {}, more)] : []),
      ...(advice.length ? [list] : []),
      ...(buttons.length ? [element("div", { class: "tools" }, ...buttons.map(remedy))] : []),
    );
    byId("trouble").hidden = false;
    byId("trouble").scrollIntoView({ block: "nearest" }); // on most screens it is in sight: it stays there
  }

  hideTrouble() {
    byId("trouble").hidden = true;
    delete document.documentElement.dataset.trouble;
  }

  /** Tell those who cannot see what has changed; with `visible` everybody. */
  say(text, visible = true) {
    byId("said").textContent = text;
    byId("said").classList.toggle("unseen", !visible);
    clearTimeout(this.silence);
    if (visible) this.silence = setTimeout(() => byId("said").classList.add("unseen"), 4000);
  }
}

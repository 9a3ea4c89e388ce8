// Fields of settings: each has a label, says in place why its setting does not do, and offers what does.

import { element } from "../../../dom.js";
import { exact, format, parseNumber } from "../../../state/numbers.js";
import { refusal } from "../../settings.js";

/** What is wrong with a setting, below its control: why, and a button that takes what does. */
export class TroubleNote {
  /** `change` takes settings by their names. */
  constructor(name, control, change) {
    Object.assign(this, { control, change });
    this.part = element("div", { class: "trouble", id: `trouble-${name}`, hidden: true });
  }

  /** `trouble` is one of settings_trouble.js, or null for none. */
  show(trouble) {
    const { control, part } = this;
    part.hidden = !trouble;
    part.replaceChildren();
    control.toggleAttribute("aria-invalid", false);
    control.removeAttribute("aria-describedby");
    if (!trouble) return;
    control.setAttribute("aria-invalid", true);
    control.setAttribute("aria-describedby", part.id);
    const { what, why, instead, fix } = trouble;
    const mend = () => {
      this.change(fix);
      control.focus();
    };
    part.append(
      `${what}: ${why}. `,
      fix ? element("button", { type: "button", onclick: mend }, `Take ${instead}`) : instead,
    );
  }
}

/** What all fields are: a part of the page, `show(setting)`, and `complain(trouble)`, null for none. */
class Field {
  constructor(name, label, control, more, change) {
    this.name = name;
    this.change = change; // (name, setting), or with several settings by their names
    this.control = control;
    this.trouble = new TroubleNote(name, control, change);
    control.id = `set-${name}`;
    const labelled = element("label", { for: control.id }, label);
    this.part = element("div", { class: "field", "data-field": name }, labelled, more ?? control, this.trouble.part);
  }

  complain(trouble) {
    this.trouble.show(trouble);
  }
}

/** A setting that is one of several: `options` are [setting, text]; null is written as "". */
export class ChoiceField extends Field {
  constructor(name, label, options, change) {
    const select = element("select");
    super(name, label, select, null, change);
    this.offer(options);
    select.onchange = () => change(name, this.options[select.selectedIndex][0]);
  }

  offer(options) {
    this.options = options;
    this.control.replaceChildren(
      ...options.map(([setting, text]) => element("option", { value: setting ?? "" }, text)),
    );
  }

  show(setting) {
    this.control.value = setting ?? "";
  }
}

/** A number on a slider, which says it as `written`. */
export class SliderField extends Field {
  constructor(name, label, { min, max, step, written = String }, change) {
    const slider = element("input", { type: "range", min, max, step });
    const output = element("output", { for: `set-${name}` });
    super(name, label, slider, element("div", { class: "slider" }, slider, output), change);
    Object.assign(this, { output, written });
    slider.oninput = () => {
      this.say(Number(slider.value));
      change(name, Number(slider.value));
    };
  }

  say(number) {
    this.output.textContent = this.written(number);
    this.control.setAttribute("aria-valuetext", this.written(number));
  }

  show(number) {
    this.control.value = number;
    this.say(number);
  }
}

/** A number as a text, with all its digits. */
export class NumberField extends Field {
  constructor(name, label, change, { list = null } = {}) {
    const input = element("input", { type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false" });
    super(name, label, input, null, change);
    if (list) this.suggest(list);
    input.onchange = () => this.take(input.value);
  }

  suggest(numbers) {
    const id = `usual-${this.name}`;
    this.control.setAttribute("list", id);
    this.part.append(element("datalist", { id }, ...numbers.map((number) => element("option", { value: number }))));
  }

  take(text) {
    const number = parseNumber(text);
    const wanted =
      number === undefined || Number.isNaN(number) ? "a number, such as 0.03 or 1e-3" : refusal(this.name, number);
    if (!wanted) return this.change(this.name, number);
    this.complain({ what: `${text || "Nothing"} does not do`, why: `it takes ${wanted}`, instead: "" });
    this.control.dispatchEvent(new Event("refused", { bubbles: true }));
  }

  show(number) {
    if (document.activeElement !== this.control || this.control.value === "") this.control.value = exact(number);
  }
}

/** Yes or no. */
export class CheckField extends Field {
  constructor(name, label, change) {
    const box = element("input", { type: "checkbox" });
    super(name, label, box, null, change);
    box.onchange = () => change(name, box.checked);
  }

  show(setting) {
    this.control.checked = setting;
  }
}

/** A share as one reads it. */
export function percent(share, digits = 0) {
  return Number.isFinite(share) ? `${(100 * share).toFixed(digits)} %` : "–";
}

/** A number that has always about the same width. */
export function inFour(x) {
  if (!Number.isFinite(x)) return format(x);
  const size = Math.abs(x);
  return size !== 0 && (size < 1e-3 || size >= 1e4)
    ? x.toExponential(1).replace("e+", "e")
    : x.toFixed(size >= 100 ? 1 : 3);
}

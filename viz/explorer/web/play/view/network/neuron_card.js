// The chosen neuron: its weights, which one may change, and the way to its scalars.

import { element } from "../../../dom.js";
import { heatmap } from "../../../picture/colours/heatmap.js";
import { exact, format, parseNumber } from "../../../state/numbers.js";
import { shorten } from "../../../state/texts.js";
import { parameterIndex } from "./places.js";

const MOST_FIELDS = 40; // weights of a neuron that have a field; of more there is a picture
const NO_NEURON =
  "Choose a neuron in the picture, or a line: here its weights can be seen and changed, and its scalars opened.";

export class NeuronCard {
  /** `on` has change(index, number, isDragged), undo(), refuse(text), open(), close(). */
  constructor(part, on) {
    Object.assign(this, { part, on, chosen: null, fields: [] });
    this.show(null);
  }

  /** `about` has title, inputs (their names), rule (what it computes, in words), first (its first parameter), canUndo(). */
  show(about) {
    this.about = about;
    this.fields = [];
    if (!about) return this.part.replaceChildren(element("p", { class: "note" }, NO_NEURON));
    const { title, rule, inputs } = about;
    const open = element(
      "button",
      { type: "button", id: "open-neuron", onclick: () => this.on.open() },
      "Open its scalars",
    );
    const close = element(
      "button",
      { type: "button", "aria-label": "Choose no neuron", onclick: () => this.on.close() },
      "✕",
    );
    this.undo = element(
      "button",
      { type: "button", id: "undo-weight", title: "Ctrl+Z", onclick: () => this.on.undo() },
      "Undo",
    );
    const head = element(
      "div",
      { class: "card-head" },
      element("strong", {}, title),
      element("span", { class: "note" }, rule),
      element("div", { class: "tools" }, this.undo, open, close),
    );
    const names = inputs.length > MOST_FIELDS ? [] : inputs.map((name) => shorten(name, 30));
    const list = element("div", { class: "weights", role: "group", "aria-label": "Its weights" });
    names.forEach((name, i) => list.append(this.field(name, i)));
    list.append(this.field("bias b", inputs.length));
    this.image = names.length
      ? null
      : element("img", {
          class: "weight-image",
          alt: `The ${inputs.length} weights of ${title} as a picture`,
          width: 96,
          height: 96,
        });
    this.part.replaceChildren(head, ...(this.image ? [this.image] : []), list);
    this.update(about.parameters(), true);
  }

  field(name, i) {
    const index = this.about.first + i;
    const id = `weight-${i}`;
    const reach = Math.max(5, 2 * Math.abs(this.about.parameters()[index]));
    const slider = element("input", {
      type: "range",
      min: -reach,
      max: reach,
      step: "any",
      "aria-label": name,
      tabindex: -1,
    });
    const text = element("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false" });
    let isDragged = false; // a drag is one change, to be taken back at once
    slider.oninput = () => {
      this.on.change(index, Number(slider.value), isDragged);
      isDragged = true;
    };
    slider.onchange = () => (isDragged = false);
    text.oninput = () => (this.written = text);
    text.onchange = () => {
      this.written = null;
      const number = parseNumber(text.value);
      if (Number.isFinite(number)) this.on.change(index, number);
      else this.on.refuse(`${text.value || "Nothing"} is no number that a weight can have: write 2.5 or -1e-3`);
      this.update(this.about.parameters(), true);
    };
    this.fields.push({ index, slider, text });
    return element("div", { class: "weight" }, element("label", { for: id, title: name }, name), slider, text);
  }

  /** Whether somebody is in the midst of writing into a field, whose keys are that text's. */
  writes(field) {
    return !this.fields.some(({ text }) => text === field) || field === this.written;
  }

  /** Show the numbers as they are now; `all` of them, also the one that is being written. */
  update(parameters, all = false) {
    this.undo.setAttribute("aria-disabled", !this.about.canUndo());
    for (const { index, slider, text } of this.fields) {
      if (document.activeElement !== slider || all) slider.value = parameters[index];
      if (document.activeElement !== text || all)
        text.value = all ? shortened(parameters[index]) : format(parameters[index], 5);
    }
    if (!this.image || !this.about) return;
    const { first, inputs, paper, columns } = this.about;
    this.image.src = heatmap([...parameters.subarray(first, first + inputs.length)], paper(), columns);
  }

  /** Go to the field of a weight. */
  focus(i) {
    this.part.querySelector(`#weight-${i}`)?.focus();
  }
}

function shortened(number) {
  const text = exact(number);
  return text.length > 9 ? format(number, 6) : text;
}

/** What a card needs to know of a neuron of a network. */
export function neuronFacts(picture, network, layer, neuron) {
  const { inputs, sizes, activations } = picture.about;
  const names = layer === 0 ? inputs : Array.from({ length: sizes[layer - 1] }, (_, i) => `neuron ${i + 1}`);
  const name = activations[layer];
  const sum = "Σ w·x + b";
  return {
    title: picture.nameOf(layer, neuron),
    rule: name === "linear" ? sum : `${name}(${sum})`,
    inputs: names,
    first: parameterIndex(inputs.length, sizes, layer, neuron, 0),
    node: network.neurons[layer][neuron],
  };
}

// What the colours and lines of the picture mean, and by which scale: for those who see it, for screen readers, for files.

import { byId, element, shape } from "../../dom.js";
import { blend, css } from "./colours.js";
import { format } from "../../state/numbers.js";
import { shorten } from "../../state/texts.js";

/** In words: {low, high, note}, the ends of the bar of colours, and what they are. */
export function legendTexts({ model, scales, view, selected }) {
  const { graph, steps } = model;
  if (steps.gradient(graph.root) === "unknown") return { low: "gradient ?", high: "?", note: "" };
  const place = view.elements.findIndex(({ key }) => key === selected);
  if (!model.isByModule || place >= 0) {
    const { largest, least } = scales.of(Math.max(0, place));
    const size = format(largest, 3);
    const log = largest ? `log from ±${format(least, 2)}` : "";
    const inside = model.isByModule ? `in ${moduleName(graph, scales.modules[place])}` : "";
    return { low: `gradient ${negativeEnd(size)}`, high: size, note: [inside, log].filter(Boolean).join(", ") };
  }
  const sizes = scales.largest.map((size) => format(size, 3));
  const range = sizes.length > 1 ? `${sizes[0]} to ${sizes[sizes.length - 1]}` : (sizes[0] ?? "0");
  return { low: "gradient -max", high: "max", note: `max of each module: ${range}` };
}

function negativeEnd(size) {
  return size === "0" ? size : `-${size}`;
}

function moduleName(graph, module) {
  return module < 0 ? "no module" : shorten(graph.calls[module].name, 20);
}

/** Write the legend of a page anew, after whatever it tells of has changed. */
export function updateLegend(page) {
  if (!page.scales) return;
  const { low, high, note } = legendTexts(page);
  byId("legend-low").textContent = low;
  byId("legend-high").textContent = high;
  byId("legend-note").textContent = note;
  const ends = [-1, 0, 1].map((strong) => css(blend(strong, page.paper)));
  byId("legend-bar").style.background = `linear-gradient(to right, ${ends.join(", ")})`;
  const meaning = "colours: blue for negative gradients, orange for positive ones, the stronger the larger";
  const dashes = page.hasChoices ? "; a dashed line: nothing flows back" : "";
  byId("legend-colours").setAttribute("aria-label", `${meaning}, up to ${high}${note && `; ${note}`}${dashes}`);
  byId("scale").setAttribute("aria-pressed", page.model.isByModule);
}

// ------------------------------------------------------------------------------------------------ the compiled program

const SAMPLE = { width: 22, height: 14 }; // of what an entry explains
const KINDS_OF_BOXES = [
  [["parameters"], "parameters"],
  [["input", "output"], "input, output"],
  [["constant"], "plain number"],
  [["product"], "matrix product"],
  [["elementwise"], "element by element, sum"],
  [["moves"], "moves numbers only"],
  [["carried", "scanned", "invariant"], "goes into a turn of the loop"],
];

/** An entry for whatever is in the picture of a compiled program: samples of its boxes and lines, and what they mean. */
export function showProgramLegend(part, { boxes, returns }) {
  const kinds = new Set(boxes.map(({ kind }) => kind));
  const place = { x: 1.5, y: 1.5, width: SAMPLE.width - 3, height: SAMPLE.height - 3, rx: 3 };
  const box = (name) => shape("g", { class: `item operation-box ${name}` }, shape("rect", { class: "card", ...place }));
  const line = (name) => shape("path", { class: `edge ${name}`, d: `M1,${SAMPLE.height / 2}h${SAMPLE.width - 2}` });
  const entries = KINDS_OF_BOXES.map(([names, words]) => [names.find((name) => kinds.has(name)), words])
    .filter(([kind]) => kind)
    .map(([kind, words]) => [box(kind), words]);
  if (boxes.some(({ parents }) => parents.length)) entries.push([line(""), "an array"]);
  if (returns.length) entries.push([line("return"), "to a later turn"]);
  entries.push([box("match"), "stands for what is selected"]);
  const asElement = ([sample, words]) => {
    const picture = shape("svg", { class: "sample", ...SAMPLE, "aria-hidden": "true" }, sample);
    return element("span", { class: "entry" }, picture, words);
  };
  part.replaceChildren(...entries.map(asElement));
}

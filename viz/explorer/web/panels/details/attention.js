// What the inspector says of attention: which position looks at which, head by head, as pictures whose cells are told of.

import { element } from "../../dom.js";
import { MOST_HEADS, weightsOf } from "../../state/folding/attention.js";
import { format } from "../../state/numbers.js";
import { shorten } from "../../state/texts.js";

const MOST_MAPS = 4; // calls of one box, such as the layers of a position

/**
 * {part, refresh} for an element, null where there is no attention; `page` has folding, model and paper, and `draw` makes
 * a picture of many numbers.
 */
export function attentionFacts(page, shown, draw) {
  const entries = page.folding.attention.of(shown).slice(0, MOST_MAPS);
  const maps = entries.flatMap((entry) => mapsOf(page, entry)).map((map) => mapPart(page, map, draw));
  if (!maps.length) return null;
  const part = element("div", { class: "attention" }, ...maps.map((each) => each.part));
  return { part, refresh: () => maps.forEach((each) => each.refresh()) };
}

/**
 * The pictures of an entry: {title, columns, read, tell}: of a head all positions, one below the other; without a family
 * of positions the rows of the entry.
 */
function mapsOf(page, entry) {
  const { model, graph, folding } = page;
  const around = folding.attention.overPositions(entry);
  const name = shorten(graph.calls[entry.call].name, 30);
  if (!around) {
    const tell = (row, column) => `softmax ${row + 1}, position ${column + 1}`;
    return [{ title: `${name}: one softmax in each row`, columns: entry.columns, read: () => weightsOf(model, entry), tell }];
  }
  const { entries } = around;
  const columns = Math.max(...entries.map((each) => each?.columns ?? 0));
  return Array.from({ length: Math.min(entry.rows, MOST_HEADS) }, (_, head) => ({
    title: `${name}, head ${head + 1}: each position downwards, what it looks at across`,
    columns,
    read: () => entries.flatMap((each) => rowOf(model, each, head, columns)),
    tell: (row, column) => `position ${row + 1} looks at position ${column + 1}`,
  }));
}

/** The weights of one head of a position, as many as the longest has. */
function rowOf(model, entry, head, columns) {
  const own = entry ? weightsOf(model, entry).slice(head * entry.columns, (head + 1) * entry.columns) : [];
  return Array.from({ length: columns }, (_, column) => own[column] ?? null);
}

/** A picture in which a cell is told of: the one below the pointer, or by the arrow keys the one beside it. */
function mapPart(page, { title, columns, read, tell }, draw) {
  const image = element("img", { class: "members-map", alt: "" });
  const mark = element("span", { class: "cell", hidden: true });
  const field = element("div", { class: "map", role: "application", tabindex: 0, "aria-roledescription": "heat map" }, image, mark);
  const text = element("p", { class: "note cell-text", "aria-live": "polite" });
  let [weights, rows, cell] = [[], 1, null];
  const refresh = () => {
    weights = read();
    rows = weights.length / columns;
    image.src = draw(weights, page.paper, columns, 1);
    image.style.aspectRatio = `${columns} / ${rows}`;
    field.setAttribute("aria-label", `${title}; arrow keys go from weight to weight`);
    write();
  };
  const write = () => {
    mark.hidden = cell === null;
    if (cell === null) return (text.textContent = title);
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    const weight = weights[cell];
    text.textContent = `${tell(row, column)}: ${weight === null ? "no weight" : format(weight, 3)}`;
    const place = { left: column / columns, top: row / rows, width: 1 / columns, height: 1 / rows };
    for (const [side, share] of Object.entries(place)) mark.style[side] = `${100 * share}%`;
  };
  const show = (row, column) => {
    cell = Math.max(0, Math.min(rows - 1, row)) * columns + Math.max(0, Math.min(columns - 1, column));
    write();
  };
  field.onpointermove = ({ clientX, clientY }) => {
    const { left, top, width, height } = image.getBoundingClientRect();
    show(Math.floor(((clientY - top) / height) * rows), Math.floor(((clientX - left) / width) * columns));
  };
  field.onpointerleave = field.onblur = () => write((cell = null));
  field.onkeydown = (event) => {
    const [down, across] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [];
    if (down === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (cell === null) show(0, 0);
    else show(Math.floor(cell / columns) + down, (cell % columns) + across);
  };
  return { part: element("div", {}, field, text), refresh };
}

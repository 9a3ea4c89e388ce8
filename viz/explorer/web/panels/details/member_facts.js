// What the inspector says of a node over all members of its families: their spread, and many numbers as a picture.

import { element, shape } from "../../dom.js";
import { countedMembers } from "../../state/folding/member_names.js";
import { format } from "../../state/numbers.js";
import { counted } from "../../state/texts.js";

const [SPREAD_WIDTH, SPREAD_HEIGHT, BINS] = [290, 46, 24];
const MOST_MEMBERS = 128; // of a picture, in each direction

/**
 * {part, refresh} for an element, null where it is in no family; `page` has view, model and paper, and `draw` makes a
 * picture of many numbers.
 */
export function memberFacts(page, shown, draw) {
  const { members } = page.view.layout;
  if (shown.kind === "leaves" || shown.kind === "rest") return null;
  const about = shown.kind === "call" ? outputsOfMember : overMembers;
  const families = members.familiesOf(shown.nodes[0]).reverse(); // the innermost first
  const parts = families.map((family) => about(page, shown, family, draw)).filter(Boolean);
  return together("over-members", parts);
}

/** The numbers and gradients of a node over the members, and those of its kind in each of them as a picture. */
function overMembers(page, { n }, family, draw) {
  const { model, graph, folding } = page;
  const { members } = page.view.layout;
  const name = graph.isLeaf(n) ? "leaves" : graph.rule(n).name;
  const parts = [picture(page, family, members.ofOneKind(n, family), `${name} of each ${family.unit}`, draw)];
  if (family.alike) {
    const nodes = members.across(n, family);
    const own = folding.means.has(family.number) ? -1 : nodes.indexOf(n);
    const { interpreter, steps } = model;
    const isKnown = (each) => steps.gradient(each) !== "unknown";
    const data = () => nodes.map((each) => (steps.knowsNumber(each) ? interpreter.data[each] : null));
    const gradient = () => nodes.map((each) => (isKnown(each) ? interpreter.gradient[each] : null));
    const weight = family.weight === null ? "" : `, each counts ${format(family.weight)}`;
    const over = `over ${countedMembers(family)}`;
    parts.unshift(spread(`data ${over}${weight}`, data, own), spread(`gradient ${over}`, gradient, own));
  }
  return together("", parts.filter(Boolean));
}

/** What the members of a family give to others, as a picture, for the box of one. */
function outputsOfMember(page, { call }, family, draw) {
  if (!family.calls.some(([member]) => member === call)) return null;
  return picture(page, family, page.view.layout.members.outputs(family), `outputs of each ${family.unit}`, draw);
}

function together(name, parts) {
  if (!parts.length) return null;
  const part = element("div", { class: name }, ...parts.map((each) => each.part));
  return { part, refresh: () => parts.forEach((each) => each.refresh()) };
}

/** Rows of nodes as a picture, one row for each member; nothing where each has only one. */
function picture(page, family, rows, name, draw) {
  const columns = Math.min(MOST_MEMBERS, rows.reduce((most, row) => Math.max(most, row.length), 0));
  if (columns < 2) return null;
  const cells = rows.slice(0, MOST_MEMBERS).flatMap((row) => Array.from({ length: columns }, (_, i) => row[i] ?? -1));
  const image = element("img", { class: "members-map" });
  const text = element("p", { class: "note" });
  const refresh = () => {
    const { interpreter, steps } = page.model;
    const numbers = cells.map((n) => (n >= 0 && steps.knowsNumber(n) ? interpreter.data[n] : null));
    const known = numbers.filter((x) => x !== null && Number.isFinite(x));
    const range = known.length ? `, from ${ends(known).map((x) => format(x)).join(" to ")}` : "";
    const all = `${rows.length > MOST_MEMBERS ? `the first ${MOST_MEMBERS} of ` : ""}${countedMembers(family)}`;
    text.textContent = `${name}: ${all} downwards, ${counted(columns, "number")} across${range}`;
    image.alt = text.textContent;
    image.src = draw(numbers, page.paper, columns);
  };
  return { part: element("div", {}, text, image), refresh };
}

/** A histogram of numbers; the bar with the one at `own` stands out. */
function spread(name, read, own) {
  const plot = shape("svg", { class: "plot spread", viewBox: `0 0 ${SPREAD_WIDTH} ${SPREAD_HEIGHT}`, role: "img" });
  const text = element("p", { class: "note" });
  const refresh = () => {
    const all = read(); // null where it is not known yet
    const numbers = all.filter(Number.isFinite);
    const isKnown = !all.includes(null) && numbers.length > 0;
    plot.toggleAttribute("hidden", !isKnown || new Set(numbers).size < 2); // of one number there is nothing to see
    const others = all.length - numbers.length;
    const wrong = others ? `, and ${counted(others, "number")} not finite` : "";
    text.textContent = isKnown ? `${name}: ${summary(numbers)}${wrong}` : `${name}: not known yet`;
    plot.setAttribute("aria-label", text.textContent);
    plot.replaceChildren(...(isKnown ? bars(numbers, all[own]) : []));
  };
  return { part: element("div", {}, text, plot), refresh };
}

function summary(numbers) {
  const [least, most] = ends(numbers);
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  return least === most ? `all ${format(mean)}` : `mean ${format(mean)}, from ${format(least)} to ${format(most)}`;
}

function bars(numbers, own) {
  const { counts, binOf } = histogram(numbers, BINS);
  const tallest = counts.reduce((a, b) => Math.max(a, b));
  const mine = own === undefined ? -1 : binOf(own);
  const width = SPREAD_WIDTH / BINS;
  return counts.map((count, bin) => {
    const height = count ? Math.max(2, (count / tallest) * SPREAD_HEIGHT) : 0;
    const place = { x: bin * width + 0.5, y: SPREAD_HEIGHT - height, width: width - 1, height };
    return shape("rect", { class: bin === mine ? "bar own" : "bar", ...place });
  });
}

/** How many numbers are in each of so many equal parts of their range, and in which part one is. */
export function histogram(numbers, bins) {
  const [least, most] = ends(numbers);
  const binOf = (x) => {
    const place = most > least ? Math.floor(((x - least) / (most - least)) * bins) : bins >> 1;
    return Math.min(bins - 1, Math.max(0, place));
  };
  const counts = new Array(bins).fill(0);
  for (const x of numbers) counts[binOf(x)]++;
  return { counts, binOf };
}

function ends(numbers) {
  return [numbers.reduce((a, b) => Math.min(a, b)), numbers.reduce((a, b) => Math.max(a, b))];
}

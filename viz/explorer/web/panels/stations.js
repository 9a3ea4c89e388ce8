// What the tour shows of a graph: its stations, each with a part of the page, the step, and one or two sentences.

import { byId } from "../dom.js";
import { format } from "../state/numbers.js";
import { counted, shorten } from "../state/texts.js";

/**
 * {title, text, parts, time, prepare} for each: `parts()` gives what is highlighted, the first of it beside the text;
 * `time` is the step; `prepare()` does what else is needed. Where a graph has no modules, no operation or no compiled
 * program, nothing is said of it.
 */
export function stationsOf(page) {
  const leaf = leafOf(page);
  const operation = operationOf(page);
  const folded = page.graph.calls.length ? moduleStation(page) : null;
  return [
    leafStation(page, leaf),
    folded ?? (operation < 0 ? null : operationStation(page, operation)), // a step forward shows an operation, too
    ...(operation < 0 ? [] : [forwardStation(page, operation)]),
    seedStation(page),
    ...(operation < 0 ? [] : [backwardStation(page, operation)]),
    changeStation(page, leaf),
    page.program.error ? null : compiledStation(page),
    keysStation(),
  ].filter(Boolean);
}

/** The node that is to be shown so that every station has something to show, or -1. */
export function missingNode(page) {
  const { graph } = page;
  if (operationOf(page) < 0 && graph.operationCount) return graph.root;
  if (leafOf(page) >= 0) return -1;
  const depth = (n) => graph.path(graph.home[n]).length; // the least deep one changes the picture least
  const leaves = [...Array(graph.leafCount).keys()];
  return leaves.reduce((best, n) => (badness(n) < badness(best) ? n : best));

  function badness(n) {
    return depth(n) + 1000 * graph.isConstant(n);
  }
}

/** The first leaf that is shown by itself, a plain number only where there is no other; or -1. */
function leafOf({ graph, view }) {
  const leaves = view.elements.filter(({ kind, n }) => kind === "node" && graph.isLeaf(n)).map(({ n }) => n);
  return leaves.find((n) => !graph.isConstant(n)) ?? (graph.leafCount === 1 ? (leaves[0] ?? -1) : -1);
}

/** The first operation whose edges say most: of two or three operands that are shown, and not the root; or -1. */
function operationOf({ graph, view }) {
  const isNumbered = (n) => !graph.isConstant(n) && view.elements[view.owner[n]].kind === "node";
  const merit = (n) => {
    const count = new Set([...graph.parents(n)].filter(isNumbered)).size;
    return (count > 3 ? 0 : Math.min(2, count)) + 0.5 * (n !== graph.root);
  };
  const operations = view.elements.filter(({ kind, n }) => kind === "node" && !graph.isLeaf(n)).map(({ n }) => n);
  return operations.reduce((best, n) => (best < 0 || merit(n) > merit(best) ? n : best), -1);
}

function itemOf(page, n) {
  return page.pane.items.get(page.view.elements[page.view.owner[n]].key)?.group;
}

/** The edges of the picture by which an operation reads its operands. */
function edgesOf({ cards, view }, n) {
  return cards.edges.filter(({ head }) => head === view.owner[n]).map(({ line }) => line);
}

function nameOf({ graph }, n) {
  return shorten(graph.nameOf(n), 24);
}

// ------------------------------------------------------------------------------------------------------- the stations

function leafStation(page, n) {
  return {
    title: "A leaf",
    text: `${nameOf(page, n)} is a leaf: a number that was given, here ${format(page.graph.leaves[n])}. Everything else is computed from the leaves.`,
    time: 0,
    parts: () => [itemOf(page, n)],
  };
}

function operationStation(page, n) {
  const { graph } = page;
  const operands = [...new Set(graph.parents(n))].slice(0, 3).map((each) => nameOf(page, each));
  return {
    title: "An operation",
    text: `${nameOf(page, n)} is an operation, “${shorten(graph.rule(n).symbol, 12)}”, on ${operands.join(", ")}. Its number is not computed yet: it shows a question mark.`,
    time: 0,
    parts: () => [itemOf(page, n), ...edgesOf(page, n)],
  };
}

function moduleStation(page) {
  const { graph, view, pane } = page;
  const box = view.elements.find(({ kind }) => kind === "call");
  const call = box ? box.call : view.frames[view.frames.length - 1];
  if (call === undefined) return null;
  const name = shorten(graph.calls[call].name, 24);
  const folds = "the − in the corner of its frame folds it into one box";
  return {
    title: "A module",
    text: box
      ? `${name} is a module in one box, with ${counted(graph.contents(box.nodes).operations, "operation")}. A click, or Enter, unfolds it; ${folds} again.`
      : `${name} is a module, unfolded: ${folds}.`,
    time: 0,
    parts: () => [box ? pane.items.get(box.key)?.group : pane.svg.querySelector(`[data-fold="${call}"]`)],
  };
}

function forwardStation(page, n) {
  return {
    title: "A step forward",
    text: "Each step forward computes one operation: the line below has its formula, with the numbers in it. ∂ on an edge is the local derivative: how much the result changes with this operand.",
    time: page.model.steps.timeOf(n, "forward"),
    parts: () => [itemOf(page, n), byId("step")],
  };
}

function seedStation(page) {
  const { graph, model } = page;
  return {
    title: "The way back begins",
    text: `Now all numbers are known. ${nameOf(page, graph.root)} changes with itself one to one: its gradient is 1, and all others follow from it, back to the leaves.`,
    time: graph.operationCount + 1,
    parts: () => [itemOf(page, model.graph.root), byId("step")],
  };
}

function backwardStation(page, n) {
  return {
    title: "The chain rule",
    text: `${nameOf(page, n)} passes its gradient on along each edge, times the local derivative there (←). Where several products meet, they are added up.`,
    time: page.model.steps.timeOf(n, "backward"),
    parts: () => [itemOf(page, n), ...edgesOf(page, n), byId("step")],
  };
}

function changeStation(page, n) {
  return {
    title: "Change a number",
    text: `Type another number for ${nameOf(page, n)}, or drag the slider: all numbers and gradients follow at once. The end of the tour takes it back.`,
    time: page.model.steps.end,
    parts: () => [document.querySelector("#inspector .row:has([data-leaf])"), itemOf(page, n)],
    prepare: () => page.select(`n${n}`),
  };
}

function compiledStation(page) {
  return {
    title: "Compiled",
    text: "The same graph as compile() runs it: a few operations on whole arrays. Point at a box, and the scalars that it stands for light up.",
    time: page.model.steps.end,
    parts: () => [byId("program"), ["compiled-toggle", "more"].map(byId).find((button) => button.checkVisibility())],
    prepare: () => page.showCompiled(true),
  };
}

function keysStation() {
  return {
    title: "Keys",
    text: "Everything works by keys, too, and they are listed here: N and P step, arrows walk through the graph, / finds a name, an operation or a module.",
    parts: () => [byId("keys-panel").querySelector("summary")],
    prepare: () => (byId("keys-panel").open = true),
  };
}

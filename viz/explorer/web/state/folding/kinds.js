// All module calls of a kind, such as all neurons: they unfold and fold together.

import { view } from "./folding.js";
import { plural } from "../texts.js";

const MOST_UNFOLDED = 150; // elements: more make a picture that nobody reads
const MOST_KINDS = 20; // in a menu

/**
 * What can be unfolded together: {name, calls}. First all modules, then those of one name with different numbers, such
 * as "neurons"; of a kind of its own there is nothing to choose.
 */
export function kindsOf(folding) {
  const { graph } = folding;
  const kinds = new Map();
  const calls = inOrderOfWork(graph).filter((call) => folding.isLaidOut(call)); // one member stands for its family
  for (const call of calls) {
    const { name } = graph.calls[call];
    const word = name.replace(/[\s_.#]*\d+$/, "") || name;
    if (!kinds.has(word)) kinds.set(word, []);
    kinds.get(word).push(call);
  }
  const several = [...kinds].filter(([, calls]) => calls.length > 1).slice(0, MOST_KINDS);
  return [
    { name: "modules", calls },
    ...several.map(([word, ofKind]) => ({ name: plural(word), calls: ofKind })),
  ];
}

/** All calls, each by the first operation in it; one around others comes before them. */
function inOrderOfWork(graph) {
  const first = new Int32Array(graph.calls.length).fill(graph.size);
  for (let n = graph.leafCount; n < graph.size; n++)
    for (let call = graph.home[n] - 1; call >= 0 && first[call] > n; call = graph.calls[call].outer) first[call] = n;
  const { calls } = graph;
  return [...calls.keys()].sort((a, b) => first[a] - first[b] || calls[a].depth - calls[b].depth);
}

/**
 * Unfold these calls, and what is around them; of too many for one picture the first ones. Gives {unfolded, boxes}: how
 * many are open now, and how many elements all of them would make.
 */
export function unfoldAll(folding, calls) {
  const first = folding.state();
  const unfoldFirst = (count) => {
    folding.restore({ ...first, open: new Set(first.open) });
    for (const call of calls.slice(0, count)) folding.unfold(call);
    return view(folding).elements.length;
  };
  const boxes = unfoldFirst(calls.length);
  if (boxes <= MOST_UNFOLDED) return { unfolded: calls.length, boxes };
  let [few, many] = [1, 2]; // few can be read, or are the least there is; many cannot
  while (many < calls.length && unfoldFirst(many) <= MOST_UNFOLDED) [few, many] = [many, 2 * many]; // mostly a few can
  many = Math.min(many, calls.length);
  while (many - few > 1) {
    const middle = (few + many) >> 1;
    if (unfoldFirst(middle) <= MOST_UNFOLDED) few = middle;
    else many = middle;
  }
  unfoldFirst(few);
  return { unfolded: few, boxes };
}

export function foldAll(folding, calls) {
  for (const call of calls) folding.fold(call);
}

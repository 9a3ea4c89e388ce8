// A live page tells the frame around it of every number that has changed, and takes numbers from it.

import { Refused } from "./state/model.js";

/** Messages both ways: {glassgrad: "numbers", leaves: [[leaf, number as text], …]}. */
export function connectFrame(model, complain) {
  if (window.parent === window) return; // opened by itself: nobody is there
  const { leaves } = model.graph;
  let told = leaves.slice();
  const changed = () => {
    const pairs = [];
    leaves.forEach(
      (number, leaf) =>
        !Object.is(number, told[leaf]) && pairs.push([leaf, Object.is(number, -0) ? "-0" : String(number)]),
    );
    told = leaves.slice();
    return pairs;
  };
  model.listen((what) => {
    const pairs = what === "numbers" ? changed() : [];
    if (pairs.length) window.parent.postMessage({ glassgrad: "numbers", leaves: pairs }, "*");
  });
  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || data?.glassgrad !== "numbers" || !Array.isArray(data.leaves)) return;
    const pairs = data.leaves.map(([leaf, number]) => [leaf, Number(number)]);
    for (const [leaf, number] of pairs) told[leaf] = number; // what comes from there is not told back
    try {
      model.follow(pairs);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      for (const [leaf] of pairs) told[leaf] = NaN; // so that the page's numbers are told with the next change
      complain(error.message);
    }
  });
  window.parent.postMessage({ glassgrad: "ready" }, "*");
}

// A live page tells the frame around it of every number that has changed, and takes numbers from it.

/** Messages both ways: {glassgrad: "numbers", leaves: [[leaf, number as text], …]}. */
export function connectFrame(model, complain) {
  const { leaves } = model.graph;
  let told = leaves.slice();
  const changed = () => {
    const pairs = [];
    leaves.forEach((number, leaf) => !Object.is(number, told[leaf]) && pairs.push([leaf, Object.is(number, -0) ? "-0" : String(number)]));
    told = leaves.slice();
    return pairs;
  };
  model.listen((what) => {
    const pairs = what === "numbers" ? changed() : [];
    if (pairs.length) window.parent.postMessage({ glassgrad: "numbers", leaves: pairs }, "*");
  });
  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || data?.glassgrad !== "numbers") return;
    const pairs = data.leaves.map(([leaf, number]) => [leaf, Number(number)]);
    const before = told.slice();
    for (const [leaf, number] of pairs) told[leaf] = number; // what comes from there is not told back
    try {
      model.set(pairs);
    } catch (error) {
      told = before;
      complain(error.message);
    }
  });
  window.parent.postMessage({ glassgrad: "ready" }, "*");
}

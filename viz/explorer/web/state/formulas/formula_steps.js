// What is said of each step: of an operation its formulas, of a folded part those of formula_folds.js.

import { backwardLines, equation, forwardLine, gradientTree } from "./formula.js";
import { foldLines } from "./formula_folds.js";
import { counted } from "../texts.js";

/** The lines of the step at `steps.time`; `element` is what the picture shows its operation as. */
export function stepLines(graph, interpreter, steps, element) {
  const { pass, n } = steps.at();
  if (pass === "start") return [[startText(graph)]];
  if (pass === "done")
    return [["All numbers and gradients are known. Play shows how they come about, one operation at a time."]];
  if (pass === "seed") return [equation(gradientTree(graph, graph.root), "=", 1)];
  if (element && element.kind !== "node") return foldLines(graph, interpreter, pass, element);
  return pass === "forward"
    ? [forwardLine(graph, interpreter, n)]
    : backwardLines(graph, interpreter, steps, n);
}

function startText({ leafCount }) {
  const leaves = leafCount === 1 ? "the leaf has its number" : `the ${counted(leafCount, "leaf", "leaves")} have numbers`;
  return `Press Play, or N for one step: only ${leaves} yet; End shows everything, Tour explains it.`;
}

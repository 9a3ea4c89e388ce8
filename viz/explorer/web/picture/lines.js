// The lines of the picture: edges with the numbers on them.

import { shape, textAt } from "../dom.js";
import { isFlat } from "../state/formulas/formula.js";
import { countedMembers } from "../state/folding/member_names.js";
import { known } from "../state/numbers.js";
import { blend, css, strength } from "./colours/colours.js";
import { goingBack } from "./returns.js";

const EDGE_LABEL = { width: 62, height: 30 };
const COUNT_LABEL = { width: 56, height: 14 };

/** A line for an edge of the view, and room for its numbers, or for how many it stands for. */
export function lineOf(graph, edge, isLabelled) {
  const { isPair, position, times, crossing } = edge;
  const isConstant = isPair && graph.isConstant(graph.operands[position]); // nobody asks for its gradient
  const count = times > 1 && isLabelled ? COUNT_LABEL : null;
  const size = isConstant ? null : isPair ? EDGE_LABEL : count;
  const label = size && shape("g", { class: "edge-label" });
  const texts = [];
  if (label && isPair) texts.push(textAt("partial", 0, -3, "", "middle"), textAt("flow", 0, 10, "", "middle"));
  else if (label) texts.push(textAt("times", 0, 4, `${times.toLocaleString("en")} values`, "middle"));
  label?.append(...texts);
  if (!isLabelled) label?.classList.add("on-demand");
  const drawn = { ...edge, label, room: isLabelled ? size : null, texts, isConstant };
  if (crossing) return goingBack(drawn, countedMembers(crossing.family, crossing.delay));
  return { ...drawn, line: shape("path", { class: "edge" }) };
}

/** Write the numbers of this moment on an edge; on a scale of the colours. */
export function updateLine(model, { isPair, operands, times, line, texts, isConstant }, scale) {
  const { graph, interpreter, steps } = model;
  const isAbsent = (isPair || operands.length === times) && operands.every((i) => isAbsentAt(model, i));
  line.classList.toggle("absent", isAbsent);
  line.classList.toggle("elsewhere", !operands.length); // other members have it
  if (isConstant) return;
  let flow = 0;
  let sum = 0;
  for (const i of operands) {
    const n = graph.userAt[i];
    const one = steps.hasPassedOn(n) && !graph.isConstant(graph.operands[i]) ? (interpreter.flow(n, i) ?? 0) : 0;
    sum += one;
    if (Math.abs(one) > Math.abs(flow) || Number.isNaN(one)) flow = one;
  }
  if (isPair) writeNumbers(model, texts, operands, isAbsent, sum / operands.length);
  const strong = strength(isPair ? sum / (operands.length || 1) : flow, scale);
  line.style.stroke = strong ? css(blend(strong, [128, 128, 128])) : "";
  line.style.strokeWidth = 1 + 2 * Math.abs(strong);
}

/** The local derivative and the flow along an edge between two nodes; of several members their means. */
function writeNumbers(model, texts, operands, isAbsent, flow) {
  const { graph, interpreter, steps } = model;
  if (!operands.length) return texts.forEach((text) => (text.textContent = ""));
  const last = operands[operands.length - 1];
  const n = graph.userAt[last];
  const notChosen = isAbsent && !interpreter.hasEdge(n, last) && !isFlat(graph, n, last);
  const users = operands.map((i) => graph.userAt[i]);
  const partial = meanAt(interpreter.partials, operands);
  texts[0].textContent = `∂ ${known(partial, users.every((user) => steps.knowsNumber(user)), 3)}`;
  const hasPassed = users.every((user) => steps.hasPassedOn(user));
  texts[1].textContent = notChosen ? "not chosen" : `← ${isAbsent ? "–" : known(flow, hasPassed, 3)}`;
}

/** Whether it is known by now that nothing flows back along the edge at this position. */
function isAbsentAt(model, position) {
  const { graph, interpreter, steps } = model;
  const n = graph.userAt[position];
  if (steps.hasPassedOn(n)) return interpreter.flow(n, position) === null;
  return steps.knowsNumber(n) && !interpreter.hasEdge(n, position);
}

/** The mean of the numbers at some places. */
export function meanAt(numbers, places) {
  let sum = 0;
  for (const place of places) sum += numbers[place];
  return sum / places.length;
}

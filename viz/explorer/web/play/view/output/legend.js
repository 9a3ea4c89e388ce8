// What the colours and marks of the plane mean.

import { element } from "../../../dom.js";
import { blend, css } from "../../../picture/colours/colours.js";
import { format } from "../../../state/numbers.js";
import { shorten } from "../../../state/texts.js";
import { markSample } from "./plane.js";

/** The entries of a legend: a bar of colours between two ends, or a mark for each class; and what hollow ones are. */
export function planeLegend({ reading, classes, paper, hasTest }) {
  const entry = (...children) => element("span", {}, ...children);
  const marks = classes.map((name, k) => entry(markSample(k, false, paper), shorten(name, 14)));
  const hollow = hasTest ? [entry(markSample(0, true, paper), "hollow: for the test")] : [];
  if (reading.isOfClasses) return [...marks, ...hollow];
  const bar = element("span", { class: "bar" });
  const colours = [-1, 0, 1].map((strong) => css(blend(strong, paper)));
  bar.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
  const [low, high] = reading.ends.map((end) => format(end, 2));
  const line = reading.threshold === null ? [] : [entry(`line: ${format(reading.threshold)}`)];
  return [entry(low), bar, entry(high), ...line, ...marks, ...hollow];
}

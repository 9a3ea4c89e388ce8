// Where the parts of the page stand on a narrow screen and on a wide one. They are moved, not only drawn elsewhere, so
// that the keyboard and a reader aloud meet them in the order in which they are seen.

import { byId } from "../../dom.js";

const NARROW = 900; // pixels; the same stands in play.css

export function isNarrow() {
  return innerWidth <= NARROW;
}

/**
 * Narrow: the plane and the chart before the network, right below what trains it; the message in the bar that stays.
 * Wide: three columns; the message above the choices, where it covers nothing that one looks at.
 */
export function arrange() {
  const narrow = isNarrow();
  if (document.documentElement.dataset.narrow === String(narrow)) return;
  document.documentElement.dataset.narrow = narrow;
  const [network, output, trouble] = ["network", "output", "trouble"].map(byId);
  if (narrow) network.before(output);
  else network.after(output);
  if (narrow) byId("run").append(trouble);
  else byId("choices").prepend(trouble);
}

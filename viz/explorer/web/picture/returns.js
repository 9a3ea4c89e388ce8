// Edges from one turn of a loop, or member of a family, into a later one, which stands in the same place.

import { shape } from "../dom.js";

/** The edge as the picture has it: laid out in the other direction, it points back. */
export function goingBack({ tail, head, ...edge }, later) {
  const line = shape("path", { class: "edge return" }, shape("title", {}, `${later} later`));
  return { ...edge, tail: head, head: tail, line, pointsBack: true };
}

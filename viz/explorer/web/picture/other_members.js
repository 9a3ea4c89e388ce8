// Another row, turn or position in the place of the one before.

import { otherMembers } from "../state/folding/folding.js";
import { Cards } from "./cards.js";
import { markStep } from "./marks.js";

/** Draw other members of families in the places of those before: names and numbers change, what is selected goes along. */
export function drawMembers(page) {
  const { pane, view, model } = page;
  const place = (key) => view.elements.findIndex((each) => each.key === key);
  const focused = document.activeElement?.closest("#graph [data-key]")?.dataset.key;
  const [selected, current, focus] = [page.selected, pane.current, focused].map(place);
  const next = otherMembers(view.layout);
  const cards = new Cards(model, next);
  Object.assign(page, { view: next, cards });
  const keyAt = (at, otherwise) => next.elements[at]?.key ?? otherwise;
  pane.current = keyAt(current, pane.current);
  pane.show(pane.layout, cards.nodes, cards.edges, cards.frames);
  cards.updatePictures(page.paper);
  if (focus >= 0) pane.items.get(keyAt(focus)).group.focus({ preventScroll: true });
  page.select(keyAt(selected, null), false);
  const { active, folding } = next.layout.members;
  page.compiled.showTurnsOf(active.map(({ nodes, number }) => nodes[folding.members[number]].at(-1)));
}

/** Lay out members that look different: all of the picture where all of it was in sight, else its end stays in place. */
export async function layOutMembers(page) {
  const { layout, scale, size } = page.pane;
  const isWhole = layout.width * scale <= size.width && layout.height * scale <= size.height;
  const end = page.view.elements[page.view.owner[page.graph.root]].key;
  if (await page.show(() => {}, isWhole ? null : end)) markStep(page, true);
}

// The picture goes along with the step: to other members, and to what it has left out of a large graph.

import { markStep } from "./marks.js";

/** Show the operation of the step of a page, in the members that it is in, as itself or in a box of its own. */
export async function followStep(page) {
  await page.pickers.follow();
  if (page.isFollowing || !isLeftOut(page)) return;
  page.isFollowing = true; // one layout after the other, however fast the steps are
  try {
    for (let tried = -1; isLeftOut(page) && tried !== page.model.steps.time;) {
      tried = page.model.steps.time;
      const { pass, n } = page.model.steps.at();
      if (!(await page.show(() => page.folding.lookAt(n, pass === "forward")))) return; // something else was asked for
    }
  } finally {
    page.isFollowing = false;
  }
  markStep(page, true);
}

function isLeftOut({ model, view }) {
  const { n } = model.steps.at();
  return n >= 0 && view.elements[view.owner[n]].kind === "rest";
}

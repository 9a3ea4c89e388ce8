// The address of the page: a link to the state that it is in, and back to the state of a link.

import { readLink, writeLink } from "../state/link.js";
import { Refused } from "../state/model.js";

/** A page inside of another one has none. */
export function hasAddress() {
  return /^(https?|file):/.test(location.href);
}

/** Copy the address of the state that a page is in, and show it in the address bar. */
export async function copyLink(page) {
  const fragment = writeLink(page.model, page.folding, page.selected, page.first);
  if (fragment === null) return page.say("Too much was changed or unfolded to fit into a link", true);
  history.replaceState(null, "", fragment);
  try {
    await navigator.clipboard.writeText(location.href);
    page.say("The link to this state is copied", true);
  } catch {
    page.say("The link to this state is in the address bar now", true);
  }
}

/** Bring a page into the state that a fragment says. */
export async function followLink(page, fragment) {
  const { folding, model } = page;
  const { open, step, selected, seen, shown, pinned, pinnedCalls, members, beside, changes, isByModule } = readLink(
    fragment,
    page.graph,
  );
  let refused = "";
  try {
    model.reset();
    if (changes.length) model.set(changes);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refused = error.message;
  }
  page.setScale(isByModule);
  page.playback.goTo(step ?? 0);
  page.selected = null; // what was selected is no part of the link
  const isShown = await page.show(() => {
    folding.restore(page.first);
    page.first = folding.state(); // a copy: what follows changes the one that was restored
    if (open) folding.open = new Set(open);
    for (const [call, count] of shown) folding.shown.set(call, count);
    for (const n of pinned) folding.pinned.add(n);
    for (const call of pinnedCalls) folding.pinnedCalls.add(call);
    for (const number of beside) folding.beside.add(number);
    const { n } = model.steps.at();
    if (n >= 0) folding.showMembers(folding.locate(n).members);
    for (const [number, k] of members) {
      if (k !== "mean") folding.showMembers([[number, k - 1]]);
      else if (folding.families.list[number].alike) folding.toggleMean(number);
    }
  });
  if (refused) page.complain(`The link asks for a number that does not fit: ${refused}`);
  await page.followStep();
  if (!isShown || !selected || !page.elementAt(selected)) return;
  page.select(selected, hasAddress()); // in a frame, no sheet of details comes up over the picture
  page.pane.stayAt(selected);
  if (seen !== undefined) page.pane.bringFrameIntoSight(String(seen));
  page.pane.bringIntoSight(selected, true);
}

// The state of the page as the fragment of its address: what is open, the time, the selection, changed numbers. What
// is no part of it: the theme, zoom, which leaves learn, and what can be undone.

import { exact, parseNumber } from "./numbers.js";

const MOST_NUMBERS = 300; // of one kind that fit into an address

/** The fragment, or null where it would be too long; `first` is the state of the folding at first. */
export function writeLink(model, folding, selected, first) {
  const parts = new URLSearchParams();
  const { steps } = model;
  const list = (numbers) => [...numbers].sort((a, b) => a - b).join(",");
  const pairs = (map) => [...map].map(([call, count]) => `${call}:${count}`).join(",");
  const changes = model.changes();
  const lists = [changes, folding.open, folding.pinned, folding.pinnedCalls, folding.shown];
  if (
    lists.some((each) => (each.size ?? each.length) > MOST_NUMBERS && each !== folding.open) ||
    folding.open.size > 2000
  )
    return null;
  if (list(folding.open) !== list(first.open)) parts.set("open", list(folding.open));
  if (steps.time > 0) parts.set("step", steps.time);
  if (selected) parts.set("at", selected);
  if (model.isByModule) parts.set("colours", "module");
  if (changes.length) parts.set("set", changes.map(([leaf, number]) => `${leaf}:${exact(number)}`).join(","));
  if (folding.pinned.size) parts.set("show", list(folding.pinned));
  if (folding.pinnedCalls.size) parts.set("modules", list(folding.pinnedCalls));
  if (pairs(folding.shown) !== pairs(first.shown)) parts.set("more", pairs(folding.shown));
  const members = folding.members.map((k, number) => [number, folding.means.has(number) ? "mean" : k + 1]);
  const others = members.filter(([number, k]) => k !== first.members[number] + 1);
  if (others.length) parts.set("member", pairs(others));
  if (folding.beside.size) parts.set("beside", list(folding.beside));
  return `#${parts.toString().replaceAll("%2C", ",").replaceAll("%3A", ":")}`;
}

/** What a fragment says, as far as it makes sense for this graph. */
export function readLink(fragment, graph) {
  const parts = new URLSearchParams(fragment.replace(/^#/, ""));
  const wholes = (name, below) =>
    (parts.get(name) ?? "")
      .split(",")
      .filter((word) => /^\d+$/.test(word))
      .map(Number)
      .filter((number) => number < below);
  const pairs = (name) => (parts.get(name) ?? "").split(",").map((word) => word.split(":"));
  return {
    seen: parts.has("seen") ? wholes("seen", graph.calls.length)[0] : undefined,
    open: parts.has("open") ? wholes("open", graph.calls.length) : null,
    step: parts.has("step") ? wholes("step", 2 * graph.size + 2)[0] : undefined,
    selected: /^[nclrs]-?\d+$/.test(parts.get("at") ?? "") ? parts.get("at") : null,
    shown: pairs("more")
      .map(([call, count]) => [Number(call), Number(count)])
      .filter(
        ([call, count]) =>
          Number.isInteger(call) && call >= -1 && call < graph.calls.length && count > 0 && count <= 2000,
      ),
    isByModule: parts.get("colours") === "module",
    pinned: wholes("show", graph.size),
    beside: wholes("beside", graph.families.length),
    members: pairs("member")
      .map(([number, k]) => [Number(number), k === "mean" ? k : Number(k)])
      .filter(([number, k]) => {
        const family = graph.families[number];
        if (k === "mean") return family?.kind === "rows" && family.alike;
        return family && Number.isInteger(k) && k >= 1 && k <= family.members.length;
      }),
    pinnedCalls: wholes("modules", graph.calls.length),
    changes: pairs("set")
      .map(([leaf, number]) => [Number(leaf), parseNumber(number ?? "")])
      .filter(
        ([leaf, number]) => Number.isInteger(leaf) && leaf >= 0 && leaf < graph.leafCount && number !== undefined,
      ),
  };
}

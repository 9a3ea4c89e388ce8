// The state of the page as the fragment of its address: what is open, the time, the selection, changed numbers.

import { exact, parseNumber } from "./numbers.js";

const MOST_CHANGES = 300; // numbers that fit into an address

/** The fragment, or null where too many numbers are changed. */
export function writeLink(model, folding, selected, first) {
  const parts = new URLSearchParams();
  const { steps } = model;
  const open = [...folding.open].sort((a, b) => a - b).join(",");
  if (open !== first) parts.set("open", open);
  if (steps.time !== steps.end) parts.set("step", steps.time);
  if (selected) parts.set("at", selected);
  const changes = model.changes();
  if (changes.length > MOST_CHANGES) return null;
  if (changes.length) parts.set("set", changes.map(([leaf, number]) => `${leaf}:${exact(number)}`).join(","));
  if (folding.pinned.size && folding.pinned.size <= MOST_CHANGES) parts.set("show", [...folding.pinned].join(","));
  const shown = [...folding.shown].filter(([call, count]) => count > 0 && (call < 0 || folding.open.has(call)));
  if (shown.length <= MOST_CHANGES) parts.set("more", shown.map(([call, count]) => `${call}:${count}`).join(","));
  return `#${parts.toString().replaceAll("%2C", ",").replaceAll("%3A", ":")}`;
}

/** What a fragment says, as far as it makes sense for this graph. */
export function readLink(fragment, graph) {
  const parts = new URLSearchParams(fragment.replace(/^#/, ""));
  const wholes = (name, below) =>
    (parts.get(name) ?? "").split(",").filter((word) => /^\d+$/.test(word)).map(Number).filter((number) => number < below);
  const pairs = (name) => (parts.get(name) ?? "").split(",").map((word) => word.split(":"));
  return {
    open: parts.has("open") ? wholes("open", graph.calls.length) : null,
    step: parts.has("step") ? wholes("step", 2 * graph.size + 2)[0] : undefined,
    selected: /^[nclr]-?\d+$/.test(parts.get("at") ?? "") ? parts.get("at") : null,
    shown: pairs("more").map(([call, count]) => [Number(call), Number(count)])
      .filter(([call, count]) => Number.isInteger(call) && call >= -1 && call < graph.calls.length && count > 0 && count <= 2000),
    pinned: wholes("show", graph.size),
    changes: pairs("set").map(([leaf, number]) => [Number(leaf), parseNumber(number ?? "")])
      .filter(([leaf, number]) => Number.isInteger(leaf) && leaf >= 0 && leaf < graph.leafCount && number !== undefined),
  };
}

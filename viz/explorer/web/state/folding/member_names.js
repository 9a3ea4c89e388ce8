// How the page calls the members of families: "row 3 of 100".

import { counted } from "../texts.js";

/** A number of members, or all: "100 rows". */
export function countedMembers({ unit, members }, count = members.length) {
  return counted(count, unit, /[^aeiou]y$/.test(unit) ? `${unit.slice(0, -1)}ies` : `${unit}s`);
}

/** "row 3 of 100", or where the mean is shown, "mean over 100 rows". */
export function memberTitle(folding, family) {
  const { number, unit, members } = family;
  if (folding.means.has(number)) return `mean over ${countedMembers(family)}`;
  const k = folding.members[number] + 1;
  return `${unit} ${k.toLocaleString("en")} of ${members.length.toLocaleString("en")}`;
}

/** What a call is called in the picture: {name, widest}, where `widest` has the room that any member needs. */
export function callTitle(folding, call) {
  const number = folding.familyAt(call);
  const { name } = folding.graph.calls[call];
  if (number < 0) return { name, widest: name };
  const family = folding.families.list[number];
  const all = family.members.length.toLocaleString("en");
  return { name: memberTitle(folding, family), widest: `${family.unit} ${all} of ${all} rows` };
}

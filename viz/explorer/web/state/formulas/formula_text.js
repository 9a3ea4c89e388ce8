// A line of formulas as plain text: for screen readers, for copies, for tests.

import { boxesOf } from "./notation.js";
import { isolated } from "../texts.js";

/** The text of a line: of strings, titles ["title", text], and trees. */
export function lineText(line) {
  const partText = (part) => (isTitle(part) ? isolated(part[1]) : formulaText(part));
  return line.map((part) => (typeof part === "string" ? part : partText(part))).join("");
}

/** The name of a module, which is no formula. */
export function isTitle(part) {
  return part[0] === "title";
}

export function formulaText(tree) {
  return boxText(boxesOf(tree));
}

function boxText(box) {
  return TEXTS[box.kind](box);
}

const TEXTS = {
  number: ({ text }) => text,
  name: ({ text }) => isolated(text),
  function: ({ text }) => isolated(text),
  words: ({ text }) => text,
  subscript: ({ base, index }) => boxText(base) + index,
  row: ({ parts }) => parts.map(boxText).join(""),
  operator: ({ text, form }) => SPACED[form](text),
  brackets: ({ open, close, part }) => open + boxText(part) + close,
  fraction: ({ above, below, tight }) => boxText(above) + (tight ? "/" : " / ") + boxText(below),
  power: ({ base, exponent }) => `${boxText(base)}^${boxText(exponent)}`,
  root: ({ part }) => `sqrt(${boxText(part)})`,
};

const SPACED = {
  infix: (sign) => ` ${sign} `,
  prefix: (sign) => sign,
  separator: (sign) => `${sign} `,
  relation: (sign) => `${sign} `,
  word: (sign) => sign,
};

// Lines of formulas as elements: typeset by MathML for the eye, as plain text for everybody else.

import { element, mathElement } from "../../dom.js";
import { isTitle, lineText } from "../../state/formulas/formula_text.js";
import { boxesOf } from "../../state/formulas/notation.js";

const APPLIED = "\u2061"; // between a function and what it is applied to
const LETTERS = /^(\p{L}{1,12})_?(\p{N}{1,6})$/u; // x1 is x with the index 1
const INDEXED = /^(\p{L}{1,12})_([\p{L}\p{N}]{1,6})$/u;
const ONE_WAY = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]+$/u;

const FORMS = {
  infix: { form: "infix" },
  prefix: { form: "prefix" },
  separator: { form: "infix", separator: "true" },
  relation: { form: "infix", lspace: "0" }, // a space stands before it
  word: {},
};

/**
 * The elements of a line: a line of words is one element; one with formulas is its text, which nobody sees, and its
 * picture, which nobody is read: screen readers differ in what they make of MathML.
 */
export function lineElements(line) {
  const areWords = (part) => typeof part === "string" || isTitle(part);
  if (line.every(areWords)) return [element("span", {}, ...line.map(wordsOf))];
  const parts = line.map((part) => (areWords(part) ? wordsOf(part) : formulaElement(part)));
  const picture = element("bdi", { class: "typeset", dir: "ltr", "aria-hidden": "true" }, ...parts);
  return [element("span", { class: "unseen" }, lineText(line)), picture];
}

/** Names in a row, each of which may run from right to left without turning the others around. */
export function namesInRow(names) {
  return names.flatMap((name, i) => [...(i ? [" / "] : []), element("bdi", {}, name)]);
}

function wordsOf(part) {
  return isTitle(part) ? element("bdi", {}, part[1]) : part;
}

/** Lines break between the parts of an equation, each of which is a formula of its own: MathML breaks none. */
function formulaElement(tree) {
  return mathElement("math", { displaystyle: "true" }, typeset(boxesOf(tree)));
}

function typeset(box) {
  return ELEMENTS[box.kind](box);
}

const ELEMENTS = {
  number: typesetNumber,
  name: ({ text }) => typesetName(text),
  function: ({ text }) => mathElement("mi", { mathvariant: "normal" }, text),
  words: ({ text }) => mathElement("mtext", {}, text.replace(/^ | $/g, "\u00a0")), // MathML has none at the ends
  subscript: ({ base, index }) => mathElement("msub", {}, typeset(base), mathElement("mn", {}, index)),
  row: typesetRow,
  operator: ({ text, form }) => mathElement("mo", FORMS[form], text === "-" ? "−" : text),
  brackets: ({ open, close, part, typeset: isTypeset }) =>
    isTypeset
      ? mathElement("mrow", {}, bracket(open, "prefix"), typeset(part), bracket(close, "postfix"))
      : typeset(part),
  fraction: ({ above, below }) => mathElement("mfrac", {}, typeset(above), typeset(below)),
  power: ({ base, exponent }) => mathElement("msup", {}, typeset(base), typeset(exponent)),
  root: ({ part }) => mathElement("msqrt", {}, typeset(part)),
};

function typesetRow({ parts }) {
  const children = parts.flatMap((part, i) => [
    ...(i && parts[i - 1].kind === "function" ? [mathElement("mo", {}, APPLIED)] : []),
    typeset(part),
  ]);
  return mathElement("mrow", {}, ...children);
}

function bracket(text, form) {
  return mathElement("mo", { form, fence: "true", stretchy: "true" }, text);
}

function typesetNumber({ text }) {
  if (/[a-z]$/.test(text)) return mathElement("mi", {}, text); // nan
  const digits = mathElement("mn", {}, text.replace(/^-/, "").replace("-", "−"));
  return text.startsWith("-") ? mathElement("mrow", {}, mathElement("mo", { form: "prefix" }, "−"), digits) : digits;
}

function typesetName(text) {
  const [, letters, index] = LETTERS.exec(text) ?? INDEXED.exec(text) ?? [];
  if (letters && ONE_WAY.test(letters)) {
    const below = mathElement(/^\p{N}+$/u.test(index) ? "mn" : "mi", {}, index);
    return mathElement("msub", {}, mathElement("mi", {}, letters), below);
  }
  return mathElement("mi", {}, text); // no mtext, which would take the space around an operator away
}

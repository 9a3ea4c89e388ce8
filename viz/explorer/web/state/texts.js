// Texts that have room: names cut short, counts with their word.

const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g; // turn the order of what follows around
const FROM_THE_RIGHT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\u200f]/u;

/** The start of a long text. */
export function shorten(text, most) {
  const characters = [...text.replace(/\s+/g, " ")];
  return characters.length <= most ? characters.join("") : `${characters.slice(0, most - 1).join("")}…`;
}

/** 12,345 and one word in the right number. */
export function counted(count, word, plural = `${word}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? word : plural}`;
}

/** A long text without its middle: of names that differ at the end, the end is what tells them apart. */
export function shortenMiddle(text, most) {
  const clean = text.replace(CONTROLS, "").replace(/\s+/g, " ").trim();
  if (clean.length <= most) return clean;
  const pieces = (part) => Array.from(new Intl.Segmenter("en").segment(part), ({ segment }) => segment); // as one reads
  const enough = 40 * most; // of a very long text its ends are enough
  const isLong = clean.length > 2 * enough;
  const all = isLong ? [...pieces(clean.slice(0, enough)), ...pieces(clean.slice(-enough))] : pieces(clean);
  if (all.length <= most) return all.join("");
  const before = Math.ceil((most - 1) / 2);
  return `${all.slice(0, before).join("")}…${all.slice(all.length - (most - 1 - before)).join("")}`;
}

/** A text among others: one that runs from right to left does not turn what stands beside it around. */
export function isolated(text) {
  return FROM_THE_RIGHT.test(text) ? `\u2068${text}\u2069` : text;
}

/** Whether there is nothing to see of a text. */
export function isBlank(text) {
  return !/[^\s\p{Cf}\p{Cc}\u115f\u1160\u2800\u3164]/u.test(text);
}

/** A word for several: layers, losses, copies. */
export function plural(word) {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

// Texts that have room: names cut short, counts with their word.

/** The start of a long text. */
export function shorten(text, most) {
  const characters = [...text.replace(/\s+/g, " ")];
  return characters.length <= most ? characters.join("") : `${characters.slice(0, most - 1).join("")}…`;
}

/** 12,345 and one word in the right number. */
export function counted(count, word, plural = `${word}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? word : plural}`;
}

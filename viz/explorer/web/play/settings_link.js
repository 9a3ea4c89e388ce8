// The settings as the fragment of an address, and read from one.

import { parseNumber } from "../state/numbers.js";
import { DEFAULTS, MOST_LAYERS, refusal } from "./settings.js";

const NOT_IN_LINK = new Set(["points"]); // written shorter

/** The fragment of an address: what is not as in `base`, and `more`, a text for each further name. */
export function writeSettings(settings, base, more = {}) {
  const parts = new URLSearchParams();
  for (const name of Object.keys(DEFAULTS)) {
    const [written, usual] = [settings[name], base[name]].map((each) => JSON.stringify(each));
    if (written !== usual && !NOT_IN_LINK.has(name)) parts.set(name, asText(settings[name]));
  }
  if (settings.data === "drawn")
    parts.set("points", settings.points.map(([x1, x2, y]) => `${x1.toFixed(3)}:${x2.toFixed(3)}:${y}`).join(","));
  for (const [name, text] of Object.entries(more)) parts.set(name, text);
  return `#${parts.toString().replaceAll("%2C", ",").replaceAll("%3A", ":")}`;
}

function asText(setting) {
  return Array.isArray(setting) ? setting.join(",") : setting === null ? "" : String(setting);
}

/**
 * The settings that a fragment says, as far as they make sense, on top of `base`; `words` are those that each choice
 * has: {data: […], activation: […], …}.
 */
export function readSettings(fragment, base, words) {
  const parts = new URLSearchParams(fragment.replace(/^#/, ""));
  const settings = { ...base };
  for (const [name, text] of parts) {
    if (!(name in DEFAULTS)) continue;
    const setting = readOne(name, text, words);
    if (setting !== undefined) settings[name] = setting;
  }
  return settings;
}

function readOne(name, text, words) {
  if (name in words) {
    if (text === "") return words[name].includes(null) ? null : undefined;
    return words[name].includes(text) ? text : undefined;
  }
  if (name === "nesterov") return text === "true";
  const numbers = text === "" ? [] : text.split(",").map(parseNumber);
  if (name === "layers") {
    const fits = numbers.length <= MOST_LAYERS && numbers.every((n) => Number.isInteger(n) && n >= 1 && n <= 64);
    return fits ? numbers : undefined;
  }
  if (name === "betas")
    return numbers.length === 2 && !refusal("beta1", numbers[0]) && !refusal("beta2", numbers[1]) ? numbers : undefined;
  if (name === "axes") {
    const fits =
      numbers.length === 2 && numbers.every((n) => Number.isInteger(n) && n >= 0) && numbers[0] !== numbers[1];
    return fits ? numbers : undefined;
  }
  if (name === "points") return readPoints(text);
  return numbers.length === 1 && numbers[0] !== undefined && !refusal(name, numbers[0]) ? numbers[0] : undefined;
}

function readPoints(text) {
  const points = text.split(",").map((point) => point.split(":").map(parseNumber));
  return points.filter(
    ([x1, x2, y, more]) =>
      [x1, x2].every(Number.isFinite) && Number.isInteger(y) && y >= 0 && y < 6 && more === undefined,
  );
}

/** Numbers as a text for a link, all bits of them: little-endian, in the base64 of addresses. */
export function packNumbers(numbers) {
  const bytes = new Uint8Array(Float64Array.from(numbers).buffer);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** The same read back; null where the text is none, or there are not `count` finite numbers. */
export function unpackNumbers(text, count) {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (byte) => byte.charCodeAt(0));
    const numbers = new Float64Array(bytes.buffer);
    return numbers.length === count && numbers.every(Number.isFinite) ? numbers : null;
  } catch {
    return null;
  }
}

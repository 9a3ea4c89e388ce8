// The picture as a file: SVG or PNG, all of it or what is in sight.

import { byId, downloadBlob, element } from "../dom.js";

const PNG_SCALE = 2; // of a PNG, for each of the screen's
const LONGEST_PNG = 16384; // pixels of a side, and in all, that browsers draw
const MOST_PNG_PIXELS = 2 ** 27;
const SAVE_MENU_WIDTH = 230;

/**
 * The menu behind the button "Save": `picture(what, onlySeen)` gives an <svg>, of the "scalars" or of the "program";
 * `on` has say(text) and complain(text).
 */
export function saveMenu(picture, on) {
  const menu = byId("save-menu");
  for (const [ending, blobOf] of Object.entries({ svg: svgBlob, png: pngBlob })) {
    for (const onlySeen of [false, true]) {
      const words = `${ending.toUpperCase()}, ${onlySeen ? "what is in sight" : "the whole picture"}`;
      const onclick = () => {
        byId("save-menu").hidePopover();
        const name = `${fileNameOf(byId("title").textContent)}.${ending}`;
        saveAs(name, () => blobOf(picture(byId("save-what").value, onlySeen)), on);
      };
      menu.append(element("button", { type: "button", onclick, "data-ending": ending, "data-seen": onlySeen }, words));
    }
  }
  menu.addEventListener("beforetoggle", () => {
    const { left, bottom } = byId("save").getBoundingClientRect();
    menu.style.left = `${Math.max(4, Math.min(left, innerWidth - SAVE_MENU_WIDTH))}px`;
    menu.style.top = `${bottom + 4}px`;
    byId("save-what").hidden = byId("program").hidden;
    if (byId("program").hidden) byId("save-what").value = "scalars";
  });
}

async function saveAs(name, blobOf, { say, complain }) {
  try {
    downloadBlob(await blobOf(), name);
    say(`The picture is saved as ${name}`);
  } catch (error) {
    complain(`The picture cannot be saved: ${error.message}`);
  }
}

/** A name that every system takes: letters and digits of any script, and dashes between them. */
function fileNameOf(title) {
  const words = title.normalize("NFKC").match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const name = [...words.join("-")].slice(0, 60).join("").replace(/-$/, "");
  return !name || /^(con|prn|aux|nul|com\d|lpt\d)$/i.test(name) ? `graph${name && `-${name}`}` : name;
}

function svgText(svg) {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(svg)}\n`;
}

async function svgBlob(svg) {
  return new Blob([svgText(svg)], { type: "image/svg+xml" });
}

async function pngBlob(svg) {
  const [width, height] = ["width", "height"].map((name) => Number(svg.getAttribute(name)));
  const scale = Math.min(PNG_SCALE, LONGEST_PNG / Math.max(width, height), Math.sqrt(MOST_PNG_PIXELS / (width * height)));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(svg))}`;
  await image.decode();
  const canvas = element("canvas", { width: Math.floor(width * scale), height: Math.floor(height * scale) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("the browser could not make a PNG of this size: save it as SVG");
  return blob;
}

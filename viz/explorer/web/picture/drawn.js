// The picture as an SVG file that needs nothing else: its styles stand in it, and nothing in it can run.

import { byId, shape } from "../dom.js";
import { blend, css } from "./colours/colours.js";
import { legendTexts } from "./colours/legend.js";
import { EVERYWHERE } from "./pane/titles.js";

const COPIED_TAGS = new Set(["g", "rect", "path", "text", "tspan", "image", "circle", "ellipse", "line", "title"]);
const COPIED_PLACES = ["x", "y", "width", "height", "rx", "cx", "cy", "r", "d", "transform", "href", "marker-start", "marker-end"];
const COPIED_LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "paint-order", "opacity", "image-rendering"];
const COPIED_LETTERS = ["font-size", "font-weight", "font-style", "text-anchor"];
const USUAL_LOOKS = {
  fill: "",
  stroke: "none",
  "stroke-dasharray": "none",
  "paint-order": "normal",
  opacity: "1",
  "image-rendering": "auto",
  "font-weight": "400",
  "font-style": "normal",
  "text-anchor": "start",
};
const FILE_FONTS = "Helvetica, Arial, sans-serif";
const FILE_MARGIN = 12;
const LEGEND_STRIP = { height: 30, bar: 110, sample: 22, letter: 6.3, gap: 7 }; // at a font of 11
const NOT_XML = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/**
 * The picture of the "scalars" or the "program" of a page as an <svg>: all of it, or only what is in sight, and below it
 * what it means.
 */
export function drawnPicture(page, what, onlySeen) {
  const pane = what === "program" ? page.compiled.pane : page.pane;
  if (!pane?.items.size) throw new Error("there is none");
  if (onlySeen) return drawnPane(page, pane, true);
  pane.placeTitles(EVERYWHERE);
  try {
    return drawnPane(page, pane, false);
  } finally {
    pane.placeTitles();
  }
}

function drawnPane(page, pane, onlySeen) {
  const { svg, world } = pane;
  const { backgroundColor: background, color: ink } = getComputedStyle(document.body);
  const legend = pane !== page.pane ? { note: page.program.caption, entries: entriesOf(byId("program-legend")) } : legendTexts(page);
  if (svg.querySelector(".edge.absent")) legend.note += `${legend.note && ", "}dashed: nothing flows back`;
  const scale = onlySeen ? world.getScreenCTM().a : 1;
  const region = onlySeen ? regionInSight(svg, world) : regionOf(world);
  const least = widthOf(legend) / scale; // the legend has room, and is as large as on the screen
  if (region.width < least) {
    region.x -= (least - region.width) / 2;
    region.width = least;
  }
  const strip = LEGEND_STRIP.height / scale;
  const box = [region.x, region.y, region.width, region.height + strip];
  const size = { width: Math.ceil(box[2] * scale), height: Math.ceil(box[3] * scale) };
  const below = { x: region.x, y: region.y + region.height };
  const sight = onlySeen ? svg.getBoundingClientRect() : null;
  const [layers, defs] = [world.children, svg.querySelector("defs")];
  return shape(
    "svg",
    { viewBox: box.map(toHundredths).join(" "), ...size, "font-family": FILE_FONTS, "font-size": 11 },
    shape("title", {}, xmlText(byId("title").textContent)),
    shape("defs", {}, ...[...defs.children].map(copyOfMarker), rampOf(page.paper), clipOf(region)),
    shape("rect", { x: box[0], y: box[1], width: box[2], height: box[3], fill: background }),
    shape("g", { "clip-path": "url(#sight)" }, ...[...layers].map((layer) => copyOf(layer, sight))),
    shape("rect", { ...below, width: box[2], height: strip, fill: background }),
    shape("g", { transform: `translate(${below.x} ${below.y}) scale(${1 / scale})` }, ...stripOf(legend, ink)),
  );
}

function regionOf(world) {
  const { x, y, width, height } = world.getBBox();
  return { x: x - FILE_MARGIN, y: y - FILE_MARGIN, width: width + 2 * FILE_MARGIN, height: height + 2 * FILE_MARGIN };
}

function regionInSight(svg, world) {
  const { left, top, width, height } = svg.getBoundingClientRect();
  const { a, e, f } = world.getScreenCTM();
  return { x: (left - e) / a, y: (top - f) / a, width: width / a, height: height / a };
}

/** An element as it looks; null for what is not seen, and for what is there to be pressed. */
function copyOf(node, sight, depth = 0) {
  if (!COPIED_TAGS.has(node.tagName) || node.matches(".fold-button")) return null;
  const style = getComputedStyle(node);
  if (style.display === "none" || style.visibility === "hidden") return null;
  if (sight && depth === 1 && isOutside(node.getBoundingClientRect(), sight)) return null;
  const copy = shape(node.tagName);
  for (const name of COPIED_PLACES) if (node.hasAttribute(name)) copy.setAttribute(name, node.getAttribute(name));
  const isGroup = node.tagName === "g";
  for (const name of isGroup ? ["opacity"] : COPIED_LOOKS) writeLook(copy, name, style.getPropertyValue(name));
  if (/^t(ext|span)$/.test(node.tagName)) for (const name of COPIED_LETTERS) writeLook(copy, name, style.getPropertyValue(name));
  for (const child of node.childNodes) {
    const inside = child.nodeType === Node.TEXT_NODE ? xmlText(child.data) : child.tagName && copyOf(child, sight, depth + 1);
    if (inside) copy.append(inside);
  }
  return copy;
}

function isOutside({ left, right, top, bottom }, sight) {
  return right < sight.left || left > sight.right || bottom < sight.top || top > sight.bottom;
}

/** A property as an attribute, as all programs read it: no units, and what shines through in an attribute of its own. */
function writeLook(copy, name, value) {
  if (!value || value === USUAL_LOOKS[name]) return;
  const [, red, green, blue, alpha] = /^rgba\((\d+), (\d+), (\d+), ([\d.]+)\)$/.exec(value) ?? [];
  if (alpha === undefined) copy.setAttribute(name, value.replace(/(\d)px/g, "$1"));
  else {
    copy.setAttribute(name, css([red, green, blue]));
    copy.setAttribute(`${name}-opacity`, alpha);
  }
}

/** The arrow of a line. */
function copyOfMarker(marker) {
  const copy = shape("marker");
  for (const { name, value } of marker.attributes) copy.setAttribute(name, value);
  copy.append(...[...marker.children].map((child) => copyOf(child, null)));
  return copy;
}

// ------------------------------------------------------------------------------------------------------- the legend

function rampOf(paper) {
  const stops = [-1, 0, 1].map((strong) =>
    shape("stop", { offset: (strong + 1) / 2, "stop-color": css(blend(strong, paper)) }),
  );
  return shape("linearGradient", { id: "ramp" }, ...stops);
}

function clipOf(region) {
  return shape("clipPath", { id: "sight" }, shape("rect", region));
}

/** What a legend in the page explains: [{sample, words}]. */
function entriesOf(part) {
  return [...part.children].map((each) => ({ sample: copyOf(each.querySelector("svg").firstChild), words: each.textContent }));
}

function widthOf({ low = "", high = "", note, entries = [] }) {
  const words = [low, high, note, ...entries.map((each) => each.words)].join("");
  const samples = entries.length * (LEGEND_STRIP.sample + 2 * LEGEND_STRIP.gap);
  return 4 * FILE_MARGIN + LEGEND_STRIP.bar + LEGEND_STRIP.letter * words.length + samples;
}

/** The bar between its ends, where there is one, the note, and samples with their meaning. */
function stripOf({ low, high, note, entries = [] }, ink) {
  const parts = [];
  let x = FILE_MARGIN;
  const said = (text) => {
    parts.push(shape("text", { x, y: 18, fill: ink }, xmlText(text)));
    x += LEGEND_STRIP.letter * text.length + LEGEND_STRIP.gap;
  };
  if (low) {
    said(low);
    const place = { x, y: 9, width: LEGEND_STRIP.bar, height: 10 };
    parts.push(shape("rect", { ...place, fill: "url(#ramp)", stroke: ink, "stroke-width": 0.5 }));
    x += LEGEND_STRIP.bar + LEGEND_STRIP.gap;
    said(high);
  }
  said(note);
  for (const { sample, words } of entries) {
    parts.push(shape("g", { transform: `translate(${x} 7)` }, sample));
    x += LEGEND_STRIP.sample + LEGEND_STRIP.gap;
    said(words);
  }
  return parts;
}

/** A text without what no XML may have. */
function xmlText(text) {
  return text.replace(NOT_XML, "\uFFFD");
}

function toHundredths(number) {
  return Math.round(number * 100) / 100;
}

// Texts in boxes: as much of them as there is room for, by how wide they are.

import { shorten } from "../state/texts.js";

const WIDEST = 14; // a letter of a picture's texts is no wider
let measuring = null;

/** A label, which is bold, or its beginning and "…", in so many units of the picture. */
export function fitted(label, room) {
  if (label.length * WIDEST <= room || widthOfLabel(label) <= room) return label;
  let [least, most] = [1, Math.min(label.length, room)];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (widthOfLabel(shorten(label, middle)) <= room) least = middle;
    else most = middle - 1;
  }
  return shorten(label, least);
}

function widthOfLabel(label) {
  if (!measuring) {
    measuring = document.createElement("canvas").getContext("2d");
    measuring.font = `700 11px ${getComputedStyle(document.body).fontFamily}`;
  }
  return measuring.measureText(label).width;
}

// Where a small box goes beside what it is about, without covering it.

const DISTANCE = 10; // between the two, and to the border of the window
const STRIDE = 40; // between places that are tried
const NEVER = 10_000; // how much a pixel weighs of what must not be covered, beside one of what may be
const OVER_CONTROLS = 6; // the same of the tools and the steps
const FARTHER = { near: 300, anywhere: 3 }; // how much a pixel of distance weighs

/**
 * Move a box with a fixed position beside the first of some rectangles of the window: to where it covers none of them,
 * and of the controls and of `others`, which it may cover, as little as possible: as "near" as can be, or "anywhere"
 * where it covers less.
 */
export function placeBeside(box, about, others, where) {
  const { width, height } = box.getBoundingClientRect();
  const inside = (start, size, room) => Math.max(DISTANCE, Math.min(start, room - size - DISTANCE));
  const kept = about.map(({ left, top, right, bottom }) => {
    return { left: left - DISTANCE + 1, top: top - DISTANCE + 1, right: right + DISTANCE - 1, bottom: bottom + DISTANCE - 1 };
  });
  const controls = [...document.querySelectorAll("header, footer")].map((each) => each.getBoundingClientRect());
  let [best, least] = [null, Infinity];
  for (const [x, y] of candidates(about[0], width, height)) {
    const [left, top] = [inside(x, width, innerWidth), inside(y, height, innerHeight)];
    const place = { left, top, right: left + width, bottom: top + height };
    const cost = NEVER * covered(place, kept) + OVER_CONTROLS * covered(place, controls) + covered(place, others);
    const all = cost + FARTHER[where] * distance(place, about[0]);
    if (all < least) [best, least] = [place, all];
  }
  Object.assign(box.style, { left: `${best.left}px`, top: `${best.top}px` });
}

function candidates({ left, right, top, bottom }, width, height) {
  const [x, y] = [(left + right - width) / 2, (top + bottom - height) / 2];
  const places = [
    [x, bottom + DISTANCE],
    [x, top - DISTANCE - height],
    [right + DISTANCE, y],
    [left - DISTANCE - width, y],
  ];
  for (let across = 0; across <= innerWidth; across += STRIDE)
    for (let down = 0; down <= innerHeight; down += STRIDE) places.push([across, down]);
  return places;
}

/** The area that a rectangle shares with others. */
function covered(a, others) {
  let area = 0;
  for (const b of others) {
    const along = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const across = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (along > 0 && across > 0) area += along * across;
  }
  return area;
}

/** Between the middles of two rectangles. */
function distance(a, b) {
  return Math.hypot((a.left + a.right - b.left - b.right) / 2, (a.top + a.bottom - b.top - b.bottom) / 2);
}

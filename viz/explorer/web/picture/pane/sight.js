// Which part of a picture is to be seen where not all of it can be.

import { TITLE, titlesAround } from "./titles.js";

const SMALLEST = 0.02;
const LARGEST = 4;
const MARGIN = 20; // around what is to be in sight
const LEGIBLE = 1; // the scale below which texts have less than 11 pixels
const PHONE = 560; // how wide the window of one is at most
const LEAST = 90; // pixels of height that a picture keeps beside its map
const SMALL = 0.45; // the scale below which nobody reads

/** The part of a Pane that decides what is in sight: of `layout`, with `items`, in the room of `svg` beside the `map`. */
export class Sight {
  constructor() {
    this.x = this.y = 0;
    this.scale = 1;
    this.mode = "opened"; // as it is at first, "fitted", or "moved" by the reader
    this.size = { width: 0, height: 0 };
    this.opened = undefined; // the key of what came first then
  }

  /** A pane that was hidden shows the picture; one that was moved keeps its middle, and the current item in sight. */
  resize({ width, height }) {
    const before = this.size;
    this.size = { width, height };
    if (this.mode === "fitted") this.fit();
    else if (this.mode === "opened" || !before.width || !before.height) this.open(this.opened);
    else {
      const isSeen = this.isInSight(this.current, before);
      this.x += (width - before.width) / 2;
      this.y += (height - before.height) / 2;
      this.place();
      if (isSeen) this.bringIntoSight(this.current); // also where a sheet has come up over it
    }
  }

  place() {
    this.world.setAttribute("transform", `translate(${this.x} ${this.y}) scale(${this.scale})`);
    if (!this.map || !this.layout) return;
    const hasRoom = this.size.height > (this.map.isShown ? LEAST : 2 * LEAST); // under a sheet there is none for a map
    const isPart = hasRoom && !this.isAllInSight();
    if (isPart !== this.map.isShown) this.showMap(isPart);
    this.map.update();
  }

  /** Whether the middle of an item is in a pane of this size. */
  isInSight(key, { width, height }) {
    const item = this.items.get(key);
    if (!item) return false;
    const [x, y] = [this.x + item.x * this.scale, this.y + item.y * this.scale];
    return x >= 0 && x <= width && y >= 0 && y <= height;
  }

  isAllInSight() {
    const { x, y, scale, size, layout } = this;
    return x >= 0 && y >= 0 && x + layout.width * scale <= size.width && y + layout.height * scale <= size.height;
  }

  /** With the minimap there is less room, and the picture stays where it is. */
  showMap(isShown) {
    if (!this.map) return;
    this.map.isShown = isShown;
    this.measure();
  }

  /** Whether there is room; the observer tells it late, or never in a hidden tab. */
  measure() {
    const { width, height } = this.svg.getBoundingClientRect();
    this.size = { width, height };
    return this.layout && width > 0;
  }

  /**
   * The room of a picture, see `LayoutEngine.layout`; a phone is narrow, and there it goes downwards. That of the map is
   * in it: whether it is needed shows when all is laid out, and the next layout in this window is to be the same.
   */
  get room() {
    const { width, height } = (this.map ? this.svg.parentElement : this.svg).getBoundingClientRect();
    return { width: width - 2 * MARGIN, height: height - 2 * MARGIN, downwards: innerWidth <= PHONE };
  }

  /** Whether a picture that would have this shape now is laid out again; one that was moved is kept if it can be. */
  hasOutgrown(shape) {
    const { layout, mode } = this;
    return layout.shape !== shape && (mode === "opened" || layout.downwards !== JSON.parse(shape)[0]);
  }

  /** The scale at which all of the picture is in sight. */
  get whole() {
    const { width, height } = this.size;
    return Math.min((width - 2 * MARGIN) / this.layout.width, (height - 2 * MARGIN) / this.layout.height, 1.4);
  }

  centre() {
    this.x = (this.size.width - this.layout.width * this.scale) / 2;
    this.y = (this.size.height - this.layout.height * this.scale) / 2;
  }

  /** All of the picture. */
  fit() {
    this.mode = "fitted";
    this.showMap(false);
    if (!this.measure()) return; // nothing to see, or no room for it
    this.scale = Math.max(SMALLEST, this.whole);
    this.centre();
    this.place();
  }

  /**
   * As at first: all of the picture if one can read it so; else what can be read around the item that comes first: where
   * it can be with what leads to it, and with the names of the frames around it.
   */
  open(first) {
    this.mode = "opened";
    this.opened = first;
    this.showMap(false);
    if (!this.measure()) return; // nothing comes first where there is no picture yet
    this.opened ??= this.on.home?.();
    this.scale = Math.max(LEGIBLE, this.whole);
    this.centre();
    if (this.whole < LEGIBLE) {
      this.showMap(true);
      const home = this.items.get(this.opened) ?? [...this.items.values()].pop();
      const inputs = home.left.map((key) => this.items.get(key));
      const titles = titlesAround(home, this.layout.frames);
      const above = titles.length * TITLE; // they are there at least, unless a pane is very low
      const isLow = home.height + above + MARGIN > this.size.height;
      const wanted = isLow ? home : { ...home, y: home.y - above / 2, height: home.height + above };
      const items = [...this.items.values()];
      const { x, y } = bestWindow(items, wanted, this.size, MARGIN / 2, [...inputs, ...titles]);
      this.x = -startWithin(x, this.size.width, this.layout.width);
      this.y = -startWithin(y, this.size.height, this.layout.height);
    }
    this.place();
  }

  /** A point of the picture into the middle, or as near to it as there is something to see. */
  moveTo(x, y) {
    this.mode = "moved";
    const start = (at, room, length) => {
      const middle = room / 2 - at * this.scale;
      const [least, most] = [room - MARGIN - length * this.scale, MARGIN].sort((a, b) => a - b);
      return Math.min(most, Math.max(least, middle));
    };
    this.x = start(x, this.size.width, this.layout.width);
    this.y = start(y, this.size.height, this.layout.height);
    this.place();
  }

  /** A drag. */
  moveBy(dx, dy) {
    this.mode = "moved";
    this.x += dx;
    this.y += dy;
    this.place();
  }

  /** Zoom around a point of the pane; without one around its middle. */
  zoom(factor, point = { x: this.size.width / 2, y: this.size.height / 2 }) {
    this.mode = "moved";
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.scale * factor));
    this.x = point.x - ((point.x - this.x) * scale) / this.scale;
    this.y = point.y - ((point.y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.place();
  }

  /** Move as little as needed, so that the item is in sight and can be read. */
  bringIntoSight(key, readable = false) {
    const item = this.items.get(key);
    if (!item) return;
    const { width, height } = this.size;
    const before = `${this.x} ${this.y} ${this.scale}`;
    if (readable && this.scale < SMALL) this.scale = LEGIBLE;
    const clamp = (start, size, room) =>
      Math.min(Math.max(start, MARGIN - 1), Math.max(MARGIN - 1, room - size - MARGIN + 1));
    const left = this.x + (item.x - item.width / 2) * this.scale;
    const top = this.y + (item.y - item.height / 2) * this.scale;
    this.x += clamp(left, item.width * this.scale, width) - left;
    this.y += clamp(top, item.height * this.scale, height) - top;
    if (before === `${this.x} ${this.y} ${this.scale}`) return;
    this.mode = "moved";
    this.place();
    if (this.size.width !== width || this.size.height !== height) this.bringIntoSight(key); // the minimap came beside it
  }

  /** Show all of a frame where it can be read so, else its end, with the last item in it. */
  bringFrameIntoSight(key) {
    const place = this.frames.findIndex((frame) => frame.key === key);
    if (place < 0) return;
    const frame = this.layout.frames[place];
    const { width, height } = this.size;
    const whole = Math.min((width - 40) / frame.width, (height - 40) / frame.height);
    this.mode = "moved";
    this.scale = Math.min(Math.max(whole, SMALL), Math.max(this.scale, LEGIBLE));
    const start = (room, from, size) =>
      (size * this.scale <= room - 30 ? (room - size * this.scale) / 2 : room - 20 - size * this.scale) -
      from * this.scale;
    this.x = start(width, frame.x, frame.width);
    this.y = start(height, frame.y, frame.height);
    this.place();
    const isIn = ({ x, y }) =>
      x > frame.x && x < frame.x + frame.width && y > frame.y && y < frame.y + frame.height;
    this.bringIntoSight([...this.items.values()].filter(isIn).pop()?.key); // the corner of a frame may be empty
  }

  /** Keep an item where it is on the screen while the picture around it changes. */
  keeping(key, change) {
    const before = this.items.get(key);
    const at = before && { x: this.x + before.x * this.scale, y: this.y + before.y * this.scale };
    change();
    const after = this.items.get(key);
    if (!at || !after) return false;
    this.x = at.x - after.x * this.scale;
    this.y = at.y - after.y * this.scale;
    this.place();
    return true;
  }
}

/** Where a window begins along a picture, which fills it, or is in its middle where it is smaller. */
export function startWithin(start, room, length) {
  if (length <= room) return (length - room) / 2;
  return Math.min(Math.max(start, -MARGIN / 2), length + MARGIN / 2 - room);
}

/**
 * The upper left corner of the window of a size that has all of the `wanted` box in it, and of the others as many as can
 * be: of those that come `first`, then of all. Boxes are {x, y, width, height} with x and y in their middle; `margin` is
 * around what is in sight.
 */
export function bestWindow(boxes, wanted, size, margin, first = []) {
  const isNear = ({ x, y }) => Math.abs(x - wanted.x) <= size.width && Math.abs(y - wanted.y) <= size.height;
  const weighed = (all, weight) => all.filter(isNear).map(({ x, y, width, height }) => ({ x, y, width, height, weight }));
  const near = [...weighed(boxes, 1), ...weighed(first, boxes.length)];
  const across = startsOf(near, wanted, size, "x", "width", margin);
  const down = startsOf(near, wanted, size, "y", "height", margin);
  let best = { x: across[0], y: down[0] };
  let most = -1;
  for (const x of across) {
    const column = near.filter((box) => isWithin(box, x, size, "x", "width"));
    if (weightOf(column) < most) continue;
    for (const y of down) {
      const weight = weightOf(column.filter((box) => isWithin(box, y, size, "y", "height")));
      if (weight > most) [best, most] = [{ x, y }, weight];
    }
  }
  return best;
}

function weightOf(boxes) {
  return boxes.reduce((sum, { weight }) => sum + weight, 0);
}

/** Where the window may begin: with the wanted box in its middle; or so that it begins or ends with any box. */
function startsOf(boxes, wanted, size, at, length, margin) {
  const first = wanted[at] + wanted[length] / 2 + margin - size[length]; // the wanted box is the last thing in it
  const last = wanted[at] - wanted[length] / 2 - margin;
  const starts = [wanted[at] - size[length] / 2];
  for (const box of boxes) {
    starts.push(box[at] - box[length] / 2 - margin, box[at] + box[length] / 2 + margin - size[length]);
  }
  return [...new Set(starts.filter((start) => start >= first && start <= last))].concat(last < first ? last : []);
}

function isWithin(box, start, size, at, length) {
  const from = box[at] - box[length] / 2;
  return from >= start && from + box[length] <= start + size[length];
}

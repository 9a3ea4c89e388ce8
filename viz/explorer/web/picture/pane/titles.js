// The names of frames, with the buttons that fold them.

export const TITLE = 22; // the height of one
const INSET = 3; // pixels between it and the edge of the pane
export const EVERYWHERE = { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity };

/** What a pane shows of its picture, less what is too near to its edge for a name. */
export function windowOf({ x, y, scale, size }) {
  const [left, top, right, bottom] = [INSET - x, INSET - y, size.width - x, size.height - y];
  return { left: left / scale, top: top / scale, right: right / scale, bottom: bottom / scale };
}

/**
 * The upper left corner of each title: that of its frame, or where this is out of the window, of what is in it of the
 * frame, below the titles of the frames around it, if none of the `items` is there. `frames` are {outer, width}, `boxes`
 * the frames of a layout.
 */
export function titlePlaces(frames, boxes, items, window) {
  const places = [];
  frames.forEach(({ outer, width }, number) => {
    const parts = boxes[number].parts ?? [boxes[number]];
    const box = parts.find((part) => hasRoom(part, window)) ?? parts[0];
    const x = Math.max(box.x, Math.min(window.left, box.x + box.width - width));
    const y = Math.max(box.y, window.top, outer >= 0 ? places[outer].y + TITLE : -Infinity);
    const isFree = y + TITLE <= box.y + box.height && (y === box.y || !isCovered({ x, y, width }, items));
    places.push({ x, y: isFree ? y : box.y });
  });
  return places;
}

/** Whether enough of a frame is in a window for its title. */
function hasRoom({ x, y, width, height }, { left, top, right, bottom }) {
  return x < right && x + width > left + TITLE && y + TITLE <= bottom && y + height >= top + TITLE;
}

function isCovered(title, items) {
  return items.some(({ x, y, width, height }) => {
    const [left, top] = [x - width / 2, y - height / 2];
    return left < title.x + title.width && left + width > title.x && top < title.y + TITLE && top + height > title.y;
  });
}

/**
 * The places of the titles of all frames around an item, as boxes {x, y, width, height}: it is as high as it is in its
 * frame, and wherever the item is, it can be beside it.
 */
export function titlesAround({ x, y }, boxes) {
  const isAround = (box) => x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
  return boxes
    .map(({ parts, ...box }) => (parts ?? [box])[0])
    .filter(isAround)
    .map((box) => ({ x, y: box.y + TITLE / 2, width: 0, height: TITLE }));
}

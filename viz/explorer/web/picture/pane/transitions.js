// From one picture to the next: what stays glides to its place, what is new fades in. Nothing waits for it.

const GLIDE = 200; // milliseconds

/** Where the items of a pane are on the screen. */
export function placesOf(pane) {
  const places = new Map();
  for (const { key, x, y } of pane.items.values())
    places.set(key, { x: pane.x + x * pane.scale, y: pane.y + y * pane.scale });
  return places;
}

/** Let the picture of a pane come from what it was `before`; not for who prefers no motion. */
export function glide(pane, before) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || !before.size) return;
  const timing = { duration: GLIDE, easing: "ease-out" };
  for (const { key, group, x, y, width, height } of pane.items.values()) {
    const place = before.get(key);
    if (!place) {
      group.animate({ opacity: [0, 1] }, timing);
      continue;
    }
    const from = { x: (place.x - pane.x) / pane.scale, y: (place.y - pane.y) / pane.scale };
    if (Math.hypot(from.x - x, from.y - y) * pane.scale < 1) continue;
    const at = (point) => `translate(${point.x - width / 2}px, ${point.y - height / 2}px)`;
    group.animate({ transform: [at(from), at({ x, y })] }, timing);
  }
  for (const layer of pane.layers.slice(0, -1)) layer.animate({ opacity: [0, 1] }, timing);
}

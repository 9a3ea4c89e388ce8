// From item to item by the arrow keys.

/** Along the edges, if there are any: left and right, or up and down in a picture that goes downwards; else nearby. */
export function neighbour({ items, layout }, key, direction) {
  const from = items.get(key);
  const along = layout.downwards ? { up: "left", down: "right" }[direction] : direction;
  const linked = (from[along] ?? []).map((each) => items.get(each));
  const [dx, dy] = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] }[direction];
  const cost = ({ x, y }) => {
    const along = (x - from.x) * dx + (y - from.y) * dy;
    const across = Math.abs((x - from.x) * dy) + Math.abs((y - from.y) * dx);
    return along > 1 ? along + 3 * across : Infinity;
  };
  const candidates = linked.length ? linked : [...items.values()];
  const best = candidates.reduce((nearest, item) => (cost(item) < cost(nearest) ? item : nearest), candidates[0]);
  return linked.length || cost(best) < Infinity ? best.key : null;
}

// The shapes of a layout: where a frame is, the names that stand for nodes of other lines, and the ways of edges.

import { shape } from "../../dom.js";

/** A frame is one box, or in a picture in lines one for each of them. */
export function placeFrame(group, { parts, ...frame }) {
  const boxes = parts ?? [frame];
  group.setAttribute("transform", `translate(${boxes[0].x} ${boxes[0].y})`);
  const [box, ...others] = group.querySelectorAll(".frame");
  for (const other of others) other.remove();
  boxes.forEach(({ x, y, width, height }, number) => {
    const part = number ? box.cloneNode() : box;
    for (const [name, size] of Object.entries({ x: x - boxes[0].x, y: y - boxes[0].y, width, height }))
      part.setAttribute(name, size);
    if (number) box.after(part);
  });
}

/**
 * The name of a node of another line, where a click goes to; or how many lead to this one. For the keyboard and the ear
 * there are the nodes themselves.
 */
export function tagShape({ x, y, width, height, count }, { key, name }) {
  return shape(
    "g",
    {
      class: "tag",
      "aria-hidden": "true",
      "data-key": key,
      transform: `translate(${x - width / 2} ${y - height / 2})`,
    },
    shape("rect", { width, height, rx: height / 2 }),
    shape("text", { x: width / 2, y: height / 2 + 4, "text-anchor": "middle" }, count ? `${count} nodes` : name),
  );
}

/** The way of an edge, to the tip of its arrow. */
export function pathOf({ points, tip }) {
  const [start, ...rest] = points;
  const curves = [];
  for (let i = 0; i + 2 < rest.length; i += 3) {
    curves.push(
      `C${rest
        .slice(i, i + 3)
        .map(({ x, y }) => `${x},${y}`)
        .join(" ")}`,
    );
  }
  return `M${start.x},${start.y} ${curves.join(" ")} L${tip.x},${tip.y}`;
}

/** The place of a label that the layout has left no room for. */
export function middle({ points }) {
  const at = points.length >> 1;
  return points.length % 2
    ? points[at]
    : { x: (points[at - 1].x + points[at].x) / 2, y: (points[at - 1].y + points[at].y) / 2 };
}

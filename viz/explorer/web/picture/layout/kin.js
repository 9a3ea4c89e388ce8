// Calls that differ by a number only, such as the neurons of a layer, stand in the order of it, be they folded or open.

/**
 * The same layout with kin below each other in their order. Nodes and frames have what they are kin by, `kin`, and the
 * number of their `call`. They change places as blocks, and edges that led along what has moved are drawn anew.
 */
export function kinInOrder(graph, layout) {
  return [...kinOfAll(graph, layout).values()].reduce((now, members) => restacked(graph, now, members), layout);
}

function kinOfAll(graph, layout) {
  const kin = new Map();
  const add = (key, member) => key && kin.set(key, [...(kin.get(key) ?? []), member]);
  graph.nodes.forEach(({ kin: key, call }, n) => add(key, { call, nodes: [n], frames: [] }));
  graph.frames.forEach(({ kin: key, call }, frame) => {
    const isInside = (each) => each === frame || (each >= 0 && isInside(graph.frames[each].outer));
    add(key, {
      call,
      nodes: [...graph.nodes.keys()].filter((n) => isInside(graph.nodes[n].frame)),
      frames: [...graph.frames.keys()].filter(isInside),
      outermost: frame,
    });
  });
  return kin;
}

/** Where a member is, as a box with x and y at its upper left. */
function boxOf(graph, layout, { nodes: [n], outermost }) {
  if (outermost !== undefined) return layout.frames[outermost];
  const { width, height } = graph.nodes[n];
  const { x, y } = layout.nodes[n];
  return { x: x - width / 2, y: y - height / 2, width, height };
}

function restacked(graph, layout, members) {
  const boxes = new Map(members.map((member) => [member, boxOf(graph, layout, member)]));
  const box = (member) => boxes.get(member);
  const counted = [...members].sort((a, b) => a.call - b.call);
  const found = [...members].sort((a, b) => box(a).y - box(b).y);
  const isBelow = found.every((each, i) => !i || box(each).y >= box(found[i - 1]).y + box(found[i - 1]).height);
  const left = Math.max(...members.map((each) => box(each).x));
  const isBeside = members.some((each) => box(each).x + box(each).width <= left); // such as layers after each other
  if (!isBelow || isBeside || counted.every((each, i) => each === found[i])) return layout;
  if (stranger(graph, layout, members, boxes)) return layout;
  const shift = new Map();
  let y = box(found[0]).y;
  counted.forEach((member, i) => {
    shift.set(member, y - box(member).y);
    if (i + 1 < found.length)
      y += box(member).height + box(found[i + 1]).y - box(found[i]).y - box(found[i]).height; // as much between them
  });
  return shifted(graph, layout, shift);
}

/** Whether something else stands between the members, and would be in their way. */
function stranger(graph, layout, members, boxes) {
  const own = new Set(members.flatMap(({ nodes }) => nodes));
  const all = [...boxes.values()];
  const [left, top] = [Math.min(...all.map(({ x }) => x)), Math.min(...all.map(({ y }) => y))];
  const right = Math.max(...all.map(({ x, width }) => x + width));
  const bottom = Math.max(...all.map(({ y, height }) => y + height));
  return graph.nodes.some(({ width, height }, n) => {
    const { x, y } = layout.nodes[n];
    const isWithin = x + width / 2 > left && x - width / 2 < right && y + height / 2 > top && y - height / 2 < bottom;
    return isWithin && !own.has(n);
  });
}

function shifted(graph, layout, shift) {
  const memberOf = new Map();
  const [nodes, frames] = [layout.nodes.slice(), layout.frames.slice()];
  for (const [member, dy] of shift) {
    for (const n of member.nodes) {
      memberOf.set(n, member);
      nodes[n] = { ...nodes[n], y: nodes[n].y + dy };
    }
    for (const frame of member.frames) frames[frame] = { ...frames[frame], y: frames[frame].y + dy };
  }
  const edges = graph.edges.map(({ tail, head }, number) => {
    const [from, to] = [memberOf.get(tail), memberOf.get(head)];
    if (from === to) return from ? movedEdge(layout.edges[number], shift.get(from)) : layout.edges[number];
    return shift.get(from) || shift.get(to) ? newEdge(graph, nodes, tail, head) : layout.edges[number];
  });
  return { ...layout, nodes, frames, edges };
}

function movedEdge({ points: { points, tip }, label }, dy) {
  const move = ({ x, y }) => ({ x, y: y + dy });
  return { points: { points: points.map(move), tip: move(tip) }, label: label && move(label) };
}

/** From the right side of a node to the left side of another. */
function newEdge({ nodes: sizes }, nodes, tail, head) {
  const start = { x: nodes[tail].x + sizes[tail].width / 2, y: nodes[tail].y };
  const tip = { x: nodes[head].x - sizes[head].width / 2, y: nodes[head].y };
  const end = { x: tip.x - 4, y: tip.y };
  const middle = (start.x + end.x) / 2;
  const points = [start, { x: middle, y: start.y }, { x: middle, y: end.y }, end];
  return { points: { points, tip }, label: null };
}

// Lines of a picture below each other, as the lines of a text, and the wires from the end of one to the beginning of the
// next: to the right, down between the lines, back, and into the line.

const LANE = 9; // between wires beside each other
const BETWEEN_LINES = 22;
const CORNER = 6; // its radius

/** One layout of the `graph` from those of its lines, in the form of `LayoutEngine.layout`; see `pieceOf`. */
export function stacked(graph, pieces, layouts) {
  const places = pieces.map((piece) => portsOf(piece));
  const most = Math.max(0, ...places.map(({ entries }) => entries.size));
  const left = LANE * (most + 1);
  const longest = Math.max(...layouts.map(({ width }) => width));
  const whole = { width: left + longest + LANE * (most + 1), nodes: [], edges: [], tags: [] };
  const parts = graph.frames.map(() => []);
  let top = 0;
  let exits = new Map(); // of the line before: where the wires leave it
  pieces.forEach((piece, line) => {
    const { entries } = places[line];
    const gutter = top + (line ? BETWEEN_LINES / 2 : 0);
    if (line) top += BETWEEN_LINES + LANE * entries.size;
    const layout = movedBy(layouts[line], left, top);
    const wires = wiresInto(entries, exits, layout, { left, gutter, right: left + longest });
    takeLine(piece, layout, wires, whole, parts);
    exits = leaving(piece, layout, places[line].exits);
    top += layout.height;
  });
  return { ...whole, height: top, frames: parts.map((boxes) => ({ ...boxAround(boxes), parts: boxes })) };
}

/** The nodes of a piece that are ports: {entries, exits}, each from the node that they stand for to their number. */
function portsOf({ origin }) {
  const ports = { entry: new Map(), exit: new Map() };
  origin.forEach(({ kind, node }, n) => ports[kind]?.set(node, n));
  return { entries: ports.entry, exits: ports.exit };
}

function movedBy(layout, x, y) {
  const move = (point) => ({ ...point, x: point.x + x, y: point.y + y });
  return {
    ...layout,
    nodes: layout.nodes.map(move),
    edges: layout.edges.map(({ points: { points, tip }, label }) => ({
      points: { points: points.map(move), tip: move(tip) },
      label: label && move(label),
    })),
    frames: layout.frames.map(move),
  };
}

/** Of each node whose value goes on to the next line: the curve from it to its exit. */
function leaving(piece, layout, exits) {
  const curves = new Map();
  piece.edges.forEach(({ head, number }, place) => {
    if (number >= 0) return;
    curves.set(piece.origin[head].node, { points: layout.edges[place].points.points, at: layout.nodes[head] });
  });
  return new Map([...exits.keys()].map((node) => [node, curves.get(node)]));
}

/**
 * The curve of each wire into a line, from the node to the entry. The lowest wire turns first, and runs back uppermost:
 * so those that keep their order do not cross.
 */
function wiresInto(entries, exits, layout, { left, gutter, right }) {
  const lowestFirst = [...entries.keys()].sort((a, b) => exits.get(b).at.y - exits.get(a).at.y);
  const wires = new Map();
  lowestFirst.forEach((node, lane) => {
    const { points, at } = exits.get(node);
    const to = layout.nodes[entries.get(node)];
    const [far, back] = [right + LANE * (lane + 1), left - LANE * (lowestFirst.length - lane)];
    const y = gutter + LANE * lane;
    const corners = [at, { x: far, y: at.y }, { x: far, y }, { x: back, y }, { x: back, y: to.y }, to];
    wires.set(node, [...points, ...straightWay(points[points.length - 1], at), ...roundedWay(corners)]);
  });
  return wires;
}

/** A straight line as a Bézier curve, without its first point. */
function straightWay(from, to) {
  return [from, to, to];
}

/** A way with corners as Bézier curves, without its first point. */
function roundedWay(corners) {
  const curves = [];
  let last = corners[0];
  for (let i = 1; i + 1 < corners.length; i++) {
    const [before, corner, after] = [corners[i - 1], corners[i], corners[i + 1]];
    const [from, to] = [shyOf(corner, before), shyOf(corner, after)];
    curves.push(...straightWay(last, from), corner, corner, to);
    last = to;
  }
  return [...curves, ...straightWay(last, corners[corners.length - 1])];
}

/** The point on the way from a corner, by its radius or half of the way. */
function shyOf(corner, point) {
  const length = Math.hypot(point.x - corner.x, point.y - corner.y);
  const share = length ? Math.min(CORNER, length / 2) / length : 0;
  return { x: corner.x + share * (point.x - corner.x), y: corner.y + share * (point.y - corner.y) };
}

/** Put the nodes, edges, tags and parts of frames of a line to those of the whole. */
function takeLine(piece, layout, wires, whole, parts) {
  piece.origin.forEach(({ kind, node, count }, n) => {
    if (kind === "node") whole.nodes[node] = layout.nodes[n];
    else if (kind === "tag" || kind === "many") {
      const { width, height } = piece.nodes[n];
      whole.tags.push({ node, count, ...layout.nodes[n], width, height });
    }
  });
  piece.edges.forEach(({ tail, number, also = [] }, place) => {
    if (number < 0) return;
    const { points, label } = layout.edges[place];
    const { kind, node } = piece.origin[tail];
    if (kind !== "entry") for (const each of [number, ...also]) whole.edges[each] = { points, label };
    else {
      const wire = wires.get(node);
      const way = [...wire, ...straightWay(wire[wire.length - 1], points.points[0]), ...points.points.slice(1)];
      whole.edges[number] = { points: { points: way, tip: points.tip }, label };
    }
  });
  piece.frames.forEach(({ number }, place) => parts[number].push(layout.frames[place]));
}

/** The box around boxes. */
function boxAround(boxes) {
  const [x, y] = [Math.min(...boxes.map((box) => box.x)), Math.min(...boxes.map((box) => box.y))];
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
}

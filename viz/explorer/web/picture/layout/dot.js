// A graph as Graphviz's DOT, with sizes and no texts, and Graphviz's answer. Here every picture goes from left to right;
// one that is to go downwards is asked for so, and its answer turned: ranks follow each other along x.

const POINTS = 72; // to the inch, which is Graphviz's unit of sizes; one point is one unit of our pictures
const QUICK = "nslimit=0.2;mclimit=0.2;splines=line;"; // for large pictures
const LARGE = 150;
const BETWEEN_RANKS = 25; // where few edges lead from one rank to the next
const DENSE = { more: 16, most: 90 }; // points for each edge that a node has beyond the first ones

/** The room between two ranks: more of it where many edges cross there, such as between layers. */
export function betweenRanks({ nodes, edges }) {
  const beyond = Math.max(0, edges.length / nodes.length - 1.5);
  return Math.min(BETWEEN_RANKS + DENSE.more * beyond, DENSE.most);
}

/** `namesAt` is where frames have room for their names: "t" or "b". */
export function dotSource({ nodes, edges, frames }, namesAt, downwards) {
  const ranksep = betweenRanks({ nodes, edges }) / POINTS;
  const inside = frames.map(() => []); // the lines of each frame
  const direction = downwards ? "TB" : "LR";
  const lines = [`digraph{rankdir=${direction};nodesep=0.18;ranksep=${ranksep.toFixed(2)};`, nodes.length > LARGE ? QUICK : ""];
  lines.push('node[shape=box,fixedsize=true,label=""];edge[arrowsize=0.6];');
  nodes.forEach(({ frame, rank, ...size }, number) => {
    const { width, height } = downwards ? turnedSize(size) : size;
    if (rank) lines.push(`{rank=${rank};n${number}}`);
    const line = `n${number}[width=${width / POINTS},height=${height / POINTS}];`;
    (frame >= 0 ? inside[frame] : lines).push(line);
  });
  for (let frame = frames.length - 1; frame >= 0; frame--) {
    const { outer, width } = frames[frame];
    const name = `labeljust=l;labelloc=${namesAt};label=${space(width, 18)}`;
    const text = `subgraph cluster_${frame}{margin=9;${name};${inside[frame].join("")}}`;
    (outer >= 0 ? inside[outer] : lines).push(text);
  }
  for (const { tail, head, label, weight = 1 } of edges) {
    const room = label && (downwards ? turnedSize(label) : label);
    lines.push(`n${tail}->n${head}[weight=${weight}${room ? `,label=${space(room.width, room.height)}` : ""}];`);
  }
  return `${lines.join("")}}`;
}

/** A label that is nothing but room for one. */
function space(width, height) {
  return `<<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="${Math.ceil(width)}" HEIGHT="${height}"><TR><TD></TD></TR></TABLE>>`;
}

/** Graphviz's answer in units of the picture, with y downwards; turned where the picture was asked for downwards. */
export function positions(graph, answer, downwards) {
  const [, , width, height] = answer.bb.split(",").map(Number);
  const point = (text) => {
    const [x, y] = text.split(",").map(Number);
    return { x, y: height - y };
  };
  const layout = upright(graph, answer, point, { width, height });
  return downwards ? turnedLayout(layout) : layout;
}

function upright(graph, answer, point, { width, height }) {
  const nodes = new Array(graph.nodes.length);
  const frames = new Array(graph.frames.length);
  const byId = [];
  for (const object of answer.objects ?? []) {
    if (object.name.startsWith("cluster_")) {
      const [left, bottom, right, top] = object.bb.split(",").map(Number);
      frames[object.name.slice(8)] = { x: left, y: height - top, width: right - left, height: top - bottom };
    } else if (object.pos) { // not the group of a rank
      byId[object._gvid] = Number(object.name.slice(1));
      nodes[byId[object._gvid]] = point(object.pos);
    }
  }
  const waiting = new Map(); // edges by their ends: those between the same two come in the order of the source
  graph.edges.forEach(({ tail, head }, number) => {
    const key = `${tail} ${head}`;
    if (!waiting.has(key)) waiting.set(key, []);
    waiting.get(key).push(number);
  });
  const edges = new Array(graph.edges.length);
  for (const edge of answer.edges ?? []) {
    const number = waiting.get(`${byId[edge.tail]} ${byId[edge.head]}`).shift();
    edges[number] = { points: spline(edge.pos, point), label: edge.lp ? point(edge.lp) : null };
  }
  return { width, height, nodes, edges, frames };
}

/** The points of a spline: start, then three for each Bézier curve; the tip of the arrow at the end. */
function spline(text, point) {
  const words = text.split(" ");
  const tip = words.find((word) => word.startsWith("e,"));
  const points = words.filter((word) => !/^[es],/.test(word)).map(point);
  return { points, tip: tip ? point(tip.slice(2)) : points[points.length - 1] };
}

// ---------------------------------------------------------------------------------------------------------- turning

function turnedSize({ width, height }) {
  return { width: height, height: width };
}

/** What a layout engine is to know of a graph, with x and y exchanged. */
export function turnedGraph({ nodes, edges, frames }) {
  return {
    nodes: nodes.map((node) => ({ ...node, ...turnedSize(node), tag: node.tag && turnedSize(node.tag) })),
    edges: edges.map((edge) => ({ ...edge, label: edge.label && turnedSize(edge.label) })),
    frames,
  };
}

/** A layout with x and y exchanged. */
export function turnedLayout(layout) {
  const turn = ({ x, y }) => ({ x: y, y: x });
  const box = (each) => ({ ...each, ...turn(each), ...turnedSize(each) });
  return {
    ...layout,
    ...turnedSize(layout),
    nodes: layout.nodes.map(turn),
    edges: layout.edges.map(({ points: { points, tip }, label }) => ({
      points: { points: points.map(turn), tip: turn(tip) },
      label: label && turn(label),
    })),
    frames: layout.frames.map((frame) => ({ ...box(frame), parts: frame.parts?.map(box) })),
    tags: layout.tags?.map(box),
  };
}

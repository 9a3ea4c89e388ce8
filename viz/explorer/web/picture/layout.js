// Where everything goes: a graph as DOT, with sizes and no texts, laid out by Graphviz in a worker.

const POINTS = 72; // to the inch, which is Graphviz's unit of sizes; one point is one unit of our pictures
const QUICK = "nslimit=0.2;mclimit=0.2;splines=line;"; // for large pictures
const LARGE = 150;

/** Lays out one graph after the other; an answer to an older question than the latest one is dropped. */
export class LayoutEngine {
  constructor(script) {
    this.waiting = new Map();
    this.ticket = 0;
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    this.worker = new Worker(url);
    this.worker.onmessage = ({ data }) => this.answer(data);
    this.worker.onerror = (event) => {
      for (const ticket of this.waiting.keys())
        this.answer({ ticket, error: event.message || "the worker did not start" });
    };
  }

  /**
   * Positions for a graph {nodes: [{width, height, frame}], edges: [{tail, head, label}], frames: [{outer, width}]}.
   * A frame is named by its place in `frames`; label: {width, height} or null.
   *
   * Crossings decide what Graphviz puts above what. Where most of it stands in the wrong order, neuron 2 above neuron 1,
   * the picture is laid out with the names of the frames below, and turned upside down.
   */
  async layout(graph) {
    const upright = await this.ask(graph, "t");
    return inOrder(graph, isReversed(upright.nodes) ? mirrored(await this.ask(graph, "b")) : upright);
  }

  ask(graph, namesAt) {
    return new Promise((resolve, reject) => {
      const ticket = ++this.ticket;
      this.waiting.set(ticket, { graph, resolve, reject });
      this.worker.postMessage({ ticket, source: dotSource(graph, namesAt) });
    });
  }

  answer({ ticket, layout, error }) {
    const { graph, resolve, reject } = this.waiting.get(ticket);
    this.waiting.delete(ticket);
    if (error) reject(new Error(`Graphviz could not lay out the graph: ${error}`));
    else resolve(positions(graph, JSON.parse(layout)));
  }
}

function dotSource({ nodes, edges, frames }, namesAt) {
  const inside = frames.map(() => []); // the lines of each frame
  const lines = ["digraph{rankdir=LR;nodesep=0.18;ranksep=0.35;", nodes.length > LARGE ? QUICK : ""];
  lines.push('node[shape=box,fixedsize=true,label=""];edge[arrowsize=0.6];');
  nodes.forEach(({ width, height, frame }, number) => {
    const line = `n${number}[width=${width / POINTS},height=${height / POINTS}];`;
    (frame >= 0 ? inside[frame] : lines).push(line);
  });
  for (let frame = frames.length - 1; frame >= 0; frame--) {
    const { outer, width } = frames[frame];
    const text = `subgraph cluster_${frame}{margin=9;labeljust=l;labelloc=${namesAt};label=${space(width, 18)};${inside[frame].join("")}}`;
    (outer >= 0 ? inside[outer] : lines).push(text);
  }
  for (const { tail, head, label } of edges) {
    lines.push(`n${tail}->n${head}${label ? `[label=${space(label.width, label.height)}]` : ""};`);
  }
  return `${lines.join("")}}`;
}

/** A label that is nothing but room for one. */
function space(width, height) {
  return `<<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="${Math.ceil(width)}" HEIGHT="${height}"><TR><TD></TD></TR></TABLE>>`;
}

/** Whether most nodes stand below those of the same rank that come after them. */
function isReversed(nodes) {
  const ranks = new Map();
  for (const { x, y } of nodes) {
    if (!ranks.has(x)) ranks.set(x, []);
    ranks.get(x).push(y);
  }
  let reversed = 0;
  for (const heights of ranks.values()) {
    for (let i = 1; i < heights.length; i++) reversed += Math.sign(heights[i - 1] - heights[i]);
  }
  return reversed > 0;
}

function mirrored({ width, height, nodes, edges, frames }) {
  const over = ({ x, y }) => ({ x, y: height - y });
  return {
    width,
    height,
    nodes: nodes.map(over),
    edges: edges.map(({ points: { points, tip }, label }) => ({
      points: { points: points.map(over), tip: over(tip) },
      label: label && over(label),
    })),
    frames: frames.map((frame) => ({ ...frame, y: height - frame.y - frame.height })),
  };
}

/**
 * The same layout with nodes that could stand in each other's places, such as the neurons of a layer, in their order:
 * those of one size, rank and frame that have the same neighbours. Whatever the order, as many edges cross.
 */
export function inOrder(graph, layout) {
  const neighbours = graph.nodes.map(() => [[], []]);
  const edgeAt = new Map();
  const which = graph.edges.map(({ tail, head }, number) => {
    neighbours[head][0].push(tail);
    neighbours[tail][1].push(head);
    let count = 0; // of those between the same two
    while (edgeAt.has(`${tail} ${head} ${count}`)) count++;
    edgeAt.set(`${tail} ${head} ${count}`, number);
    return count;
  });
  const alike = new Map();
  graph.nodes.forEach(({ width, height, frame }, n) => {
    const ends = neighbours[n].map((each) => each.sort((a, b) => a - b));
    const key = JSON.stringify([layout.nodes[n].x, width, height, frame, ends]);
    alike.set(key, [...(alike.get(key) ?? []), n]);
  });
  const placeOf = [...graph.nodes.keys()]; // of each node the one whose place it gets
  for (const group of alike.values()) {
    const places = group.slice().sort((a, b) => layout.nodes[a].y - layout.nodes[b].y);
    group.forEach((n, i) => (placeOf[n] = places[i]));
  }
  return {
    ...layout,
    nodes: placeOf.map((place) => layout.nodes[place]),
    edges: graph.edges.map(
      ({ tail, head }, number) => layout.edges[edgeAt.get(`${placeOf[tail]} ${placeOf[head]} ${which[number]}`)],
    ),
  };
}

/** Graphviz's answer in units of the picture, with y downwards. */
function positions(graph, answer) {
  const [, , width, height] = answer.bb.split(",").map(Number);
  const point = (text) => {
    const [x, y] = text.split(",").map(Number);
    return { x, y: height - y };
  };
  const nodes = new Array(graph.nodes.length);
  const frames = new Array(graph.frames.length);
  const byId = [];
  for (const object of answer.objects ?? []) {
    if (object.name.startsWith("cluster_")) {
      const [left, bottom, right, top] = object.bb.split(",").map(Number);
      frames[object.name.slice(8)] = { x: left, y: height - top, width: right - left, height: top - bottom };
    } else {
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

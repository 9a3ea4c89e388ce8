// Where everything goes: laid out by Graphviz in a worker, at once or, what is long and narrow, line by line.

import { dotSource, positions, turnedGraph, turnedLayout } from "./dot.js";
import { kinInOrder } from "./kin.js";
import { isWide, linesOf, pieceOf, withSpine } from "./wrapping.js";
import { inOrder, isReversed, mirrored } from "./order.js";
import { stacked } from "./stack.js";
import { treesOf } from "./trees.js";

const MOST_OF_TWO = 1.6; // lines, of which the next one is seen to go on below
const MOST_ANSWERS = 100; // that are kept

/** Lays out one graph after the other. */
export class LayoutEngine {
  constructor(script) {
    this.waiting = new Map();
    this.answers = new Map(); // by source
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
   * Positions for a graph {nodes: [{width, height, frame, tag, kin, call}], edges: [{tail, head, label}], frames:
   * [{outer, width, kin, call}]}. A frame is named by its place in `frames`; label: {width, height} or null; tag: the
   * size of the name that stands for the node in other lines; kin: see `kinInOrder`.
   *
   * `room` is {width, height, downwards}: what can be seen at once, and whether the picture goes from top to bottom
   * instead of from left to right. Without a size the picture is as long as it gets.
   *
   * The layout is {width, height, nodes: [{x, y}], edges: [{points: {points, tip}, label}], frames: [{x, y, width,
   * height}], downwards, shape}. Of a picture in lines a frame has `parts` where it is in several, and `tags` [{node, x,
   * y, width, height}] stand for nodes of other lines.
   */
  async layout(graph, room = {}) {
    const { flat, lines, downwards } = planOf(graph, room);
    const pieces = lines ? lines.map((_, line) => pieceOf(flat, lines, line)) : [flat];
    const layouts = await Promise.all(pieces.map((piece) => this.piece(piece, downwards)));
    const layout = lines ? stacked(flat, pieces, layouts) : layouts[0];
    return { ...(downwards ? turnedLayout(layout) : layout), downwards, shape: this.shape(graph, room) };
  }

  /** What says whether a layout in another room would be another one: equal where it would not. */
  shape(graph, room) {
    const { lines, downwards } = planOf(graph, room);
    return JSON.stringify([downwards, lines]);
  }

  /**
   * One graph, or one line of it, from left to right.
   *
   * Crossings decide what Graphviz puts above what. Where most of it stands in the wrong order, neuron 2 above neuron 1,
   * the picture is laid out with the names of the frames below, and turned upside down. The rest is brought in order.
   */
  async piece(graph, downwards) {
    let layout = await this.ask(graph, "t", downwards);
    if (isReversed(layout.nodes)) {
      const hasNames = graph.frames.length && !downwards; // where they would be upside down
      layout = mirrored(hasNames ? await this.ask(graph, "b", downwards) : layout);
    }
    return kinInOrder(graph, inOrder(graph, layout));
  }

  async ask(graph, namesAt, downwards) {
    return positions(graph, JSON.parse(await this.answerTo(dotSource(graph, namesAt, downwards))), downwards);
  }

  /** What Graphviz answers to a source. Lines of a loop are alike, and so are pictures that one comes back to. */
  answerTo(source) {
    if (this.answers.size > MOST_ANSWERS) this.answers.clear();
    if (!this.answers.has(source)) {
      const answer = new Promise((resolve, reject) => {
        const ticket = ++this.ticket;
        this.waiting.set(ticket, { resolve, reject });
        this.worker.postMessage({ ticket, source });
      });
      this.answers.set(source, answer);
    }
    return this.answers.get(source);
  }

  answer({ ticket, layout, error }) {
    const { resolve, reject } = this.waiting.get(ticket);
    this.waiting.delete(ticket);
    if (error) reject(new Error(`Graphviz could not lay out the graph: ${error}`));
    else resolve(layout);
  }
}

/** The graph as if it went from left to right, and its lines, if it has several. */
function planOf(graph, { width, height, downwards = false }) {
  const flat = downwards ? turnedGraph(graph) : graph;
  const room = downwards ? { along: height, across: width } : { along: width, across: height, inSight: MOST_OF_TWO };
  if (!width) return { flat, downwards, lines: null };
  const lines = linesOf(flat, room);
  if (lines || !isWide(flat, room)) return { flat, downwards, lines };
  const pieces = treesOf(flat, room);
  return { flat: pieces ? flat : withSpine(flat), downwards, lines: pieces };
}

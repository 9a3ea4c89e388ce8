// Which part of the graph is shown: modules as one box each, or open; of a large inside only what is nearest to its end;
// of a family one member.

import { Attention } from "./attention.js";
import { edgesBetween, shownEdge } from "./edges.js";
import { elementsOf } from "./elements.js";
import { Families } from "./families.js";
import { Members } from "./members.js";
import { findSums } from "./sums.js";

const MOST_ELEMENTS = 300; // at first, of a graph without modules
const READABLE = { elements: 30, edges: 160 }; // at first, where folding helps
const MORE = 40; // nodes and folded calls that an unfolded box shows, and how many more at a time

/**
 * What is open. `open` has the numbers of module calls; `shown` says of how many nodes the inside of a call is shown
 * (-1: what is outside of all calls); `pinned` nodes and calls are shown whenever the calls around them are open.
 * Of every family `members` says which member is shown; of those in `means` the mean over all members is; those in
 * `beside` have all their members beside each other. Members that are shown one at a time are open together.
 */
export class Folding {
  constructor(graph) {
    this.graph = graph;
    this.open = new Set();
    this.shown = new Map();
    this.pinned = new Set();
    this.pinnedCalls = new Set();
    this.focus = new Map(); // of calls: what is nearest to this node is shown of their inside, not what is nearest to its end
    this.families = new Families(graph);
    this.attention = new Attention(graph.attention, graph, this.families);
    this.sums = findSums(graph, this.families);
    this.members = new Array(this.families.size).fill(0);
    this.means = new Set();
    this.beside = new Set();
    this.version = 0; // of `members` and `means`
    this.openAtFirst();
  }

  /**
   * Open calls while the picture stays one that can be read, those with the smallest inside first; the innermost ones,
   * such as neurons, all or none, and so calls beside each other that are of one size.
   */
  openAtFirst() {
    this.shown.set(-1, MOST_ELEMENTS);
    const { calls } = this.graph;
    const inside = this.sizes();
    const groups = new Map();
    calls.forEach(({ outer, depth, inner }, call) => {
      if (!this.isLaidOut(call)) return;
      const key = inner.length ? `${outer} ${inside[call]}` : `innermost ${depth}`;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(call);
    });
    const content = (group) => group.reduce((sum, call) => sum + inside[call], 0);
    const waiting = [...groups.values()].sort((a, b) => content(a) - content(b));
    for (let i = 0; i < waiting.length;) {
      const group = waiting[i];
      const isVisible = ({ outer }) => outer < 0 || this.isOpen(outer);
      if (content(group) - group.length > READABLE.elements || !group.every((call) => isVisible(calls[call]))) {
        i++;
        continue;
      }
      waiting.splice(i, 1);
      for (const call of group) this.open.add(call);
      const { elements, edges } = view(this, Infinity);
      if (elements.length > READABLE.elements || edges.length > READABLE.edges)
        group.forEach((call) => this.open.delete(call));
      else i = 0; // what is in there may be next
    }
    for (const call of this.open) this.shown.set(call, MOST_ELEMENTS);
  }

  /** How many nodes and calls are right in each call. */
  sizes() {
    const sizes = this.graph.calls.map(({ inner }) => inner.filter((call) => this.isLaidOut(call)).length);
    for (const home of this.home) if (home > 0) sizes[home - 1]++;
    return sizes;
  }

  /** What is open and shown, to come back to. */
  state() {
    const { open, shown, pinned, pinnedCalls, focus, members, means, beside } = this;
    return {
      open: new Set(open),
      shown: new Map(shown),
      pinned: new Set(pinned),
      pinnedCalls: new Set(pinnedCalls),
      focus: new Map(focus),
      members: [...members],
      means: new Set(means),
      beside: new Set(beside),
    };
  }

  restore(state) {
    Object.assign(this, state);
  }

  unfold(call) {
    const { calls } = this.graph;
    for (let each = this.locateCall(call).call; each >= 0; each = calls[each].outer) this.open.add(this.keyOf(each));
  }

  fold(call) {
    const key = this.keyOf(this.locateCall(call).call);
    this.open.delete(key);
    this.shown.delete(key);
  }

  isOpen(call) {
    return this.open.has(this.keyOf(call));
  }

  showMore(call) {
    const key = call in this.graph.calls ? this.keyOf(this.locateCall(call).call) : -1;
    this.shown.set(key, this.limit(key) + MORE);
  }

  /** Open what is around a node, and show it, in the members that it is in. */
  reveal(n) {
    const { members, node } = this.locate(n);
    this.showMembers(members);
    if (this.home[node] > 0) this.unfold(this.home[node] - 1);
    this.pinned.add(node);
  }

  /**
   * Of the inside that an operation is in, show the part around it, most of it on the side that the pass goes to: what is
   * not shown of a large graph moves on with the steps.
   */
  lookAt(n, goesForward) {
    const { node } = this.locate(n);
    let call = this.home[node] - 1;
    while (call >= 0 && !this.canSee(call)) call = this.graph.calls[call].outer; // it is in a folded one
    this.focus.set(call < 0 ? -1 : this.keyOf(call), { node, goesForward });
  }

  focusOf(call) {
    return this.focus.get(call < 0 ? -1 : this.keyOf(call));
  }

  /** Open what is around a call, and show it as a box, or open if it is. */
  revealCall(call) {
    const { members, call: first } = this.locateCall(call);
    this.showMembers(members);
    const { outer } = this.graph.calls[first];
    if (outer >= 0) this.unfold(outer);
    this.pinnedCalls.add(first);
  }

  limit(call) {
    return this.shown.get(call < 0 ? -1 : this.keyOf(call)) ?? MORE;
  }

  // --------------------------------------------------------------------------------------------------------- families

  /** Of nodes the call that they are shown in, plus 1; 0 outside of all. */
  get home() {
    return this.beside.size ? this.families.home : this.families.moduleHome;
  }

  /** Whether a call has a family whose members are shown one at a time; its number, or -1. */
  familyAt(call) {
    const number = this.families.familyOf[call];
    return this.beside.has(number) ? -1 : number;
  }

  /** The call by which `open` and `shown` know it: of such a family the first member. */
  keyOf(call) {
    const number = this.familyAt(call);
    return number < 0 ? call : this.families.list[number].members[0];
  }

  /** Whether a call and all around it have a place in the picture, when what is around it is open. */
  isLaidOut(call) {
    for (let each = call; each >= 0; each = this.graph.calls[each].outer) {
      const number = this.familyAt(each);
      if (number < 0) continue;
      const { members, alike } = this.families.list[number];
      if (members[alike ? 0 : this.members[number]] !== each) return false;
    }
    return true;
  }

  /** Whether what is in a call can be seen, in the members that are laid out; -1 is outside of all calls. */
  canSee(call) {
    for (let each = call; each >= 0; each = this.graph.calls[each].outer) if (!this.isOpen(each)) return false;
    return call < 0 || this.isLaidOut(call);
  }

  /** The families of which one member is to be seen, the outer ones first. */
  activeFamilies() {
    const depth = ({ outer }) => (outer < 0 ? 0 : this.graph.calls[outer].depth);
    return this.families.list
      .filter(({ number, outer }) => !this.beside.has(number) && this.canSee(outer))
      .sort((a, b) => depth(a) - depth(b));
  }

  /** All members beside each other, as open as the one was, or one at a time again. */
  toggleBeside(number) {
    const { calls, alike, members } = this.families.list[number];
    this.means.delete(number);
    if (this.beside.delete(number)) return;
    const open = alike ? calls[0].map((call) => this.open.has(call)) : [this.open.has(members[0])];
    for (const list of calls) open.forEach((isOpen, i) => isOpen && this.open.add(list[i]));
    this.beside.add(number);
  }

  /** The members that a node is in, as [family, index], the outer ones first, and the node that stands for it. */
  locate(n) {
    let node = n;
    const members = this.follow(this.families.home[n] - 1, ({ nodes }, k) => {
      node = nodes[0][nodes[k].indexOf(node)];
      return this.families.home[node] - 1;
    });
    return { members, node };
  }

  /** The same of a call. */
  locateCall(n) {
    let call = n;
    const members = this.follow(n, ({ calls }, k) => (call = calls[0][calls[k].indexOf(call)]));
    return { members, call };
  }

  /** The members around a call; `toFirst` gives the call that corresponds to it in the first of a family. */
  follow(call, toFirst) {
    const members = [];
    for (let path = this.graph.path(call + 1), i = 0; i < path.length; i++) {
      const number = this.familyAt(path[i]);
      if (number < 0) continue;
      const family = this.families.list[number];
      const k = this.families.indexOf[path[i]];
      members.push([number, k]);
      if (family.alike && k > 0) path = this.graph.path(toFirst(family, k) + 1);
    }
    return members;
  }

  /** Show these members. What has changed: "" is nothing, else "numbers" or, where they are not alike, "layout". */
  showMembers(members) {
    let changed = "";
    for (const [number, k] of members) {
      if (this.members[number] === k && !this.means.has(number)) continue;
      if (changed !== "layout") changed = this.families.list[number].alike ? "numbers" : "layout";
      this.members[number] = k;
      this.means.delete(number);
      this.version++;
    }
    return changed;
  }

  toggleMean(number) {
    if (!this.means.delete(number)) this.means.add(number);
    this.version++;
  }
}

/**
 * The elements of the picture and the edges between them. An element is {key, kind, call, home, nodes}: kind is "node",
 * "call" (a folded one), "leaves" (with the same users), "sum" (over the members of a family) or "rest" (of the inside
 * of a call); `owner` says for each node which element shows it, when its member is shown. Without `limit` that of each
 * call holds.
 */
export function view(folding, limit) {
  const members = new Members(folding);
  const { elements, owner, parts } = elementsOf(folding, members, limit);
  const edges = edgesBetween(folding.graph, members, elements, owner);
  return otherMembers({ members, elements, owner, parts, edges, frames: framesOf(folding.graph, elements) });
}

/** What a view shows of the members that are shown now, each in the place of the one before. */
export function otherMembers(layout) {
  const { members, owner } = layout;
  const { graph } = members.folding;
  const callOf = new Map([[-1, -1]]);
  const shown = (call) => {
    if (!callOf.has(call)) callOf.set(call, members.shownCall(call));
    return callOf.get(call);
  };
  const elements = layout.elements.map((element) => shownElement(members, element, shown));
  const edges = layout.edges.map((edge) => shownEdge(graph, members, owner, edge));
  return { layout, elements, edges, owner, frames: layout.frames.map(shown), version: members.folding.version };
}

/** What a view shows a node as: an element; of what is left out of the picture, the part that would be shown. */
export function partOf({ layout, elements, owner }, n) {
  const element = elements[owner[n]];
  const { members, parts } = layout;
  const part = element.kind === "rest" ? parts.get(members.first[n]) : null;
  if (!part) return element;
  return { ...element, ...part, n, call: members.shownCall(part.call), nodes: members.shownNodes(part.first) };
}

/**
 * The key of what is selected in another view instead of an element: itself; or the box that it has gone into; or, of a
 * box that was unfolded, the last of what was in it.
 */
export function successor(element, { elements, owner }) {
  if (!element) return null;
  if (elements.some(({ key }) => key === element.key)) return element.key;
  return elements[owner[element.nodes[element.nodes.length - 1]]].key;
}

/**
 * An element with the nodes, the call and the key of the members that are shown. `own` are those whose number it shows,
 * of a sum not what it is made of; `mean` is the family of a mean.
 */
function shownElement(members, element, shown) {
  const { kind, first } = element;
  const nodes = members.shownNodes(first);
  const own = kind === "sum" ? members.shownNodes([element.n]) : nodes;
  const [call, home] = [shown(element.call), shown(element.home - 1) + 1];
  const n = element.n === undefined ? undefined : members.shownOne(element.n);
  const sum = element.sum && { ...element.sum, terms: members.placed([element.sum.terms], element.sum.family)[0] };
  const key = { node: `n${n}`, call: `c${call}`, rest: `r${call}`, leaves: `l${nodes[0]}`, sum: `s${nodes[0]}` }[kind];
  return { ...element, key, call, home, n, nodes, own, sum, mean: members.meanFamily(first[0]) };
}

/** The open calls around elements, each before those in it. */
function framesOf(graph, elements) {
  const frames = new Set();
  for (const { home } of elements) for (const call of graph.path(home)) frames.add(call);
  return [...frames].sort((a, b) => a - b);
}

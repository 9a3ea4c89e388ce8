// Attention: which positions each head of a call looks at, and how much. What Python has found, and what it means here.

import { unpack } from "../graph.js";
import { format } from "../numbers.js";

export const MOST_HEADS = 8; // that are told of, and shown beside each other

/**
 * The entries of a graph, one for each call that weighs positions: {call, rows, columns, nodes}, where `nodes` are those
 * of the weights, row by row, and -1 where there is none. A row is one softmax: of a position's call one for each head.
 */
export class Attention {
  constructor(packed, graph, families) {
    Object.assign(this, { graph, families });
    this.byCall = new Map();
    for (const { call, weights, rows, columns } of packed ?? [])
      this.byCall.set(call, { call, rows, columns, nodes: Array.from(unpack(weights), (n) => n - 1) });
  }

  at(call) {
    return this.byCall.get(call) ?? null;
  }

  /** The entries of a call and those in it; of a node at home there, the one of the innermost call that has one. */
  of({ kind, call, home }) {
    if (!this.byCall.size) return [];
    if (kind !== "call") {
      const around = this.graph.path(home).filter((each) => this.byCall.has(each));
      return around.length ? [this.at(around[around.length - 1])] : [];
    }
    return [...this.byCall.values()].filter((each) => this.graph.path(each.call + 1).includes(call));
  }

  /**
   * The same part of every position: {family, entries}, where an entry is null of a position that has none; null where
   * positions are no family.
   */
  overPositions(entry) {
    const { families, graph } = this;
    const around = this.positionAround(entry);
    if (around === undefined) return null;
    const family = families.list[families.familyOf[around]];
    const place = this.placeIn(family, entry.call);
    const entries = new Array(family.members.length).fill(null);
    for (const each of this.byCall.values()) {
      const inside = graph.path(each.call + 1).find((call) => families.familyOf[call] === family.number);
      if (inside !== undefined && this.placeIn(family, each.call) === place) entries[families.indexOf[inside]] = each;
    }
    return { family, entries };
  }

  /** The innermost call of a position that an entry is in; undefined where positions are no family. */
  positionAround({ call }) {
    const { list, familyOf } = this.families;
    return this.graph.path(call + 1).findLast((each) => list[familyOf[each]]?.kind === "positions");
  }

  /** What a row is, and many of them: of a position's call a head; else any softmax, of a head at a position. */
  nameOfRow(entry) {
    return this.positionAround(entry) === undefined ? ["softmax", "softmaxes"] : ["head", "heads"];
  }

  /** What a call is in a member of a family, whichever member that is. */
  placeIn({ number }, call) {
    const { familyOf, indexOf } = this.families;
    const path = this.graph.path(call + 1);
    const inside = path.slice(path.findIndex((each) => familyOf[each] === number) + 1);
    return JSON.stringify(inside.map((each) => (familyOf[each] < 0 ? this.graph.calls[each].name : indexOf[each])));
  }
}

/** The weights of an entry as they are now; null where there is none, or where it is not known yet. */
export function weightsOf({ interpreter, steps }, { nodes }) {
  return nodes.map((n) => (n >= 0 && steps.knowsNumber(n) ? interpreter.data[n] : null));
}

/** In words where each head, or any softmax, looks most, as far as it is known; `name`: which of these they are. */
export function headLines(weights, columns, [name]) {
  const lines = [];
  for (let row = 0; row * columns < weights.length && row < MOST_HEADS; row++) {
    const own = weights.slice(row * columns, (row + 1) * columns);
    const known = own.filter((weight) => weight !== null && !Number.isNaN(weight));
    const most = Math.max(...known);
    if (known.length) lines.push(`${name} ${row + 1} looks most at position ${own.indexOf(most) + 1}: ${format(most, 2)}`);
  }
  return lines;
}

// The edges of a picture: one for every operand between two nodes, one for all between two elements; of all members of
// a family together, so that they stay where they are when another one is shown.

const MOST_OPERANDS = 1000; // of one edge: enough for its colour

/**
 * An edge is {tail, head, positions, isPair, crossing}: the positions of its operands among those of nodes that stand for
 * others; isPair where it is between two nodes, and has their numbers; `crossing` is {family, delay} where it arrives in
 * a later member.
 */
export function edgesBetween(graph, members, elements, owner) {
  const edges = [];
  const merged = new Map();
  const last = new Int32Array(2 * graph.operands.length); // of a position, and whether it arrives later: its edge, plus 1
  for (let n = graph.leafCount; n < graph.size; n++) {
    if (members.hidden[n]) continue;
    const head = owner[n];
    const shift = graph.starts[members.first[n]] - graph.starts[n];
    for (let i = graph.starts[n]; i < graph.starts[n + 1]; i++) {
      const parent = graph.operands[i];
      const tail = owner[parent];
      const crossing = members.crossing(n, parent);
      if (tail === head && (!crossing || elements[head].kind === "rest")) continue;
      const at = 2 * (i + shift) + (crossing ? 1 : 0);
      const known = edges[last[at] - 1];
      if (known?.tail === tail && known.head === head) continue; // of another member
      const isPair = elements[tail].kind === "node" && elements[head].kind === "node";
      const isOne = isPair && !known && !members.goesIn(parent, n);
      const key = (tail * elements.length + head) * 2 + (crossing ? 1 : 0);
      let edge = isOne ? undefined : merged.get(key);
      if (!edge) {
        edges.push((edge = { tail, head, isPair, crossing, positions: [], number: edges.length + 1 }));
        if (!isOne) merged.set(key, edge);
      }
      edge.positions.push(i + shift);
      last[at] = edge.number;
    }
  }
  return edges;
}

/**
 * An edge with its operands in the members that are shown: `operand` where it is one, else -1, and `operands`; there are
 * none where these members have no such edge. `times` is how many it stands for.
 */
export function shownEdge(graph, members, owner, edge) {
  const { tail, head, positions, isPair, crossing } = edge;
  const operands = [];
  for (const position of positions) {
    const n = graph.userAt[position];
    for (const user of members.shown(n)) {
      const operand = graph.starts[user] + position - graph.starts[n];
      const parent = graph.operands[operand];
      if (owner[parent] !== tail || !members.crossing(user, parent) !== !crossing) continue;
      if (crossing || members.isShown(parent)) operands.push(operand);
    }
    if (!isPair && operands.length >= MOST_OPERANDS) break;
  }
  const operand = isPair && operands.length === 1 ? operands[0] : -1;
  return { tail, head, isPair, crossing, position: positions[0], operand, operands, times: positions.length };
}

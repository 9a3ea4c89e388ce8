// The order of what stands above each other: as Graphviz has found it, and as one counts.

/** Whether most nodes stand below those of the same rank that come after them. */
export function isReversed(nodes) {
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

/** The layout upside down. */
export function mirrored({ width, height, nodes, edges, frames }) {
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

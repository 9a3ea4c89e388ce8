// How a graph is computed for many rows at once: which of its nodes get a column, and in which steps.

/**
 * [{node, operands, rule, terms}, …] in order: the operations but those inside the sum of a neuron, b + w₁·x₁ + ….
 * That is one step, which has `terms`: {bias, weights, xs}, and rounds as its products and sums do one by one.
 *
 * Throws where a parameter is something else than a weight or a bias: it has no column.
 */
export function columnSteps(graph, rules, parameters) {
  const { operation, operands, starts, leaves } = graph;
  const isParameter = new Uint8Array(operation.length);
  for (const leaf of parameters) isParameter[leaf] = 1;
  const uses = new Uint32Array(operation.length);
  for (const operand of operands) uses[operand] += 1;
  const nameOf = (node) => rules[operation[node]].name;
  const operandsOf = (node) => operands.subarray(starts[node], starts[node + 1]);
  const isInside = new Uint8Array(operation.length);
  const steps = [];
  for (let node = operation.length - 1; node >= leaves.length; node--) {
    if (isInside[node]) continue;
    const terms = termsOf(node);
    if (!terms && operandsOf(node).some((operand) => isParameter[operand]))
      throw new RangeError(`a parameter is an operand of ${nameOf(node)}, which is no sum of a neuron`);
    steps.unshift({ node, operands: [...operandsOf(node)], rule: rules[operation[node]], terms });
  }
  return steps;

  function termsOf(sum) {
    const [weights, xs, inside] = [[], [], []];
    let before = sum;
    while (nameOf(before) === "add" && (before === sum || uses[before] === 1)) {
      const [next, product] = operandsOf(before);
      if (nameOf(product) !== "mul" || uses[product] > 1 || !isParameter[operandsOf(product)[0]]) break;
      const [w, x] = operandsOf(product);
      weights.unshift(w);
      xs.unshift(x);
      inside.push(next, product);
      before = next;
    }
    if (!weights.length || !isParameter[before]) return null;
    for (const node of inside) isInside[node] = 1;
    return { bias: before, weights, xs };
  }
}

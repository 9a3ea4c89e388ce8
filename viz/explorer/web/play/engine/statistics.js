// What goes on in the layers of a network: the sizes of their gradients, and neurons that are off or at an end.

const MOST_ROWS = 256; // that are looked at
const OUTER = 0.01; // of the range, on either side, is where an activation is saturated: as in nn/activations.py

/**
 * Of each layer {gradient, dead, saturated}: the root mean square of its part of the gradient, the share of neurons
 * that are 0 for all rows, and the share of outputs at an end of their range; these null where they have no meaning.
 * `valuesOf(nodes, X)` gives a column for each node; without X there are gradients alone.
 */
export function layerStatistics(network, gradient, valuesOf, X) {
  const columns = X ? outputsOf(network, valuesOf, X) : [];
  let first = 0;
  return network.neurons.map((layer, i) => {
    const count = layer.length * (layer[0].weights.length + 1);
    const part = gradient.subarray(first, first + count);
    first += count;
    const { canDie, saturatesAt } = network.activations[i];
    return {
      gradient: Math.sqrt(part.reduce((sum, number) => sum + number * number, 0) / count),
      dead: X && canDie ? shareWhere(columns[i], (column) => column.every((output) => output <= 0)) : null,
      saturated: X && saturatesAt ? meanOf(columns[i], (column) => shareWhere(column, atAnEnd(saturatesAt))) : null,
    };
  });
}

/** The columns of each layer's outputs, for some of the rows, far from each other. */
function outputsOf(network, valuesOf, X) {
  const every = Math.ceil(X.length / MOST_ROWS);
  const columns = valuesOf(network.neurons.flat().map(({ output }) => output), X); // prettier-ignore
  const some = columns.map((column) => column.filter((_, row) => row % every === 0));
  return network.neurons.map((layer) => some.splice(0, layer.length));
}

function atAnEnd([low, high]) {
  const margin = OUTER * (high - low);
  return (output) => output < low + margin || output > high - margin;
}

function shareWhere(all, holds) {
  return meanOf(all, (each) => Number(holds(each)));
}

function meanOf(all, number) {
  let sum = 0;
  for (const each of all) sum += number(each);
  return sum / all.length;
}

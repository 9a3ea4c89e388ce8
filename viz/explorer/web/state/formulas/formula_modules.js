// What a module computes, found in its graph: layers of activation(W · x + b), one after the other, or nothing such.

const LONGEST_ACTIVATION = 3; // functions of one number, inside each other
const FOUND = new WeakMap(); // of graphs: by the number of a call what was found

/**
 * The layers of a folded call, the first one first, or null where it computes anything else, too. A layer is {outputs,
 * scores, neurons, inputs, path, isSoftmax}: what it gives; the nodes before a softmax, else the outputs; of each score
 * its {sum, weights, bias}: w · x + b, and the leaves in it (a bias of -1 is none); and path, the functions between
 * output and sum of its first neuron, the outermost first: {n, position} with the operand that is no plain number.
 */
export function layersOf(graph, { call, nodes }) {
  if (!FOUND.has(graph)) FOUND.set(graph, new Map());
  const found = FOUND.get(graph);
  if (!found.has(call)) found.set(call, layersAmong(graph, nodes));
  return found.get(call);
}

/** The operations among nodes that others use, and the root. */
export function outputsOf(graph, nodes) {
  const inside = marksOf(graph, nodes);
  const isUsedOutside = (n) => {
    for (let i = graph.userStarts[n]; i < graph.userStarts[n + 1]; i++) if (!inside[graph.users[i]]) return true;
    return n === graph.root;
  };
  return Array.from(nodes).filter((n) => !graph.isLeaf(n) && isUsedOutside(n));
}

function marksOf(graph, nodes) {
  const marks = new Uint8Array(graph.size);
  for (const n of nodes) marks[n] = Number(!graph.isLeaf(n));
  return marks;
}

function layersAmong(graph, nodes) {
  const part = { graph, inside: marksOf(graph, nodes) };
  const layers = [];
  let outputs = outputsOf(graph, nodes);
  while (outputs.length) {
    const layer = layerOf(part, outputs);
    if (!layer) return null;
    layers.unshift(layer);
    const before = layer.inputs.filter((n) => part.inside[n]);
    if (before.length && before.length < layer.inputs.length) return null; // some skip a layer
    outputs = before;
  }
  return layers.length ? layers : null;
}

function layerOf(part, outputs) {
  const beforeSoftmax = outputs.length > 1 ? scoresOf(part, outputs) : null;
  const scores = beforeSoftmax ?? outputs;
  const neurons = [];
  const kinds = new Set();
  for (const score of scores) {
    const neuron = neuronOf(part, score);
    if (!neuron || kinds.add(kindOf(part.graph, neuron)).size > 1) return null;
    neurons.push(neuron);
  }
  const { inputs, path } = neurons[0];
  return { outputs, scores, neurons, inputs, path, isSoftmax: beforeSoftmax !== null };
}

/** What a softmax of `outputs` is a softmax of; null where they are none. See `softmax` of autograd. */
function scoresOf({ graph, inside }, outputs) {
  const ruleOf = (n) => (inside[n] ? graph.rule(n).name : "");
  const [scores, exponentials, shared] = [[], [], new Set()];
  for (const output of outputs) {
    const [above, total] = graph.parents(output);
    if (ruleOf(output) !== "div" || ruleOf(above) !== "exp_of_difference" || ruleOf(total) !== "total") return null;
    const [score, largest] = graph.parents(above);
    if (ruleOf(largest) !== "maximum") return null;
    scores.push(score);
    exponentials.push(above);
    shared.add(total).add(largest);
  }
  const [total, largest] = shared;
  const areThose = (n, nodes) => String([...graph.parents(n)].sort()) === String([...nodes].sort()); // in any order
  return shared.size === 2 && areThose(total, exponentials) && areThose(largest, scores) ? scores : null;
}

/** A function of a sum of products: {sum, weights, inputs, bias, path}, or null. */
function neuronOf(part, output) {
  const { graph, inside } = part;
  const path = [];
  let n = output;
  while (inside[n]) {
    const found = weightedSum(part, n);
    if (found) return { sum: n, path, ...found };
    const parents = [...graph.parents(n)];
    const position = parents.findIndex((parent) => !graph.isConstant(parent));
    const others = parents.filter((parent, i) => i !== position && !graph.isConstant(parent));
    if (others.length || position < 0 || path.length === LONGEST_ACTIVATION) return null;
    path.push({ n, position });
    n = parents[position];
  }
  return null;
}

/** w₁·x₁ + w₂·x₂ + … + b at node n, in this order or another; null where it is something else. */
function weightedSum({ graph, inside }, n) {
  const [weights, inputs] = [[], []];
  let bias = -1;
  const stack = [n];
  while (stack.length) {
    const each = stack.pop();
    if (!inside[each]) {
      if (graph.isConstant(each) && graph.leaves[each] === 0) continue; // where Python's sum begins
      if (bias >= 0 || !graph.isLeaf(each)) return null;
      bias = each;
      continue;
    }
    const parents = [...graph.parents(each)];
    const half = parents.length / 2;
    switch (graph.rule(each).name) {
      case "add":
      case "total":
        stack.push(...parents.reverse());
        break;
      case "mul":
      case "dot":
        for (let i = 0; i < half; i++) {
          const [weight, input] = weightFirst(graph, parents[i], parents[i + half]);
          if (!isVariable(graph, weight)) return null;
          weights.push(weight);
          inputs.push(input);
        }
        break;
      default:
        return null;
    }
  }
  return weights.length ? { weights, inputs, bias } : null;
}

/** A leaf that is no plain number in the expression. */
function isVariable(graph, n) {
  return graph.isLeaf(n) && !graph.isConstant(n);
}

/** The two factors of a product: what is learned before what comes in, as far as leaves, parameters and labels tell. */
function weightFirst(graph, a, b) {
  const tells = [(n) => isVariable(graph, n), (n) => graph.isParameter[n] === 1, (n) => !/^x/i.test(graph.labelOf(n))];
  const tell = tells.find((each) => each(a) !== each(b));
  return tell && tell(b) ? [b, a] : [a, b];
}

/** The same of neurons of one layer: their function, and their inputs. */
function kindOf(graph, { path, bias, inputs }) {
  const constant = (n) => (graph.isConstant(n) ? graph.leaves[n] : "x");
  const functions = path.map(({ n }) => [graph.rule(n).name, ...Array.from(graph.parents(n), constant)]);
  return JSON.stringify([functions, bias < 0, inputs]);
}

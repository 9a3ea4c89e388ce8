// The step of a folded part of the graph: of a module its formula, where it has one, and what came of it.

import { equation, gradientTree, nameTree, since } from "./formula.js";
import { caseThatHolds, filled } from "./formula_cases.js";
import { layersOf, outputsOf } from "./formula_modules.js";
import { counted, shortenMiddle } from "../texts.js";

const MOST_IN_VECTOR = 4; // of a vector that is written
const LONGEST_TITLE = 40; // of a module
const MOST_LAYERS = 3; // that are written inside each other

/** The lines of a step that computes all of `element`, or takes the gradient back through it. */
export function foldLines(graph, interpreter, pass, element) {
  const isCall = element.kind === "call";
  const path = graph.pathNames(element.call + 1).map((each) => ["title", shortenMiddle(each, LONGEST_TITLE)]);
  const module = path.length ? path.flatMap((title, i) => (i ? [" / ", title] : [title])) : ["the graph"];
  const name = isCall ? module : ["The part of ", ...module, " that is not shown"];
  const fold = {
    graph,
    interpreter,
    name: [...name, ": "],
    count: counted(graph.contents(element.nodes).operations, "operation"),
    nodes: element.nodes,
    outputs: outputsOf(graph, element.nodes),
    layers: isCall ? layersOf(graph, element) : null,
  };
  return pass === "forward" ? [forwardFold(fold)] : backwardFold(fold);
}

// ------------------------------------------------------------------------------------------------------------- forward

function forwardFold({ graph, interpreter, name, count, outputs, layers }) {
  const numbers = outputs.map((n) => interpreter.data[n]);
  if (!layers) {
    const result = outputs.length === 1 ? [", ", ...equation(nameTree(graph, outputs[0]), "=", numbers[0])] : [];
    return [...name, `${count} computed`, ...result];
  }
  const formula = layers.length <= MOST_LAYERS ? moduleTree(graph, layers) : null;
  const results = numbers.length <= MOST_IN_VECTOR ? ["=", vector(numbers)] : [];
  const [{ scores, neurons, path }] = layers;
  const isNeuron = layers.length === 1 && scores.length === 1;
  const inside = isNeuron ? ["=", applied(graph, path, interpreter.data[neurons[0].sum])] : [];
  if (!formula) return [...name, `${counted(layers.length, "layer")}, ${layerSizes(layers)}`];
  return [...name, ...equation(formula, ...inside, ...results), ...(isNeuron ? [] : [`, ${layerSizes(layers)}`])];
}

/** activation(W₂ · activation(W₁ · x + b₁) + b₂); of a single neuron by the names of its own numbers. */
function moduleTree(graph, layers) {
  const [{ neurons, inputs }] = layers;
  if (layers.length === 1 && neurons.length === 1) return applied(graph, layers[0].path, sumTree(graph, layers[0]));
  let tree = inputs.length === 1 ? nameTree(graph, inputs[0]) : ["symbol", stemOf(graph, inputs, "x")];
  layers.forEach((layer, number) => {
    const index = layers.length > 1 ? [number + 1] : [];
    const product = ["*", ["symbol", "W", ...index], tree];
    const sum = layer.neurons[0].bias >= 0 ? ["+", product, ["symbol", "b", ...index]] : product;
    tree = layer.isSoftmax ? ["call", "softmax", sum] : applied(graph, layer.path, sum);
  });
  return tree;
}

/** The functions of `path`, the outermost first, of a tree. */
function applied(graph, path, inner) {
  return path.reduceRight((tree, { n, position }) => {
    const operand = (i) => (i === position ? tree : nameTree(graph, graph.operands[graph.starts[n] + i]));
    return filled(graph.rule(n).formulas.value, operand);
  }, inner);
}

/** w · x + b of a neuron. */
function sumTree(graph, { neurons: [{ weights, bias }], inputs }) {
  const product = ["*", namesTree(graph, weights, "w"), namesTree(graph, inputs, "x")];
  if (bias < 0) return product;
  const hasName = graph.labelOf(bias) || graph.isConstant(bias);
  return ["+", product, hasName ? nameTree(graph, bias) : ["symbol", "b"]];
}

/** A single node by its name, several by the letter that they share. */
function namesTree(graph, nodes, letter) {
  return nodes.length === 1 ? nameTree(graph, nodes[0]) : ["symbol", stemOf(graph, nodes, letter)];
}

function stemOf(graph, nodes, letter) {
  const stems = new Set(nodes.map((n) => /^(\p{L})_?\p{N}*$/u.exec(graph.labelOf(n))?.[1] ?? letter));
  return stems.size === 1 ? [...stems][0] : letter;
}

function vector(numbers) {
  return numbers.length === 1 ? numbers[0] : ["list", ...numbers];
}

/** "2 inputs → 3 outputs", or of several layers "2 → 16 → 1 numbers". */
function layerSizes(layers) {
  const sizes = [layers[0].inputs.length, ...layers.map(({ outputs }) => outputs.length)];
  if (sizes.length === 2) return `${counted(sizes[0], "input")} → ${counted(sizes[1], "output")}`;
  return `${sizes.map((size) => size.toLocaleString("en")).join(" → ")} numbers`;
}

// ------------------------------------------------------------------------------------------------------------ backward

function backwardFold(fold) {
  const { graph, interpreter, name, count, outputs, layers } = fold;
  const hasCome = outputs.some((n) => interpreter.reached[n]);
  if (!hasCome) return [[...name, "nothing has come to it: nothing flows back here"]];
  if (layers?.length === 1 && layers[0].scores.length === 1) return backwardNeuron(fold, layers[0]);
  const gradients = outputs.map((n) => interpreter.gradient[n]);
  const written = outputs.length <= MOST_IN_VECTOR ? [", ", vector(gradients), ","] : [];
  const several = `the gradients of its ${counted(outputs.length, "output")}`;
  const what = outputs.length === 1 ? "the gradient of its output" : several;
  const first = [...name, what, ...written, ` went back through ${count}. Unfold it to see each of them.`];
  return [first, ...sentBack(fold)];
}

/** What came to the inputs of a module: of layers as a vector, else to each, leaves in it too. */
function sentBack({ graph, interpreter, nodes, layers }) {
  const inside = new Set(nodes);
  const inputs = new Set(layers?.[0].inputs);
  const sums = new Map(); // by their nodes
  if (inputs.size > MOST_IN_VECTOR) return [];
  for (const n of nodes) {
    for (let i = graph.starts[n]; i < graph.starts[n + 1]; i++) {
      const operand = graph.operands[i];
      const isInput = layers ? inputs.has(operand) : graph.isLeaf(operand) || !inside.has(operand);
      if (!isInput || graph.isConstant(operand)) continue;
      const flow = interpreter.flow(n, i);
      if (flow !== null) sums.set(operand, (sums.get(operand) ?? 0) + flow);
    }
  }
  if (!sums.size || sums.size > MOST_IN_VECTOR) return [];
  if (!layers) return [...sums].map(([n, sum]) => equation(gradientTree(graph, n), "+=", sum));
  const all = [...inputs];
  const by = ["derivative", nameTree(graph, graph.root), namesTree(graph, all, "x")];
  return [equation(by, "+=", vector(all.map((n) => sums.get(n) ?? 0)))];
}

/** Through the activation to w · x + b, and from there to x, w and b. */
function backwardNeuron({ graph, interpreter, name, outputs: [output] }, layer) {
  const { neurons, path, inputs } = layer;
  const [{ sum, weights, bias }] = neurons;
  const tree = sumTree(graph, layer);
  const by = (each) => ["derivative", nameTree(graph, graph.root), each];
  const begin = [...name, "the gradient of its output, ", interpreter.gradient[output], ", "];
  const edges = path.map(({ n, position }) => graph.starts[n] + position);
  const stopped = edges.some((i) => interpreter.flow(graph.userAt[i], i) === null);
  const functions = path.map(({ n }) => graph.rule(n).name).join(", ");
  if (stopped) {
    const why = path.length === 1 ? whyStopped(graph, interpreter, path, tree) : [];
    return [[...begin, `does not get through ${functions}`, ...why, ": nothing flows back here"]];
  }
  const come = interpreter.gradient[sum];
  const factors = edges.reduce((all, i) => ["chain", all, interpreter.partials[i]], interpreter.gradient[output]);
  const through = path.length
    ? [`went back through ${functions}: `, ...equation(by(tree), "=", factors, "=", come)]
    : ["went back to ", tree];
  const lines = [[...begin, ...through]];
  if (weights.length > MOST_IN_VECTOR) return lines;
  const numbers = (nodes) => nodes.map((n) => interpreter.data[n]);
  const share = (to, others, nodes) => {
    const names = namesTree(graph, to, nodes[0]);
    const product = ["chain", by(tree), namesTree(graph, others, nodes[1])];
    const amounts = numbers(others).map((number) => come * number);
    return equation(by(names), "+=", product, "=", ["chain", come, vector(numbers(others))], "=", vector(amounts));
  };
  if (!inputs.every((n) => graph.isConstant(n))) lines.push(share(inputs, weights, ["x", "w"]));
  lines.push(share(weights, inputs, ["w", "x"]));
  if (bias >= 0 && !graph.isConstant(bias)) lines.push(equation(by(tree[2]), "+=", by(tree), "=", come));
  return lines;
}

/** Why nothing comes through the one function of a neuron to its sum, which is `tree`. */
function whyStopped(graph, interpreter, path, tree) {
  const [{ n, position }] = path;
  const nodeOf = (i) => (i === "y" ? n : graph.operands[graph.starts[n] + i]);
  const nameOf = (i) => (i === position ? tree : i === "y" ? applied(graph, path, tree) : nameTree(graph, nodeOf(i)));
  const { reasons } = caseThatHolds(graph.rule(n).formulas.partials[position], (i) => interpreter.data[nodeOf(i)]);
  return since(reasons, nameOf);
}

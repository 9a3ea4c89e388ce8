// A multilayer perceptron and its loss as one graph of scalars: what `loss(model(x), y)` is in Python, of one row.

import { GraphBuilder } from "./builder.js";
import { packedGraph } from "./packing.js";

const MLP_CALL = "MLP";

/**
 * graph       what state/graph.js has: {operation, operands, starts, leaves}; leaves first, the root last
 * parameters  leaves, in the order of `MLP.parameters()`: neuron by neuron w1, …, wn, b
 * inputs      leaves; targets: leaves, one for each output, or one class
 * outputs     nodes of the last layer
 * neurons     of each layer, for each neuron {output: node, sum: node, weights: [leaf, …], bias: leaf}
 * loss        what nn's record knows of the loss; activations: of each layer, of its activation
 */
export class Network {
  #learning;

  /**
   * `layers` are the sizes of the hidden ones, `outputs` that of the last; the others are names of nn's. `rules` and
   * `templates` are what Python has written: RULES and TEMPLATES. Throws where there is no such name, and where a
   * layer has a size for which there is no template.
   */
  constructor({ inputs, layers, outputs, activation, output, loss }, rules, templates) {
    const spec = { inputs, layers: [...layers], outputs, activation, output, loss };
    Object.assign(this, { rules, loops: templates.loops, spec });
    this.sizes = [...layers, outputs];
    this.loss = named("loss", loss, templates.losses);
    const builder = new GraphBuilder();
    const made = new Maker(builder, templates, this);
    const root = made.loss(made.layers());
    builder.bringLeavesHome();
    this.#number(builder, builder.ordered(root), made);
  }

  /** Take over what was made, with the nodes in their order. */
  #number(builder, { nodes: order, calls }, made) {
    const place = new Int32Array(builder.operation.length);
    order.forEach((node, n) => (place[node] = n));
    const placed = (nodes) => Int32Array.from(nodes, (node) => place[node]);
    const leafCount = order.findIndex((node) => builder.operands[node].length);
    const operands = order.map((node) => builder.operands[node]);
    const starts = new Int32Array(order.length + 1);
    operands.forEach((each, n) => (starts[n + 1] = starts[n] + each.length));
    this.graph = {
      operation: Uint16Array.from(order, (node) => builder.operation[node]),
      operands: placed(operands.flat()),
      starts,
      leaves: Float64Array.from(order.slice(0, leafCount), (leaf) => builder.numbers[leaf]),
    };
    this.labels = order.map((node) => builder.labels[node]);
    this.homes = order.map((node) => calls.indexOf(builder.homes[node]));
    this.calls = calls.map((call) => ({ ...builder.calls[call], outer: calls.indexOf(builder.calls[call].outer) }));
    this.parameters = placed(made.neurons.flat().flatMap(({ weights, bias }) => [...weights, bias]));
    this.inputs = placed(made.inputs);
    this.targets = placed(made.targets);
    this.outputs = placed(made.outputs);
    this.neurons = made.neurons.map((layer) => layer.map(({ output, sum, weights, bias }) => (
      { output: place[output], sum: place[sum], weights: placed(weights), bias: place[bias] }
    ))); // prettier-ignore
  }

  /** A mark for every node that depends on a parameter, and those themselves. */
  get learning() {
    return (this.#learning ??= this.#above(this.parameters));
  }

  #above(nodes) {
    const { operation, operands, starts, leaves } = this.graph;
    const marks = new Uint8Array(operation.length);
    for (const node of nodes) marks[node] = 1;
    for (let node = leaves.length; node < marks.length; node++) {
      for (let i = starts[node]; i < starts[node + 1]; i++) marks[node] |= marks[operands[i]];
    }
    return marks;
  }

  get root() {
    return this.graph.operation.length - 1;
  }

  /** The leaves with the numbers of one row: `target` is a list, as coded targets are. */
  leavesOf(parameters, x, target) {
    const leaves = this.graph.leaves.slice();
    this.parameters.forEach((leaf, i) => (leaves[leaf] = parameters[i]));
    this.inputs.forEach((leaf, i) => (leaves[leaf] = x[i]));
    this.targets.forEach((leaf, i) => (leaves[leaf] = target[i]));
    return leaves;
  }

  /** The graph of one row as Python packs what `explore(loss(model(x), y), model)` shows. */
  packed(parameters, x, target) {
    return packedGraph(this, this.leavesOf(parameters, x, target));
  }

  /** The names of the module calls around a node, from the outside. */
  path(node) {
    const names = [];
    for (let call = this.homes[node]; call >= 0; call = this.calls[call].outer) names.unshift(this.calls[call].name);
    return names;
  }
}

/** Makes the nodes of a network. */
class Maker {
  constructor(builder, templates, network) {
    Object.assign(this, { builder, templates, network, neurons: [] });
    const { inputs, layers, activation, output } = network.spec;
    this.inputs = Array.from({ length: inputs }, (_, i) => builder.leaf(`x${i + 1}`));
    network.activations = [...layers.map(() => activation), output].map((name) => (
      named("activation", name, templates.activations)
    )); // prettier-ignore
  }

  /** The nodes that the last layer gives. */
  layers() {
    const mlp = this.builder.call(MLP_CALL);
    let x = this.inputs;
    this.network.sizes.forEach((size, i) => {
      x = this.#layer(x, size, this.network.activations[i], this.builder.call(`layer ${i + 1}`, mlp));
    });
    return (this.outputs = x);
  }

  #layer(x, size, activation, call) {
    const { builder } = this;
    const neurons = Array.from({ length: size }, (_, k) => {
      const home = builder.call(`neuron ${k + 1}`, call);
      const neuron = this.#sum(x, home);
      const apply = () => builder.place(sized(activation, 1), [neuron.sum], home)[0];
      return { ...neuron, output: activation.ofLayer ? neuron.sum : apply() };
    });
    this.neurons.push(neurons);
    if (activation.ofLayer) {
      const outputs = builder.place(sized(activation, size), neurons.map(({ sum }) => sum), call); // prettier-ignore
      neurons.forEach((neuron, k) => (neuron.output = outputs[k]));
    }
    return neurons.map(({ output }) => output);
  }

  #sum(x, home) {
    const { builder, templates } = this;
    const weights = x.map((_, i) => builder.leaf(`w${i + 1}`));
    const bias = builder.leaf("b");
    const sum = weights.reduce((before, w, i) => builder.place(templates.sum, [before, w, x[i]], home)[0], bias);
    return { weights, bias, sum };
  }

  /** The root. */
  loss(outputs) {
    const { builder, network } = this;
    const count = network.loss.targets === "class" ? 1 : outputs.length;
    const label = (i) => (count === 1 ? "y" : `y${i + 1}`);
    this.targets = Array.from({ length: count }, (_, i) => builder.leaf(label(i)));
    const template = sized(network.loss, outputs.length);
    return builder.place(template, [...outputs, ...this.targets], builder.call(network.loss.scope))[0];
  }
}

function named(what, name, table) {
  if (Object.hasOwn(table, name)) return table[name];
  throw new RangeError(`there is no ${what} ${JSON.stringify(name)}: ${Object.keys(table).join(", ")}`);
}

function sized(record, size) {
  if (Object.hasOwn(record.graphs, size)) return record.graphs[size];
  const sizes = Object.keys(record.graphs).join(", ");
  throw new RangeError(`${record.scope ?? "this activation"} is not there for ${size} outputs: for ${sizes}`);
}

// How weights start: as those of nn.MLP do, from the same seed. The initialisers are those of nn/initialization.py.

import { PythonRandom } from "./random.js";

const INITIALIZERS = {
  "uniform(0,1)": (random) => random.uniform(0, 1),
  "uniform(-1,1)": (random) => random.uniform(-1, 1),
  xavier(random, inputs, outputs) {
    const limit = Math.sqrt(6 / (inputs + outputs));
    return random.uniform(-limit, limit);
  },
  he: (random, inputs) => random.gauss(0, Math.sqrt(2 / inputs)),
};

/** The parameters of a Network in the order of `MLP.parameters()`: of each neuron its weights, and its bias, 0.
 *
 *  Of the settings, `init` is the initialiser's name, or null for the one that suits the activation of each layer. */
export function initialParameters({ spec, sizes, activations }, { init, seed }) {
  const random = new PythonRandom(seed);
  const parameters = [];
  sizes.forEach((outputs, layer) => {
    const inputs = layer ? sizes[layer - 1] : spec.inputs;
    const name = init ?? activations[layer].init;
    if (!Object.hasOwn(INITIALIZERS, name))
      throw new RangeError(`unknown init ${name}: choose from ${Object.keys(INITIALIZERS).join(", ")}`);
    for (let neuron = 0; neuron < outputs; neuron++) {
      for (let i = 0; i < inputs; i++) parameters.push(INITIALIZERS[name](random, inputs, outputs));
      parameters.push(0);
    }
  });
  return Float64Array.from(parameters);
}

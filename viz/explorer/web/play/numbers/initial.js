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
const SUITED_BY_HE = ["relu", "leaky_relu", "elu", "gelu", "silu"]; // as nn/activations.py has it; all others by Xavier

/** The parameters of a network in the order of `MLP.parameters()`: of each neuron its weights, and its bias, 0.
 *
 *  `sizes` are how many inputs there are, and how many neurons each layer has. Of the settings, `activation` is that of
 *  the hidden layers, `output` that of the last one, and `init` the initialiser's name, or null for the one that suits
 *  the activation. */
export function initialParameters({ activation, output, init, seed }, sizes) {
  const random = new PythonRandom(seed);
  const parameters = [];
  for (let layer = 1; layer < sizes.length; layer++) {
    const its = layer === sizes.length - 1 ? output : activation;
    const name = init ?? (SUITED_BY_HE.includes(its) ? "he" : "xavier");
    if (!Object.hasOwn(INITIALIZERS, name))
      throw new RangeError(`unknown init ${name}: choose from ${Object.keys(INITIALIZERS).join(", ")}`);
    const [inputs, outputs] = [sizes[layer - 1], sizes[layer]];
    for (let neuron = 0; neuron < outputs; neuron++) {
      for (let i = 0; i < inputs; i++) parameters.push(INITIALIZERS[name](random, inputs, outputs));
      parameters.push(0);
    }
  }
  return Float64Array.from(parameters);
}

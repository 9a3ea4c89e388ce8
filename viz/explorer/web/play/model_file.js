// The network as a file that `nn.load` reads, and `glassgrad play` opens again: safetensors, as nn/training/saving.py
// writes it. That is the length of a header in eight bytes, the header, JSON, and then the numbers.

const FORMAT = 2; // of the description

/** The bytes. `spec` is that of a Network; `scaler` and `info` are what Python has given with the model, or null. */
export function modelFile({ inputs, layers, outputs, activation, output }, parameters, scaler = null, info = null) {
  const sizes = [...layers, outputs];
  const architecture = { n_inputs: inputs, sizes, activation: layers.length ? activation : "linear", output };
  const description = { format: FORMAT, module: "MLP", architecture, scaler, info: info ?? {} };
  const header = { __metadata__: { glassgrad: JSON.stringify(description) }, ...tensors(inputs, sizes) };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(text.length / 8) * 8; // so that the numbers begin where a number may
  const bytes = new Uint8Array(8 + length + 8 * parameters.length).fill(32);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  parameters.forEach((number, i) => view.setFloat64(8 + length + 8 * i, number, true));
  return bytes;
}

/** Where the weights and the bias of every neuron stand, in the order of `MLP.parameters()`. */
function tensors(inputs, sizes) {
  const found = {};
  let begin = 0;
  const add = (name, shape, count) => {
    found[name] = { dtype: "F64", shape, data_offsets: [begin, begin + 8 * count] };
    begin += 8 * count;
  };
  sizes.forEach((size, i) => {
    const weights = i ? sizes[i - 1] : inputs;
    for (let k = 0; k < size; k++) {
      add(`layers.${i}.neurons.${k}.w`, [weights], weights);
      add(`layers.${i}.neurons.${k}.b`, [], 1);
    }
  });
  return found;
}

// The graph of a network as viz/explorer/graph.py packs one: what state/graph.js unpacks.

/** `leaves` are the numbers of all leaves. */
export function packedGraph(network, leaves) {
  const { graph, labels, homes, calls } = network;
  const places = new Map([["", 0]]); // of labels: each once, as they come
  const label = labels.map((text) => {
    if (!places.has(text)) places.set(text, places.size);
    return places.get(text);
  });
  return {
    operation: packedArray(graph.operation),
    operands: packedArray(graph.operands),
    leaves: packedArray(leaves, "Float64"),
    labels: [...places.keys()],
    label: packedArray(label),
    calls: calls.map(({ name }) => name),
    outer: packedArray(calls.map(({ outer }) => outer + 1)),
    home: packedArray(homes.map((home) => home + 1)),
    parameters: packedArray(network.parameters.slice().sort()),
    chosen: true,
    families: [],
    attention: [],
  };
}

/** {type, data: base64}; whole numbers in the smallest type that holds them. */
function packedArray(numbers, type = typeFor(numbers)) {
  const kinds = { Uint8: Uint8Array, Uint16: Uint16Array, Uint32: Uint32Array, Float64: Float64Array };
  let text = "";
  for (const byte of new Uint8Array(kinds[type].from(numbers).buffer)) text += String.fromCharCode(byte);
  return { type, data: btoa(text) };
}

function typeFor(numbers) {
  let largest = 0;
  for (const number of numbers) largest = Math.max(largest, number);
  return largest < 2 ** 8 ? "Uint8" : largest < 2 ** 16 ? "Uint16" : "Uint32";
}

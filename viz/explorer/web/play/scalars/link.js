// Where the explorer opens on the scalars of a row: as the fragment of an address, see ../../state/link.js.

import { unpack } from "../../state/graph.js";

/** A neuron with its scalars, all numbers and gradients known; layers and neurons count from 1, as their names do. */
export function linkTo(packed, layer, neuron) {
  const calls = callsOf(packed);
  const inLayer = calls.find(({ path }) => path.length === 2 && path[1] === `layer ${layer}`);
  const call = calls.find(({ outer, name }) => outer === inLayer?.number && name === `neuron ${neuron}`);
  if (!call) return "";
  const output = unpack(packed.home).lastIndexOf(call.number + 1);
  const all = 2 * operationsOf(packed) + 2;
  return `${fragment({ open: around(calls, call), step: all, at: `n${output}` })}&seen=${call.number}`;
}

/** The loss, before its gradient goes back: with what it compares, the last layer and the network around it open. */
export function linkToLoss(packed) {
  const calls = callsOf(packed);
  const layers = calls.filter(({ path }) => path.length === 2 && path[1].startsWith("layer "));
  const last = layers.reduce((a, b) => (Number(b.name.slice(6)) > Number(a?.name.slice(6) ?? 0) ? b : a), null);
  const outer = calls.filter((call) => call.outer < 0 && call !== calls[last?.outer]);
  const open = [...(last ? around(calls, last) : []), ...outer.map(({ number }) => number)];
  const operations = operationsOf(packed);
  return fragment({ open, step: operations + 1, at: `n${unpack(packed.operation).length - 1}` });
}

function callsOf({ calls, outer }) {
  const found = [];
  unpack(outer).forEach((around, number) => {
    const name = calls[number];
    found.push({ number, name, outer: around - 1, path: [...(around ? found[around - 1].path : []), name] });
  });
  return found;
}

/** The numbers of the call and of those around it. */
function around(calls, call) {
  const numbers = [];
  for (let each = call; each; each = calls[each.outer]) numbers.push(each.number);
  return numbers;
}

function operationsOf(packed) {
  return unpack(packed.operation).length - unpack(packed.leaves).length;
}

function fragment({ open, step, at }) {
  return `#open=${[...open].sort((a, b) => a - b).join(",")}&step=${step}&at=${at}`;
}

// Where a number comes from that is not finite, in words: what nn.fit tells when it ends a training.

import { format } from "../../state/numbers.js";
import { ofRow } from "./rows.js";

const GRADIENT = 1; // that a norm is clipped to, in the advice

/**
 * {what, where, advice} of a row whose loss is not finite, where `where` is {epoch, step, row, operation, layer, node,
 * isBackward}: `layer` are the module calls around the operation, and `row` is the place among the training rows.
 */
export function spoiledForward(trainer, row, loss) {
  const { network, parameters, data, targets } = trainer;
  const interpreter = ofRow(network, parameters, data.train.X[row], targets.train[row]);
  const node = liveNodes(network, interpreter).find((each) => !Number.isFinite(interpreter.data[each]));
  const found = node === undefined ? null : { node, text: valueInWords(network, interpreter, node), isBackward: false };
  return told(trainer, row, `the loss of a row is ${format(loss)}`, found);
}

/** The same of a step after which a parameter is not finite: from the parameters `before`, by the rows `which`. */
export function spoiledBackward(trainer, before, which) {
  const { network, data, targets } = trainer;
  for (const row of which) {
    const interpreter = ofRow(network, before, data.train.X[row], targets.train[row]);
    interpreter.backward();
    const found = firstSpoiledFlow(network, interpreter);
    if (found) return told(trainer, row, "a parameter is not finite", found);
  }
  return told(trainer, which[0], "a parameter is not finite: the step was too large", null);
}

function told(trainer, row, became, found) {
  const { network, epochs, steps, settings } = trainer;
  const path = found ? network.path(found.node) : [];
  const where = {
    epoch: epochs + 1,
    step: steps + 1,
    row,
    operation: found ? network.rules[network.graph.operation[found.node]].name : null,
    layer: path.join(" / "),
    node: found ? found.node : null,
    isBackward: Boolean(found?.isBackward),
  };
  const origin = found ? `: ${found.text}${path.length ? ` in ${where.layer}` : ""}` : "";
  return { what: `${became}${origin}`, where, advice: advice(settings) };
}

function advice({ lr, clipNorm }) {
  const found = [`lower the learning rate: it is ${format(lr)}`];
  if (!clipNorm) found.push(`clip the gradient, to a norm of ${GRADIENT}, say`);
  else if (clipNorm > GRADIENT) found.push(`clip the gradient to a smaller norm: it is ${format(clipNorm)}`);
  return found;
}

/** The nodes that the root depends on, each after its operands: not what only a branch uses that was not taken. */
function liveNodes(network, interpreter) {
  const { operands, starts, operation } = network.graph;
  const lives = new Uint8Array(operation.length);
  lives[network.root] = 1;
  for (let node = network.root; node >= 0; node--) {
    for (let i = starts[node]; lives[node] && i < starts[node + 1]; i++) {
      if (interpreter.hasEdge(node, i)) lives[operands[i]] = 1;
    }
  }
  return [...lives.keys()].filter((node) => lives[node]);
}

/** The first number on the way back to the parameters that is not finite: what flows along an edge, or a sum of such. */
function firstSpoiledFlow(network, interpreter) {
  const { operands, starts, leaves } = network.graph;
  const { gradient, partials } = interpreter;
  const { learning } = network;
  for (let node = network.root; node >= leaves.length; node--) {
    if (!learning[node]) continue;
    if (!Number.isFinite(gradient[node])) {
      const text = `the gradient of ${callInWords(network, interpreter, node)} sums up to ${format(gradient[node])}`;
      return { node, text, isBackward: true };
    }
    for (let i = starts[node]; i < starts[node + 1]; i++) {
      const flow = interpreter.flow(node, i);
      if (flow === null || !learning[operands[i]] || Number.isFinite(flow)) continue;
      const which = starts[node + 1] - starts[node] > 1 ? ` by its operand ${i - starts[node] + 1}` : "";
      const text = `the derivative of ${callInWords(network, interpreter, node)}${which} is ${format(partials[i])}`;
      return { node, text, isBackward: true };
    }
  }
  return null;
}

function valueInWords(network, interpreter, node) {
  const number = format(interpreter.data[node]);
  const place = network.parameters.indexOf(node);
  if (place >= 0) return `the parameter ${network.labels[node]} is ${number}`;
  if (node < network.graph.leaves.length) return `${network.labels[node] || "a number"} is ${number}`;
  return `${callInWords(network, interpreter, node)} is ${number}`;
}

/** An operation with the numbers of its operands: "log(0)", "1 / 0". */
function callInWords({ graph, rules }, { data }, node) {
  const { symbol } = rules[graph.operation[node]];
  const operands = graph.operands.subarray(graph.starts[node], graph.starts[node + 1]);
  const numbers = Array.from(operands.subarray(0, 4), (operand) => format(data[operand]));
  if (operands.length > 4) numbers.push("…");
  const isCalled = /^\w+$/.test(symbol);
  return numbers.length === 2 && !isCalled ? numbers.join(` ${symbol} `) : `${symbol}(${numbers.join(", ")})`;
}

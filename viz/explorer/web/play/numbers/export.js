// A training as a program, with all its numbers: in Python with glassgrad's nn, or with PyTorch.

import { counted } from "../../state/texts.js";

const FEWEST_STEPS = 100; // that a program takes at least
const MOST_EPOCHS = 10_000; // where their orders need no room
const MOST_PLACES = 50_000; // of rows in the orders of its epochs: there are not more of these than so many rows allow

const EPOCH_END = `    print(f"epoch {epoch}: loss {total / len(order)}")
`;

// What each optimizer is called, in nn and in torch.optim, and which of the settings it takes.
const OPTIMIZER_CALLS = {
  sgd: ["SGD", "lr", "momentum", "nesterov", "weightDecay"],
  rmsprop: ["RMSprop", "lr", "alpha", "eps", "momentum", "weightDecay"],
  adam: ["Adam", "lr", "betas", "eps", "weightDecay"],
  adamw: ["AdamW", "lr", "betas", "eps", "weightDecay"],
};
const TORCH_ACTIVATIONS = {
  linear: null,
  sigmoid: "nn.Sigmoid()",
  tanh: "nn.Tanh()",
  relu: "nn.ReLU()",
  leaky_relu: "nn.LeakyReLU()",
  elu: "nn.ELU()",
  gelu: "nn.GELU()",
  silu: "nn.SiLU()",
  softplus: "nn.Softplus(threshold=40)", // by default it is x itself from 20 on, where ln(1 + eˣ) is 2e-9 more
  step: "Step()",
  softmax: "nn.Softmax(dim=1)",
};
const TORCH_STEP = `class Step(nn.Module):
    def forward(self, x):
        return (x > 0) + 0 * x  # with a derivative, which is 0


`;
const TORCH_LOSSES = {
  mse: "nn.functional.mse_loss(output, target)",
  sse: "nn.functional.mse_loss(output, target, reduction='sum') / len(target)",
  l1: "nn.functional.l1_loss(output, target)",
  huber: "nn.functional.huber_loss(output, target)",
  hinge: "(1 - target * output).relu().mean()",
  binary_cross_entropy: "-(target * log(output) + (1 - target) * log(1 - output)).mean()",
  binary_cross_entropy_with_logits: "nn.functional.binary_cross_entropy_with_logits(output, target)",
  categorical_cross_entropy: "nn.functional.nll_loss(log(output), target)",
  cross_entropy: "nn.functional.cross_entropy(output, target)",
};
const TORCH_LOG = `def log(p):  # -100 of what is 0, or nearly, and without a gradient there
    is_lost = p <= 2.0**-126
    return torch.where(is_lost, -100.0, torch.where(is_lost, 1.0, p).log())


`;

/** The training of a Trainer as a program in Python: it prints the loss of each step, the same as here. */
export function asPython(trainer) {
  const { network, settings } = trainer;
  const { inputs, activation, output } = network.spec;
  const [optimizer] = OPTIMIZER_CALLS[settings.optimizer];
  const loss = network.loss.scope;
  const names = ["MLP", optimizer, ...(settings.clipNorm ? ["clip_grad_norm_"] : []), loss];
  const plan = planOf(trainer);
  const { l1, l2, clipNorm } = settings;
  const change = [];
  if (l1 || l2) change.push(`optimizer.add_penalty_gradient(l1=${l1}, l2=${l2})  # of l1·Σ|θ| + l2·Σθ²`);
  if (clipNorm) change.push(`clip_grad_norm_(optimizer, ${clipNorm})`);
  return `${about("Python", plan)}

import numpy as np

import autograd
from nn import ${names.join(", ")}

X = np.array(${matrix(trainer.data.train.X)})
targets = np.array(${listOf(flattened(trainer.targets.train).map(literal))})
parameters = ${listOf(Array.from(plan.parameters, literal))}  # of each neuron w1, w2, ..., b
${ordersOf(plan)}

model = MLP(${inputs}, [${network.sizes.join(", ")}], ${quote(activation)}, ${quote(output)})
for parameter, number in zip(model.parameters(), parameters, strict=True):
    parameter.data = number
optimizer = ${optimizerCall(settings)}


@autograd.compile
def loss(x, target):  # of one row
    return ${loss}(model(x), target)


${stepsOf(plan)}
        optimizer.zero_grad()
        losses = loss.backward(X[rows], targets[rows])  # the gradient of their mean is in .grad
${change.map((line) => `        ${line}\n`).join("")}        optimizer.step()
        step += 1
        print(f"step {step}: loss {losses.mean()}")
        total += losses.sum()
${EPOCH_END}`;
}

/** The same with PyTorch alone. */
export function asPyTorch(trainer) {
  const { network, settings } = trainer;
  const plan = planOf(trainer);
  const { loss: lossName } = network.spec;
  const calls = torchLayers(network);
  const loss = knownInTorch(TORCH_LOSSES, lossName);
  const isClass = network.loss.targets === "class";
  const targets = trainer.targets.train;
  const { l1, l2, clipNorm } = settings;
  const penalties = [];
  if (l1) penalties.push(`${l1} * sum(p.abs().sum() for p in model.parameters())`);
  if (l2) penalties.push(`${l2} * sum((p * p).sum() for p in model.parameters())`);
  const penalty = penalties.length ? `        penalty = ${penalties.join(" + ")}\n` : "";
  const clip = clipNorm ? `        nn.utils.clip_grad_norm_(model.parameters(), ${clipNorm})\n` : "";
  const helpers = [...(calls.includes("Step()") ? [TORCH_STEP] : []), ...(loss.includes("log(") ? [TORCH_LOG] : [])];
  return `${about("PyTorch", plan)}

import torch
from torch import nn

torch.set_default_dtype(torch.float64)

X = torch.tensor(${matrix(trainer.data.train.X)})
targets = torch.tensor(${isClass ? listOf(targets.map(([each]) => each)) : matrix(targets)})
parameters = [  # of each layer its weights, a row for each neuron, and its biases
${layersOf(network, plan.parameters)}]
${ordersOf(plan)}


${helpers.join("")}model = nn.Sequential(${calls.join(", ")})
with torch.no_grad():
    layers = [each for each in model if isinstance(each, nn.Linear)]
    for layer, (weights, biases) in zip(layers, parameters, strict=True):
        layer.weight.copy_(torch.tensor(weights))
        layer.bias.copy_(torch.tensor(biases))
optimizer = torch.optim.${optimizerCall(settings)}

${stepsOf(plan)}
        optimizer.zero_grad()
        output, target = model(X[rows]), targets[rows]
        loss = ${loss}
${penalty}        ${penalty ? "(loss + penalty)" : "loss"}.backward()
${clip}        optimizer.step()
        step += 1
        print(f"step {step}: loss {loss.item()}")
        total += loss.item() * len(rows)
${EPOCH_END}`;
}

// ----------------------------------------------------------------------------------------------------- what is trained

/** From where the training begins, and in which order of the rows: {parameters, orders, size, rows, first, trained, isBegun}.
 *  What was only opened or changed so far begins as it is, what was trained at its beginning, and goes on as far as it is. */
function planOf(trainer) {
  const rows = trainer.data.train.X.length;
  const size = trainer.settings.batchSize ? Math.min(trainer.settings.batchSize, rows) : rows;
  const [parameters, first] = trainer.steps ? [trainer.initial, 0] : [trainer.parameters, trainer.epochs];
  const trained = trainer.epochs - first;
  const wanted = trained || Math.ceil(FEWEST_STEPS / Math.ceil(rows / size));
  const most = size === rows ? MOST_EPOCHS : Math.max(1, Math.floor(MOST_PLACES / rows));
  const epochs = Math.min(wanted, most);
  const orders = Array.from({ length: epochs }, (_, i) => trainer.orderOf(first + i));
  return { parameters, orders, size, rows, first, trained, isBegun: trainer.steps > 0 };
}

/** What a program does, for who reads it; and what it does not know. */
function about(language, { orders, rows, size, first, trained, isBegun }) {
  const count = orders.length;
  const batch = size === rows ? "all in one step" : `${size} in a step`;
  const last = first + count;
  const which = !trained
    ? `from ${isBegun ? "its first weights" : "the weights that it has now"}, the page's epochs ${first + 1} to ${last}`
    : count < trained
      ? `from its first weights, the first ${count.toLocaleString("en")} of the ${counted(trained, "epoch")} that the page has trained`
      : `from its first weights, the ${counted(trained, "epoch")} that the page has trained`;
  return `"""A training of glassgrad's playground, in ${language}: ${counted(count, "epoch")} of ${counted(rows, "row")}, ${batch}.

These are ${counted(count * Math.ceil(rows / size), "step")}: ${which}.
It prints the loss of each step, the mean over its rows, and of each epoch the mean over all rows as they were
predicted in its steps: the page's train loss. What it does not know: settings or weights that were changed during the
training, steps of single rows, and what an optimizer in Python had gathered before. It has the settings as they are.
"""`;
}

function ordersOf({ orders, rows, size }) {
  if (size === rows) return `orders = [list(range(${rows}))] * ${orders.length}  # of the rows, in each epoch`;
  return `orders = [  # of the rows, in each epoch\n${orders.map((order) => `    [${order.join(", ")}],\n`).join("")}]`;
}

function stepsOf({ size, first }) {
  return `step = 0
for epoch, order in enumerate(orders, ${first + 1}):
    total = 0.0
    for first in range(0, len(order), ${size}):
        rows = order[first : first + ${size}]`;
}

function optimizerCall(settings) {
  const [name, ...taken] = OPTIMIZER_CALLS[settings.optimizer];
  const given = taken.filter((each) => each !== "nesterov" || (settings.nesterov && settings.momentum));
  const arguments_ = given.map((each) => `${snake(each)}=${argument(settings[each])}`);
  return `${name}(model.parameters(), ${arguments_.join(", ")})`;
}

function torchLayers({ spec: { inputs, activation, output }, sizes }) {
  return sizes.flatMap((size, i) => {
    const call = knownInTorch(TORCH_ACTIVATIONS, i === sizes.length - 1 ? output : activation);
    return [`nn.Linear(${i ? sizes[i - 1] : inputs}, ${size})`, ...(call ? [call] : [])];
  });
}

/** The parameters, which are neuron by neuron, as PyTorch has them. */
function layersOf({ neurons }, parameters) {
  let at = 0;
  const take = (count) => Array.from(parameters.subarray(at, (at += count)), literal);
  return neurons
    .map((layer) => {
      const rows = layer.map(({ weights }) => ({ weights: take(weights.length), bias: take(1) }));
      const biases = rows.flatMap(({ bias }) => bias);
      return `    ([${rows.map(({ weights }) => listOf(weights)).join(", ")}], ${listOf(biases)}),\n`;
    })
    .join("");
}

function knownInTorch(table, name) {
  if (Object.hasOwn(table, name)) return table[name];
  throw new RangeError(`${name} is not known in PyTorch`);
}

// ------------------------------------------------------------------------------------------------------------- writing

const quote = (name) => `"${name}"`;
const listOf = (texts) => `[${texts.join(", ")}]`;
const matrix = (rows) => `[\n${rows.map((row) => `    ${listOf(Array.from(row, literal))},\n`).join("")}]`;
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Targets of one number each as a list of numbers, others as they are. */
function flattened(rows) {
  return rows.length && rows[0].length > 1 ? rows : rows.map(([each]) => each);
}

/** A number as Python's float, with all its digits; a list of numbers as a list. */
function literal(x) {
  if (Array.isArray(x)) return listOf(x.map(literal));
  if (!Number.isFinite(x)) return `float("${Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf"}")`;
  const text = String(x);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function argument(setting) {
  if (Array.isArray(setting)) return `(${setting.join(", ")})`;
  return typeof setting === "boolean" ? (setting ? "True" : "False") : String(setting);
}

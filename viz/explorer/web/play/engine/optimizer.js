// A step of nn.fit: penalties and clipping change the gradient, then the update of the book moves the parameters.

const MORE = 1e-6; // than the norm of a gradient, in nn's clip_grad_norm_

// The plain numbers of the updates, from the settings and the count of steps, as nn's optimizers have them.
const NUMBERS = {
  lr: ({ lr }) => lr,
  momentum: ({ momentum }) => momentum,
  nesterov: ({ nesterov }) => Number(nesterov),
  alpha: ({ alpha }) => alpha,
  eps: ({ eps }) => eps,
  weight_decay: ({ weightDecay }) => weightDecay,
  beta1: ({ betas }) => betas[0],
  beta2: ({ betas }) => betas[1],
  step_size: ({ lr, betas }, steps) => lr / (1 - betas[0] ** steps),
  correction: ({ betas }, steps) => Math.sqrt(1 - betas[1] ** steps),
  decay: ({ lr, weightDecay }) => lr * weightDecay,
};

/** steps: how many were taken. */
export class Optimizer {
  #updates;
  #settings;
  #arrays; // by name, those that the update moves beside the gradient and the parameters

  /** `updates` are those that Python has written, UPDATES; `count` is how many parameters there are. */
  constructor(updates, settings, count) {
    this.#updates = updates;
    this.steps = 0;
    this.#settings = settings;
    this.#begin(count);
  }

  get name() {
    return this.#settings.optimizer;
  }

  /** Go on with these settings; what another optimizer has gathered is forgotten. */
  use(settings, count) {
    const isOther = settings.optimizer !== this.name;
    this.#settings = settings;
    if (isOther) this.#begin(count);
  }

  #begin(count) {
    if (!Object.hasOwn(this.#updates, this.name)) throw new RangeError(`there is no optimizer ${this.name}`);
    const [, , ...names] = this.#updates[this.name].arrays;
    this.#arrays = Object.fromEntries(names.map((name) => [name, new Float64Array(count)]));
    this.steps = 0;
  }

  /** Move the parameters by the gradient of the mean loss, which is changed, too. */
  step(parameters, gradient) {
    const { l1, l2, clipNorm } = this.#settings;
    if (l1 || l2) this.#updates.penalty.move(parameters.length, [parameters, gradient], [l1, l2]);
    if (clipNorm) clip(gradient, clipNorm);
    this.steps += 1;
    const { numbers, move } = this.#updates[this.name];
    const given = numbers.map((name) => NUMBERS[name](this.#settings, this.steps));
    move(parameters.length, [gradient, parameters, ...Object.values(this.#arrays)], given);
  }

  /** All that the next steps depend on beside the settings, under nn's names: {optimizer, steps, velocity: […], …}. */
  state() {
    const arrays = Object.entries(this.#arrays).map(([name, array]) => [name, [...array]]);
    return { optimizer: this.name, steps: this.steps, ...Object.fromEntries(arrays) };
  }

  /** Go on from such a state. Throws a RangeError where it is of another optimizer, or of other parameters. */
  restore(state) {
    if (state.optimizer !== this.name) throw new RangeError(`a state of ${state.optimizer} is none of ${this.name}`);
    for (const [name, array] of Object.entries(this.#arrays)) {
      if (state[name]?.length !== array.length) throw new RangeError(`${name} must have ${array.length} numbers`);
    }
    for (const [name, array] of Object.entries(this.#arrays)) array.set(state[name]);
    this.steps = state.steps;
  }
}

/** l1·Σ|θ| + l2·Σθ² */
export function penaltyOf(parameters, { l1, l2 }) {
  let [sizes, squares] = [0, 0];
  for (const number of parameters) {
    sizes += Math.abs(number);
    squares += number * number;
  }
  return l1 * sizes + l2 * squares;
}

/** Where its norm is larger, bring the gradient down to the largest one that is allowed. */
function clip(gradient, largest) {
  let unit = 0; // in which no square is too large or too small for a float
  for (const number of gradient) unit = Math.max(unit, Math.abs(number));
  if (!(unit > 0 && unit < Infinity)) unit = 1;
  let squares = 0;
  for (const number of gradient) squares += (number / unit) ** 2;
  const norm = unit * Math.sqrt(squares);
  if (norm + MORE <= largest) return;
  const factor = largest / (norm + MORE);
  for (let i = 0; i < gradient.length; i++) gradient[i] *= factor;
}

// Weights that were changed by hand, to be taken back one change after the other, until the network learns on.

export class WeightChanges {
  constructor() {
    this.done = [];
  }

  /**
   * Give parameters other numbers: [[index, number], …]. With `merge` a change of the same parameter as the latest, `by`
   * the same part of the page, is taken back together with it; one that is taken back there is gone here, too.
   */
  make(trainer, pairs, { by, merge = false }) {
    if (!this.has(trainer)) this.done = [];
    const before = pairs.map(([index]) => [index, trainer.parameters[index]]);
    if (areSame(before, pairs)) return;
    setAll(trainer, pairs);
    const latest = this.done[this.done.length - 1];
    const isOne = latest?.before.length === 1 && pairs.length === 1;
    if (latest && areSame(latest.before, pairs)) this.done.pop();
    else if (!merge || !isOne || latest.by !== by || latest.before[0][0] !== pairs[0][0])
      this.done.push({ trainer, steps: trainer.steps, by, before });
  }

  /** Whether there is a change since the network has learnt the last time. */
  has(trainer) {
    const latest = this.done[this.done.length - 1];
    return latest?.trainer === trainer && latest.steps === trainer.steps;
  }

  /** Gives the numbers that the parameters have again, null where there is no change. */
  takeBack(trainer) {
    if (!this.has(trainer)) return null;
    const { before } = this.done.pop();
    setAll(trainer, before);
    return before;
  }
}

function setAll(trainer, pairs) {
  for (const [index, number] of pairs) trainer.set(index, number);
}

function areSame(pairs, others) {
  const numbers = new Map(others);
  return pairs.length === others.length && pairs.every(([index, number]) => Object.is(numbers.get(index), number));
}

// A training that goes on, though its rows are others.

/** Whether `trainer`, which begins with the weights of the one before, goes on from there: its epochs, its curve. */
export function goOnFrom(trainer, before) {
  const [now, then] = [trainer.parameters, before.parameters];
  const isSame = now.length === then.length && now.every((number, i) => Object.is(number, then[i]));
  if (trainer === before || !before.steps || !isSame) return false;
  trainer.restore({ ...before.state(), position: 0, sums: undefined });
  trainer.initial = before.initial;
  return true;
}

// Targets as a loss takes them, and the classes that outputs stand for, as nn.fit has both.

/**
 * A list of numbers for each target, which is the number of a class, or what is to be predicted: a number, or a list.
 * Of a class it has a number for each output: 0, or -1, but 1 for that class, and a single output is of class 1.
 */
export function codedTargets(network, y) {
  const { targets } = network.loss;
  const outputs = network.outputs.length;
  const low = targets === "-1 or 1" ? -1 : 0;
  const classes = outputs === 1 ? [1] : Array.from({ length: outputs }, (_, k) => k);
  return y.map((each) => {
    if (Array.isArray(each)) return each;
    if (targets === "class" || (targets === "numbers" && outputs === 1)) return [each];
    return classes.map((own) => (own === each ? 1 : low));
  });
}

/** The class that outputs stand for, a number for each: the largest; of one, 1 above what lies between the classes. */
export function classOf(network, outputs) {
  if (outputs.length === 1) return outputs[0] > network.loss.threshold ? 1 : 0;
  let largest = 0;
  for (let k = 1; k < outputs.length; k++) if (outputs[k] > outputs[largest]) largest = k;
  return largest;
}

// Five lessons: each a setting to train with, a question, what to look at (`at` is that part of the page; the losses may
// have a logarithmic scale), and what to try then.

// prettier-ignore
const PLAIN = {
  rows: 300, noise: 0.1, dataSeed: 0, testShare: 0.25, output: null, init: null, seed: 0, momentum: 0, nesterov: false,
  weightDecay: 0, l1: 0, l2: 0, clipNorm: 0, batchSize: 16, shuffleSeed: 0,
};
const TWO = "binary_cross_entropy_with_logits";

export const LESSONS = [
  {
    name: "xor",
    at: "plane",
    title: "Why can one layer not do XOR?",
    question: "Without a hidden layer the network is one neuron: w1·x1 + w2·x2 + b. Can it tell two classes apart?",
    look:
      "Train. The black line between blue and orange is straight, whatever the weights; it wanders, or leaves the " +
      "plane. The loss stays near ln 2 ≈ 0.693: no better than guessing.",
    settings: {
      ...PLAIN,
      data: "xor",
      noise: 0,
      layers: [],
      activation: "tanh",
      loss: TWO,
      optimizer: "adam",
      lr: 0.03,
    },
    then:
      "One hidden layer of four neurons draws four lines, and the last layer puts them together. Look at the " +
      "small pictures of the neurons: each has one line.",
    thenWords: "With a hidden layer",
    thenSettings: { layers: [4] },
  },
  {
    name: "dead",
    at: "picture",
    title: "What is a dead relu?",
    question:
      "relu gives 0 for every input below 0, and its derivative is 0 there. What becomes of a neuron that is " +
      "below 0 for all rows?",
    look:
      "Train. The rate is large: steps throw neurons far below 0. Their pictures are blank and their frames " +
      "dashed: they give 0 everywhere, get no gradient, and never come back. When all of a layer are dead, " +
      "nothing before it learns any more.",
    settings: { ...PLAIN, data: "xor", layers: [6, 6], activation: "relu", loss: TWO, optimizer: "sgd", lr: 3 },
    then:
      "The same weights and the same rate, but leaky_relu lets a hundredth through below 0: there is a gradient, " +
      "and a way back. It learns, if not smoothly: a lower rate would be better still.",
    thenWords: "With leaky_relu",
    thenSettings: { activation: "leaky_relu" },
  },
  {
    name: "rate",
    isLogarithmic: true,
    at: "chart",
    title: "What does too large a rate do?",
    question: "A step goes along the gradient at one place. What happens when it is longer than the slope is straight?",
    look:
      "Train. Each step jumps over the valley, to a steeper place: the loss grows (its scale is logarithmic here), and so does the " +
      "gradient, until a number is infinite. The page says where that comes from, and has gone back to where the epoch " +
      "began.",
    settings: { ...PLAIN, data: "wave", layers: [4], activation: "tanh", loss: "mse", optimizer: "sgd", lr: 1.2 },
    then: "With a twelfth of that rate, the steps go down.",
    thenWords: "With a rate of 0.1",
    thenSettings: { lr: 0.1 },
  },
  {
    name: "vanishing",
    at: "picture",
    title: "Why do six sigmoid layers not learn?",
    question:
      "The derivative of a sigmoid is at most 1/4. What is left of a gradient that goes back through six of them?",
    look:
      "Train, and look at the bars below the network: from layer to layer, going left, the gradient is " +
      "several times smaller. The loss stays near 0.693.",
    settings: {
      ...PLAIN,
      data: "moons",
      layers: [4, 4, 4, 4, 4, 4],
      activation: "sigmoid",
      loss: TWO,
      optimizer: "sgd",
      lr: 0.05,
      clipNorm: 1, // without it tanh is thrown back to guessing now and then
    },
    then: "The derivative of tanh is 1 at 0: with it, the bars are nearly of one height, and the same network learns.",
    thenWords: "With tanh",
    thenSettings: { activation: "tanh" },
  },
  {
    name: "overfitting",
    at: "chart",
    title: "When does a network learn by heart?",
    question:
      "A few noisy rows, and a network with far more weights than rows. Does a train loss near 0 mean that it has" +
      " understood?",
    look:
      "Train for some hundred epochs. The train loss goes to 0, the dashed test loss turns and climbs: the border" +
      " bends around single rows.",
    settings: {
      ...PLAIN,
      data: "moons",
      rows: 80,
      noise: 0.3,
      testShare: 0.5,
      layers: [8, 8, 8],
      activation: "tanh",
      loss: TWO,
      optimizer: "adam",
      lr: 0.03,
    },
    then:
      "A penalty on the size of the weights (L2) keeps the border smooth: the train loss stays near 0.3, but the " +
      "test loss stays near 0.4, where it went above 2 before.",
    thenWords: "With an L2 penalty",
    thenSettings: { l2: 0.02 },
  },
];

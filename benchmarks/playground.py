"""How long a frame of the playground computes, without what it draws: `python -m benchmarks.playground` prints JSON.

A frame is an epoch over 500 rows by a network of 8, 8 and 8 neurons, and all that it shows: the response of each hidden
neuron on 24 × 24 points of the plane, and that of the network on 60 × 60. It runs in node, whose V8 is Chromium's.
Milliseconds of the processor, which other programs lengthen least, the median of many frames; a frame of 60 in a second
has 16.7 of them.
"""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import viz
from viz.play.whole import definitions

from .turns import QUICK

FRAMES = 30 if QUICK else 300
SCRIPT = """
import { Network } from "./play/engine/network.js";
import { Rows } from "./play/engine/rows.js";
import { Trainer } from "./play/engine/trainer.js";
import { DATASETS } from "./play/numbers/datasets.js";
import { RULES, TEMPLATES, UPDATES } from "./definitions.js";

const [activation, batchSize, frames] = JSON.parse(process.argv[2]);
const network = new Network({
  inputs: 2, layers: [8, 8, 8], outputs: 1, activation, output: "linear", loss: "binary_cross_entropy_with_logits",
}, RULES, TEMPLATES);
const train = DATASETS.moons.make({ rows: 500, noise: 0.1, seed: 0, classes: 2 });
const settings = {
  optimizer: "adam", lr: 0.01, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, l1: 0, l2: 0, clipNorm: 0, batchSize,
  shuffleSeed: 0, seed: 0, init: null,
};
const data = { train, test: { X: [], y: [] }, task: train.task };
const trainer = new Trainer(network, settings, data, { updates: UPDATES });
const plane = (n) => Array.from({ length: n * n }, (_, i) => [(i % n) / n, Math.floor(i / n) / n]);
const [coarse, fine] = [plane(24), plane(60)];
const hidden = network.neurons.slice(0, -1).flat().map(({ output }) => output);
const rows = new Rows(network);
const parts = [
  () => trainer.epoch(),
  () => rows.values(trainer.parameters, coarse, hidden),
  () => rows.values(trainer.parameters, fine, network.outputs),
];
const times = Array.from({ length: frames }, () => parts.map((part) => {
  const begun = process.cpuUsage().user;
  part();
  return (process.cpuUsage().user - begun) / 1000;
}));
const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const [epoch, responses, boundary] = parts.map((_, k) => median(times.map((frame) => frame[k])));
const frame = median(times.map((each) => each[0] + each[1] + each[2]));
console.log(JSON.stringify({ epoch, responses, boundary, frame }));
"""


def measure(activation: str, batch_size: int) -> dict[str, Any]:
    """Of the epoch, of the responses, of the boundary, and of all three; a batch_size of 0 is all rows."""
    node = shutil.which("node")
    if node is None:
        raise FileNotFoundError("this runs in node, which is not installed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "web"
        shutil.copytree(Path(viz.__file__).with_name("explorer") / "web", folder)
        (folder / "definitions.js").write_text("\n".join(f"export {each}" for each in definitions([1])), "utf-8")
        (folder / "frames.js").write_text(SCRIPT, "utf-8")
        (folder / "package.json").write_text('{"type": "module"}', "utf-8")
        given = json.dumps([activation, batch_size, FRAMES])
        ran = subprocess.run([node, folder / "frames.js", given], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


if __name__ == "__main__":
    for activation in ("tanh", "relu", "gelu"):
        for batch_size in (16, 0):
            print(
                json.dumps({"activation": activation, "batch": batch_size or "all"} | measure(activation, batch_size))
            )

"""Training by JAX in one process or in several, ours and by hand.

`python -m benchmarks.machines LIBRARY BATCH COUNT [INDEX PORT]` prints as JSON the seconds of each epoch, the first
with all that comes before it, and the mean loss of the last.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np

from .turns import QUICK, in_turns, spread

SIZES, RATE, BETAS, EPS = (784, 512, 256, 10), 0.001, (0.9, 0.999), 1e-8
BATCHES = {256: 80, 4_096: 6, 16_384: 2}  # rows: batches of an epoch
EPOCHS, ROUNDS = (2, 1) if QUICK else (3, 3)
WAYS = {"glassgrad": 'glassgrad, `backend="jax"`', "jax": "JAX, by hand"}

Training = Callable[[Callable[[], Any]], float]  # trains; told after each epoch; the mean loss in the last one


def data(batch: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    rows = batch * BATCHES[batch]
    return rng.random((rows, SIZES[0]), dtype="float32"), rng.integers(0, SIZES[-1], rows)


def by_glassgrad(batch: int) -> Training:
    from nn import MLP, Adam, fit

    X, y = data(batch)
    model = MLP(SIZES[0], SIZES[1:], activation="relu", seed=0)
    optimizer = Adam(model.parameters(), RATE, BETAS, EPS)

    def train(after_epoch: Callable[[], Any]) -> float:
        history = fit(
            model, X, y, loss="cross_entropy", optimizer=optimizer, epochs=EPOCHS, batch_size=batch, dtype="float32",
            backend="jax", callbacks=[lambda epoch, history: after_epoch()], seed=0, progress=False,
        )  # fmt: skip
        return history["loss"][-1]

    return train


def by_jax(batch: int) -> Training:
    """A mesh of all devices: parameters replicated, rows sharded, each process puts its own ones there."""
    import jax
    import jax.numpy as jnp
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    mesh = Mesh(np.array(jax.devices()), ("rows",))
    everywhere, spread_out = NamedSharding(mesh, PartitionSpec()), NamedSharding(mesh, PartitionSpec("rows"))
    rng = np.random.default_rng(0)
    layers = [
        (rng.normal(0.0, np.sqrt(2 / n), (n, m)).astype("float32"), np.zeros(m, "float32")) for n, m in pairwise(SIZES)
    ]
    X, y = data(batch)

    def mean_loss(layers: Any, x: Any, y: Any) -> Any:
        for w, b in layers[:-1]:
            x = jax.nn.relu(x @ w + b)
        w, b = layers[-1]
        return -jnp.take_along_axis(jax.nn.log_softmax(x @ w + b), y[:, None], axis=1).mean()

    def adam(state: Any, total: Any, x: Any, y: Any) -> Any:
        layers, means, squares, steps = state
        loss, gradient = jax.value_and_grad(mean_loss)(layers, x, y)
        steps, (beta, gamma) = steps + 1, BETAS
        means = jax.tree.map(lambda m, g: beta * m + (1 - beta) * g, means, gradient)
        squares = jax.tree.map(lambda v, g: gamma * v + (1 - gamma) * g * g, squares, gradient)
        of_mean, of_square = 1 / (1 - beta**steps), 1 / (1 - gamma**steps)
        layers = jax.tree.map(
            lambda p, m, v: p - RATE * (m * of_mean) / (jnp.sqrt(v * of_square) + EPS), layers, means, squares
        )
        return (layers, means, squares, steps), total + loss

    def train(after_epoch: Callable[[], Any]) -> float:
        step = jax.jit(adam, donate_argnums=(0, 1), out_shardings=everywhere)
        zeros = jax.tree.map(np.zeros_like, layers)
        state = jax.device_put((layers, zeros, zeros, np.float32(0.0)), everywhere)
        rng, count = np.random.default_rng(0), BATCHES[batch]
        size, index = batch // jax.process_count(), jax.process_index()
        for _ in range(EPOCHS):
            order, total = rng.permutation(len(X)), jax.device_put(np.float32(0.0), everywhere)
            for start in range(0, len(X), batch):
                places = order[start + index * size : start + (index + 1) * size]
                rows, targets = (jax.make_array_from_process_local_data(spread_out, each[places]) for each in (X, y))
                state, total = step(state, total, rows, targets)
            loss = float(np.asarray(total.addressable_data(0))) / count
            after_epoch()
        return loss

    return train


def measured(library: str, batch: int) -> dict[str, Any]:
    train = {"glassgrad": by_glassgrad, "jax": by_jax}[library](batch)
    import jax

    jax.devices()  # which takes both as long
    times = [time.perf_counter()]
    loss = train(lambda: times.append(time.perf_counter()))
    return {"seconds": np.diff(times).tolist(), "loss": loss}


def machines() -> str:
    """Data-parallel training in two processes, beside one with both cores."""
    lines = [
        "## Two processes\n",
        f"{'-'.join(map(str, SIZES))}, float32, cross-entropy, Adam, batches in a new order in each epoch, thousands "
        "of rows a second from the second epoch on: in one process with two cores, and in two of one core each, which "
        "share the rows of each batch. The first epoch counts from the call on, with tracing and compiling.\n",
        "| rows of a batch | | one process | two processes | first epoch of one | of two |",
        "|---:|---|---:|---:|---:|---:|",
    ]
    for batch in BATCHES:
        found: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for _ in in_turns(f"machines, {batch} rows", ROUNDS):
            for count in (1, 2):
                for library in WAYS:
                    found.setdefault((library, count), []).append(_run(library, batch, count))
        for library, name in WAYS.items():
            speeds, firsts = [], []
            for count in (1, 2):
                runs = found[library, count]
                rows = batch * BATCHES[batch] / 1e3
                speeds.append(spread([rows / median(run["seconds"][1:]) for run in runs], " · ", 1))
                firsts.append(f"{median(run['seconds'][0] for run in runs):.2f} s")
            lines.append(f"| {batch:,} | {name} | {' | '.join(speeds + firsts)} |")
        ratios = []
        for count in (1, 2):
            pairs = zip(found["jax", count], found["glassgrad", count], strict=True)
            ratios.append([median(a["seconds"][1:]) / median(b["seconds"][1:]) for a, b in pairs])
        lines.append(f"| | **ours beside by hand** | {' | '.join(f'{median(each):.2f} ×' for each in ratios)} | | |")
    return "\n".join(lines)


_ON = (  # these cores of the processor: see turns.python
    "import os, sys; os.sched_setaffinity(0, eval(sys.argv[1])); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
)


def _run(library: str, batch: int, count: int) -> dict[str, Any]:
    """What process 0 of so many measures, each on its own share of two cores."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cores = sorted(os.sched_getaffinity(0))[-2:]
    processes = []
    for index in range(count):
        own = cores if count == 1 else cores[index : index + 1]
        command = ["-m", "benchmarks.machines", library, f"{batch}", f"{count}", f"{index}", f"{port}"]
        processes.append(
            subprocess.Popen([sys.executable, "-c", _ON, f"{own}", *command], stdout=subprocess.PIPE, text=True)
        )
    outputs = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise SystemExit(f"{library} failed in {count} processes")
    found: dict[str, Any] = json.loads(outputs[0].splitlines()[-1])
    return found


if __name__ == "__main__":
    library, batch, count, *which = sys.argv[1:]
    if int(count) > 1:
        from nn.training.devices.processes import join

        join(f"127.0.0.1:{which[1]}", int(count), int(which[0]))
    print("\n" + json.dumps(measured(library, int(batch))))

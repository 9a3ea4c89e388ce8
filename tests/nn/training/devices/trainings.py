"""Programs of the tests: `python -m tests.nn.training.devices.trainings NAME …` trains, and prints JSON.

Devices of the CPU, and processes, must be there before JAX computes: so they are processes of their own.
"""

import json
import os
import sys

import numpy as np

RNG = np.random.default_rng(0)
X = RNG.normal(size=(21, 3))
LABELS = (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int) + (X[:, 2] > 1)


def trained(backend, devices=None, path=None, **options):
    """Weights and losses after three epochs of batches of 8, 8 and 5 rows."""
    from nn import MLP, CosineDecay, RMSprop, StandardScaler, fit

    model = MLP(3, [4, 3], "tanh", seed=1)
    model.scaler = StandardScaler().fit(X)
    optimizer = RMSprop(model.parameters(), CosineDecay(0.02, 9), momentum=0.5)
    options = {
        "epochs": 3, "batch_size": 8, "seed": 0, "metrics": ["accuracy"], "validation_data": (X[:7], LABELS[:7]),
        "l2": 0.01, "clip_norm": 0.5, **options,
    }  # fmt: skip
    history = fit(
        model, X, LABELS, loss="cross_entropy", optimizer=optimizer, backend=backend, devices=devices, progress=False,
        checkpoint=path, **options,
    )  # fmt: skip
    return [p.data for p in model.parameters()], dict(history)


def on_devices():
    """By eight devices of one process, and by some of them."""
    import jax

    both = {"one": trained("numpy"), "all": trained("jax", "all"), "three": trained("jax", jax.devices()[5:])}
    try:
        trained("jax", [jax.devices()[0]] * 2)
    except ValueError as error:
        both["twice"] = str(error)
    return both


def in_processes(count, index, port, folder):
    """By several processes: what is the same in all of them, and of two what is refused."""
    import nn.training.devices.rows as rows
    from nn.training.devices.processes import join

    join(f"127.0.0.1:{port}", count, index, wait=120)
    read = []
    original = rows.Rows.__getitem__
    rows.Rows.__getitem__ = lambda self, places: read.append(places) or original(self, places)
    path = os.path.join(folder, f"of-{index}")  # the others have none
    found = {"trained": trained("jax", path=path, epochs=2 if count == 2 else 3)}
    found["read"] = sum(len(places) for places in read if isinstance(places, np.ndarray))
    found["wrote"] = os.path.exists(path)
    if count == 2:
        found["without a seed"] = trained("jax", epochs=1, seed=None)
        for name, options in {
            "other seed": {"seed": index},
            "a bad setting": {"l2": -1.0 if index else 0.0},
            "a callback": {"callbacks": fails},
        }.items():
            try:
                trained("jax", epochs=1, **options)
            except Exception as error:  # noqa: BLE001  told
                found[name] = f"{type(error).__name__}: {error}"
    return found


def fails(epoch, history):
    import jax

    if jax.process_index() == 1:
        raise KeyError("of process 1")


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    if name == "devices":
        print(json.dumps(on_devices()))
    else:
        count, index, port, folder = arguments
        print("\n" + json.dumps(in_processes(int(count), int(index), int(port), folder)), flush=True)

"""A training step as one function of C, made for the sizes of a network: fused.c says how."""

import ctypes
import shutil
import subprocess
import sysconfig
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np

from .trainers import Problem, Trainer, by_numpy, flat_weights

SOURCE = Path(__file__).with_name("fused.c")
OPTIONS = ("-O3", "-march=native", "-ffast-math", "-shared", "-fPIC")


def compiler() -> str | None:
    """What has compiled Python, or else cc, if it is there."""
    return shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0]) or shutil.which("cc")


def by_c(problem: Problem) -> Trainer:
    flat, Y = flat_weights(problem), problem.Y.astype(float)
    gradient = np.empty_like(flat)
    step = _compiled(problem.sizes, problem.loss)
    arrays = [array.ctypes.data_as(ctypes.c_void_p) for array in (flat, gradient, problem.X, Y)]
    arguments = *arrays, ctypes.c_int(len(Y)), ctypes.c_double(problem.learning_rate)

    def descend(kept: tuple = (flat, gradient, Y)) -> None:  # C has their addresses only
        step(*arguments)

    return descend, by_numpy(problem, flat)[1]


def _compiled(sizes: tuple[int, ...], loss: str) -> ctypes._CFuncPtr:
    calls, start = [], 0
    for i, (n_in, n_out) in enumerate(pairwise(sizes)):
        forward = f"forward(a[{i}], w + {start}, a[{i + 1}], {n_in}, {n_out}, {int(i == len(sizes) - 2)});"
        backward = f"backward(a[{i}], w + {start}, d[{i + 1}], dw + {start}, d[{i}], {n_in}, {n_out}, {int(i == 0)});"
        calls.append((forward, backward))
        start += (n_in + 1) * n_out
    constants = {
        "LAYERS": len(sizes) - 1, "WIDEST": max(sizes), "INPUTS": sizes[0], "OUTPUTS": sizes[-1], "PARAMETERS": start,
        "FORWARD": " ".join(forward for forward, _ in calls),
        "BACKWARD": " ".join(backward for _, backward in reversed(calls)),
        "BY_SCORES": f"by_{loss}",
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "fused.so")
        definitions = [f"-D{name}={text}" for name, text in constants.items()]
        subprocess.run([compiler() or "cc", *OPTIONS, *definitions, SOURCE, "-o", library, "-lm"], check=True)
        return ctypes.CDLL(library).step

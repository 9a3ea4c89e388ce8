"""A training step as one function of C, made for the sizes of a network: fused.c says how."""

import ctypes
import shutil
import subprocess
import sysconfig
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np

from .problems import BETAS, EPS, Problem, flat_weights
from .trainers import Trainer, by_numpy

SOURCE = Path(__file__).with_name("fused.c")
OPTIONS = (
    "-O3",
    "-march=native",
    "-ffast-math",
    "-fPIC",
)  # of compiling: linked so, it would flush everybody's subnormals


def compiler() -> str | None:
    """What has compiled Python, or else cc, if it is there."""
    return shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0]) or shutil.which("cc")


def by_c(problem: Problem) -> Trainer:
    flat, Y = flat_weights(problem), problem.Y.astype(float)
    gradient = np.empty_like(flat)
    means = np.zeros((2, len(flat)))
    step = _compiled(problem)
    arrays = [array.ctypes.data_as(ctypes.c_void_p) for array in (flat, gradient, *means, problem.X, Y)]
    arguments = *arrays, ctypes.c_int(len(Y)), ctypes.c_double(problem.learning_rate)

    def move(kept: tuple = (flat, gradient, means, Y)) -> None:  # C has their addresses only
        step(*arguments)

    return move, by_numpy(problem, flat)[1]


def _compiled(problem: Problem) -> ctypes._CFuncPtr:
    sizes, calls, start = problem.sizes, [], 0
    for i, (n_in, n_out) in enumerate(pairwise(sizes)):
        forward = f"forward(a[{i}], w + {start}, a[{i + 1}], {n_in}, {n_out}, {int(i == len(sizes) - 2)});"
        backward = f"backward(a[{i}], w + {start}, d[{i + 1}], dw + {start}, d[{i}], {n_in}, {n_out}, {int(i == 0)});"
        calls.append((forward, backward))
        start += (n_in + 1) * n_out
    constants = {
        "LAYERS": len(sizes) - 1, "WIDEST": max(sizes), "INPUTS": sizes[0], "OUTPUTS": sizes[-1], "PARAMETERS": start,
        "FORWARD": " ".join(forward for forward, _ in calls),
        "BACKWARD": " ".join(backward for _, backward in reversed(calls)),
        "BY_SCORES": f"by_{problem.loss}", "MOVE": f"by_{problem.optimizer}", "BETA1": BETAS[0], "BETA2": BETAS[1],
        "EPS": EPS,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "fused.so")
        cc = compiler() or "cc"
        definitions = [f"-D{name}={text}" for name, text in constants.items()]
        subprocess.run([cc, *OPTIONS, *definitions, "-c", SOURCE, "-o", library.with_suffix(".o")], check=True)
        subprocess.run([cc, "-shared", library.with_suffix(".o"), "-o", library, "-lm"], check=True)
        return ctypes.CDLL(library).step

"""What `compile` finds in three functions: `make pictures` writes docs/how_it_works/programs.md.

Running it twice gives the same bytes; a test holds programs.md to what it gives.
"""

import inspect
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import nn
from autograd import Value, compile, relu, softmax, take
from nn.support.files import write_file

PAGE = Path(__file__).parents[1] / "how_it_works" / "programs.md"
RNG = Random(0)


def parameters(*shape: int) -> Any:
    """A (nested) list of small random Values."""
    if not shape:
        return Value(RNG.gauss(0.0, 0.1))
    return [parameters(*shape[1:]) for _ in range(shape[0])]


# ------------------------------------------------------------------------------- an MLP that reads digits

MODEL = nn.MLP(784, [128, 10], seed=0)


def mlp(x, y):
    return nn.cross_entropy(MODEL(x), y)


# ------------------------------------------------------------- a convolution over an 8×8 image, four channels

KERNELS, BIASES, HEAD = parameters(4, 3, 3), parameters(4), parameters(10, 4)


def convolution(image, y):
    channels = []
    for kernel, bias in zip(KERNELS, BIASES):
        pixels = [
            relu(sum(kernel[i][j] * image[row + i][column + j] for i in range(3) for j in range(3)) + bias)
            for row in range(6)
            for column in range(6)
        ]
        channels.append(sum(pixels) / len(pixels))
    return nn.cross_entropy([sum(w * c for w, c in zip(row, channels)) for row in HEAD], y)


# ------------------------------------- a small GPT: 27 tokens, 8 positions, 16 numbers for each, 4 attention heads

TOKENS, POSITIONS, SIZE, HEADS = 27, 8, 16, 4
WTE, WPE, LM_HEAD = parameters(TOKENS, SIZE), parameters(POSITIONS, SIZE), parameters(TOKENS, SIZE)
WQ, WK, WV, WO = (parameters(SIZE, SIZE) for _ in range(4))
UP, DOWN = parameters(4 * SIZE, SIZE), parameters(SIZE, 4 * SIZE)


def linear(w, x):
    return [sum(w_i * x_i for w_i, x_i in zip(row, x)) for row in w]


def rms_norm(x):
    scale = (sum(x_i * x_i for x_i in x) / len(x) + 1e-5) ** -0.5
    return [x_i * scale for x_i in x]


def gpt(tokens, next_tokens):
    keys, values, losses = [], [], []
    for position, (token, target) in enumerate(zip(tokens, next_tokens)):
        x = [take([row[i] for row in WTE], token) + WPE[position][i] for i in range(SIZE)]
        h = rms_norm(x)
        query, size = linear(WQ, h), SIZE // HEADS
        keys.append(linear(WK, h))
        values.append(linear(WV, h))
        attended = []
        for head in range(0, SIZE, size):
            part = range(head, head + size)
            weights = softmax([sum(query[i] * key[i] for i in part) / size**0.5 for key in keys])
            attended += [sum(w * value[i] for w, value in zip(weights, values)) for i in part]
        x = [a + b for a, b in zip(x, linear(WO, attended))]
        x = [a + b for a, b in zip(x, linear(DOWN, [relu(u) for u in linear(UP, rms_norm(x))]))]
        losses.append(nn.cross_entropy(linear(LM_HEAD, rms_norm(x)), target))
    return sum(losses) / len(losses)


EXAMPLES: list[tuple[str, Callable, list[Callable], list[np.ndarray]]] = [
    ("An MLP, 784-128-10", mlp, [mlp], [np.zeros((128, 784)), np.zeros(128)]),
    ("A convolution", convolution, [convolution], [np.zeros((128, 8, 8)), np.zeros(128)]),
    ("A small GPT", gpt, [linear, rms_norm, gpt], [np.zeros((128, 8)), np.zeros((128, 8))]),
]


def page() -> str:
    """The functions, and what became of them."""
    parts = [
        "# What compile finds\n\nWritten by `make pictures` from [programs.py](../scripts/programs.py): three "
        "functions of one row in scalars, and the array operations that became of them. B is the number of rows."
    ]
    for title, f, sources, data in EXAMPLES:
        loss = compile(f, backend="numpy")  # of which the page says nothing: it is the same for all
        loss.backward(*data)
        code = "\n\n".join(inspect.getsource(source).rstrip() for source in sources)
        parts.append(f"## {title}\n\n```python\n{code}\n```\n\n```text\n{loss.explain()}\n```")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    write_file(PAGE, page())

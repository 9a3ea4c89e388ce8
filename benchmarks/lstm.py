"""Two cells of long short-term memory predict the next character, as in ADBench, where weights are no matrices.

    forget = σ(x·w₁ + b₁)    enter = σ(h·w₂ + b₂)    leave = σ(x·w₃ + b₃)    change = tanh(h·w₄ + b₄)
    c ← c·forget + enter·change    h ← leave·tanh c

number by number, 14 in each: x is the character, one-hot, times weights, then the first cell's h. The last h, times
weights, with biases, are the logits z; the loss is the mean of -[next character]·(z - ln(2 + Σeᶻ)) over all numbers. A
row is a text.

Šrajer, Kukelova, Fitzgibbon: "A Benchmark of Selected Algorithmic Differentiation Tools on Some Problems in Computer
Vision and Machine Learning" (2018).
"""

from functools import partial
from typing import Any

import numpy as np

from .recurrence import BY_HAND as LOOPS
from .recurrence import Recurrence, recurrence
from .shells import differentiated_by_jax
from .tracers import Gradient

WIDTH, CELLS = 14, 2  # as many kinds of characters as a cell is wide
OF_A_CELL = 8 * WIDTH  # four weights and four biases


def lstm(characters: int, rows: int) -> Recurrence:
    rng = np.random.default_rng(0)
    texts = np.eye(WIDTH)[rng.integers(0, WIDTH, (rows, characters))].reshape(rows, -1)
    parameters = rng.uniform(-1.0, 1.0, CELLS * OF_A_CELL + 3 * WIDTH).tolist()
    count = (characters - 1) * WIDTH
    begin = partial(_begin, count)
    return recurrence(parameters, texts, characters - 1, begin, _turn, lambda state: state[-1] * (-1.0 / count))


def _begin(count: int, text: Any, parameters: Any) -> tuple[Any, Any, Any]:
    """The state: h and c of each cell, and the sum that is the loss. The series: this character, the next one."""
    this = [text[j:count:WIDTH] for j in range(WIDTH)]
    following = [text[j::WIDTH] for j in range(WIDTH, 2 * WIDTH)]
    return [0.0] * (2 * CELLS * WIDTH + 1), this + following, parameters


def _turn(state: Any, characters: Any, parameters: Any, functions: Any) -> list[Any]:
    this, following = characters[:WIDTH], characters[WIDTH:]
    *cells, scales, weights, biases = _cut(parameters, [OF_A_CELL] * CELLS + [WIDTH] * 3)
    x, after = [a * b for a, b in zip(this, scales, strict=True)], []
    for k, of_cell in enumerate(cells):
        h, c = _cut(state[2 * WIDTH * k : 2 * WIDTH * (k + 1)], [WIDTH] * 2)
        h, c = _cell(x, h, c, _cut(of_cell, [WIDTH] * 8), functions)
        after += h + c
        x = h
    logits = [h * w + b for h, w, b in zip(x, weights, biases, strict=True)]
    most = functions.log(2.0 + sum(map(functions.exp, logits)))
    return [*after, state[-1] + sum(y * (z - most) for y, z in zip(following, logits, strict=True))]


def _cell(x: Any, h: Any, c: Any, of_gates: Any, functions: Any) -> tuple[list[Any], list[Any]]:
    sigmoid = getattr(functions, "sigmoid", lambda z: 1.0 / (1.0 + functions.exp(-z)))
    new_h, new_c = [], []
    for x_j, h_j, c_j, w1, w2, w3, w4, b1, b2, b3, b4 in zip(x, h, c, *of_gates, strict=True):
        forget, enter, leave = sigmoid(x_j * w1 + b1), sigmoid(h_j * w2 + b2), sigmoid(x_j * w3 + b3)
        new_c.append(c_j * forget + enter * functions.tanh(h_j * w4 + b4))
        new_h.append(leave * functions.tanh(new_c[-1]))
    return new_h, new_c


def _cut(numbers: Any, lengths: list[int]) -> list[Any]:
    pieces, start = [], 0
    for length in lengths:
        pieces.append(numbers[start : start + length])
        start += length
    return pieces


def by_jax(problem: Recurrence) -> Gradient:
    """A scan over the characters, whose state are arrays."""
    import jax
    import jax.numpy as jnp

    def loss(parameters: Any, text: Any) -> Any:
        cells = parameters[: CELLS * OF_A_CELL].reshape(CELLS, 8, WIDTH)
        scales, weights, biases = parameters[CELLS * OF_A_CELL :].reshape(3, WIDTH)

        def turn(states: Any, characters: Any) -> Any:
            this, following = characters
            x, after = this * scales, []
            for (w1, w2, w3, w4, b1, b2, b3, b4), (h, old) in zip(cells, states, strict=True):
                forget, enter, leave = (jax.nn.sigmoid(z) for z in (x * w1 + b1, h * w2 + b2, x * w3 + b3))
                c = old * forget + enter * jnp.tanh(h * w4 + b4)
                x = leave * jnp.tanh(c)
                after.append((x, c))
            logits = x * weights + biases
            return after, (following * (logits - jnp.log(2.0 + jnp.exp(logits).sum()))).sum()

        characters = text.reshape(-1, WIDTH)
        start = [(jnp.zeros(WIDTH), jnp.zeros(WIDTH)) for _ in range(CELLS)]
        _, sums = jax.lax.scan(turn, start, (characters[:-1], characters[1:]))
        return -sums.sum() / (problem.turns * WIDTH)

    def losses(parameters: Any, texts: Any) -> Any:
        return jax.vmap(loss, (None, 0))(parameters, texts)

    return differentiated_by_jax(losses, problem.parameters, problem.X)


BY_HAND = LOOPS | {"jax": by_jax}

"""The book of updates: how arrays of numbers move in a step, each formula once.

A formula is a function of a namespace `m` (`m.div(a, b)`, `m.sqrt(a)`, `m.sign(a)`), of arrays that are all of one
length, and of plain numbers, by name. It gives the new numbers of its last arrays. `if` asks plain numbers only.

With arrays of NumPy it is the update itself; with symbols, `rules_in_c/updates.py` reads what it computes, and writes
it as a loop in C, for every way through its branches. `sweeps.py` runs either, in one pass over memory. Both round
after every operation, in the order that stands here, so that they have the same bits.

What the hyperparameters mean stands in nn/optim/optimizers.py.
"""

from collections.abc import Callable
from typing import Any, NamedTuple


class Update(NamedTuple):
    """An entry of the book.

    Attributes:
        arrays, numbers: the names of what the formula takes, in order.
    """

    name: str
    formula: Callable[..., tuple]
    arrays: tuple[str, ...]
    numbers: tuple[str, ...]


UPDATES: dict[str, Update] = {}


def entered(formula: Callable[..., tuple]) -> Update:
    """The formula as an entry of the book."""
    code = formula.__code__
    arrays, end = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    names = code.co_varnames
    update = UPDATES[formula.__name__] = Update(formula.__name__, formula, names[1:arrays], names[arrays:end])
    return update


@entered
def sgd(
    m: Any, grad: Any, data: Any, velocity: Any, *, lr: Any, momentum: Any, nesterov: Any, weight_decay: Any
) -> tuple:
    if weight_decay:
        grad = grad + weight_decay * data
    if momentum:
        velocity = velocity * momentum + grad
        grad = grad + momentum * velocity if nesterov else velocity
    return data - grad * lr, velocity


@entered
def rmsprop(
    m: Any, grad: Any, data: Any, mean_square: Any, velocity: Any,
    *, lr: Any, alpha: Any, eps: Any, momentum: Any, weight_decay: Any,
) -> tuple:  # fmt: skip
    if weight_decay:
        grad = grad + weight_decay * data
    mean_square = mean_square * alpha + grad * grad * (1.0 - alpha)
    velocity = velocity * momentum + m.div(grad, m.sqrt(mean_square) + eps)
    return data - lr * velocity, mean_square, velocity


@entered
def adam(
    m: Any, grad: Any, data: Any, mean: Any, mean_square: Any,
    *, beta1: Any, beta2: Any, eps: Any, step_size: Any, correction: Any, weight_decay: Any,
) -> tuple:  # fmt: skip
    """step_size is lr / (1 - β₁ᵗ), correction √(1 - β₂ᵗ)."""
    if weight_decay:
        grad = grad + weight_decay * data
    mean = mean * beta1 + grad * (1.0 - beta1)
    mean_square = mean_square * beta2 + grad * grad * (1.0 - beta2)
    scale = m.div(m.sqrt(mean_square), correction) + eps
    return data - m.div(mean * step_size, scale), mean, mean_square


@entered
def adamw(
    m: Any, grad: Any, data: Any, mean: Any, mean_square: Any,
    *, beta1: Any, beta2: Any, eps: Any, step_size: Any, correction: Any, decay: Any,
) -> tuple:  # fmt: skip
    """decay is lr·weight_decay."""
    return adam.formula(
        m, grad, data * (1.0 - decay), mean, mean_square,
        beta1=beta1, beta2=beta2, eps=eps, step_size=step_size, correction=correction, weight_decay=0.0,
    )  # fmt: skip


@entered
def penalty(m: Any, data: Any, grad: Any, *, l1: Any, l2: Any) -> tuple:
    """The derivative of l1·Σ|θ| + l2·Σθ², added to the gradient."""
    return (grad + (l1 * m.sign(data) + (2.0 * l2) * data),)

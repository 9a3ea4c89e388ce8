"""Clipping: a gradient that is too large is made smaller before the step, so that one batch cannot throw all away."""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from math import inf, sqrt
from typing import Any

import numpy as np

from autograd import Value
from autograd.parameters import checked_leaves
from autograd.sweeps import sum_of_squares

from ..support.checks import check_number
from .optimizer import Optimizer

_MORE = 1e-6  # than the norm of a gradient
_FEWEST = 1e-280  # below, squares of what counts may have been lost


@np.errstate(all="ignore")
def clip_grad_norm_(parameters: Optimizer | Iterable[Value], max_norm: float) -> float:
    """Where the norm √Σg² of all gradients together is above max_norm, multiply them all by max_norm / (norm + 10⁻⁶).

    The gradient keeps its direction. It is called between `backward()` and `step()`.

    Args:
        parameters: the Values, such as `model.parameters()`; or the optimizer that holds them, which is faster.
        max_norm: greater than 0; inf only measures, and changes nothing.

    Returns:
        The norm before.

    Raises:
        ValueError, TypeError: for a max_norm that is not positive, and for parameters that are not leaves, each once.

    Source: Pascanu et al., "On the difficulty of training recurrent neural networks", 2013.

    >>> x, y = Value(3.0), Value(4.0)
    >>> (x * x / 2 + y * y / 2).backward()
    >>> clip_grad_norm_([x, y], max_norm=1.0)
    5.0
    >>> round(x.grad, 6), round(y.grad, 6)
    (0.6, 0.8)
    """
    if max_norm != inf:
        check_number("max_norm", max_norm, 0.0, open_below=True)
    gradient, write = _read(parameters)
    norm = _norm(gradient)
    if max_norm != inf and not norm + _MORE <= max_norm:  # nan goes on, and is not hidden
        gradient *= max_norm / (norm + _MORE)
        write(gradient)
    return norm


def clipped(m: Any, gradient: Sequence[Any], max_norm: float) -> list[Any]:
    """The gradient that `clip_grad_norm_` leaves, in new arrays, by a namespace like NumPy's: by that of JAX, say.

    Args:
        gradient: in one array or several, which have one norm together.

    >>> [part.round(6).tolist() for part in clipped(np, [np.array([3.0]), np.array([4.0])], 1.0)]
    [[0.6], [0.8]]
    """
    largest = reduce(m.maximum, [m.max(m.abs(part), initial=0.0) for part in gradient])
    unit = m.where((largest > 0.0) & (largest < inf), largest, 1.0)
    norm = unit * m.sqrt(sum(m.sum((part / unit) ** 2) for part in gradient))
    scale = m.where(norm + _MORE <= max_norm, 1.0, max_norm / (norm + _MORE))
    return [part * scale for part in gradient]


def _norm(gradient: np.ndarray) -> float:
    """√Σg²; in a unit of its own where squares are too large or too small for a float."""
    squares = sum_of_squares(gradient)
    if _FEWEST < squares < inf:
        return sqrt(squares)
    largest = float(np.max(np.abs(gradient), initial=0.0))
    unit = largest if 0.0 < largest < inf else 1.0
    return unit * sqrt(sum_of_squares(gradient.astype(float) / unit))


def clip_grad_value_(parameters: Optimizer | Iterable[Value], clip_value: float) -> None:
    """Bring every gradient into [-clip_value, clip_value]. This may turn the direction of the gradient.

    Args:
        parameters: as for `clip_grad_norm_`.
        clip_value: greater than 0.

    Raises:
        ValueError, TypeError: as `clip_grad_norm_`.

    >>> x, y = Value(3.0), Value(0.25)
    >>> (x * x / 2 + y * y / 2).backward()
    >>> clip_grad_value_([x, y], 1.0)
    >>> x.grad, y.grad
    (1.0, 0.25)
    """
    check_number("clip_value", clip_value, 0.0, open_below=True)
    gradient, write = _read(parameters)
    write(np.clip(gradient, -clip_value, clip_value, out=gradient))


def _read(parameters: Optimizer | Iterable[Value]) -> tuple[np.ndarray, Callable[[np.ndarray], None]]:
    """The gradients as an array, to be changed in place, and a function that writes it back to them."""
    if isinstance(parameters, Optimizer):
        return parameters.gradient_to_change(), parameters.set_gradient
    if hasattr(parameters, "parameters"):
        raise TypeError("clipping takes parameters, not a model: clip_grad_norm_(model.parameters(), …)")
    values = checked_leaves(parameters)

    def write(gradient: np.ndarray) -> None:
        for value, number in zip(values, gradient.tolist(), strict=True):
            value.grad = number

    return np.array([value.grad for value in values]), write

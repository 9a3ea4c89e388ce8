"""Clipping: a gradient that is too large is made smaller before the step, so that one batch cannot throw all away."""

from collections.abc import Iterable

import numpy as np

from autograd import Value

from .checks import check_number
from .optimizer import Optimizer


@np.errstate(all="ignore")
def clip_grad_norm_(parameters: Optimizer | Iterable[Value], max_norm: float) -> float:
    """Where the norm √Σg² of all gradients together is above max_norm, multiply them all by max_norm / (norm + 10⁻⁶).

    The gradient keeps its direction. It is called between `backward()` and `step()`.

    Args:
        parameters: the Values, such as `model.parameters()`; or the optimizer that holds them, which is faster.
        max_norm: greater than 0.

    Returns:
        The norm before.

    Source: Pascanu et al., "On the difficulty of training recurrent neural networks", 2013.

    >>> x, y = Value(3.0), Value(4.0)
    >>> (x * x / 2 + y * y / 2).backward()
    >>> clip_grad_norm_([x, y], max_norm=1.0)
    5.0
    >>> round(x.grad, 6), round(y.grad, 6)
    (0.6, 0.8)
    """
    check_number("max_norm", max_norm, 0.0, open_below=True)
    holder = _holder(parameters)
    gradient = holder.gradient()
    norm = float(np.linalg.norm(gradient))
    if not norm + 1e-6 <= max_norm:  # nan goes on, and is not hidden
        holder.set_gradient(gradient * (max_norm / (norm + 1e-6)))
    return norm


def clip_grad_value_(parameters: Optimizer | Iterable[Value], clip_value: float) -> None:
    """Bring every gradient into [-clip_value, clip_value]. This may turn the direction of the gradient.

    Args:
        parameters: as for `clip_grad_norm_`.
        clip_value: greater than 0.

    >>> x, y = Value(3.0), Value(0.25)
    >>> (x * x / 2 + y * y / 2).backward()
    >>> clip_grad_value_([x, y], 1.0)
    >>> x.grad, y.grad
    (1.0, 0.25)
    """
    check_number("clip_value", clip_value, 0.0, open_below=True)
    holder = _holder(parameters)
    holder.set_gradient(np.clip(holder.gradient(), -clip_value, clip_value))


def _holder(parameters: Optimizer | Iterable[Value]) -> Optimizer:
    return parameters if isinstance(parameters, Optimizer) else Optimizer(parameters, lr=1.0)

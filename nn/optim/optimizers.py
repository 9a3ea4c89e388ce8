"""Optimizers: how the parameters θ move when their gradient g is known.

What their docstrings say stands as code in the book of updates, `autograd.updates`, each formula once.
"""

from collections.abc import Iterable, Sequence
from math import sqrt

import numpy as np

from autograd import Value, updates

from ..support.checks import check_number
from .optimizer import Optimizer
from .schedules import Schedule


class SGD(Optimizer):
    """Gradient descent, with momentum where it is not 0:

        g = g + weight_decay·θ
        v = momentum·v + g
        θ = θ - lr·v                       with nesterov:  θ = θ - lr·(g + momentum·v)

    Weight decay pulls every parameter towards 0, as the penalty weight_decay·Σθ²/2 would.

    Args:
        parameters, lr: as for `Optimizer`.
        momentum: how much of the velocity v stays from step to step, from 0 to less than 1.
        nesterov: step by the gradient as it will be after the next move of v; needs momentum.
        weight_decay: at least 0.

    Attributes:
        velocity: the array of v, in the order of `parameters`; stays 0 without momentum, where v is g.

    Sources: Robbins & Monro, "A stochastic approximation method", 1951; Polyak, "Some methods of speeding up the
    convergence of iteration methods", 1964; Sutskever et al., "On the importance of initialization and momentum in
    deep learning", 2013 (Nesterov's, in the form that PyTorch has).

    >>> x = Value(1.0)
    >>> optimizer = SGD([x], lr=0.1)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x.data
    0.8
    """

    per_parameter = ("velocity",)
    _formula = updates.sgd

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.momentum = check_number("momentum", momentum, 0.0, 1.0)
        self.nesterov = bool(nesterov)
        self.weight_decay = check_number("weight_decay", weight_decay, 0.0)
        if nesterov and not momentum:
            raise ValueError("nesterov looks ahead along the velocity: it needs a momentum, such as 0.9; got 0")
        self.velocity = np.zeros(len(self.parameters))

    def _operands(self) -> tuple[tuple[np.ndarray, ...], tuple[float, ...]]:
        return (self.velocity,), (self.lr, self.momentum, self.nesterov, self.weight_decay)


class RMSprop(Optimizer):
    """Gradient descent in units of the root mean square of the gradient, each parameter by its own:

        g = g + weight_decay·θ
        s = alpha·s + (1 - alpha)·g²
        v = momentum·v + g / (√s + eps)
        θ = θ - lr·v

    Args:
        parameters, lr: as for `Optimizer`.
        alpha: how slowly the mean square s forgets, from 0 to less than 1.
        eps: greater than 0; keeps 0/0 out.
        momentum: from 0 to less than 1.
        weight_decay: at least 0.

    Attributes:
        mean_square, velocity: the arrays of s and v, in the order of `parameters`.

    Source: Tieleman & Hinton, "Lecture 6.5, rmsprop", COURSERA: Neural networks for machine learning, 2012.

    >>> x = Value(1.0)
    >>> optimizer = RMSprop([x], lr=0.1)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)
    0.0
    """

    per_parameter = ("mean_square", "velocity")
    _formula = updates.rmsprop

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.alpha = check_number("alpha", alpha, 0.0, 1.0)
        self.eps = check_number("eps", eps, 0.0, open_below=True)
        self.momentum = check_number("momentum", momentum, 0.0, 1.0)
        self.weight_decay = check_number("weight_decay", weight_decay, 0.0)
        self.mean_square, self.velocity = np.zeros((2, len(self.parameters)))

    def _operands(self) -> tuple[tuple[np.ndarray, ...], tuple[float, ...]]:
        numbers = self.lr, self.alpha, self.eps, self.momentum, self.weight_decay
        return (self.mean_square, self.velocity), numbers


class Adam(Optimizer):
    """Gradient descent by the mean m of the gradient, in units of its root mean square √v:

        g = g + weight_decay·θ
        m = β₁·m + (1 - β₁)·g            m̂ = m / (1 - β₁ᵗ)
        v = β₂·v + (1 - β₂)·g²           v̂ = v / (1 - β₂ᵗ)
        θ = θ - lr·m̂ / (√v̂ + eps)

    m and v start at 0; the divisions by 1 - βᵗ take out what that adds in the first steps t = 1, 2, …

    Args:
        parameters, lr: as for `Optimizer`.
        betas: β₁ and β₂, each from 0 to less than 1.
        eps: greater than 0.
        weight_decay: at least 0. It is part of the gradient, and so of its mean square; see `AdamW`.

    Attributes:
        mean, mean_square: the arrays of m and v, in the order of `parameters`.
        steps: t.

    Source: Kingma & Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1.

    >>> x = Value(1.0)
    >>> optimizer = Adam([x], lr=0.1)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)
    0.9
    """

    per_parameter = ("mean", "mean_square")
    _formula = updates.adam

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.001,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        if len(betas) != 2:
            raise ValueError(f"betas must be two numbers, got {betas!r}")
        self.betas = tuple(check_number(f"betas[{i}]", beta, 0.0, 1.0) for i, beta in enumerate(betas))
        self.eps = check_number("eps", eps, 0.0, open_below=True)  # at 0, a gradient of 0 would be 0/0
        self.weight_decay = check_number("weight_decay", weight_decay, 0.0)
        self.mean, self.mean_square = np.zeros((2, len(self.parameters)))

    def _operands(self) -> tuple[tuple[np.ndarray, ...], tuple[float, ...]]:
        beta1, beta2 = self.betas
        step_size = self.lr / (1.0 - beta1**self.steps)
        numbers = beta1, beta2, self.eps, step_size, sqrt(1.0 - beta2**self.steps), self.weight_decay
        return (self.mean, self.mean_square), numbers


class AdamW(Adam):
    """Adam, with a weight decay that is not part of the gradient: every step begins with θ = θ - lr·weight_decay·θ.

    In Adam, the decay of a parameter is divided by the size of its gradient, so that those with large gradients decay
    least; here all decay alike.

    Source: Loshchilov & Hutter, "Decoupled weight decay regularization", 2019.

    >>> x = Value(1.0)
    >>> optimizer = AdamW([x], lr=0.1, weight_decay=0.5)
    >>> optimizer.step()  # the gradient is 0
    >>> x.data
    0.95
    """

    _formula = updates.adamw

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.001,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def _operands(self) -> tuple[tuple[np.ndarray, ...], tuple[float, ...]]:
        arrays, numbers = super()._operands()
        return arrays, (*numbers[:-1], self.lr * self.weight_decay)


OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam, "adamw": AdamW}
OWN = tuple(OPTIMIZERS.values())  # nn's own, also after users have added theirs: nothing else changes in a step

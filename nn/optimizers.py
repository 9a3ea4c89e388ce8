"""Optimizers: how the parameters θ move when their gradient g is known."""

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Any

import numpy as np

from autograd import Value
from autograd.parameters import Store, adopt, any_adopted, checked_leaves, zero_grad
from autograd.recording import current
from autograd.tracing import untraceable

from .checks import check_number


class Optimizer:
    """Holds the parameters. A training step is `zero_grad()`, `loss.backward()`, `step()`.

    A subclass defines `update(data, grad)`, and names in `per_parameter` its arrays of one number per parameter.

    Where parameters are adopted by a store (`autograd.parameters`), a step works on the arrays of the store, and the
    optimizer brings its `parameters` and arrays into the order there. Plain Values are read and written one by one.

    Args:
        parameters: the Values to train, such as `model.parameters()`.
        lr: the learning rate, greater than 0.

    Raises:
        ValueError, TypeError: for no parameters, one twice, an inner node, or a hyperparameter out of its range.

    >>> class SignDescent(Optimizer):
    ...     def update(self, data, grad):
    ...         data -= self.lr * np.sign(grad)
    >>> x = Value(1.0)
    >>> (x * x).backward()
    >>> SignDescent([x], lr=0.25).step()
    >>> x.data
    0.75
    """

    per_parameter: tuple[str, ...] = ()

    _store: Store | None = None  # where the parameters are; None while they are plain Values
    _seen: np.ndarray | None = None  # its data when the places below were found
    _places: slice | np.ndarray = slice(None)  # of the parameters in it
    _views: tuple[np.ndarray, np.ndarray] | None = None  # of data and grad there, where the places follow each other

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        if hasattr(parameters, "parameters"):
            raise TypeError(f"an optimizer takes parameters, not a model: {type(self).__name__}(model.parameters(), …)")
        self.parameters = checked_leaves(parameters)
        if not self.parameters:
            raise ValueError("an optimizer needs at least one parameter, got none")
        self.lr = lr
        check_number("lr", lr, 0.0, open_below=True)

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        _check_outside("zero_grad()")
        store = self._current_store()
        if store is None:
            zero_grad(self.parameters)
        elif len(self.parameters) == len(store.data):
            store.zero_grad()
        elif not store.grad_is_zero:
            store.grad[self._places] = 0.0
            store.grad_is_zero = not store.grad.any()

    @np.errstate(all="ignore")  # nan and inf go on silently, as they do in Values
    def step(self) -> None:
        """Move every parameter once."""
        _check_outside("step()")
        store = self._current_store()
        if store is None:
            data = np.array([parameter.data for parameter in self.parameters])
            self.update(data, np.array([parameter.grad for parameter in self.parameters]))
            for parameter, number in zip(self.parameters, data.tolist(), strict=True):
                parameter.data = number
        elif self._views is not None:
            self.update(*self._views)
        else:
            data = store.data[self._places]
            self.update(data, store.grad[self._places])
            store.data[self._places] = data

    @np.errstate(all="ignore")
    def add_penalty_gradient(self, l1: float, l2: float) -> None:
        """Add the derivative of l1·Σ|θ| + l2·Σθ² to the gradients: l1·sign(θ) + 2·l2·θ."""
        store = self._current_store()
        data = np.array([p.data for p in self.parameters]) if store is None else store.data[self._places]
        gradient = l1 * np.sign(data) + (2.0 * l2) * data
        if store is None:
            for parameter, number in zip(self.parameters, gradient.tolist(), strict=True):
                parameter.grad += number
        else:
            store.grad[self._places] += gradient
            store.grad_is_zero = False

    def update(self, data: np.ndarray, grad: np.ndarray) -> None:
        """Move `data`, the numbers of the parameters, in place; `grad`, their gradients, is to be read only."""
        raise NotImplementedError(f"{type(self).__name__} must define update(data, grad)")

    def _current_store(self) -> Store | None:
        """The store that holds the parameters; None while they are plain Values."""
        if self._store is None or self._store.data is not self._seen:
            self._find()
        return self._store

    def _find(self) -> None:
        """Find out where the parameters are, and give the arrays of `per_parameter` the same order and dtype."""
        self._store, self._seen, self._views = None, None, None
        dtype, order = np.dtype(np.float64), None
        if any_adopted(self.parameters):
            self._store, places = adopt(self.parameters)  # into one store those that were in several, or in none
            self._seen, dtype = self._store.data, self._store.data.dtype
            if (np.diff(places) < 0).any():
                order = np.argsort(places)
                self.parameters = [self.parameters[i] for i in order]
                places = places[order]
            self._places = places
            if places[-1] - places[0] == len(places) - 1:
                self._places = slice(places[0], places[-1] + 1)
                self._views = self._store.data[self._places], self._store.grad[self._places]
        for name in self.per_parameter:
            array = getattr(self, name)
            if order is not None or array.dtype != dtype:
                setattr(self, name, (array if order is None else array[order]).astype(dtype))

    def __getstate__(self) -> dict[str, Any]:
        """A copy holds plain copies of the parameters: it has to find out itself where they are."""
        found = ("_store", "_seen", "_places", "_views")
        return {name: attribute for name, attribute in vars(self).items() if name not in found}


def _check_outside(what: str) -> None:
    if current().tracing:
        untraceable(f"{what} of an optimizer", "it would happen once, and not in every call; do it outside")


class SGD(Optimizer):
    """Gradient descent, with momentum where it is not 0:

        v = momentum·v + g
        θ = θ - lr·v

    Attributes:
        velocity: the array of v, in the order of `parameters`; stays 0 without momentum, where v is g.

    Sources: Robbins & Monro, "A stochastic approximation method", 1951; Polyak, "Some methods of speeding up the
    convergence of iteration methods", 1964.

    >>> x = Value(1.0)
    >>> optimizer = SGD([x], lr=0.1)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x.data
    0.8
    """

    per_parameter = ("velocity", "_change")

    def __init__(self, parameters: Iterable[Value], lr: float = 0.01, momentum: float = 0.0) -> None:
        super().__init__(parameters, lr)
        self.momentum = momentum
        check_number("momentum", momentum, 0.0, 1.0)
        self.velocity, self._change = np.zeros((2, len(self.parameters)))

    def update(self, data: np.ndarray, grad: np.ndarray) -> None:
        velocity, change = self.velocity, self._change
        if self.momentum:
            velocity *= float(self.momentum)
            velocity += grad
            grad = velocity
        np.multiply(grad, float(self.lr), out=change)
        data -= change


class Adam(Optimizer):
    """Gradient descent by the mean m of the gradient, in units of its root mean square √v:

        m = β₁·m + (1 - β₁)·g            m̂ = m / (1 - β₁ᵗ)
        v = β₂·v + (1 - β₂)·g²           v̂ = v / (1 - β₂ᵗ)
        θ = θ - lr·m̂ / (√v̂ + eps)

    m and v start at 0; the divisions by 1 - βᵗ take out what that adds in the first steps t = 1, 2, …

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

    per_parameter = ("mean", "mean_square", "_change", "_scale")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.001,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(parameters, lr)
        if len(betas) != 2:
            raise ValueError(f"betas must be two numbers, got {betas!r}")
        self.betas, self.eps = (float(betas[0]), float(betas[1])), eps
        for i, beta in enumerate(self.betas):
            check_number(f"betas[{i}]", beta, 0.0, 1.0)
        check_number("eps", eps, 0.0, open_below=True)  # at 0, a gradient of 0 would be 0/0
        self.steps = 0
        self.mean, self.mean_square, self._change, self._scale = np.zeros((4, len(self.parameters)))

    def update(self, data: np.ndarray, grad: np.ndarray) -> None:
        self.steps += 1
        (beta1, beta2), eps = self.betas, self.eps
        step_size = self.lr / (1.0 - beta1**self.steps)
        correction = sqrt(1.0 - beta2**self.steps)
        mean, mean_square, change, scale = self.mean, self.mean_square, self._change, self._scale

        np.multiply(grad, 1.0 - beta1, out=change)
        mean *= beta1
        mean += change

        np.multiply(grad, grad, out=change)
        change *= 1.0 - beta2
        mean_square *= beta2
        mean_square += change

        np.sqrt(mean_square, out=scale)
        scale /= correction
        scale += eps
        np.multiply(mean, step_size, out=change)
        change /= scale
        data -= change


OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": SGD, "adam": Adam}

"""Optimizers: how the parameters θ move when their gradient g is known."""

from collections.abc import Iterable, Sequence
from math import sqrt

from autograd import Value

from .checks import check_number


class Optimizer:
    """Holds the parameters. A training step is `zero_grad()`, `loss.backward()`, `step()`.

    Args:
        parameters: the Values to train, such as `model.parameters()`.
        lr: the learning rate, greater than 0.

    Raises:
        ValueError, TypeError: for no parameters, one twice, an inner node, or a hyperparameter out of its range.
    """

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        if hasattr(parameters, "parameters"):
            raise TypeError(f"an optimizer takes parameters, not a model: {type(self).__name__}(model.parameters(), …)")
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError("an optimizer needs at least one parameter, got none")
        for parameter in self.parameters:
            if not isinstance(parameter, Value):
                raise TypeError(f"parameters are Values, got {parameter!r} of type {type(parameter).__name__}")
            if parameter.parents:
                raise ValueError(f"parameters are leaves; {parameter!r} was computed by {parameter.op!r}")
        if len(set(self.parameters)) < len(self.parameters):
            raise ValueError("a parameter stands twice in the list of parameters")
        self.lr = lr
        check_number("lr", lr, 0.0, open_below=True)

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for parameter in self.parameters:
            parameter.grad = 0.0

    def step(self) -> None:
        """Move every parameter once."""
        raise NotImplementedError


class SGD(Optimizer):
    """Gradient descent, with momentum where it is not 0:

        v = momentum·v + g
        θ = θ - lr·v

    Sources: Robbins & Monro, "A stochastic approximation method", 1951; Polyak, "Some methods of speeding up the
    convergence of iteration methods", 1964.

    >>> x = Value(1.0)
    >>> optimizer = SGD([x], lr=0.1)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x.data
    0.8
    """

    def __init__(self, parameters: Iterable[Value], lr: float = 0.01, momentum: float = 0.0) -> None:
        super().__init__(parameters, lr)
        self.momentum = momentum
        check_number("momentum", momentum, 0.0, 1.0)
        self.velocity = [0.0] * len(self.parameters)

    def step(self) -> None:
        lr, momentum, velocity = self.lr, self.momentum, self.velocity
        for i, parameter in enumerate(self.parameters):
            velocity[i] = momentum * velocity[i] + parameter.grad
            parameter.data -= lr * velocity[i]


class Adam(Optimizer):
    """Gradient descent by the mean m of the gradient, in units of its root mean square √v:

        m = β₁·m + (1 - β₁)·g            m̂ = m / (1 - β₁ᵗ)
        v = β₂·v + (1 - β₂)·g²           v̂ = v / (1 - β₂ᵗ)
        θ = θ - lr·m̂ / (√v̂ + eps)

    m and v start at 0; the divisions by 1 - βᵗ take out what that adds in the first steps t = 1, 2, …

    Source: Kingma & Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1.

    >>> x = Value(1.0)
    >>> optimizer = Adam([x], lr=0.1)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)
    0.9
    """

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
        self.mean = [0.0] * len(self.parameters)
        self.mean_square = [0.0] * len(self.parameters)

    def step(self) -> None:
        self.steps += 1
        (beta1, beta2), eps = self.betas, self.eps
        step_size = self.lr / (1.0 - beta1**self.steps)
        correction = sqrt(1.0 - beta2**self.steps)
        mean, mean_square = self.mean, self.mean_square
        for i, parameter in enumerate(self.parameters):
            g = parameter.grad
            mean[i] = m = beta1 * mean[i] + (1.0 - beta1) * g
            mean_square[i] = v = beta2 * mean_square[i] + (1.0 - beta2) * (g * g)
            parameter.data -= step_size * m / (sqrt(v) / correction + eps)


OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": SGD, "adam": Adam}

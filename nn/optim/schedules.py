"""Learning rates that change while a model learns.

A schedule is a function of t, how many steps have been taken, that gives the rate of the next one. An optimizer
takes it in place of a number: `SGD(parameters, lr=CosineDecay(0.1, steps=300))`. An epoch has ⌈rows / batch size⌉
steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi

from ..support.checks import check_count, check_number

Schedule = Callable[[int], float]


@dataclass(frozen=True)
class StepDecay:
    """lr·factor^⌊t/every⌋: the rate falls by the factor after every so many steps. PyTorch's StepLR.

    Raises:
        ValueError: for a rate that is not positive, a factor outside of (0, 1], or `every` below 1.

    >>> schedule = StepDecay(0.8, every=2, factor=0.5)
    >>> [schedule(t) for t in range(5)]
    [0.8, 0.8, 0.4, 0.4, 0.2]
    """

    lr: float
    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        check_number("lr", self.lr, 0.0, open_below=True)
        check_count("every", self.every)
        _check_factor(self.factor)

    def __call__(self, t: int) -> float:
        return self.lr * self.factor ** (t // self.every)


@dataclass(frozen=True)
class ExponentialDecay:
    """lr·factorᵗ: the rate falls by the factor in every step. PyTorch's ExponentialLR.

    Raises:
        ValueError: for a rate that is not positive, or a factor outside of (0, 1].

    >>> schedule = ExponentialDecay(0.8, factor=0.5)
    >>> [schedule(t) for t in range(4)]
    [0.8, 0.4, 0.2, 0.1]
    """

    lr: float
    factor: float

    def __post_init__(self) -> None:
        check_number("lr", self.lr, 0.0, open_below=True)
        _check_factor(self.factor)

    def __call__(self, t: int) -> float:
        return float(self.lr * self.factor**t)


@dataclass(frozen=True)
class CosineDecay:
    """final + (lr - final)·(1 + cos(π·t/steps))/2: half a wave from lr to final, and final from then on.

    The first half of PyTorch's CosineAnnealingLR, which rises again after it.

    Source: Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.

    Raises:
        ValueError: for a rate that is not positive, a final rate below 0, or `steps` below 1.

    >>> schedule = CosineDecay(0.8, steps=4)
    >>> [round(schedule(t), 3) for t in range(6)]
    [0.8, 0.683, 0.4, 0.117, 0.0, 0.0]
    """

    lr: float
    steps: int
    final: float = 0.0

    def __post_init__(self) -> None:
        check_number("lr", self.lr, 0.0, open_below=True)
        check_count("steps", self.steps)
        check_number("final", self.final, 0.0)

    def __call__(self, t: int) -> float:
        return self.final + (self.lr - self.final) * (1.0 + cos(pi * min(t / self.steps, 1.0))) / 2.0


@dataclass(frozen=True)
class WarmUp:
    """A rate that grows in a straight line from start·lr to lr, over so many steps; then the rate, or schedule, itself.

    With a schedule, lr is its first rate, and it begins after the warm-up. PyTorch's LinearLR, and SequentialLR.

    Source: Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017.

    Raises:
        ValueError: for a rate that is not positive, `steps` below 1, or a start outside of (0, 1].

    >>> schedule = WarmUp(0.8, steps=3, start=0.25)
    >>> [round(schedule(t), 3) for t in range(5)]
    [0.2, 0.4, 0.6, 0.8, 0.8]
    """

    lr: float | Schedule
    steps: int
    start: float = 0.1

    def __post_init__(self) -> None:
        if not callable(self.lr):
            check_number("lr", self.lr, 0.0, open_below=True)
        check_count("steps", self.steps)
        check_number("start", self.start, 0.0, open_below=True)
        if self.start > 1.0:
            raise ValueError(f"start is the share of the rate to begin with, at most 1, got {self.start!r}")

    def __call__(self, t: int) -> float:
        lr = self.lr(max(t - self.steps, 0)) if callable(self.lr) else self.lr
        return lr * (self.start + (1.0 - self.start) * min(t / self.steps, 1.0))


SCHEDULES = (StepDecay, ExponentialDecay, CosineDecay, WarmUp)  # nn's own: nothing else changes when they are asked


def _check_factor(factor: float) -> None:
    check_number("factor", factor, 0.0, open_below=True)
    if factor > 1.0:
        raise ValueError(f"factor must be at most 1, or the rate would grow without end, got {factor!r}")

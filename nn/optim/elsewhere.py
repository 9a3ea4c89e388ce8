"""The update of one of nn's optimizers as a pure function, for who keeps the numbers elsewhere: on devices, by JAX."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .optimizer import Optimizer
from .optimizers import OWN

# Of the book's plain numbers those that follow the learning rate and the count of steps: no `if` of it asks them.
_OF_A_STEP = frozenset({"lr", "step_size", "correction", "decay"})


class Elsewhere:
    """What the steps of an optimizer do with arrays that are kept elsewhere, by the formula of the book of updates.

    Of the plain numbers that the formula takes, those that follow the learning rate and the count of steps are given to
    each step anew; the others are fixed, and may be a part of what is compiled.

    A number of a gradient that is not finite makes that of the data not finite, and it stays so: who looks at the data
    after some steps has seen their gradients.

    Args:
        optimizer: one of nn's own.

    >>> from autograd import Value
    >>> from nn import SGD
    >>> update = Elsewhere(SGD([Value(1.0)], lr=0.25))
    >>> fixed, moving = update.next_numbers()
    >>> fixed, moving
    ((('momentum', 0.0), ('nesterov', False), ('weight_decay', 0.0)), (0.25,))
    >>> update(np, fixed, moving, np.array([2.0]), np.array([1.0]), [np.array([0.0])])[0]
    array([0.5])
    """

    def __init__(self, optimizer: Optimizer) -> None:
        assert can_move_elsewhere(optimizer)
        assert optimizer._formula is not None
        self._optimizer, self._update = optimizer, optimizer._formula
        self._moves = [name in _OF_A_STEP for name in self._update.numbers]

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """The optimizer's own arrays that the formula moves beside the data, in the order of its parameters now."""
        self._optimizer.places_in_store()
        optimizer = self._optimizer
        kept = optimizer.steps, optimizer._lr
        try:
            optimizer.steps, optimizer._lr = 1, 1.0  # in step 0 the numbers, which nobody asks for here, are none
            return optimizer._operands()[0]
        finally:
            optimizer.steps, optimizer._lr = kept

    def next_numbers(self) -> tuple[tuple[tuple[str, Any], ...], tuple[float, ...]]:
        """Count a step; its fixed numbers, by name, and its moving ones.

        Raises:
            ValueError: for what a schedule gives that is no rate.
        """
        self._optimizer._count_step()
        _, numbers = self._optimizer._operands()
        named = [*zip(self._update.numbers, numbers, self._moves, strict=True)]
        return tuple((name, x) for name, x, moves in named if not moves), tuple(x for _, x, moves in named if moves)

    def __call__(
        self,
        m: Any,
        fixed: Sequence[tuple[str, Any]],
        moving: Sequence[Any],
        grad: Any,
        data: Any,
        arrays: Sequence[Any],
    ) -> tuple:
        """The new data, and the optimizer's new arrays.

        Args:
            m: the namespace of the formula: `div`, `sqrt` and `sign`.
        """
        names = [name for name, moves in zip(self._update.numbers, self._moves, strict=True) if moves]
        numbers = dict(fixed) | dict(zip(names, moving, strict=True))
        return self._update.formula(m, grad, data, *arrays, **numbers)


def can_move_elsewhere(optimizer: Optimizer) -> bool:
    """Whether all that its steps do is a formula of the book: it is one of nn's own, and nothing of it is replaced."""
    return type(optimizer) in OWN and vars(optimizer).keys().isdisjoint(("step", "update"))

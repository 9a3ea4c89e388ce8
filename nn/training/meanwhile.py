"""What holds for a model while it is trained: nobody else trains it, and its parameters are in flat arrays."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock, get_ident
from weakref import WeakSet

from autograd import Value
from autograd.parameters import any_adopted, release, store_of

from ..module import Module
from ..optim.optimizer import Optimizer


class _Training:
    """Of a thread, with the ids of the modules and of the optimizer. It ends with the block that holds it, whatever
    interrupts that.
    """

    def __init__(self, thread: int, things: set[int]) -> None:
        self.thread, self.things = thread, things


_trainings: WeakSet[_Training] = WeakSet()
_lock = Lock()


@contextmanager
def trained_alone(model: Module, optimizer: Optimizer) -> Iterator[None]:
    """A block in which no other thread trains the model, a module of it, or by this optimizer.

    Each training would step by gradients of the other one, and set to 0 what the other one has just computed: no seed
    would give the same numbers again. In the same thread one training may be a part of another, which waits for it.

    Raises:
        RuntimeError: when one does already.

    >>> from nn import MLP, SGD
    >>> model = MLP(2, [1], seed=0)
    >>> with trained_alone(model, SGD(model.parameters())):
    ...     pass
    """
    things = [*[module for _, module in model.named_modules()], optimizer]
    training = _Training(get_ident(), set(map(id, things)))
    with _lock:
        for other in _trainings:
            if other.thread != training.thread and not other.things.isdisjoint(training.things):
                what = "this optimizer" if id(optimizer) in other.things else "this model, or a module of it,"
                raise RuntimeError(
                    f"{what} is in a training already, of another thread: each would move the parameters by gradients "
                    "of the other one. Train one after the other, or a copy (copy.deepcopy(model)) with an optimizer "
                    "of its own"
                )
        _trainings.add(training)
    try:
        yield
    finally:
        training.things = set()  # also where a traceback keeps this frame


def _after_fork() -> None:
    """In a child that was forked nobody trains: the thread that did is not there."""
    global _lock
    _lock = Lock()
    _trainings.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@contextmanager
def plain_afterwards(parameters: Sequence[Value]) -> Iterator[None]:
    """Let compiled functions adopt the parameters inside the block; those that were plain Values are so again after it.

    Eager arithmetic is faster with plain Values.
    """
    plain = parameters
    if any_adopted(parameters):
        plain = [parameter for parameter in parameters if store_of(parameter) is None]
    try:
        yield
    finally:
        release(plain)

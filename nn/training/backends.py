"""How many rows are computed: compiled into array operations, or each row by its own graph of scalars."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from numbers import Real
from typing import Any

import numpy as np

import autograd
from autograd import TraceError, Value, no_grad
from autograd.collector import collector_paused
from autograd.differentiation import derivatives_as_graphs
from autograd.parameters import release, store_of
from autograd.structures import unwrapped
from autograd.value import constant

from ..module import Module, layers, watching
from ..support.warn import warn
from .unchanged import Own, Snapshot

LossFunction = Callable[[Any, Any], Any]
FEW_ROWS = 16  # are done before a compilation would be


class Eager:
    """Row by row: the graph of every loss is built, walked backward and freed."""

    def __init__(self, model: Module, loss: LossFunction | None = None) -> None:
        self.model, self._loss = model, loss

    def loss(self, output: Any, target: Any) -> Any:
        assert self._loss is not None
        return self._loss(output, target)

    def is_outdated(self, others_ran: bool) -> bool:
        """Never: each call is one of model and loss as they are."""
        return False

    def backward(self, rows: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Add the gradient of the mean loss; the losses and the model's outputs."""
        losses, outputs = [], []
        with collector_paused() as collect_young, derivatives_as_graphs():
            for row, target in zip(rows.tolist(), targets.tolist(), strict=True):
                output = unwrapped(self.model(row))
                loss = checked_loss(self.loss(output, target))
                loss.backward(1.0 / len(rows))
                losses.append(loss.data)
                outputs.append(numbers(output))
                del loss, output  # frees the graph before the next one is built
            collect_young()
        return np.array(losses), np.array(outputs)

    def evaluate(self, rows: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The losses and the model's outputs."""
        losses, outputs = [], []
        with no_grad():
            for row, target in zip(rows.tolist(), targets.tolist(), strict=True):
                output = unwrapped(self.model(row))
                losses.append(float(unwrapped(self.loss(output, target))))
                outputs.append(numbers(output))
        return np.array(losses), np.array(outputs)

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """The model's outputs."""
        with no_grad():
            return np.array([numbers(self.model(row)) for row in rows.tolist()])

    def layer_outputs(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The outputs of each layer, by its name: (rows, neurons)."""
        with no_grad(), collector_paused() as collect_young:
            found = [
                {name: [float(output) for output in outputs] for name, outputs in _of_layers(self.model, row).items()}
                for row in rows.tolist()
            ]
            collect_young()
        alike = [name for name in found[0] if len({len(each.get(name, ())) for each in found}) == 1]  # in every row
        return {name: np.array([each[name] for each in found]) for name in alike}


class Compiled:
    """All rows at once, by `autograd.compile`. Its methods are those of `Eager`.

    Raises:
        TraceError: from each method, when model or loss cannot be compiled; nothing has changed then.
    """

    def __init__(self, model: Module, loss: LossFunction | None = None, dtype: Any = "float64") -> None:
        def outputs(x: Any) -> Any:
            return _parts(unwrapped(model(x)))

        def loss_and_outputs(x: Any, target: Any) -> Any:
            output = unwrapped(model(x))
            number = unwrapped(loss(output, target))  # type: ignore[misc]
            return number if isinstance(number, Value) else constant(float(number)), _parts(output)

        def of_layers(x: Any) -> tuple:
            found = _of_layers(model, x)
            self._names = list(found)
            return tuple(found.values()) or (x,)  # a compiled function returns something

        self._model, self._loss = model, loss
        self.outputs = autograd.compile(outputs, dtype=dtype)
        self.of_layers = autograd.compile(of_layers, dtype=dtype)
        self.loss_and_outputs = autograd.compile(loss_and_outputs, dtype=dtype)
        self._used: list[Any] = []  # of these three
        self._own = Own.of(model, loss)

    def backward(self, rows: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._use(self.loss_and_outputs).backward(rows, targets)

    def evaluate(self, rows: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._use(self.loss_and_outputs)(rows, targets)

    def predict(self, rows: np.ndarray) -> np.ndarray:
        return self._use(self.outputs)(rows)

    def layer_outputs(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        arrays = self._use(self.of_layers)(rows)
        return dict(zip(self._names, arrays, strict=True)) if self._names else {}

    def proved(self, use: Callable[["Compiled"], Any]) -> Any:
        """What `use` does with it, if that is what model and loss would do in every row.

        Raises:
            TraceError: when they change with their calls, too; they are as they were before then.
        """
        if self._own is not None:
            return use(self)
        before = self._snapshot()
        try:
            result = use(self)
            self._check(self._snapshot())
        except Exception:
            before.restore()
            raise
        return result

    def is_outdated(self, others_ran: bool) -> bool:
        """Whether it is not current. Where no other code than nn's own has run since it was, it is."""
        return (others_ran or self._own is None) and not self.is_current()

    def is_current(self) -> bool:
        """Whether it does what model and loss do now. Those that are not nn's own are called to find out."""
        if self._own is not None:
            return self._own.is_unchanged()
        before = self._snapshot()
        try:
            self._check(before)
        except TraceError:
            before.restore()
            return False
        return True

    def _check(self, before: Snapshot) -> None:
        same = all([used.is_current() for used in self._used])
        if changed := before.difference(self._snapshot()):
            raise TraceError(f"{changed} changes with each call, which would be frozen")
        if not same:
            raise TraceError("it does something else each time that it is called, which would be frozen")

    def _use(self, function: Any) -> Any:
        if function not in self._used:
            self._used.append(function)
        return function

    def _snapshot(self) -> Snapshot:
        return Snapshot({"model": self._model, "loss": self._loss})


BACKENDS: dict[str, Any] = {"numpy": Compiled, "eager": Eager}
DTYPES: dict[str, Any] = {"float64": np.float64, "float32": np.float32}


def compiled_or_eager(
    model: Module, loss: LossFunction, dtype: Any, rows: np.ndarray, targets: np.ndarray
) -> Compiled | Eager:
    """The compiled model and loss; eager, with a warning that says why, when they cannot be compiled."""
    compiled = Compiled(model, loss, dtype)
    try:
        compiled.proved(lambda way: way.evaluate(rows[:1], targets[:1]))
        return compiled
    except TraceError as error:
        _warn("training", "model and loss", f"{error}\n  backend='eager' trains like this without a warning")
    except Exception as error:
        error.add_note("backend='eager' calls model and loss with plain numbers alone")
        raise
    return Eager(model, loss)


def faster(rows: np.ndarray, model: Any, loss: LossFunction | None, use: Callable[[Compiled | Eager], Any]) -> Any:
    """What `use` does with the faster way to compute so many rows, compiled or eager."""
    if len(rows) >= FEW_ROWS:
        with plain_afterwards(model.parameters() if isinstance(model, Module) else []):
            try:
                return Compiled(model, loss).proved(use)
            except TraceError as error:
                _warn("computing", "model and loss" if loss else "the model", str(error))
    return use(Eager(model, loss))


def _warn(doing: str, what: str, why: str) -> None:
    warn(f"{doing} row by row, which is slow, since {what} cannot be compiled: {why}")


def _of_layers(model: Module, x: Any) -> dict[str, list[Any]]:
    """The outputs of every layer for one row, by the layer's name, in the order of the calls.

    Of all calls of a layer, one after the other. A layer that was not called, or gave something else than (nested lists
    of) Values and numbers, is left out.
    """
    names, found = {id(layer): name for name, layer in layers(model)}, dict[str, list[Any]]()
    with watching() as calls:
        output = model(x)
    for layer, of_layer in calls or [(model, output)]:
        if id(layer) in names:
            found.setdefault(names[id(layer)], []).append(of_layer)
    flat = {name: list(_flat(outputs)) for name, outputs in found.items()}
    return {name: each for name, each in flat.items() if each and all(isinstance(x, (Value, Real)) for x in each)}


def _flat(output: Any) -> Iterator[Any]:
    if isinstance(output, (list, tuple)) or getattr(output, "shape", ()) != ():
        for each in output:
            yield from _flat(each)
    else:
        yield unwrapped(output)


@contextmanager
def plain_afterwards(parameters: Iterable[Value]) -> Iterator[None]:
    """Let compiled functions adopt the parameters inside the block; those that were plain Values are so again after it.

    Eager arithmetic is faster with plain Values.
    """
    plain = [parameter for parameter in parameters if store_of(parameter) is None]
    try:
        yield
    finally:
        release(plain)


def numbers(output: Any) -> Any:
    """A model's output as a float or a list of floats."""
    output = _parts(unwrapped(output))
    return [float(number) for number in output] if isinstance(output, list) else float(output)


def checked_loss(loss: Any) -> Value:
    """The loss, refused unless it is a Value."""
    loss = unwrapped(loss)
    if not isinstance(loss, Value):
        raise ValueError(
            f"the loss must return one Value, got {loss!r} of type {type(loss).__name__}"
            + ("; of plain numbers (x.data, float(x)) there is no gradient" if isinstance(loss, float) else "")
        )
    return loss


def _parts(output: Any) -> Any:
    """A model's output as one number, a Value or a plain one, or a list of them."""
    if isinstance(output, (list, tuple, np.ndarray)):
        return [unwrapped(each) for each in output]
    if not isinstance(output, (Value, Real)):
        missing = "; is a `return` missing?" if output is None else ""
        raise TypeError(f"a model returns a Value or a list of Values, this one returned {output!r:.80}{missing}")
    return output

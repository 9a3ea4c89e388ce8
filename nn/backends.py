"""How many rows are computed: compiled into array operations, or each row by its own graph of scalars."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from numbers import Real
from typing import Any

import numpy as np

import autograd
from autograd import Value, no_grad
from autograd.collector import collector_paused
from autograd.parameters import release, store_of

from .module import Module, layers, watching

Loss = Callable[[Any, Any], Any]
FEW_ROWS = 16  # are done before a compilation would be


class Eager:
    """Row by row: the graph of every loss is built, walked backward and freed."""

    def __init__(self, model: Module, loss: Loss | None = None) -> None:
        self.model, self._loss = model, loss

    def loss(self, output: Any, target: Any) -> Any:
        assert self._loss is not None
        return self._loss(output, target)

    def backward(self, rows: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Add the gradient of the mean loss; the losses and the model's outputs."""
        losses, outputs = [], []
        with collector_paused() as collect_young:
            for row, target in zip(rows.tolist(), targets.tolist(), strict=True):
                output = self.model(row)
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
                output = self.model(row)
                losses.append(float(self.loss(output, target)))
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

    def __init__(self, model: Module, loss: Loss | None = None, dtype: Any = "float64") -> None:
        def outputs(x: Any) -> Any:
            output = model(x)
            return output if isinstance(output, Value) else list(output)

        def loss_and_outputs(x: Any, target: Any) -> Any:
            output = outputs(x)
            return checked_loss(loss(output, target)), output  # type: ignore[misc]

        def of_layers(x: Any) -> tuple:
            found = _of_layers(model, x)
            self._names = list(found)
            return tuple(found.values())

        self.outputs = autograd.compile(outputs, dtype=dtype)
        self.of_layers = autograd.compile(of_layers, dtype=dtype)
        self.loss_and_outputs = autograd.compile(loss_and_outputs, dtype=dtype)

    def backward(self, rows: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.loss_and_outputs.backward(rows, targets)

    def evaluate(self, rows: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.loss_and_outputs(rows, targets)

    def predict(self, rows: np.ndarray) -> np.ndarray:
        return self.outputs(rows)

    def layer_outputs(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        arrays = self.of_layers(rows)
        return dict(zip(self._names, arrays, strict=True))


BACKENDS: dict[str, Any] = {"numpy": Compiled, "eager": Eager}
DTYPES: dict[str, Any] = {"float64": np.float64, "float32": np.float32}


def compiled_or_eager(model: Module, loss: Loss, dtype: Any, rows: np.ndarray, targets: np.ndarray) -> Compiled | Eager:
    """The compiled model and loss; eager, with a warning that says why, when they cannot be compiled."""
    compiled = Compiled(model, loss, dtype)
    try:
        compiled.evaluate(rows[:1], targets[:1])
        if compiled.loss_and_outputs.is_current():
            return compiled
        reason = "it does something else each time that it is called, which would be frozen"
    except Exception as error:  # anything: on plain numbers the model and the loss have just worked
        reason = f"{type(error).__name__}: {error}"
    warnings.warn(
        f"training row by row, which is slow, since model and loss cannot be compiled: {reason}\n"
        "  backend='eager' trains like this without a warning",
        stacklevel=3,
    )
    return Eager(model, loss)


def faster(rows: np.ndarray, model: Module, loss: Loss | None, use: Callable[[Compiled | Eager], Any]) -> Any:
    """What `use` does with the faster way to compute so many rows, compiled or eager."""
    if len(rows) >= FEW_ROWS:
        with plain_afterwards(model.parameters()), suppress(Exception):
            return use(Compiled(model, loss))
    return use(Eager(model, loss))


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
    return {name: outputs for name, outputs in flat.items() if all(isinstance(x, (Value, Real)) for x in outputs)}


def _flat(output: Any) -> Iterator[Any]:
    if isinstance(output, (list, tuple)) or getattr(output, "shape", ()) != ():
        for each in output:
            yield from _flat(each)
    else:
        yield output


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
    return float(output) if isinstance(output, Value) else [float(number) for number in output]


def checked_loss(loss: Any) -> Value:
    """The loss, refused unless it is a Value."""
    if not isinstance(loss, Value):
        raise ValueError(f"the loss must return one Value, got {loss!r} of type {type(loss).__name__}")
    return loss

"""What a model, its layers and a loss give for a row: checked, as numbers, and as what is compiled."""

from collections.abc import Callable, Iterator
from numbers import Real
from typing import Any

import numpy as np

from autograd import Value
from autograd.structures import unwrapped
from autograd.value import constant

from ..module import layers, watching

# Of what `computed` gives: for a training, for a prediction, and those outputs that the layers have names for.
LOSS, OUTPUTS, LAYERS = ("loss", "outputs"), ("outputs",), ("layers",)


def computed(model_of: Callable[[], Any], loss: Any, of_layers: bool) -> Callable[..., dict[Any, Any]]:
    """The function of a row that gives all that is computed: "outputs"; of a row and a target, "loss", too.

    Args:
        model_of: gives the model: which this does not hold, where it is not to live for it.
        of_layers: whether it gives ("layer", name), the outputs of each layer, too.
    """

    def compute(x: Any, *target: Any) -> dict[Any, Any]:
        output, inside = watched(model_of(), x) if of_layers else (model_of()(x), {})
        output, found = unwrapped(output), {}
        if target:
            number = unwrapped(loss(output, *target))
            found["loss"] = number if isinstance(number, Value) else constant(float(number))
        found["outputs"] = _parts(output)
        return found | {("layer", name): each for name, each in inside.items()}

    return compute


def watched(model: Any, x: Any) -> tuple[Any, dict[str, list[Any]]]:
    """What a model gives for a row, and the outputs of every layer by its name, in the order of the calls.

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
    return output, {
        name: each for name, each in flat.items() if each and all(isinstance(x, (Value, Real)) for x in each)
    }


def _flat(output: Any) -> Iterator[Any]:
    if isinstance(output, (list, tuple)) or getattr(output, "shape", ()) != ():
        for each in output:
            yield from _flat(each)
    else:
        yield unwrapped(output)


def floats(rows: np.ndarray) -> list[list[float]]:
    """The rows of an array of any type as Python has them."""
    return rows.astype(float, copy=False).tolist()


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

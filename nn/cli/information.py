"""What `glassgrad train` has saved with a model, looked at before `predict` and `explore` use it: it may be edited."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..losses import LOSSES
from ..mlp import MLP
from .options import command_losses

SHAPES = [8, 8], [28, 28]
MOST_INK = 2.0**16  # the number of full ink: that of a pixel of 16 bits


def trained_model(path: Path) -> Any:
    """The model in a file, or in a folder, that `glassgrad train` has written; its `info` is as it was written.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for what `load` refuses, for a model that was saved by other means, and where what was saved with it
            is of another kind, or does not fit the model; with the file, and what to do.
    """
    from ..training import load

    model = load(path)
    info = model.info
    if not (info.get("image_shape") or info.get("columns")):
        data = info.get("data", "something else")
        raise ValueError(f"{path} was trained on {data!s:.80}, not on images or tables by `glassgrad train`")
    for name, fits in _fitting(info).items():
        if not fits:
            raise ValueError(f"{path} was saved with {info.get(name)!r:.80} as its {name}: train it again")
    if wrong := _does_not_fit(model, info):
        raise ValueError(f"{path} {wrong}: train it again")
    return model


def _fitting(info: Mapping[str, Any]) -> dict[str, bool]:
    """Of each that is used, whether it is of its kind."""
    shape, largest = info.get("image_shape"), info.get("largest_input")
    return {
        "data": isinstance(info.get("data"), str),
        "loss": info.get("loss") in command_losses(),
        "classes": _are_names(info.get("classes")),
        "target": isinstance(info.get("target"), str),
        "image_shape": ("image_shape" in info and shape is None)
        or (shape in SHAPES and all(type(n) is int for n in shape)),
        "largest_input": not shape or (isinstance(largest, (int, float)) and 0 < largest <= MOST_INK),
        "columns": _are_columns(info.get("columns"), none=bool(shape)),
    }


def _are_names(names: Any) -> bool:
    return isinstance(names, list) and all(isinstance(name, str) for name in names) and len(set(names)) == len(names)


def _are_columns(columns: Any, none: bool) -> bool:
    """Whether they are columns as `read_rows` takes them; for images there are none."""
    if none or not isinstance(columns, list):
        return none and columns == []
    return (
        all(isinstance(column, dict) and {"name", "categories"} <= column.keys() for column in columns)
        and _are_names([column["name"] for column in columns])
        and all(c["categories"] is None or (c["categories"] and _are_names(c["categories"])) for c in columns)
    )


def _does_not_fit(model: Any, info: Mapping[str, Any]) -> str:
    """What of the model is not as its information says, in words; "" where all is."""
    from ..data.tables import input_names

    architecture = model.architecture()
    if type(model) is not MLP or architecture["output"] != "linear":
        return "is no MLP with a linear output, which `glassgrad train` writes"
    shape, columns = info["image_shape"], info["columns"]
    n = shape[0] * shape[1] if shape else len([name for column in columns for name in input_names(column)])
    if n != architecture["n_inputs"]:
        return f"was saved with {n:,} inputs, and the model has {architecture['n_inputs']:,}"
    classes, outputs = len(info["classes"]), architecture["sizes"][-1]
    expected = {"logits": (outputs, max(outputs, 2)), "logit": (2, 1)}.get(LOSSES.records[info["loss"]].output, (0, 1))
    if (classes, outputs) != expected or (shape and not classes):
        return f"was saved with {classes} classes and {outputs} outputs, which {info['loss']} does not take"
    return ""


def outputs_of(model: Any, rows: Any, path: Path) -> Any:
    """What the model of this file gives for the rows: an array (rows,) or (rows, outputs).

    Raises:
        ValueError: where that is not finite.
    """
    from ..training import predict

    with np.errstate(all="ignore"):
        outputs = predict(model, rows)
    if not np.isfinite(outputs).all():
        row = int(np.argwhere(~np.isfinite(outputs))[0, 0])
        raise ValueError(f"{path} gives {_listed(outputs[row])} for row {row}, and no finite number: train it again")
    return outputs


def _listed(numbers: Any) -> str:
    numbers = np.atleast_1d(numbers).tolist()
    return ", ".join(f"{number:g}" for number in numbers[:5]) + ", …" * (len(numbers) > 5)


def probabilities_of(outputs: Any) -> Any:
    """An array (rows, classes), from the logits of a classifier; one logit is that of class 1 against class 0."""
    logits = np.stack([np.zeros_like(outputs), outputs], axis=1) if outputs.ndim == 1 else outputs
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)

"""Models in files: safetensors, with the architecture, the scaler and whatever belongs to the model in the metadata."""

import json
import os
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

from ..activations import ACTIVATIONS, table_name
from ..data.scaling import described, restored
from ..mlp import MLP
from ..module import Module, check_model
from ..own import MODULES
from ..support.files import write_file

_MODULES = {module.__name__: module for module in MODULES}
_KEY = "glassgrad"
_FORMAT = 2  # of the metadata
_WRONG = (  # what metadata that are not ours, damaged or hostile can raise
    ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError, MemoryError,
)  # fmt: skip


def save(model: Module, path: str | os.PathLike[str], info: dict[str, Any] | None = None) -> None:
    """Write a model to a safetensors file, whole or not at all.

    Args:
        model: a Neuron, Layer, MLP or Perceptron whose activations have names; its `scaler` is saved with it.
        path: the file.
        info: what else belongs to the model, in JSON's types: class names, units, …; `load` gives it back.

    Raises:
        ValueError: for another module: save its `state_dict()` with safetensors.numpy.save_file. For a scaler that is
            not fitted.
        TypeError: for what is no module, for info that JSON cannot hold, and for a scaler that is not scikit-learn's
            MinMaxScaler or StandardScaler.

    >>> import tempfile
    >>> from nn import Neuron
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Neuron(2, seed=0), folder + "/model.safetensors", info={"units": "metres"})
    ...     model = load(folder + "/model.safetensors")
    >>> model.info
    {'units': 'metres'}
    """
    from safetensors.numpy import save as to_bytes

    check_model("save writes a Module", model)
    name = type(model).__name__
    if _MODULES.get(name) is not type(model):
        raise ValueError(
            f"save() knows {', '.join(_MODULES)}, not {name}: "
            "write its state_dict() with safetensors.numpy.save_file(state, path)"
        )
    architecture: dict[str, Any] = model.architecture()
    for key in [key for key in ("activation", "output") if key in architecture]:
        activation = architecture[key]
        architecture[key] = table_name(activation)
        if architecture[key] not in ACTIVATIONS:
            raise ValueError(
                f"the {key} of the model is {activation!r:.80}, and a file holds names: give the model one of "
                "nn.ACTIVATIONS by its name, after ACTIVATIONS[name] = function where it is your own"
            )
    if isinstance(model, MLP) and len({table_name(layer.activation) for layer in model.layers[:-1]}) > 1:
        raise ValueError("save() knows an MLP whose hidden layers have one activation; these have several")
    scaler = None if model.scaler is None else described(model.scaler)
    metadata = {"format": _FORMAT, "module": name, "architecture": architecture, "scaler": scaler, "info": info or {}}
    write_file(path, to_bytes(model.state_dict(), {_KEY: json.dumps(metadata)}))


def load(path: str | os.PathLike[str]) -> Any:
    """The model from a file that `save` wrote, with its scaler; its attribute `info` holds what was saved with it.

    Raises:
        FileNotFoundError: when there is no such file, or no model.safetensors in the folder.
        ValueError: when the file is damaged, not one of ours, or of an older format, whose scaling was another.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(MLP(2, [3, 1], seed=0), folder + "/model.safetensors")
    ...     load(folder)
    MLP(n_inputs=2, sizes=[3, 1], activation='relu', output='linear'): 13 parameters
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    if path.is_dir():  # what `glassgrad train` has written
        path = path / "model.safetensors"
    if not path.is_file():
        raise FileNotFoundError(f"there is no model file {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = (file.metadata() or {}).get(_KEY)
            names = file.keys() if metadata else []  # another's tensors may be of types that NumPy does not have
            shapes = {name: file.get_slice(name).get_shape() for name in names}
            model, scaler, info = _understood(metadata, sum(prod(shape) for shape in shapes.values()))
            model.load_state_dict({name: _numbers(name, file.get_tensor(name)) for name in names})
            model.scaler = scaler
    except SafetensorError as error:
        raise ValueError(f"{path} is not a safetensors file, or is damaged: {error}") from None
    except _WRONG as error:
        raise ValueError(f"{path} holds no model that this version of glassgrad can read ({error})") from None
    model.info = info
    return model


def _understood(metadata: str | None, size: int) -> tuple[Any, Any, dict[str, Any]]:
    """The model, with parameters of its own, the scaler and the info, for a file that holds so many numbers."""
    content = json.loads(metadata or "")
    if content["format"] != _FORMAT:
        raise ValueError(f"format {content['format']}, expected {_FORMAT}")
    architecture, scaler, info = content["architecture"], content["scaler"], content["info"]
    if not isinstance(info, dict):
        raise ValueError(f"info is a {type(info).__name__}, expected a dict")
    module, n_inputs = _MODULES[content["module"]], architecture["n_inputs"]
    widths = [n_inputs, *architecture.get("sizes", [architecture.get("n_outputs", 1)])]
    if not all(type(n) is int for n in widths):
        raise ValueError("the sizes of an architecture must be whole numbers")
    if any((n_in + 1) * n_out > size for n_in, n_out in pairwise(widths)):  # before they are allocated
        raise ValueError(f"an architecture with more parameters than the {size} numbers in the file")
    return module(**architecture), None if scaler is None else restored(scaler, n_inputs), info


def _numbers(name: str, tensor: Any) -> Any:
    if tensor.dtype.kind != "f":
        raise ValueError(f"{name} holds {tensor.dtype}, expected floats")
    return tensor

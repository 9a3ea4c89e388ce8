"""Models in files: safetensors, with the architecture, the scaler and whatever belongs to the model in the metadata."""

import os
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

from autograd.warn import warn

from ..activations import ACTIVATIONS, table_name
from ..data.scaling import described, restored
from ..mlp import MLP
from ..module import Module, check_model
from ..own import MODULES
from ..support import limits
from ..support.descriptions import WRONG, check_format, check_header, check_written, read_json, written_json
from ..support.files import write_file

_MODULES = {module.__name__: module for module in MODULES}
_KEY = "glassgrad"
_FORMAT = 2  # of the metadata
_SHORTER, _SMALLER = "leave out of its info what is large", "make the model smaller"  # what to do about a limit


def save(model: Module, path: str | os.PathLike[str], info: dict[str, Any] | None = None) -> None:
    """Write a model to a safetensors file, whole or not at all.

    Args:
        model: a Neuron, Layer, MLP or Perceptron whose activations have names; its `scaler` is saved with it.
        path: the file.
        info: what else belongs to the model, in JSON's types: class names, units, …; `load` gives it back.

    Raises:
        ValueError: for another module: save its `state_dict()` with safetensors.numpy.save_file. For a scaler that is
            not fitted, or not to as many columns as the model has inputs. For what `load` would refuse: texts in info
            that are no Unicode, lists nested too deep, or more text than `nn.support.limits` allows.
        TypeError: for what is no module, for info that is no dict or that JSON cannot hold, and for a scaler that is
            not a MinMaxScaler or StandardScaler of nn or of scikit-learn.

    Warns:
        UserWarning: for more parameters or layers than `load` reads, unless the environment allows more.

    >>> import tempfile
    >>> from nn import Neuron
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Neuron(2, seed=0), folder + "/model.safetensors", info={"units": "metres"})
    ...     model = load(folder + "/model.safetensors")
    >>> model.info
    {'units': 'metres'}
    """
    content = to_be_written(model, path, info)
    _warn_of_limits(model, path)
    write_file(path, content)


def to_be_written(model: Module, path: str | os.PathLike[str], info: dict[str, Any] | None = None) -> bytes:
    """What `save` writes: who asks before the work is told what it would refuse after it.

    Raises:
        TypeError, ValueError: as `save`.
    """
    from safetensors.numpy import save as to_bytes

    check_model("save writes a Module", model)
    if not isinstance(info, dict | None):
        raise TypeError(f"info must be a dict, got {info!r:.60}")
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
    scaler = None
    if model.scaler is not None:
        scaler = described(model.scaler)
        restored(scaler, architecture["n_inputs"])  # what `load` would refuse is refused now
    metadata = {"format": _FORMAT, "module": name, "architecture": architecture, "scaler": scaler, "info": info or {}}
    content = to_bytes(model.state_dict(), {_KEY: written_json(Path(path), metadata)})
    check_written(Path(path), content, _SHORTER)
    return content


def _warn_of_limits(model: Module, path: str | os.PathLike[str]) -> None:
    """A model that was trained is not thrown away: with the environment's help it can be read."""
    try:
        _check_size(f"the model for {path}", sum(array.size for array in model.state_dict().values()))
        _check_layers(f"the model for {path}", len(_widths(model.architecture())) - 1)
    except limits.LimitError as error:
        warn(f"{error}")


def _check_size(what: Path | str, parameters: int) -> None:
    limits.check(what, "parameters", parameters, limits.PARAMETERS, _SMALLER)


def _check_layers(what: Path | str, layers: int) -> None:
    limits.check(what, "layers", layers, limits.LAYERS, _SMALLER)


def _widths(architecture: dict[str, Any]) -> list[Any]:
    """How many numbers go in, and come out of each layer."""
    return [architecture["n_inputs"], *architecture.get("sizes", [architecture.get("n_outputs", 1)])]


def load(path: str | os.PathLike[str]) -> Any:
    """The model from a file that `save` wrote, with its scaler; its attribute `info` holds what was saved with it.

    Raises:
        FileNotFoundError: when there is no such file, or no model.safetensors in the folder.
        ValueError: when the file is damaged, not one of ours, or of another version's format: an earlier one scaled in
            another way; for a later one, install that. And for more parameters (1,000,000), layers or text than
            `nn.support.limits` allows in a file.

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
        check_header(path, _SHORTER)
        with safe_open(path, framework="numpy") as file:
            metadata = (file.metadata() or {}).get(_KEY)
            names = file.keys() if metadata else []  # another's tensors may be of types that NumPy does not have
            shapes = {name: file.get_slice(name).get_shape() for name in names}
            size = sum(prod(shape) for shape in shapes.values())
            _check_size(path, size)
            model, scaler, info = _understood(path, metadata, size)
            model.load_state_dict({name: _numbers(name, file.get_tensor(name)) for name in names})
            model.scaler = scaler
    except SafetensorError as error:
        raise ValueError(f"{path} is not a safetensors file, or is damaged: {error}") from None
    except limits.LimitError:
        raise
    except WRONG as error:
        raise ValueError(f"{path} holds no model that this version of glassgrad can read ({error})") from None
    model.info = info
    return model


def _understood(path: Path, metadata: str | None, size: int) -> tuple[Any, Any, dict[str, Any]]:
    """The model, with parameters of its own, the scaler and the info, for a file that holds so many numbers."""
    content = read_json(metadata or "")
    check_format(
        content, _FORMAT, "an earlier version of glassgrad has written it, which scaled otherwise; train it again"
    )
    architecture, scaler, info = content["architecture"], content["scaler"], content["info"]
    if not isinstance(info, dict):
        raise ValueError(f"info is a {type(info).__name__}, expected a dict")
    module, widths = _MODULES[content["module"]], _widths(architecture)
    if not all(type(n) is int for n in widths):
        raise ValueError("the sizes of an architecture must be whole numbers")
    _check_layers(path, len(widths) - 1)
    if sum(max(0, (n_in + 1) * n_out) for n_in, n_out in pairwise(widths)) > size:  # before they are allocated
        raise ValueError(f"an architecture with more parameters than the {size} numbers in the file")
    return module(**architecture), None if scaler is None else restored(scaler, widths[0]), info


def _numbers(name: str, tensor: Any) -> Any:
    if tensor.dtype.kind != "f":
        raise ValueError(f"{name} holds {tensor.dtype}, expected floats")
    return tensor

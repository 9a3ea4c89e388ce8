"""A training in a file, after every epoch: whoever runs the same training again goes on from there, bit for bit."""

import json
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import partial
from numbers import Integral, Real
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from autograd import Value
from autograd.parameters import numbers_of
from autograd.warn import OURS

from ..data.scaling import Data
from ..history import History
from ..module import Module
from ..optim.optimizer import Optimizer
from ..support.arrays import blocks, wide
from ..support.files import remove_unfinished, write_file
from .backends import BACKENDS
from .callbacks import Callback
from .settings import FREE, Settings

_KEY, _FORMAT = "glassgrad checkpoint", 1
_NAMES = {"validation_data": "validation data"}  # of settings, in files


class CompleteWarning(UserWarning):
    """The checkpoint holds the whole training: nothing is left to train."""


class Checkpoint:
    """The file, and all that it holds: parameters, optimizer, random state, history and callbacks.

    A safetensors file: arrays, and everything else as JSON in its metadata. The settings tell which training it is: a
    file of another one is refused. A backend is not known yet where none was named: the file decides.

    Raises:
        FileNotFoundError: when there is no folder for the file.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        settings: Settings,
        parameters: Sequence[Value],
        rng: np.random.Generator,
    ) -> None:
        self.path = Path(path)
        if not self.path.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {self.path.parent} to write the checkpoint to")
        place = {parameter: i for i, parameter in enumerate(parameters)}
        trained = np.array([place[parameter] for parameter in settings.optimizer.given])
        self._settings = {"parameters": f"{len(parameters)}, trained {fingerprint(trained)}"}
        for field in fields(settings):
            if field.name not in FREE:
                self._settings[_NAMES.get(field.name, field.name)] = described(getattr(settings, field.name))
        self._training, self._parameters, self._optimizer, self._rng = settings, parameters, settings.optimizer, rng
        self._callbacks = settings.watching
        self._content: dict[str, Any] = {}
        self._arrays: dict[str, np.ndarray] = {}

    def write(self, history: History, stopped: bool) -> None:
        """Write the file, beside its place and renamed: a reader sees the old one or the new one."""
        from safetensors.numpy import save

        arrays: dict[str, np.ndarray] = {"parameters": numbers_of(self._parameters)}
        content: dict[str, Any] = {
            "format": _FORMAT, "settings": self._settings | {"backend": self._training.backend}, "stopped": stopped,
            "random": self._rng.bit_generator.state,
        }  # fmt: skip
        states = {"optimizer": self._optimizer.state_dict()}
        states |= {f"callback {i}": callback.state_dict() for i, callback in enumerate(self._callbacks)}
        for owner, state in states.items():
            arrays |= {f"{owner}/{name}": item for name, item in state.items() if isinstance(item, np.ndarray)}
            content[owner] = {name: item for name, item in state.items() if not isinstance(item, np.ndarray)}
        arrays |= {f"history/{name}": np.array(column) for name, column in history.items()}
        for layer, statistics in history.statistics.items():
            arrays |= {f"statistics/{layer}/{name}": np.array(column) for name, column in statistics.items()}
        arrays = {name: np.ascontiguousarray(a, a.dtype.newbyteorder("=")) for name, a in arrays.items()}
        text = json.dumps({**content, "order": list(arrays)}, default=lambda number: number.item())
        write_file(self.path, save(arrays, {_KEY: text, "checksum": _checksum(text, arrays)}))

    def open(self, history: History) -> bool:
        """Read the file, and fill the history from it; whether a callback had ended the training. False without a file.

        Where the settings name no backend, it names that of the file there.

        Raises:
            ValueError: for a file that is damaged, that is none of ours, or that belongs to another training; it has
                been left as it is then.
        """
        if self.path.is_dir():
            raise self._refused("is a folder, and no checkpoint")
        if self.path.exists():
            self._read()
            if len(self._arrays.get("parameters", ())) != len(self._parameters):
                raise self._refused("is of another number of parameters")
        remove_unfinished(self.path)
        for name, array in self._arrays.items():
            owner, _, rest = name.partition("/")
            if owner == "history":
                history[rest] = array.tolist()
            elif owner == "statistics":
                layer, _, key = rest.rpartition("/")
                history.statistics.setdefault(layer, {})[key] = array.tolist()
        return bool(self._content.get("stopped"))

    def restore(self, by_eager: bool) -> None:
        """Put callbacks, optimizer, random state and parameters back as `open` has found them.

        Args:
            by_eager: whether the training goes on row by row, or has nothing left to do.

        Raises:
            ValueError: for a file that was written by eager, since model and loss could not be compiled: they can now.
        """
        if not self._content:
            return
        theirs, ours = self._content["settings"]["backend"], self._training.backend
        if theirs == "eager" and not by_eager:
            raise self._refused(f"belongs to another training: backend was {theirs!r} and is {ours!r}")
        for i, callback in enumerate(self._callbacks):
            callback.load_state_dict(self._state(f"callback {i}"))
        state = self._state("optimizer")
        self._optimizer.load_state_dict({k: tuple(v) if isinstance(v, list) else v for k, v in state.items()})
        self._rng.bit_generator.state = self._content["random"]
        for parameter, number in zip(self._parameters, self._arrays["parameters"].tolist(), strict=True):
            parameter.data = number

    def _read(self) -> None:
        """The JSON and the arrays in their order, of a file that is whole and of this training."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.path, framework="numpy") as file:
                metadata = file.metadata() or {}
                if _KEY not in metadata:
                    raise self._refused("is a file of something else, and no checkpoint")
                content = json.loads(metadata[_KEY])
                arrays = {name: file.get_tensor(name) for name in content["order"]}
        except (SafetensorError, OSError, KeyError, TypeError, json.JSONDecodeError) as error:
            raise self._refused(f"is no checkpoint, or a damaged one ({error})") from None
        if metadata.get("checksum") != _checksum(metadata[_KEY], arrays):
            raise self._refused("is damaged: its content is not what was written")
        if content["format"] != _FORMAT:
            raise self._refused(f"is a checkpoint of another version of glassgrad (format {content['format']})")
        theirs, ours = content["settings"], json.loads(json.dumps(self._settings))  # as they are read
        theirs["backend"] = _backend(theirs)
        named = ours["backend"]
        if (named is None and theirs["backend"] in BACKENDS) or theirs["backend"] == "eager":
            ours["backend"] = theirs["backend"]  # one that is named may be eager in the end: see `restore`
        differ = [
            f"{name} was {theirs.get(name)!r} and is {ours.get(name)!r}"
            for name in dict.fromkeys([*ours, *theirs])
            if theirs.get(name) != ours.get(name)
        ]
        if differ:
            raise self._refused(f"belongs to another training: {'; '.join(differ)}")
        self._content, self._arrays = content, arrays
        self._training.backend = named or theirs["backend"]

    def _refused(self, why: str) -> ValueError:
        return ValueError(f"{self.path} {why}. It was left as it is: give another file, or move it away")

    def _state(self, owner: str) -> dict[str, Any]:
        """What an optimizer or a callback gave: its numbers and its arrays."""
        start = f"{owner}/"
        arrays = {name.removeprefix(start): a for name, a in self._arrays.items() if name.startswith(start)}
        return self._content[owner] | arrays


def backend_of(path: Path) -> str | None:
    """The backend that a checkpoint names; None where there is no file."""
    from safetensors import safe_open

    if not path.exists():
        return None
    with safe_open(path, framework="numpy") as file:
        return _backend(json.loads(file.metadata()[_KEY])["settings"])


def _backend(settings: Mapping[str, Any]) -> str:
    """That of a file's settings: those that name none are older than the others."""
    return settings.get("backend", "numpy")


def described(part: Any) -> Any:
    """A setting of a training, in JSON's types, that is the same in another process.

    >>> described(partial(max, np.float64(0.5)))
    ['partial', 'max', [0.5], {}]
    """
    if part is None or isinstance(part, (bool, str)):
        return part
    if isinstance(part, (Integral, Real)):
        return int(part) if isinstance(part, Integral) else float(part)
    if isinstance(part, Data):
        return _of_data(part)
    if isinstance(part, (list, tuple)):
        return [described(each) for each in part]
    if isinstance(part, dict):
        return {str(name): described(each) for name, each in part.items()}
    if isinstance(part, np.ndarray):
        return fingerprint(part)
    if isinstance(part, partial):
        return ["partial", described(part.func), described(part.args), described(part.keywords)]
    name = getattr(part, "__qualname__", type(part).__name__)
    if isinstance(part, type):
        return name
    if isinstance(part, Module):
        shapes = [f"{tensor} {array.shape}" for tensor, array in part.state_dict().items()]
        return [name, described(part.architecture()), zlib.crc32(" ".join(shapes).encode())]
    if isinstance(part, Optimizer):
        left_out = ("steps", "lr") if part.schedule else ("steps",)
        numbers = {k: number for k, number in part.hyperparameters().items() if k not in left_out}
        return [name, described(numbers), described(part.schedule)]
    if isinstance(part, Callback):
        numbers = {k: x for k, x in vars(part).items() if not k.startswith("_") and k not in part.state_dict()}
        return [name, described(numbers)]
    if isinstance(part, FunctionType) and part.__module__.partition(".")[0] not in OURS:
        return [name, _code(part.__code__), described(part.__defaults__)]  # what it does, too
    if is_dataclass(part):
        return [name, {field.name: described(getattr(part, field.name)) for field in fields(part)}]
    return name


def _code(code: CodeType) -> str:
    """A short text that differs where what a function does was changed, and not where it only stands elsewhere."""
    constants = [_code(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    content = code.co_code + " ".join([*constants, *code.co_names]).encode()
    return f"{zlib.crc32(content):08x}"


def fingerprint(*arrays: np.ndarray) -> str:
    """A short text that differs where the arrays differ."""
    return _text([array.shape for array in arrays], _checksum("", dict(enumerate(arrays))))


def _of_data(data: Data) -> str:
    """That of the rows as the model takes them and of the targets, as float64 and int64 whatever type they have."""
    parts = {0: data.blocks(), 1: map(wide, blocks(data.targets))}
    return _text([data.given.shape, data.targets.shape], _checksum("", parts))


def _text(shapes: Iterable[tuple[int, ...]], checksum: str) -> str:
    return f"{', '.join('×'.join(map(str, shape)) for shape in shapes)}, checksum {checksum}"


def _checksum(text: str, arrays: Mapping[Any, np.ndarray | Iterable[np.ndarray]]) -> str:
    """Of a text and of arrays by name, each whole or in blocks of rows."""
    checksum = zlib.crc32(text.encode())
    for name, array in arrays.items():
        checksum = zlib.crc32(str(name).encode(), checksum)
        for block in [array] if isinstance(array, np.ndarray) else array:
            checksum = zlib.crc32(np.ascontiguousarray(block).data, checksum)
    return f"{checksum:08x}"

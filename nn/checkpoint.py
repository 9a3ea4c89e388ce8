"""A training in a file, after every epoch: whoever runs the same training again goes on from there, bit for bit."""

import json
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograd import Value

from .callbacks import Callback
from .files import remove_unfinished, write_file
from .history import History
from .module import Module
from .optimizer import Optimizer

_KEY, _FORMAT = "glassgrad checkpoint", 1


class Checkpoint:
    """The file, and all that it holds: parameters, optimizer, random state, history and callbacks.

    A safetensors file: arrays, and everything else as JSON in its metadata. `settings` tell which training it is: a
    file of another one is refused.

    Raises:
        FileNotFoundError: when there is no folder for the file.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        settings: Mapping[str, Any],
        parameters: Sequence[Value],
        optimizer: Optimizer,
        rng: np.random.Generator,
        callbacks: Sequence[Any],
    ) -> None:
        self.path = Path(path)
        if not self.path.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {self.path.parent} to write the checkpoint to")
        self._settings = json.loads(json.dumps(settings))  # as they will be read
        self._parameters, self._optimizer, self._rng = parameters, optimizer, rng
        self._callbacks = [callback for callback in callbacks if isinstance(callback, Callback)]

    def write(self, history: History, stopped: bool) -> None:
        """Write the file, beside its place and renamed: a reader sees the old one or the new one."""
        from safetensors.numpy import save

        arrays: dict[str, np.ndarray] = {"parameters": np.array([p.data for p in self._parameters])}
        numbers: dict[str, Any] = {"stopped": stopped, "random": self._rng.bit_generator.state}
        states = {"optimizer": self._optimizer.state_dict()}
        states |= {f"callback {i}": callback.state_dict() for i, callback in enumerate(self._callbacks)}
        for owner, state in states.items():
            arrays |= {f"{owner}/{name}": item for name, item in state.items() if isinstance(item, np.ndarray)}
            numbers[owner] = {name: item for name, item in state.items() if not isinstance(item, np.ndarray)}
        arrays |= {f"history/{name}": np.array(column) for name, column in history.items()}
        for layer, statistics in history.statistics.items():
            arrays |= {f"statistics/{layer}/{name}": np.array(column) for name, column in statistics.items()}
        content = {"format": _FORMAT, "settings": self._settings, "checksum": _checksum(arrays), **numbers}
        write_file(self.path, save(arrays, {_KEY: json.dumps(content), "order": json.dumps(list(arrays))}))

    def read(self, history: History) -> bool:
        """Put everything back as it was after the latest epoch, the history too; whether a callback had ended it there.

        Where there is no file, nothing changes.

        Raises:
            ValueError: for a file that is damaged, that is none of ours, or that belongs to another training; it has
                been left as it is then, and nothing has been changed.
        """
        remove_unfinished(self.path)
        if not self.path.exists():
            return False
        content, arrays = self._content()
        self._check_settings(content["settings"])
        try:
            if len(arrays["parameters"]) != len(self._parameters):
                raise ValueError(f"it has {len(arrays['parameters'])} parameters, here are {len(self._parameters)}")
            states = {owner: self._state(owner, content, arrays) for owner in content if owner.startswith("callback ")}
            self._optimizer.load_state_dict(self._state("optimizer", content, arrays))
            self._rng.bit_generator.state = content["random"]
            for callback, state in zip(self._callbacks, states.values(), strict=True):
                callback.load_state_dict(state)
            for parameter, number in zip(self._parameters, arrays["parameters"].tolist(), strict=True):
                parameter.data = number
        except (ValueError, KeyError, TypeError) as error:
            raise self._refused(f"holds no training that this version of glassgrad can read ({error})") from None
        for name, array in arrays.items():
            owner, _, rest = name.partition("/")
            if owner == "history":
                history[rest] = array.tolist()
            elif owner == "statistics":
                layer, _, key = rest.rpartition("/")
                history.statistics.setdefault(layer, {})[key] = array.tolist()
        return content["stopped"]

    def _content(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The JSON and the arrays, in the order in which they were written, checked to be whole."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.path, framework="numpy") as file:
                metadata = file.metadata() or {}
                if _KEY not in metadata:
                    raise self._refused("is a file of something else, and no checkpoint")
                content = json.loads(metadata[_KEY])
                arrays = {name: file.get_tensor(name) for name in json.loads(metadata["order"])}
        except (SafetensorError, OSError, KeyError, json.JSONDecodeError) as error:
            raise self._refused(f"is no checkpoint, or a damaged one ({error})") from None
        if content.get("format") != _FORMAT:
            raise self._refused(f"is a checkpoint of another version of glassgrad (format {content.get('format')})")
        if content.get("checksum") != _checksum(arrays):
            raise self._refused("is damaged: its numbers are not those that were written")
        return content, arrays

    def _check_settings(self, theirs: Mapping[str, Any]) -> None:
        differ = [
            f"{name} was {theirs.get(name)!r} and is {self._settings.get(name)!r}"
            for name in dict.fromkeys([*self._settings, *theirs])
            if theirs.get(name) != self._settings.get(name)
        ]
        if differ:
            raise self._refused(f"belongs to another training: {'; '.join(differ)}")

    def _refused(self, why: str) -> ValueError:
        return ValueError(f"{self.path} {why}. It was left as it is: give another file, or move it away")

    @staticmethod
    def _state(owner: str, content: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """What an optimizer or a callback gave: its numbers and its arrays. JSON has made lists of tuples."""
        numbers = {name: tuple(item) if isinstance(item, list) else item for name, item in content[owner].items()}
        start = f"{owner}/"
        return numbers | {name.removeprefix(start): a for name, a in arrays.items() if name.startswith(start)}


def described(part: Any) -> str:
    """A model, an optimizer, a loss or a callback in words that are the same in another process."""
    name = getattr(part, "__qualname__", type(part).__name__)
    if isinstance(part, Module):
        shapes = [f"{tensor} {array.shape}" for tensor, array in part.state_dict().items()]
        arguments = {key: described(item) if callable(item) else item for key, item in part.architecture().items()}
        return f"{name}({arguments}) with the parameters {zlib.crc32(' '.join(shapes).encode()):08x}"
    if isinstance(part, Optimizer):
        schedule = repr(part.schedule) if is_dataclass(part.schedule) else described(part.schedule)
        return f"{name}({part.hyperparameters()}, schedule {schedule if part.schedule else None})"
    return name


def fingerprint(*arrays: np.ndarray) -> str:
    """A short text that differs where the arrays differ."""
    sizes = ", ".join("×".join(map(str, array.shape)) for array in arrays)
    return f"{sizes}, checksum {_checksum(dict(enumerate(arrays))):08x}"


def _checksum(arrays: Mapping[Any, np.ndarray]) -> int:
    checksum = 0
    for name, array in arrays.items():
        checksum = zlib.crc32(str(name).encode(), checksum)
        checksum = zlib.crc32(np.ascontiguousarray(array).data, checksum)
    return checksum

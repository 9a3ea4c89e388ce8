"""A training in a file, after every epoch: whoever runs the same training again goes on from there, bit for bit."""

import json
import os
from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np

from autograd import Value
from autograd.parameters import numbers_of

from ..history import History
from ..support import limits
from ..support.descriptions import WRONG, check_format, check_header, check_written, read_json, written_json
from ..support.files import write_file
from .backends import BACKENDS
from .callbacks import Callback
from .checkpoint_content import check_state, named_in, what_is_wrong
from .differences import what_differs
from .identity import checksum, described, of_settings
from .settings import Settings

_KEY, _FORMAT = "glassgrad checkpoint", 1
_SHORTER = "let the state_dict of a callback give many numbers as an array"  # its description, where it is too long


class _Refused(ValueError):
    """What this file says of the checkpoint: it needs no more words."""


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
        self._settings = of_settings(settings)
        self._training, self._parameters, self._optimizer, self._rng = settings, parameters, settings.optimizer, rng
        self._callbacks = settings.watching
        self._content: dict[str, Any] = {}
        self._watched_by_others = False
        self._arrays: dict[str, np.ndarray] = {}

    def write(self, history: History, stopped: bool) -> None:
        """Write the file, beside its place and renamed: a reader sees the old one or the new one.

        Raises:
            ValueError: for what the next run would refuse, in the state of a callback: texts that are no Unicode, lists
                nested too deep, or more text than `nn.support.limits` allows.
            OSError: as `write_file`.
        """
        from safetensors.numpy import save

        arrays: dict[str, np.ndarray] = {"parameters": numbers_of(self._parameters)}
        content: dict[str, Any] = {
            "format": _FORMAT, "settings": self._settings | {"backend": self._training.backend}, "stopped": stopped,
            "random": self._rng.bit_generator.state, "watching": [_watches(callback) for callback in self._callbacks],
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
        text = written_json(self.path, {**content, "order": list(arrays)}, default=lambda number: number.item())
        written = save(arrays, {_KEY: text, "checksum": checksum(text, arrays)})
        check_written(self.path, written, _SHORTER)
        write_file(self.path, written, sync_name=not self.path.exists())

    def open(self, history: History) -> bool:
        """Read the file, and fill the history from it; whether a callback had ended the training. False without a file,
        and where other callbacks watch now.

        Where the settings name no backend, it names that of the file there.

        Raises:
            ValueError: for a file that is damaged, that is none of ours, or that belongs to another training; it has
                been left as it is then.
        """
        if self.path.is_dir():
            raise self._refused("is a folder, and no checkpoint")
        if self.path.exists():
            self._read()
        for name, array in self._arrays.items():
            owner, _, rest = name.partition("/")
            if owner == "history":
                history[rest] = array.tolist()
            elif owner == "statistics":
                layer, _, key = rest.rpartition("/")
                history.statistics.setdefault(layer, {})[key] = array.tolist()
        return bool(self._content.get("stopped")) and not self._watched_by_others

    def restore(self, by_eager: bool) -> None:
        """Put callbacks, optimizer, random state and parameters back as `open` has found them.

        Args:
            by_eager: whether the training goes on row by row, or has nothing left to do.

        Raises:
            ValueError: for a file that was written by eager, since model and loss could not be compiled: they can now.
                For a state that a callback or the optimizer refuses; the callbacks are as they were before then.
        """
        if not self._content:
            return
        theirs, ours = self._content["settings"]["backend"], self._training.backend
        if theirs == "eager" and not by_eager and "backend" not in self._training.changed:
            differ = what_differs({"backend": theirs}, {"backend": ours})
            raise self._refused(f"belongs to another training: {differ}")
        state = {k: tuple(v) if isinstance(v, list) else v for k, v in self._state("optimizer").items()}
        before = [_kept(callback) for callback in self._callbacks]
        try:
            check_state(self._optimizer, state)
            type(self._rng.bit_generator)().state = self._content["random"]
            for callback, place in zip(self._callbacks, self._places_of_states(), strict=True):
                if place is not None:
                    callback.load_state_dict(self._state(f"callback {place}"))
            self._optimizer.load_state_dict(state)
            self._rng.bit_generator.state = self._content["random"]
        except BaseException as error:
            for callback, attributes in zip(self._callbacks, before, strict=True):
                vars(callback).clear()
                vars(callback).update(attributes)
            if not isinstance(error, WRONG):
                raise
            raise self._refused(f"holds what does not fit this training ({error})") from error
        for parameter, number in zip(self._parameters, self._arrays["parameters"].tolist(), strict=True):
            parameter.data = number

    def _read(self) -> None:
        """The JSON and the arrays in their order, of a file that is whole and of this training."""
        from safetensors import SafetensorError, safe_open

        try:
            check_header(self.path, _SHORTER)
            with safe_open(self.path, framework="numpy") as file:
                metadata = file.metadata() or {}
                if _KEY not in metadata:
                    raise self._refused("is a file of something else, and no checkpoint")
                content = read_json(metadata[_KEY])
                try:
                    check_format(content, _FORMAT, "train anew")
                except ValueError as error:
                    raise self._refused(f"is a checkpoint of another version of glassgrad ({error})") from None
                arrays = {name: file.get_tensor(name) for name in named_in(content, file.keys())}
        except _Refused:
            raise
        except limits.LimitError as error:
            raise self._refused(str(error).removeprefix(f"{self.path} ")) from None
        except (SafetensorError, OSError, *WRONG) as error:
            raise self._refused(f"is no checkpoint, or a damaged one ({error})") from None
        if metadata.get("checksum") != checksum(metadata[_KEY], arrays):
            raise self._refused("is damaged: its content is not what was written")
        if not isinstance(content.get("settings"), dict):
            raise self._refused("is damaged, or none of ours: it has no settings")
        theirs, ours = content["settings"], json.loads(json.dumps(self._settings))  # as they are read
        theirs["backend"] = _backend(theirs)
        named = ours["backend"]
        if (named is None and theirs["backend"] in BACKENDS) or theirs["backend"] == "eager":
            ours["backend"] = theirs["backend"]  # one that is named may be eager in the end: see `restore`
        self._watched_by_others = theirs.get("callbacks") != ours["callbacks"]
        if differ := what_differs(theirs, ours, self._training.changed):
            raise self._refused(f"belongs to another training: {differ}")
        count = 0 if self._watched_by_others else len(self._callbacks)  # those that are there, then
        owners = ["optimizer", *(f"callback {i}" for i in range(count))]
        if wrong := what_is_wrong(content, arrays, owners, self._training.names, len(self._parameters)):
            raise self._refused(f"is damaged, or none of ours: {wrong}")
        self._content, self._arrays = content, arrays
        self._training.backend = named or theirs["backend"]

    def _refused(self, why: str) -> _Refused:
        return _Refused(f"{self.path} {why}. It was left as it is: give another file, or move it away")

    def _places_of_states(self) -> list[int | None]:
        """Which of the states in the file each callback takes: that of its like; None for one that is new."""
        ours = [_watches(callback) for callback in self._callbacks]
        theirs = self._content.get("watching", ours)  # files that do not say it are of the same callbacks
        there = [i for i, _ in enumerate(theirs) if f"callback {i}" in self._content]
        places: list[int | None] = []
        for kind in ours:
            places.append(next((i for i in there if theirs[i] == kind and i not in places), None))
        return places

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


def epochs_of(path: Path) -> int:
    """How many epochs a checkpoint holds.

    Raises:
        OSError, ValueError, KeyError: for a file that is not there, or none of ours.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return int(file.get_slice("history/loss").get_shape()[0])
    except SafetensorError as error:
        raise ValueError(f"{path} is no checkpoint ({error})") from None


def _backend(settings: Mapping[str, Any]) -> str:
    """That of a file's settings: those that name none are older than the others."""
    return settings.get("backend", "numpy")


def _watches(callback: Callback) -> list[Any]:
    """Which callback it is: its class, and what it watches."""
    return [type(callback).__qualname__, described(getattr(callback, "monitor", None))]


def _kept(callback: Callback) -> dict[str, Any]:
    """Its attributes as they are now, also where it changes its lists and arrays in place."""
    kinds = (list, dict, set, np.ndarray)
    return {name: copy(part) if isinstance(part, kinds) else part for name, part in vars(callback).items()}

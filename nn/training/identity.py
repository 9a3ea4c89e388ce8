"""What a training is told by in its checkpoint: its settings in JSON's types, and checksums of its arrays."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from numbers import Integral, Real
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from autograd.warn import OURS

from ..data.scaling import Data
from ..module import Module
from ..optim.optimizer import Optimizer
from ..support.arrays import blocks, wide
from .callbacks import Callback

FREE = ("epochs", "checkpoint", "changed", "progress", "devices", "processes")  # may be others when a training goes on
_NAMES = {"validation_data": "validation data"}  # of settings, in files


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
    if isinstance(part, FunctionType) and (part.__module__ or "").partition(".")[0] not in OURS:
        return [name, _code(part.__code__), described(part.__defaults__)]  # what it does, too
    if is_dataclass(part):
        return [name, {field.name: described(getattr(part, field.name)) for field in fields(part)}]
    return name


def of_settings(settings: Any) -> dict[str, Any]:
    """What tells which training it is, by name: all settings but those that may be others when it goes on."""
    parameters = settings.parameters
    place = {parameter: i for i, parameter in enumerate(parameters)}
    trained = np.array([place[parameter] for parameter in settings.optimizer.given])
    told: dict[str, Any] = {"parameters": f"{len(parameters)}, trained {fingerprint(trained)}"}
    for field in fields(settings):
        if field.name not in FREE:
            told[_NAMES.get(field.name, field.name)] = described(getattr(settings, field.name))
    return told


def _code(code: CodeType) -> str:
    """A short text that differs where what a function does was changed, and not where it only stands elsewhere."""
    constants = [_code(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    content = code.co_code + " ".join([*constants, *code.co_names]).encode()
    return f"{zlib.crc32(content):08x}"


def fingerprint(*arrays: np.ndarray) -> str:
    """A short text that differs where the arrays differ."""
    return _text([array.shape for array in arrays], checksum("", dict(enumerate(arrays))))


def _of_data(data: Data) -> str:
    """That of the rows as the model takes them and of the targets, as float64 and int64 whatever type they have."""
    parts = {0: data.blocks(), 1: map(wide, blocks(data.targets))}
    return _text([data.given.shape, data.targets.shape], checksum("", parts))


def _text(shapes: Iterable[tuple[int, ...]], checksum: str) -> str:
    return f"{', '.join('×'.join(map(str, shape)) for shape in shapes)}, checksum {checksum}"


def checksum(text: str, arrays: Mapping[Any, np.ndarray | Iterable[np.ndarray]]) -> str:
    """Of a text and of arrays by name, each whole or in blocks of rows."""
    checksum = zlib.crc32(text.encode())
    for name, array in arrays.items():
        checksum = zlib.crc32(str(name).encode(), checksum)
        for block in [array] if isinstance(array, np.ndarray) else array:
            checksum = zlib.crc32(np.ascontiguousarray(block).data, checksum)
    return f"{checksum:08x}"

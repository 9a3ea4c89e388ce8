"""Models and checkpoints, whole and damaged: most goes on being a safetensors file, and a description of its kind."""

import json
import struct
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from safetensors.numpy import save
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from nn import MLP, Layer, Neuron, Perceptron
from nn.data.scaling import described
from nn.training import checkpoint, identity

from .mutation import TEXTS, damaged_bytes, damaged_json, dumped

ROWS = np.random.default_rng(0).normal(size=(12, 2))


def model_bytes(model: Any, info: dict[str, Any], scaler: Any = None) -> bytes:
    """As `nn.save` writes it."""
    metadata = {
        "format": 2, "module": type(model).__name__, "architecture": model.architecture(),
        "scaler": None if scaler is None else described(scaler), "info": info,
    }  # fmt: skip
    return save(model.state_dict(), {"glassgrad": json.dumps(metadata)})


def models() -> list[bytes]:
    scalers = StandardScaler().fit(ROWS), MinMaxScaler().fit(ROWS)
    return [
        model_bytes(MLP(2, [3, 2], "tanh", "softmax", seed=0), {"units": "metres"}, scalers[0]),
        model_bytes(Layer(2, 3, seed=0), {}, scalers[1]),
        model_bytes(Neuron(2, "sigmoid", seed=0), {"classes": ["a", "b"]}),
        model_bytes(Perceptron(2, seed=0), {}),
    ]


COLUMNS = [{"name": "size", "categories": None}, {"name": "colour", "categories": ["blue", "red"]}]


def informations() -> list[bytes]:
    """Models as `glassgrad train` writes them: of a table of classes, of two classes, of numbers; of images."""
    table = {"data": "t", "target": "kind", "columns": COLUMNS, "image_shape": None, "largest_input": None}
    classes = {**table, "task": "classification", "loss": "cross_entropy", "classes": ["a", "b", "c"]}
    two = {**table, "task": "classification", "loss": "binary_cross_entropy_with_logits", "classes": ["a", "b"]}
    number = {**table, "target": "size", "task": "regression", "loss": "mse", "classes": []}
    digit = {
        **classes, "data": "mine", "target": "digit", "columns": [], "classes": [str(i) for i in range(10)],
        "image_shape": [8, 8], "largest_input": 16.0,
    }  # fmt: skip
    three = StandardScaler().fit(np.random.default_rng(0).normal(size=(9, 3)))
    return [
        model_bytes(MLP(3, [3], seed=0), classes, three),
        model_bytes(MLP(3, [2, 1], seed=0), two),
        model_bytes(MLP(3, [2, 1], seed=0), number, three),
        model_bytes(MLP(64, [10], seed=0), digit),
    ]


def parts_of(content: bytes) -> tuple[dict[str, Any], bytes]:
    """The header of a safetensors file, and what follows it."""
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def of_parts(header: dict[str, Any], data: bytes) -> bytes:
    text = dumped(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def damaged_model(rng: Random, files: list[bytes]) -> bytes:
    """Of the bytes; of the header; most often of what is ours in it; at times of the numbers, which stay floats."""
    content, kind = rng.choice(files), rng.randrange(10)
    if kind == 0:
        return damaged_bytes(rng, content, files)
    header, data = parts_of(content)
    if kind == 1:
        return of_parts(damaged_json(rng, header), data)
    metadata = json.loads(header["__metadata__"]["glassgrad"])
    if kind == 2:
        return of_parts(header, damaged_bytes(rng, data, [data])[: len(data)].ljust(len(data), b"\xff"))
    text = dumped(damaged_json(rng, metadata))
    if rng.random() < 0.02:
        text = rng.choice(["[" * 100_000, "1" * 5000, '{"format": 2e999}', text[:-1], ""])
    header["__metadata__"]["glassgrad"] = text
    return of_parts(header, data)


def damaged_information(rng: Random, files: list[bytes]) -> bytes:
    """Of what the command says of a model, and at times of the model."""
    if rng.random() < 0.15:
        return damaged_model(rng, files)
    header, data = parts_of(rng.choice(files))
    metadata = json.loads(header["__metadata__"]["glassgrad"])
    metadata["info"] = damaged_json(rng, metadata["info"])
    header["__metadata__"]["glassgrad"] = dumped(metadata)
    return of_parts(header, data)


_TYPES = {"F64": "<f8", "I64": "<i8"}


def damaged_checkpoint(rng: Random, files: list[bytes]) -> bytes:
    """Most often with the checksum of what it says: as somebody writes it who means harm."""
    content = rng.choice(files)
    if rng.random() < 0.1:
        return damaged_bytes(rng, content, files)
    header, data = parts_of(content)
    text = header["__metadata__"][checkpoint._KEY]
    arrays = {
        name: np.frombuffer(data[slice(*header[name]["data_offsets"])], _TYPES[header[name]["dtype"]])
        for name in json.loads(text)["order"]
    }  # fmt: skip
    if rng.random() < 0.7:
        said = damaged_json(rng, json.loads(text))
    else:
        said, name = json.loads(text), rng.choice(list(arrays))
        arrays[name] = _damaged_array(rng, arrays[name])
        if rng.random() < 0.2:
            other = rng.choice([*arrays, *TEXTS[:10], "history/loss", "history/", "statistics/", "statistics/a/b"])
            other = other.encode("utf-8", "replace").decode()
            arrays[other] = arrays.pop(name)
            said["order"] = list(arrays)
    order = said.get("order") if isinstance(said, dict) else None
    read = {name: arrays[name] for name in order if name in arrays} if _are_texts(order) else arrays
    text = dumped(said)
    return save(arrays, {checkpoint._KEY: text, "checksum": identity.checksum(text, read)})


def _are_texts(order: Any) -> bool:
    return isinstance(order, list) and all(isinstance(name, str) for name in order)


def _damaged_array(rng: Random, array: np.ndarray) -> np.ndarray:
    changes: list[Callable[[], np.ndarray]] = [
        lambda: array[:-1], lambda: np.append(array, array[:1]), lambda: array[None, :], lambda: array[:0],
        lambda: np.array(1.0), lambda: array.astype(np.float32), lambda: array.astype(bool), lambda: array * np.nan,
        lambda: np.full(array.shape, np.inf), lambda: array.astype(np.int8), lambda: array * 1e300 * 1e10,
        lambda: -array, lambda: np.zeros(3, np.uint64), lambda: array.astype(np.float16),
    ]  # fmt: skip
    with np.errstate(all="ignore"):
        return np.ascontiguousarray(rng.choice(changes)())

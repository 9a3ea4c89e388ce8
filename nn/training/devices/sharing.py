"""What the processes of a training have in common: the checkpoint of the first one, the order of the rows, settings."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from autograd.parameters import numbers_of

from ...support.files import write_file
from ...support.missing import is_there
from ..identity import fingerprint, of_settings
from ..settings import Settings
from .processes import ALONE, Processes


def processes_of(backend: str | None) -> Processes:
    """Those that train together by this backend."""
    return Processes.here() if backend == "jax" and is_there("jax") else ALONE


@contextmanager
def shared_file(processes: Processes, path: Path) -> Iterator[Path]:
    """The file of the first process: itself there, and in the others a copy, where it exists, while the block runs.

    So the others need not have the disk of the first one, and nobody reads what it is writing already.
    """
    if processes.count == 1:
        yield path
        return
    with processes.all_or_none():
        content = path.read_bytes() if processes.is_first and path.is_file() else None
    content = processes.from_first(content)
    if processes.is_first:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        if content is not None:
            write_file(copy, content)
        yield copy


def shared_generator(settings: Settings) -> np.random.Generator:
    """The generator of the order of the rows: the same in all processes, also without a seed."""
    seed, processes = settings.seed, settings.processes
    if seed is None and processes.count > 1:
        seed = processes.number_of_each(int.from_bytes(os.urandom(7)))[0]
    return np.random.default_rng(seed)


def check_alike(settings: Settings) -> None:
    """Refuse to train where the processes were not given the same.

    Raises:
        ValueError: in all of them, with what differs.
    """
    if settings.processes.count == 1:
        return
    optimizer = settings.optimizer
    state = {name: item for name, item in optimizer.state_dict().items() if isinstance(item, np.ndarray)}
    told = of_settings(settings) | {
        "epochs": settings.epochs,
        "numbers of the parameters, where a training begins (a model needs a seed),":
            fingerprint(numbers_of(settings.parameters)),
        "state of the optimizer": f"{optimizer.steps} steps, {fingerprint(*state.values())}",
    }  # fmt: skip
    settings.processes.check_same(told)

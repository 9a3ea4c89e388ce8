"""The way in which the rows of a training are computed: on devices, compiled, or row by row."""

from typing import Any

import numpy as np

from autograd import TraceError

from ..module import Module
from .backends import Compiled, Eager, LossFunction, warn_of_rows
from .devices.way import OnDevices


def compiled_or_eager(
    model: Module, loss: LossFunction, dtype: Any, rows: np.ndarray, targets: np.ndarray, backend: str | None = None
) -> Compiled | Eager:
    """The compiled model and loss; eager, with a warning that says why, when they cannot be compiled."""
    compiled = OnDevices(model, loss, dtype) if backend == "jax" else Compiled(model, loss, dtype, backend=backend)
    try:
        compiled.proved(lambda way: way.try_out(rows[:1], targets[:1]))
        return compiled
    except TraceError as error:
        warn_of_rows("training", "model and loss", f"{error}\n  backend='eager' trains like this without a warning")
    except Exception as error:
        error.add_note("backend='eager' calls model and loss with plain numbers alone")
        raise
    return Eager(model, loss, dtype)

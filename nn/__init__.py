"""A thin neural-network layer over `autograd`, written in scalars.

Models and losses, written in scalars, are imported at once; the rest, and NumPy with it, when it is first asked for.
"""

from importlib import import_module
from sys import modules
from typing import TYPE_CHECKING, Any

import autograd

if not hasattr(autograd, "Value"):
    raise ImportError(
        f"`import autograd` finds another project ({autograd.__file__}), probably HIPS's autograd from PyPI. "
        "Two projects cannot share one import name: pip uninstall autograd, then pip install glassgrad again"
    )

from . import own as _own  # noqa: F401  before users register functions and patch classes
from .activations import ACTIVATIONS
from .initialization import INITIALIZERS
from .losses import (
    LOSSES,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    categorical_cross_entropy,
    cross_entropy,
    hinge_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    sse_loss,
)
from .mlp import MLP, Layer, Neuron
from .module import Module
from .moved import MOVED, Moved
from .perceptron import ConvergenceWarning, Perceptron
from .support.missing import need as _need

if TYPE_CHECKING:  # what __getattr__ finds
    from .data import *
    from .history import *
    from .optim import *
    from .training import *

__all__ = [
    "ACTIVATIONS", "INITIALIZERS", "LOSSES", "MLP", "ConvergenceWarning", "Layer", "Module", "Neuron", "Perceptron",
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "categorical_cross_entropy", "cross_entropy",
    "hinge_loss", "huber_loss", "l1_loss", "mse_loss", "sse_loss",
]  # fmt: skip

_LATER = {  # imported when one of these names is first asked for
    "data": ("MinMaxScaler", "StandardScaler", "datasets", "read_digit", "read_rows", "read_table"),
    "history": ("History",),
    "optim": (
        "OPTIMIZERS", "SGD", "Adam", "AdamW", "CosineDecay", "ExponentialDecay", "Optimizer", "RMSprop", "StepDecay",
        "WarmUp", "clip_grad_norm_", "clip_grad_value_",
    ),
    "training": (
        "METRICS", "Callback", "DiagnosisWarning", "EarlyStopping", "StopTraining", "evaluate", "fit",
        "layer_gradients", "layer_outputs", "load", "predict", "save",
    ),
}  # fmt: skip
_HOME = {name: module for module, names in _LATER.items() for name in names}
_BY_HAND = "or move the parameters by hand: p.data -= 0.1 * p.grad"  # where there is no NumPy
_MOVE = ("SGD", "Adam", "AdamW", "RMSprop", "fit")
__all__ += sorted(_HOME)  # noqa: PLE0605  a list

for _old, _new in MOVED.items():
    modules.setdefault(f"{__name__}.{_old}", Moved(f"{__name__}.{_old}", f"{__name__}.{_new}"))


if not TYPE_CHECKING:  # a checker would take every name for known

    def __getattr__(name: str) -> Any:
        if name in _HOME:
            if _HOME[name] != "history":
                _need("numpy", f"nn.{name}", _BY_HAND if name in _MOVE else "")
            globals()[name] = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
            return globals()[name]
        if name in MOVED:
            return modules[f"{__name__}.{name}"]
        if name in (*_LATER, "cli", "report"):
            if name != "history":
                _need("numpy", f"nn.{name}")
            return import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

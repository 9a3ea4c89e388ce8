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

if TYPE_CHECKING:  # what __getattr__ finds in the families
    from .data import datasets
    from .history import History
    from .optim import (
        OPTIMIZERS,
        SGD,
        Adam,
        AdamW,
        CosineDecay,
        ExponentialDecay,
        Optimizer,
        RMSprop,
        StepDecay,
        WarmUp,
        clip_grad_norm_,
        clip_grad_value_,
    )
    from .perceptron import Perceptron
    from .training import (
        METRICS,
        Callback,
        DiagnosisWarning,
        EarlyStopping,
        StopTraining,
        evaluate,
        fit,
        layer_gradients,
        layer_outputs,
        load,
        predict,
        save,
    )

__all__ = [
    "ACTIVATIONS", "INITIALIZERS", "LOSSES", "METRICS", "MLP", "OPTIMIZERS", "SGD", "Adam", "AdamW", "Callback",
    "CosineDecay", "DiagnosisWarning", "EarlyStopping", "ExponentialDecay", "History", "Layer", "Module", "Neuron",
    "Optimizer", "Perceptron", "RMSprop", "StepDecay", "StopTraining", "WarmUp", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "categorical_cross_entropy", "clip_grad_norm_", "clip_grad_value_",
    "cross_entropy", "datasets", "evaluate", "fit", "hinge_loss", "huber_loss", "l1_loss", "layer_gradients",
    "layer_outputs", "load", "mse_loss", "predict", "save", "sse_loss",
]  # fmt: skip

_LATER = ("history", "perceptron", "optim", "data", "training")  # the last one imports the others

for _old, _new in MOVED.items():
    modules.setdefault(f"{__name__}.{_old}", Moved(f"{__name__}.{_old}", f"{__name__}.{_new}"))


def __getattr__(name: str) -> Any:
    if name in __all__:
        for later in _LATER:
            module = import_module(f"{__name__}.{later}")
            if name in module.__all__:
                globals()[name] = getattr(module, name)
                return globals()[name]
    if name in MOVED:
        return modules[f"{__name__}.{name}"]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

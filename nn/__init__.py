"""A thin neural-network layer over `autograd`, written in scalars."""

import autograd

if not hasattr(autograd, "Value"):
    raise ImportError(
        f"`import autograd` finds another project ({autograd.__file__}), probably HIPS's autograd from PyPI. "
        "Two projects cannot share one import name: pip uninstall autograd, then pip install glassgrad again"
    )

from .activations import ACTIVATIONS
from .history import History
from .initialization import INITIALIZERS
from .losses import (
    LOSSES,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    categorical_cross_entropy,
    cross_entropy,
    hinge_loss,
    l1_loss,
    mse_loss,
    sse_loss,
)
from .metrics import METRICS
from .mlp import MLP, Layer, Neuron
from .module import Module
from .optimizers import OPTIMIZERS, SGD, Adam, Optimizer
from .perceptron import Perceptron
from .saving import load, save
from .training import evaluate, fit, predict

__all__ = [
    "ACTIVATIONS", "INITIALIZERS", "LOSSES", "METRICS", "MLP", "OPTIMIZERS", "SGD", "Adam", "History", "Layer",
    "Module", "Neuron", "Optimizer", "Perceptron", "binary_cross_entropy", "binary_cross_entropy_with_logits",
    "categorical_cross_entropy", "cross_entropy", "evaluate", "fit", "hinge_loss", "l1_loss", "load", "mse_loss",
    "predict", "save", "sse_loss",
]  # fmt: skip

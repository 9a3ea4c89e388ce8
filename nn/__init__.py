"""A thin neural-network layer over `autograd`, written in scalars."""

import autograd

if not hasattr(autograd, "Value"):
    raise ImportError(
        f"`import autograd` finds another project ({autograd.__file__}), probably HIPS's autograd from PyPI. "
        "Two projects cannot share one import name: pip uninstall autograd, then pip install glassgrad again"
    )

from . import datasets as datasets
from .activations import ACTIVATIONS
from .callbacks import Callback, EarlyStopping, StopTraining
from .clipping import clip_grad_norm_, clip_grad_value_
from .diagnosis import DiagnosisWarning, layer_gradients, layer_outputs
from .history import History
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
from .metrics import METRICS
from .mlp import MLP, Layer, Neuron
from .module import Module
from .optimizer import Optimizer
from .optimizers import OPTIMIZERS, SGD, Adam, AdamW, RMSprop
from .perceptron import Perceptron
from .saving import load, save
from .schedules import CosineDecay, ExponentialDecay, StepDecay, WarmUp
from .training import evaluate, fit, predict

__all__ = [
    "ACTIVATIONS", "INITIALIZERS", "LOSSES", "METRICS", "MLP", "OPTIMIZERS", "SGD", "Adam", "AdamW", "Callback",
    "CosineDecay", "DiagnosisWarning", "EarlyStopping", "ExponentialDecay", "History", "Layer", "Module", "Neuron",
    "Optimizer", "Perceptron", "RMSprop", "StepDecay", "StopTraining", "WarmUp", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "categorical_cross_entropy", "clip_grad_norm_", "clip_grad_value_",
    "cross_entropy", "evaluate", "fit", "hinge_loss", "huber_loss", "l1_loss", "layer_gradients", "layer_outputs",
    "load", "mse_loss", "predict", "save", "sse_loss",
]  # fmt: skip

"""Gradient descent in its variants: optimizers, schedules of the learning rate, clipping."""

from .clipping import clip_grad_norm_, clip_grad_value_
from .optimizer import Optimizer
from .optimizers import OPTIMIZERS, SGD, Adam, AdamW, RMSprop
from .schedules import CosineDecay, ExponentialDecay, StepDecay, WarmUp

__all__ = [
    "OPTIMIZERS", "SGD", "Adam", "AdamW", "CosineDecay", "ExponentialDecay", "Optimizer", "RMSprop", "StepDecay",
    "WarmUp", "clip_grad_norm_", "clip_grad_value_",
]  # fmt: skip

"""Training: `fit` and what belongs to it, the diagnosis, metrics, checkpoints, and models in files."""

from .callbacks import Callback, EarlyStopping, StopTraining
from .diagnosis import DiagnosisWarning, layer_gradients, layer_outputs
from .metrics import METRICS
from .prediction import evaluate, predict
from .saving import load, save
from .training import fit

__all__ = [
    "METRICS", "Callback", "DiagnosisWarning", "EarlyStopping", "StopTraining", "evaluate", "fit", "layer_gradients",
    "layer_outputs", "load", "predict", "save",
]  # fmt: skip

"""Plots with matplotlib, of training and of predictions. Each takes `ax=` and returns the axes it drew on."""

from .history import plot_history
from .layers import plot_activations, plot_gradient_flow
from .predictions import plot_confusion_matrix, plot_decision_boundary
from .weights import plot_weights

__all__ = [
    "plot_activations", "plot_confusion_matrix", "plot_decision_boundary", "plot_gradient_flow", "plot_history",
    "plot_weights",
]  # fmt: skip

"""Pictures of the graph, and plots of training."""

import autograd

if not hasattr(autograd, "Value"):  # another project of that name: nn says so
    import nn as nn

from .drawing import draw
from .explorer import Explorer, explore
from .layers import plot_activations, plot_gradient_flow
from .plots import plot_confusion_matrix, plot_decision_boundary, plot_history
from .weights import plot_weights

__all__ = [
    "Explorer", "draw", "explore", "plot_activations", "plot_confusion_matrix", "plot_decision_boundary",
    "plot_gradient_flow", "plot_history", "plot_weights",
]  # fmt: skip

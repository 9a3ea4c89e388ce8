"""Pictures of the graph, and plots of training."""

import autograd

if not hasattr(autograd, "Value"):  # another project of that name: nn says so
    import nn as nn

from .drawing import draw
from .explorer import Explorer, explore
from .play import Playground, play
from .plots import (
    plot_activations,
    plot_confusion_matrix,
    plot_decision_boundary,
    plot_gradient_flow,
    plot_history,
    plot_weights,
)

__all__ = [
    "Explorer", "Playground", "draw", "explore", "play", "plot_activations", "plot_confusion_matrix",
    "plot_decision_boundary", "plot_gradient_flow", "plot_history", "plot_weights",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__

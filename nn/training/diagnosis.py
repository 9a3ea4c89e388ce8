"""What goes on in the layers while a model learns, and what usually goes wrong there."""

import re
from collections.abc import Mapping
from math import inf, isfinite
from typing import Any

import numpy as np

from autograd import TraceError, Value
from autograd.anomaly import call, derivative, edges, live_nodes, modules_around
from autograd.differentiation import derivatives_as_graphs

from ..activations import activation_record
from ..data.scaling import scaled
from ..history import History
from ..module import Module, check_model, layers
from ..optim.optimizer import Optimizer
from ..support.arrays import check_rows
from .backends import Compiled, Eager, faster
from .batches import converted
from .outputs import checked_loss

# What is exactly so much is not told yet.
VANISHING = 1e-3  # less: the mean gradient of a layer, and how small it is beside that of the last layer, in two looks
SATURATED = 0.95  # more: of the outputs of a layer
EXPLODING = 1e3, 100.0  # more: the norm of the whole gradient, and how often it is the smallest one so far
DEAD = 0.75  # more: of the neurons of a layer

Statistics = dict[str, dict[str, list[float]]]  # of each layer, of each quantity, by epoch


HELP = {  # {names} stand for settings: each is written one way in Python, and another in the command
    "vanishing": "Fewer layers, relu in the hidden ones, the init that suits the activation (xavier for tanh and "
                 "sigmoid, he for relu), scaled inputs ({scaler}), or a lower learning rate help",
    "saturated": "Scale the inputs ({scaler}), lower the learning rate, or use {xavier}",
    "exploding": "Clip it ({clip_norm}), lower the learning rate, or scale the inputs ({scaler}) and the targets",
    "dead": "Lower the learning rate, scale the inputs ({scaler}), or use {leaky_relu}",
    "not finite": "Lower the learning rate, clip the gradient ({clip_norm}), or scale the inputs ({scaler})",
}  # fmt: skip
IN_PYTHON = {
    "scaler": "model.scaler", "xavier": "init='xavier'", "clip_norm": "clip_norm=1.0", "leaky_relu": "leaky_relu",
}  # fmt: skip


class DiagnosisWarning(UserWarning):
    """Something goes wrong in a training, and how to mend it.

    Args:
        trouble: what goes wrong.
        help: what mends it; {names} of `IN_PYTHON` stand for settings, and other braces for themselves.
        epoch: after which it was seen; None where `trouble` says it.

    >>> warning = DiagnosisWarning("exploding gradients", "Clip them ({clip_norm})")
    >>> print(warning)
    exploding gradients. Clip them (clip_norm=1.0)
    >>> warning.told_with({"clip_norm": "--clip-norm 1"})
    'exploding gradients. Clip them (--clip-norm 1)'
    """

    def __init__(self, trouble: str = "", help: str = "", epoch: int | None = None) -> None:
        super().__init__(trouble, help, epoch)
        self.trouble, self.help, self.epoch = trouble, help, epoch

    def __str__(self) -> str:
        return self.told_with(IN_PYTHON)

    def told_with(self, settings: Mapping[str, str]) -> str:
        """The text, with these words for settings."""
        help = re.sub(r"\{(\w+)\}", lambda name: settings.get(name[1], name[0]), f"{self.help}")
        seen = "" if self.epoch is None else f" (seen after epoch {self.epoch})"
        return (f"{self.trouble}. {help}" if help else f"{self.trouble}") + seen


def layer_outputs(model: Module, X: Any) -> dict[str, np.ndarray]:
    """The outputs of every layer for rows of inputs, by the layer's name: arrays (rows, neurons).

    A layer that is called several times has the outputs of all its calls side by side.

    Raises:
        ValueError: for rows as `nn.predict` refuses them.
        TypeError: for a model that is no Module.

    >>> from nn import MLP
    >>> {name: array.shape for name, array in layer_outputs(MLP(2, [3, 1], seed=0), [[0.0, 1.0]] * 5).items()}
    {'layer 1': (5, 3), 'layer 2': (5, 1)}
    """
    check_model("layer_outputs asks a Module", model)
    rows = scaled(model, check_rows(X))
    return faster(rows, model, None, lambda way: way.layer_outputs(rows))


def layer_gradients(model: Module) -> dict[str, np.ndarray]:
    """The gradients that the parameters have now, by the name of their layer.

    >>> from nn import MLP
    >>> model = MLP(1, [1, 1], "linear", seed=0)
    >>> model([2.0]).backward()
    >>> [gradient.tolist() for gradient in layer_gradients(model).values()][1]
    [2.38622458431331, 1.0]
    """
    check_model("layer_gradients asks a Module", model)
    return {name: np.array([p.grad for p in layer.parameters()]) for name, layer in layers(model)}


class Diagnosis:
    """Keeps the statistics of the layers in a history, and tells once of each trouble."""

    def __init__(self, model: Module, optimizer: Optimizer, rows: np.ndarray, way: Compiled | Eager) -> None:
        self._model, self._optimizer, self._rows, self.way = model, optimizer, rows, way
        self._told: set[str] = set()
        self._smallest_norm = inf
        self._way: Compiled | Eager | None = None  # for which the layers below were found
        self._layers: dict[str, Module] = {}
        self._parameters: list[Value] = []  # in whose order the places below are
        self._places: dict[str, np.ndarray] = {}
        self._sampled = np.empty(0)
        self._sampled_for: Compiled | Eager | None = None

    @staticmethod
    def looks_after(epoch: int) -> bool:
        """Whether it is time to: every epoch up to 99, every 10th from 100 on, every 100th from 1,000 on, and so on."""
        return epoch % 10 ** max(0, len(str(epoch)) - 2) == 0

    @np.errstate(all="ignore")
    def look(self, history: History, gradient: np.ndarray, clipped: bool) -> list[DiagnosisWarning]:
        """After an epoch, with the gradient of its last batch: add to the statistics; what has not been told yet."""
        epoch = history.epochs
        try:
            outputs = self.way.layer_outputs(self._sample())
        except TraceError:  # by an output that the loss does not use
            outputs = {}
        gradient = gradient.astype(float)
        if (
            self._parameters is not self._optimizer.parameters
            or self._way is not self.way  # something has changed in the model
            or isinstance(self.way, Eager)  # in which it need not be noticed
        ):
            self._find()
        for name in dict.fromkeys([*outputs, *self._layers]):  # in the order of the calls
            statistics = history.statistics.setdefault(name, {})
            sizes = np.abs(gradient[self._places[name]])
            numbers = layer_statistics(self._layers[name], sizes, outputs.get(name))
            for key, number in {"epoch": epoch, **numbers}.items():
                statistics.setdefault(key, []).append(number)
        norm = float(np.linalg.norm(gradient))
        troubles = {
            "vanishing": _vanishing(history.statistics),
            "saturated": _saturated(history.statistics),
            "exploding": "" if clipped else _exploding(norm, self._smallest_norm),
            "dead": _dead(history.statistics),
        }
        self._smallest_norm = min(self._smallest_norm, norm)
        new = {kind: message for kind, message in troubles.items() if message and kind not in self._told}
        self._told |= new.keys()
        return [DiagnosisWarning(message, HELP[kind], epoch) for kind, message in new.items()]

    def _sample(self) -> np.ndarray:
        """Some of the rows, far from each other."""
        if self._sampled_for is not self.way:
            step = -(-len(self._rows) // self.way.sampled)
            self._sampled, self._sampled_for = converted(self._rows[::step], self.way.types[0]), self.way
        return self._sampled

    def _find(self) -> None:
        self._way, self._layers = self.way, dict(layers(self._model))
        self._parameters = self._optimizer.parameters
        self._places = {
            name: self._optimizer.places_of(list(layer.parameters())) for name, layer in self._layers.items()
        }


def _vanishing(statistics: Statistics) -> str:
    means = {name: numbers["gradient"][-2:] for name, numbers in statistics.items() if "gradient" in numbers}
    *before, last = means or [""]
    relus = any("dead" in numbers for numbers in statistics.values())  # which may all be off, for a batch
    for name in before:
        small = [mean < VANISHING * min(end, 1.0) for mean, end in zip(means[name], means[last], strict=False)]
        now, end = means[name][-1], means[last][-1]
        if len(small) == 2 and all(small) and (now > 0.0 or not relus):
            times = f"{end / now:,.0f} times" if end < 1e9 * now else "over a billion times"
            how = f"{times} smaller than those" if now else "0, unlike those"
            return f"vanishing gradients: those of {name} are, on average, {how} of {last}: it hardly learns"
    return ""


def _saturated(statistics: Statistics) -> str:
    for name, numbers in statistics.items():
        share = numbers.get("saturated", [0.0])[-1]
        if share > SATURATED and name != [*statistics][-1]:  # the outputs of the last one may well be sure
            return (
                f"saturated neurons: {share:.0%} of the outputs of {name} are at the ends of their range, where "
                "the derivative is nearly 0: it hardly learns"
            )
    return ""


def _exploding(norm: float, smallest: float) -> str:
    least, times = EXPLODING
    if not norm > max(least, times * smallest):
        return ""
    return f"exploding gradients: the gradient has the norm {norm:.2g}, and had {smallest:.2g}"


def _dead(statistics: Statistics) -> str:
    for name, numbers in statistics.items():
        share = numbers.get("dead", [0.0])[-1]
        if share > DEAD:
            return (
                f"dead relus: {share:.0%} of the neurons of {name} give 0 for every row that was looked at; they get "
                "no gradient, and seldom come back"
            )
    return ""


def layer_statistics(layer: Module, gradient: np.ndarray, outputs: np.ndarray | None) -> dict[str, float]:
    """One number of each kind, of the sizes of a layer's gradients and of its outputs (rows, neurons).

    >>> from nn import Layer
    >>> layer_statistics(Layer(1, 2, "relu"), np.array([1.0, 3.0]), np.array([[0.0, 2.0], [0.0, 0.0]]))
    {'gradient': 2.0, 'gradient_max': 3.0, 'activation': 0.5, 'activation_std': 0.8660254037844386, 'dead': 0.5}
    """
    numbers: dict[str, float] = {}
    if gradient.size:
        numbers |= {"gradient": float(gradient.mean()), "gradient_max": float(gradient.max())}
    if outputs is None:
        return numbers
    numbers |= {"activation": float(outputs.mean()), "activation_std": float(outputs.std())}
    activation = activation_record(getattr(layer, "activation", None))
    if activation.can_die:
        numbers["dead"] = float(activation.dead(outputs).mean())
    if activation.saturates_at:
        numbers["saturated"] = float(activation.saturated(outputs).mean())
    return numbers


# ------------------------------------------------------------------------------- a loss that is not finite


def forward_origin(way: Eager, row: list, target: Any) -> str:
    """The first number that is not finite on the way from a row to its loss, in words; "" where there is none.

    What only a branch uses that was not taken is not on the way.
    """
    names = {parameter: name for name, parameter in way.model.named_parameters()}
    loss = checked_loss(way.loss(way.model(row), target))
    for node in [*live_nodes([loss]), *names]:
        if not isfinite(node.data):
            if not node.parents:
                return f"the parameter {names.get(node, node.label)} is {node.data:g}"
            return f"{call(node)} is {node.data:g}{_place(node)}"
    return ""


def backward_origin(way: Eager, rows: np.ndarray, targets: np.ndarray) -> str:
    """The first number that is not finite on the way back from the losses of rows, in words; "" where there is none.

    The way back is that to the parameters, along edges that are there.
    """
    for row, target in zip(rows.tolist(), targets.tolist(), strict=True):
        with derivatives_as_graphs():
            loss = checked_loss(way.loss(way.model(row), target))
        loss.backward()
        nodes = live_nodes([loss])
        learning = set(way.model.parameters())  # and what passes its gradient on to them
        for node in nodes:
            if not learning.isdisjoint(parent for _, parent, _ in edges(node)):
                learning.add(node)
        for node in reversed(nodes):
            for i, parent, partial in edges(node):
                if parent in learning and isfinite(node.grad) and not isfinite(node.grad * partial):
                    return f"{derivative(node, i)}{_place(node)}"
    return ""


def _place(node: Value) -> str:
    """The modules whose calls made the node, from the outside."""
    return f" in {modules_around(node) or 'the loss'}"

"""Neuron, Layer, MLP: a network written in scalars."""

from collections.abc import Callable, Iterable, Sequence
from numbers import Integral
from random import Random
from typing import TYPE_CHECKING, Any

from autograd import Value

from .activations import ActivationName, activation_function, activation_record, table_name
from .initialization import Initializer, InitializerName, initializer
from .module import Module

if TYPE_CHECKING:

    class Outputs(Value, list[Value]):  # type: ignore[misc]
        """What a layer gives: a Value where it has one neuron, else a list. For type checkers it is both."""

        def __add__(self, other: Any) -> Any: ...


class Neuron(Module):
    """activation(Σ wᵢ·xᵢ + b).

    Args:
        n_inputs: how many numbers it takes.
        activation: a name of `nn.ACTIVATIONS` but "softmax", or a function of a Value.
        init: how the weights start: a name of `nn.INITIALIZERS`, a function (rng, n_inputs, n_outputs) -> float, or
            None for He with the relu family and Xavier with all others. The bias starts at 0.
        seed: of the weights; a number or a `random.Random`.

    >>> neuron = Neuron(2, "tanh", seed=1)
    >>> round(neuron([1.0, -2.0]).data, 6)
    -0.99505
    """

    _n_outputs = 1

    def __init__(
        self,
        n_inputs: int,
        activation: ActivationName | Callable[..., Any] = "linear",
        init: InitializerName | Initializer | None = None,
        seed: int | Random | None = None,
        n_outputs: int = 1,
    ) -> None:
        _check_size("n_inputs", n_inputs)
        if activation_record(activation).of_layer:
            name = table_name(activation)
            raise ValueError(f"{name} is an activation of a whole layer: Layer(n_inputs, n_outputs, {name!r})")
        draw, rng = initializer(init, activation), _random(seed)
        self.activation = activation
        self.function = activation_function(activation)
        self.w = [Value(draw(rng, n_inputs, n_outputs), f"w{i}") for i in range(1, n_inputs + 1)]
        self.b = Value(0.0, "b")

    if TYPE_CHECKING:

        def __call__(self, x: Any) -> Value: ...

    def forward(self, x: Any) -> Value:
        x = _inputs(self, x, len(self.w))
        output = self.function(sum((w_i * x_i for w_i, x_i in zip(self.w, x, strict=True)), self.b))
        if not isinstance(output, Value):
            raise TypeError(
                f"the activation {self.activation!r} returned {output!r}, not a Value: use autograd's functions"
            )
        return output

    def architecture(self) -> dict[str, Any]:
        return {"n_inputs": len(self.w), "activation": self.activation}


class Layer(Module):
    """n_outputs neurons that take the same inputs; "softmax" makes their outputs positive and sum to 1.

    Called on a list, it gives a list of Values; a layer of one neuron gives the Value itself.

    >>> [round(p.data, 3) for p in Layer(2, 3, "softmax", seed=1)([1.0, -2.0])]
    [0.015, 0.796, 0.189]
    """

    is_layer = True

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        activation: ActivationName | Callable[..., Any] = "relu",
        init: InitializerName | Initializer | None = None,
        seed: int | Random | None = None,
    ) -> None:
        _check_size("n_outputs", n_outputs)
        of_layer = activation_record(activation).of_layer
        if of_layer and n_outputs == 1:
            raise ValueError(
                f"{table_name(activation)} is an activation of several neurons, and this layer has one: use 'sigmoid', "
                "or one neuron for each class"
            )
        self.activation = activation
        self.function = activation_function(activation)
        rng = _random(seed)
        each = "linear" if of_layer else activation
        self.neurons = [Neuron(n_inputs, each, init, rng, n_outputs) for _ in range(n_outputs)]
        for i, neuron in enumerate(self.neurons, start=1):
            neuron.name = f"neuron {i}"

    if TYPE_CHECKING:

        def __call__(self, x: Any) -> "Outputs": ...

    def forward(self, x: Any) -> Value | list[Value]:
        x = _inputs(self, x, len(self.neurons[0].w))
        outputs = [neuron(x) for neuron in self.neurons]
        if activation_record(self.activation).of_layer:
            outputs = self.function(outputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def architecture(self) -> dict[str, Any]:
        return {"n_inputs": len(self.neurons[0].w), "n_outputs": len(self.neurons), "activation": self.activation}


class MLP(Module):
    """A multilayer perceptron: layers one after the other.

    Args:
        n_inputs: how many numbers it takes.
        sizes: how many neurons each layer has.
        activation: of the hidden layers.
        output: the activation of the last layer.
        init, seed: as for `Neuron`.

    Called on a list of numbers or Values, it gives the list of the last layer's outputs, or the Value itself where
    the last layer has one neuron.

    >>> model = MLP(2, [16, 16, 1], seed=1)
    >>> model
    MLP(n_inputs=2, sizes=[16, 16, 1], activation='relu', output='linear'): 337 parameters
    >>> round(model([1.0, -2.0]).data, 6)
    0.070861
    """

    def __init__(
        self,
        n_inputs: int,
        sizes: Sequence[int],
        activation: ActivationName | Callable[..., Any] = "relu",
        output: ActivationName | Callable[..., Any] = "linear",
        init: InitializerName | Initializer | None = None,
        seed: int | Random | None = None,
    ) -> None:
        if isinstance(sizes, str) or not isinstance(sizes, Iterable) or not len(sizes):
            raise ValueError(f"sizes must list the neurons of each layer, such as [16, 16, 1]; got {sizes!r}")
        activation_function(activation)  # an unknown name is an error also where there is no hidden layer
        rng = _random(seed)
        self.layers = [
            Layer(n_in, n_out, output if i == len(sizes) else activation, init, rng)
            for i, (n_in, n_out) in enumerate(zip([n_inputs, *sizes], sizes, strict=False), start=1)
        ]
        for i, layer in enumerate(self.layers, start=1):
            layer.name = f"layer {i}"

    if TYPE_CHECKING:

        def __call__(self, x: Any) -> "Outputs": ...

    def forward(self, x: Any) -> Value | list[Value]:
        for layer in self.layers:
            x = layer(x)
        return x

    def architecture(self) -> dict[str, Any]:
        return {
            "n_inputs": len(self.layers[0].neurons[0].w),
            "sizes": [len(layer.neurons) for layer in self.layers],
            "activation": self.layers[0].activation if len(self.layers) > 1 else "linear",
            "output": self.layers[-1].activation,
        }


def _random(seed: int | Random | None) -> Random:
    return seed if isinstance(seed, Random) else Random(seed)


def _check_size(what: str, size: Any) -> None:
    if not isinstance(size, Integral) or isinstance(size, bool) or size < 1:
        raise ValueError(f"{what} must be a whole number of at least 1, got {size!r}")


class _Row(tuple[Value, ...]):
    """Inputs that have been checked: a layer does it once for all its neurons."""


def _inputs(module: Module, x: Any, n: int) -> Sequence[Value]:
    """The inputs as Values, checked. Numbers become leaves here, once, and not anew in every product."""
    if type(x) is _Row and len(x) == n:
        return x
    if isinstance(x, Value) or not isinstance(x, Iterable):
        x = [x]
    x = list(x)
    name = module.name or type(module).__name__
    if any(isinstance(x_i, (list, tuple)) or getattr(x_i, "shape", ()) != () for x_i in x[:1]):
        raise ValueError(
            f"{name} takes one row of {n} numbers, got a list of {len(x)} lists; "
            "for many rows write nn.predict(model, X), or [model(x) for x in X]"
        )
    if len(x) != n:
        raise ValueError(f"{name} takes {n} inputs, got {len(x)}")
    return _Row(x_i if isinstance(x_i, Value) else Value(x_i, f"x{i}") for i, x_i in enumerate(x, start=1))

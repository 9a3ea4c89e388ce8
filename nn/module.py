"""The base of everything that has parameters."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from sys import modules
from typing import Any

from autograd import Value, scope
from autograd.keeping import turn
from autograd.markup import paragraph, table
from autograd.walks import are_leaves, distinct

from .support.missing import need

_watched: ContextVar[list[tuple["Module", Any]] | None] = ContextVar("watched", default=None)
_MOST_PARTS = 30  # rows of a table that a notebook shows


class Module:
    """A part of a network: it finds the parameters in its attributes, and marks the nodes that a call of it makes.

    A subclass keeps its parameters as Values, in attributes, (nested) lists, dicts or arrays, or in other modules
    kept the same way, and defines `forward`. Calling the module calls `forward`. What `forward` computes is not a
    parameter, even where it is kept in an attribute.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...
    ...     def forward(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(3.0).data
    7.0
    >>> [name for name, _ in line.named_parameters()]
    ['slope', 'offset']
    """

    name: str = ""  # what pictures of the graph call it; the class name where it is empty
    is_layer: bool = False  # whether training keeps statistics of its outputs and gradients
    # fitted, of nn or of scikit-learn: fit, predict and evaluate scale rows by it; calling the module does not
    scaler: Any = None
    _n_outputs: int | None = None  # of a call, where the class says it and no argument does

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define forward()")

    def architecture(self) -> dict[str, Any]:
        """The arguments that make such a module; {} where a subclass does not say."""
        return {}

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={argument!r}" for name, argument in self.architecture().items())
        return f"{type(self).__name__}({arguments}): {len(self.parameters())} parameters"

    def _repr_html_(self) -> str:
        """What a notebook shows: a table of the parts, what each gives for B rows, and how many parameters it has.

        A part is a layer, a module without others in it, or Values that the module keeps itself.
        """
        rows = [[*each, f"{len(own):,}"] for *each, own in _parts(self)]
        left_out = len(rows) - _MOST_PARTS
        if left_out > 0:
            rows[_MOST_PARTS - 2 : -1] = [[f"… {left_out + 1:,} more", "", "", ""]]
        total = ["in all", "", "", f"{len(self.parameters()):,}"]
        columns = ["part", "kind", "output", "parameters"]
        scaled = paragraph(f"rows are scaled by {type(self.scaler).__name__}") if self.scaler is not None else ""
        shown = table(columns, [*rows, total], numbers=[3], last_is_sum=True)
        return f"<div>{paragraph(self.name or type(self).__name__)}{shown}{scaled}</div>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with scope(self.name or type(self).__name__):
            output = self.forward(*args, **kwargs)
        if self.is_layer and (calls := _watched.get()) is not None:
            calls.append((self, output))
        return output

    def named_modules(self) -> Iterator[tuple[str, "Module"]]:
        """(name, module) of this module, "", and of all in it, each once: ("layers.0", Layer(…)), …"""
        yield "", self
        yield from ((name, item) for name, item in _items(self) if isinstance(item, Module))

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """(name, Value) of every parameter, each once: ("layers.0.neurons.2.w.5", Value(…))."""
        seen: set[Value] = set()
        for name, tensor in _tensors(self):
            for index, parameter in _elements(tensor):
                if parameter not in seen:
                    seen.add(parameter)
                    yield name + index, parameter

    def parameters(self) -> list[Value]:
        """All parameters, in the order of `named_parameters`."""
        return distinct([parameter for _, tensor in _tensors(self) for parameter in _flat(tensor)])

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        stores = modules.get("autograd.parameters")  # it needs NumPy; who never imported it has adopted nothing
        if stores is not None:
            stores.zero_grad(self.parameters())
            return
        with turn:
            for parameter in self.parameters():
                parameter.grad = 0.0

    def state_dict(self) -> dict[str, Any]:
        """The parameters as float64 arrays by name; a list of Values is one array ("layers.0.neurons.2.w").

        Raises:
            ImportError: where NumPy is not installed.
        """
        need("numpy", "state_dict()")  # here and below, so that `import nn` needs no NumPy
        import numpy as np

        return {
            name: np.array([p.data for p in _flat(tensor)]).reshape(_shape(tensor)) for name, tensor in _tensors(self)
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set the parameters from arrays by name, as `state_dict` gives them.

        Raises:
            ValueError: when names are missing or unknown, a shape differs, or numbers are complex, dates, masked or
                beyond floats; nothing has been changed then.
            ImportError: where NumPy is not installed.
        """
        need("numpy", "load_state_dict()")
        from .support.arrays import check_floats

        tensors = dict(_tensors(self))
        missing, unknown = sorted(tensors.keys() - state.keys()), sorted(state.keys() - tensors.keys())
        if missing or unknown:
            raise ValueError(
                f"the state does not fit {type(self).__name__}: "
                + "; ".join(
                    f"{len(names)} {what} ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"
                    for what, names in (("missing", missing), ("unknown", unknown))
                    if names
                )
            )
        arrays = {name: check_floats(name, state[name]) for name in tensors}
        for name, tensor in tensors.items():
            if arrays[name].shape != _shape(tensor):
                raise ValueError(f"{name} has shape {_shape(tensor)}, the state has {arrays[name].shape}")
        for name, tensor in tensors.items():
            for parameter, number in zip(_flat(tensor), arrays[name].ravel().tolist(), strict=True):
                parameter.data = number


def check_model(what: str, model: Any, functions: bool = False) -> None:
    """Refuse what is no Module, and say what to do instead; where `functions`, a function is one.

    >>> check_model("fit trains a Module", abs)
    Traceback (most recent call last):
    TypeError: fit trains a Module, got <built-in function abs>: subclass nn.Module, keep what is learned in Values as \
its attributes, and define forward(x)
    """
    if isinstance(model, Module) or (functions and callable(model) and not isinstance(model, type)):
        return
    if isinstance(model, type):
        raise TypeError(f"{what}, got the class {model.__name__}: make one of it first, {model.__name__}(…)")
    instead = "subclass nn.Module, keep what is learned in Values as its attributes, and define forward(x)"
    of = "" if callable(model) else f" of type {type(model).__name__}"
    raise TypeError(f"{what}, got {model!r:.80}{of}: {instead}")


def layers(module: Module) -> list[tuple[str, Module]]:
    """(name, layer) of the layers in a module: "layer 1", or where it is, "encoder.layers.0", if names repeat.

    Of a module without layers it is the module itself.

    >>> from nn import MLP
    >>> [name for name, layer in layers(MLP(2, [3, 1]))]
    ['layer 1', 'layer 2']
    """
    found = [(place, item) for place, item in module.named_modules() if item.is_layer] or [("", module)]
    names = [layer.name for _, layer in found]
    if "" in names or len(set(names)) < len(names):
        names = [place or type(layer).__name__ for place, layer in found]
    return [(name, layer) for name, (_, layer) in zip(names, found, strict=True)]


def _parts(module: Module) -> list[tuple[str, str, str, list[Value]]]:
    """(name, kind, shape of the output, parameters) of the parts of a module; a parameter is of its first part.

    Where names repeat, the name is where the part is, as of `layers`.
    """
    found: list[tuple[str, str, str, str, list[Value]]] = []
    seen: set[Value] = set()
    inside = ""  # what begins the names of all in the latest part
    for place, item in _items(module):
        if inside and place.startswith(inside):
            continue
        if not isinstance(item, Module):
            values, kind, output = _flat(item), " × ".join(["Value", *map(str, _shape(item) or ())]), ""
        elif item.is_layer or not any(isinstance(each, Module) for _, each in _items(item)):
            inside = f"{place}."
            values, kind, output = item.parameters(), *_kind_and_output(item)
        else:
            continue
        own = [value for value in distinct(values) if value not in seen]
        seen.update(own)
        found.append((place, getattr(item, "name", "") or place, kind, output, own))
    repeats = len({name for _, name, *_ in found}) < len(found)
    return [(place if repeats else name, kind, output, own) for place, name, kind, output, own in found]


def _kind_and_output(module: Module) -> tuple[str, str]:
    """The class of a module with its activation, and the shape of what it gives for B rows, where it says so."""
    kind, output = type(module).__name__, ""
    with suppress(Exception):  # what a user's own architecture() does, or gives, was not asked
        architecture = module.architecture()
        activation = architecture.get("activation", "")
        kind = ", ".join(filter(None, [kind, getattr(activation, "__name__", str(activation))]))
        if n_outputs := architecture.get("n_outputs", module._n_outputs):
            output = "B" if n_outputs == 1 else f"B×{n_outputs}"
    return kind, output


@contextmanager
def watching() -> Iterator[list[tuple[Module, Any]]]:
    """Collect (layer, output) of every call of a layer inside the block."""
    calls: list[tuple[Module, Any]] = []
    token = _watched.set(calls)
    try:
        yield calls
    finally:
        _watched.reset(token)


def _tensors(module: Module) -> Iterator[tuple[str, Any]]:
    """(name, tensor) of everything below that holds parameters; a tensor is a Value or a rectangular list of them."""
    return ((name, item) for name, item in _items(module) if not isinstance(item, Module))


def _items(module: Module) -> Iterator[tuple[str, Any]]:
    """(name, item) of the modules and the tensors below."""
    seen: set[int] = set()  # a module that knows the one around it is walked once

    def walk(attributes: Mapping[Any, Any], prefix: str) -> Iterator[tuple[str, Any]]:
        for key, item in attributes.items():
            name = f"{prefix}{key}"
            if _shape(item) is not None:
                yield name, item
            elif isinstance(item, Module):
                if id(item) not in seen:
                    seen.add(id(item))
                    yield name, item
                    yield from walk(vars(item), name + ".")
            elif isinstance(item, Mapping):
                yield from walk(item, name + ".")
            elif _is_list(item):
                yield from walk(dict(enumerate(item)), name + ".")

    seen.add(id(module))
    return walk(vars(module), "")


def _shape(item: Any) -> tuple[int, ...] | None:
    """The shape of a tensor of parameters; None where the item is something else."""
    if isinstance(item, Value):
        return None if item.parents else ()
    if type(item) is list and item and are_leaves(item):  # each of which would take long to look at
        return (len(item),)
    if _is_list(item):
        shapes = {_shape(element) for element in item}
        if len(shapes) == 1 and (shape := shapes.pop()) is not None:
            return (len(item), *shape)
    return None


def _is_list(item: Any) -> bool:
    return isinstance(item, (list, tuple)) or getattr(getattr(item, "dtype", None), "kind", "") == "O"


def _flat(tensor: Any) -> list[Value]:
    """Every element of a tensor."""
    if isinstance(tensor, Value):
        return [tensor]
    if type(tensor[0]) is Value:
        return [*tensor]
    return [parameter for element in tensor for parameter in _flat(element)]


def _elements(tensor: Any, index: str = "") -> Iterator[tuple[str, Value]]:
    """(index, Value) of every element of a tensor: ("", …) of a single Value, (".5", …) of a list."""
    if isinstance(tensor, Value):
        yield index, tensor
    else:
        for i, element in enumerate(tensor):
            yield from _elements(element, f"{index}.{i}")

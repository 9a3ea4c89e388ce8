"""The base of all optimizers: it knows where the parameters and their gradients are."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd import Value
from autograd.parameters import Store, adopt, any_adopted, checked_leaves, places_in, zero_grad
from autograd.recording import current
from autograd.sweeps import Sweep
from autograd.tracing import check_gradients_are_kept, untraceable
from autograd.updates import Update, penalty

from ..support.arrays import check_floats
from ..support.checks import check_number
from .schedules import Schedule


class Optimizer:
    """Holds the parameters. A training step is `zero_grad()`, `loss.backward()`, `step()`.

    A subclass defines `update(data, grad)`, and names in `per_parameter` its arrays of one number per parameter. Those
    whose names begin with an underscore are scratch: nothing of them lasts from step to step, and they are not saved.

    Where parameters are adopted by a store (`autograd.parameters`), a step works on the arrays of the store, and the
    optimizer brings its `parameters` and arrays into the order there. Plain Values are read and written one by one.

    Args:
        parameters: the Values to train, such as `model.parameters()`.
        lr: the learning rate, greater than 0; or a schedule, a function of how many steps have been taken.

    Attributes:
        lr: the rate of the latest step. Where there is no schedule, it may be assigned: a number of at least 0.
        schedule: the schedule, or None.
        steps: how many steps were taken.

    Raises:
        ValueError, TypeError: for no parameters, one twice, an inner node, or a hyperparameter out of its range.

    >>> class SignDescent(Optimizer):
    ...     def update(self, data, grad):
    ...         data -= self.lr * np.sign(grad)
    >>> x = Value(1.0)
    >>> (x * x).backward()
    >>> SignDescent([x], lr=0.25).step()
    >>> x.data
    0.75
    """

    per_parameter: tuple[str, ...] = ()

    _formula: Update | None = None  # what update() does, for nn's own
    _sweeps: dict[str, Sweep]  # bound to the arrays of the latest step
    _store: Store | None = None  # where the parameters are; None while they are plain Values
    _seen: np.ndarray | None = None  # its data when the places below were found
    _places: slice | np.ndarray = slice(None)  # of the parameters in it
    _views: tuple[np.ndarray, np.ndarray] | None = None  # of data and grad there, where the places follow each other

    def __init__(self, parameters: Iterable[Value], lr: float | Schedule) -> None:
        if hasattr(parameters, "parameters"):
            raise TypeError(f"an optimizer takes parameters, not a model: {type(self).__name__}(model.parameters(), …)")
        if not isinstance(parameters, Iterable):
            raise TypeError(f"an optimizer takes a list of parameters, model.parameters(), got {parameters!r:.80}")
        self.parameters = checked_leaves(parameters)
        self.given = list(self.parameters)  # the order in which arrays are saved
        if not self.parameters:
            raise ValueError(
                "an optimizer needs at least one parameter, got none: a module keeps what is learned in Values, as its "
                "attributes"
            )
        self._sweeps = {}
        self.steps, self.schedule = 0, lr if callable(lr) else None
        if self.schedule is None:
            self._lr = check_number("lr", lr, 0.0, open_below=True)
        else:
            self._lr = check_number("the schedule's first lr", self.schedule(0), 0.0)

    @property
    def lr(self) -> float:
        """The learning rate."""
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        if self.schedule is not None:
            raise ValueError("the learning rate follows a schedule; assign .schedule, or None to it first")
        self._lr = check_number("lr", lr, 0.0)

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        _check_outside("zero_grad()")
        store = self._current_store()
        if store is None:
            zero_grad(self.parameters)
        elif len(self.parameters) == len(store.data):
            store.zero_grad()
        elif not store.grad_is_zero:
            gradient = store.current_grad()
            gradient[self._places] = 0.0
            store.grad_is_zero = not gradient.any()

    def step(self) -> None:
        """Move every parameter once."""
        _check_outside("step()", reads_gradients=True)
        self._count_step()
        store, views, update = self._current_store(), self._views, self.update
        if store is not None and views is not None and getattr(update, "__func__", None) is Optimizer.update:
            if store.is_marked:
                store.current_grad()  # which writes the zeros that are due
            update(*views)
            return
        with np.errstate(all="ignore"):  # nan and inf go on silently, as they do in Values
            if store is None or views is None:
                data = self._read(store, "data")
                update(data, self._read(store, "grad"))
                self._write(store, "data", data)
            else:
                store.show_grad()  # which the user's update may keep
                update(*views)

    def _count_step(self) -> None:
        """One more step, at the rate that the schedule has for it."""
        if self.schedule is not None:
            self._lr = check_number(f"the schedule's lr for step {self.steps}", self.schedule(self.steps), 0.0)
        self.steps += 1

    def add_penalty_gradient(self, l1: float, l2: float) -> None:
        """Add the derivative of l1·Σ|θ| + l2·Σθ² to the gradients: l1·sign(θ) + 2·l2·θ."""
        gradient = self.gradient_to_change()
        data = self.data() if self._views is None else self._views[0]
        self._sweep(penalty, (data, gradient))(l1, l2)
        self.set_gradient(gradient)

    def data(self) -> np.ndarray:
        """The numbers of `parameters`, in a new array."""
        return self._read(self._current_store(), "data")

    def gradient(self) -> np.ndarray:
        """The gradients of `parameters`, in a new array."""
        check_gradients_are_kept()
        return self._read(self._current_store(), "grad")

    def gradient_to_change(self) -> np.ndarray:
        """The same, to be changed in place before `set_gradient`: where they are, if they follow each other there."""
        store = self._current_store()
        if store is None or self._views is None:
            return self.gradient()
        check_gradients_are_kept()
        store.current_grad()  # which writes the zeros that are due
        store.grad_is_zero = False  # first: who changes them may be interrupted
        return self._views[1]

    def set_data(self, data: np.ndarray) -> None:
        """Give `parameters` the numbers of an array."""
        self._write(self._current_store(), "data", data)

    def set_gradient(self, gradient: np.ndarray) -> None:
        """Give `parameters` the gradients of an array."""
        store = self._current_store()
        if store is not None:
            store.grad_is_zero = False  # first: the writing may be interrupted
        if self._views is None or gradient is not self._views[1]:
            self._write(store, "grad", gradient)

    def _read(self, store: Store | None, which: str) -> np.ndarray:
        if store is None:
            return np.array([getattr(parameter, which) for parameter in self.parameters])
        return np.array((store.data if which == "data" else store.current_grad())[self._places])

    def _write(self, store: Store | None, which: str, array: np.ndarray) -> None:
        if store is None:
            for parameter, number in zip(self.parameters, array.tolist(), strict=True):
                setattr(parameter, which, number)
        else:
            (store.data if which == "data" else store.current_grad())[self._places] = array

    def hyperparameters(self) -> dict[str, Any]:
        """The numbers that the next steps depend on, by name: "lr", "steps", "momentum", …"""
        numbers = {name: number for name, number in vars(self).items() if not name.startswith("_")}
        kept = {name: number for name, number in numbers.items() if isinstance(number, (bool, int, float, tuple))}
        return {"lr": self.lr, **kept}

    def state_dict(self) -> dict[str, Any]:
        """All that the next steps depend on, but the parameters: `hyperparameters()`, and arrays such as "velocity".

        The arrays have one number for each parameter, in the order in which the parameters were given.
        """
        order = self.places_of(self.given)
        arrays = {name: getattr(self, name)[order] for name in self.per_parameter if not name.startswith("_")}
        return {"optimizer": type(self).__name__, **self.hyperparameters(), **arrays}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on as the optimizer would have from which `state_dict()` took the state.

        Raises:
            ValueError: when the state is of another kind of optimizer, or of more or fewer parameters, or has
                complex numbers, dates or what is masked; nothing has been changed then.
        """
        mine, kind = self.state_dict(), state.get("optimizer")
        if mine.keys() != state.keys() or mine["optimizer"] != kind:
            differ = ", ".join(sorted(mine.keys() ^ state.keys()))
            raise ValueError(
                f"the state of {kind or 'something else'} does not fit {mine['optimizer']}"
                + f": one of them has no {differ}" * bool(differ)
            )
        arrays = {name: check_floats(name, state[name]) for name in mine if isinstance(mine[name], np.ndarray)}
        for name, array in arrays.items():
            if array.shape != mine[name].shape:
                raise ValueError(f"{name} is of {len(self.given)} parameters, the state has the shape {array.shape}")
        order = self.places_of(self.given)
        for name, array in arrays.items():
            getattr(self, name)[order] = array
        self._set_hyperparameters(state)

    def snapshot(self) -> tuple[list[Value], dict[str, Any], dict[str, np.ndarray]]:
        """Parameters and state as they are now, for `restore`: faster than `state_dict`, within one process."""
        arrays = {"data": self.data()}  # first: it may bring the parameters into another order
        arrays |= {name: getattr(self, name).copy() for name in self.per_parameter if not name.startswith("_")}
        return self.parameters, self.hyperparameters(), arrays

    def restore(self, snapshot: tuple[list[Value], dict[str, Any], dict[str, np.ndarray]]) -> None:
        """Put parameters and state back as `snapshot` took them; the gradients become 0."""
        then, hyperparameters, arrays = snapshot
        self.zero_grad()
        if then is not self.parameters:  # they have come into another order since
            place_then = {parameter: place for place, parameter in enumerate(then)}
            order = [place_then[parameter] for parameter in self.parameters]
            arrays = {name: array[order] for name, array in arrays.items()}
        for name in self.per_parameter:
            if name in arrays:
                getattr(self, name)[:] = arrays[name]
        self.set_data(arrays["data"])
        self._set_hyperparameters(hyperparameters)

    def _set_hyperparameters(self, numbers: Mapping[str, Any]) -> None:
        for name in self.hyperparameters():
            setattr(self, "_lr" if name == "lr" else name, numbers[name])

    def places_of(self, values: list[Value]) -> np.ndarray:
        """Where in `parameters`, as they are in order now, those of the values are that it holds.

        >>> a, b = Value(1.0), Value(2.0)
        >>> Optimizer([a, b], lr=0.1).places_of([b, Value(3.0), a])
        array([1, 0])
        """
        store = self._current_store()
        if store is None or not isinstance(self._places, slice):
            place_of = {parameter: place for place, parameter in enumerate(self.parameters)}
            return np.array([place_of[value] for value in values if value in place_of], int)
        places = places_in(store, values) - self._places.start
        return places[(places >= 0) & (places < len(self.parameters))]

    def places_in_store(self) -> slice | np.ndarray:
        """Where in the store that holds them `parameters` are, as they are in order now."""
        assert self._current_store() is not None
        return self._places

    def update(self, data: np.ndarray, grad: np.ndarray) -> None:
        """Move `data`, the numbers of the parameters, in place; `grad`, their gradients, is to be read only."""
        if self._formula is None:
            raise NotImplementedError(f"{type(self).__name__} must define update(data, grad)")
        arrays, numbers = self._operands()
        self._sweep(self._formula, (grad, data) + arrays)(*numbers)  # noqa: RUF005  a little faster

    def _sweep(self, update: Update, arrays: tuple[np.ndarray, ...]) -> Sweep:
        """What runs an update of the book on these arrays: the one of the latest step, where they are the same."""
        sweep = self._sweeps.get(update.name)
        if sweep is None or not sweep.is_of(arrays):
            sweep = self._sweeps[update.name] = Sweep(update, arrays)
        return sweep

    def _operands(self) -> tuple[tuple[np.ndarray, ...], tuple[float, ...]]:
        """What the formula takes after grad and data: arrays, and the plain numbers of this step."""
        raise NotImplementedError

    def _current_store(self) -> Store | None:
        """The store that holds the parameters; None while they are plain Values."""
        if self._store is None or self._store.data is not self._seen:
            self._find()
        return self._store

    def _find(self) -> None:
        """Find out where the parameters are, and give the arrays of `per_parameter` the same order and dtype."""
        self._store, self._seen, self._views, self._sweeps = None, None, None, {}
        dtype, order = np.dtype(np.float64), None
        if any_adopted(self.parameters):
            self._store, places = adopt(self.parameters)  # into one store those that were in several, or in none
            self._seen, dtype = self._store.data, self._store.data.dtype
            if (np.diff(places) < 0).any():
                order = np.argsort(places)
                self.parameters = [*map(self.parameters.__getitem__, order.tolist())]
                places = places[order]
            self._places = places
            if places[-1] - places[0] == len(places) - 1:
                self._places = slice(places[0], places[-1] + 1)
                self._views = self._store.data[self._places], self._store.current_grad()[self._places]
        for name in self.per_parameter:
            array = getattr(self, name)
            if order is not None or array.dtype != dtype:
                setattr(self, name, (array if order is None else array[order]).astype(dtype))

    def __getstate__(self) -> dict[str, Any]:
        """A copy holds plain copies of the parameters: it has to find out itself where they are."""
        found = ("_store", "_seen", "_places", "_views", "_sweeps")
        return {name: attribute for name, attribute in vars(self).items() if name not in found}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _sweeps={})


def _check_outside(what: str, reads_gradients: bool = False) -> None:
    state = current()
    if state.tracing:
        untraceable(f"{what} of an optimizer", "it would happen once, and not in every call; do it outside")
    if reads_gradients and state.derivative is not None:
        check_gradients_are_kept()

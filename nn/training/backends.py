"""How many rows are computed: compiled into array operations, or each row by its own graph of scalars."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from autograd import TraceError, no_grad
from autograd.collector import collector_paused
from autograd.differentiation import derivatives_as_graphs
from autograd.structures import unwrapped
from autograd.warn import warn

from ..module import Module
from ..support.missing import how_to_install, is_there
from .outputs import LAYERS, LOSS, OUTPUTS, checked_loss, computed, floats, numbers, watched
from .unchanged import Own, Snapshot, is_own

if TYPE_CHECKING:
    from autograd.compiler.cache import Parts

LossFunction = Callable[[Any, Any], Any]
FEW_ROWS = 16  # are done before a compilation would be


class Eager:
    """Row by row: the graph of every loss is built, walked backward and freed.

    Attributes:
        types: of the arrays of rows and of targets that `backward` reads; None is any.
        sampled: rows at the most, on which the outputs of layers are looked at while they learn.
    """

    sampled = 64

    def __init__(self, model: Module, loss: LossFunction | None = None, dtype: Any = np.float64) -> None:
        self.model, self._loss = model, loss
        self.types: tuple[Any, Any] = dtype, None

    def loss(self, output: Any, target: Any) -> Any:
        assert self._loss is not None
        return self._loss(output, target)

    def is_outdated(self, others_ran: bool) -> bool:
        """Never: each call is one of model and loss as they are."""
        return False

    def backward(self, rows: np.ndarray, targets: np.ndarray) -> Callable[[], tuple[np.ndarray, np.ndarray]]:
        """What adds the gradient of the mean loss, and gives the losses and the model's outputs: of the rows and
        targets that stand in these arrays when it is called. The next call may overwrite what it gave.
        """
        return partial(self._backward, rows, targets)

    def _backward(self, rows: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        losses, outputs = [], []
        with collector_paused() as collect_young, derivatives_as_graphs():
            for row, target in zip(floats(rows), targets.tolist(), strict=True):
                output = unwrapped(self.model(row))
                loss = checked_loss(self.loss(output, target))
                loss.backward(1.0 / len(rows))
                losses.append(loss.data)
                outputs.append(numbers(output))
                del loss, output  # frees the graph before the next one is built
            collect_young()
        return np.array(losses), np.array(outputs)

    def evaluate(self, rows: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The losses and the model's outputs."""
        losses, outputs = [], []
        with no_grad():
            for row, target in zip(floats(rows), targets.tolist(), strict=True):
                output = unwrapped(self.model(row))
                losses.append(float(unwrapped(self.loss(output, target))))
                outputs.append(numbers(output))
        return np.array(losses), np.array(outputs)

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """The model's outputs."""
        with no_grad():
            return np.array([numbers(self.model(row)) for row in floats(rows)])

    def layer_outputs(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The outputs of each layer, by its name: (rows, neurons)."""
        with no_grad(), collector_paused() as collect_young:
            found = [
                {name: [float(output) for output in outputs] for name, outputs in watched(self.model, row)[1].items()}
                for row in floats(rows)
            ]
            collect_young()
        alike = [name for name in found[0] if len({len(each.get(name, ())) for each in found}) == 1]  # in every row
        return {name: np.array([each[name] for each in found]) for name in alike}


class Compiled:
    """All rows at once, by compiled programs. Its methods are those of `Eager`.

    One trace of model and loss gives all that they compute, and programs for what is wanted of it. Where they are nn's
    own, traces and programs are kept for the next time, in the home of compiled functions.

    Args:
        trains: whether it is to go backward: it adopts the parameters then. Else they stay as they are.
        backend: what runs the programs, as `autograd.compile` takes it.

    Raises:
        TraceError: from each method, when model or loss cannot be compiled; nothing has changed then.
    """

    sampled = 512

    def __init__(
        self,
        model: Module,
        loss: LossFunction | None = None,
        dtype: Any = "float64",
        trains: bool = True,
        backend: str | None = None,
    ) -> None:
        from autograd.compiler.cache import HOME  # here, since it takes a while

        self._model, self._loss, self._dtype, self._trains, self._backend = model, loss, dtype, trains, backend
        self._home = HOME
        self._kept = HOME.kept(model, lambda: Own.of(model)) if is_own(loss) else None
        self._traces: list[tuple[bool, Parts]] = []  # that are not kept; with the outputs of layers?
        self._programs: dict[tuple, Any] = {}

    @property
    def types(self) -> tuple[Any, Any]:
        return self._dtype, self._dtype

    def backward(self, rows: np.ndarray, targets: np.ndarray) -> Callable[[], tuple[np.ndarray, np.ndarray]]:
        return self._program(LOSS, rows, targets).bind(rows, targets).backward

    def flops_of_products(self, rows: np.ndarray, targets: np.ndarray, count: int) -> int:
        """Of the products of matrices in a step on so many of the rows."""
        return self._program(LOSS, rows, targets).flops_of_products(rows, targets, count=count)

    def try_out(self, row: np.ndarray, target: np.ndarray) -> None:
        """Refuse what it cannot compute, of one row and its target."""
        self.evaluate(row, target)

    def evaluate(self, rows: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._program(LOSS, rows, targets)(rows, targets)

    def predict(self, rows: np.ndarray) -> np.ndarray:
        return self._program(OUTPUTS, rows)(rows)[0]

    def layer_outputs(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        with collector_paused():
            parts = self._trace(LAYERS, rows)
            names = [name for name in parts.names if name not in LOSS]
            how = self._dtype, self._trains, self._backend
            program = parts.program(names, 1, *how) if names else lambda rows: ()
        return {name: array for (_, name), array in zip(names, program(rows), strict=True)}

    def proved(self, use: Callable[["Compiled"], Any]) -> Any:
        """What `use` does with it, if that is what model and loss would do in every row.

        Raises:
            TraceError: when they change with their calls, too; they are as they were before then.
        """
        if self._kept is not None:
            return use(self)
        before = self._snapshot()
        try:
            result = use(self)
            self._check(self._snapshot())
        except Exception:
            before.restore()
            raise
        return result

    def is_outdated(self, others_ran: bool) -> bool:
        """Whether it is not current. Where no other code than nn's own has run since it was, it is."""
        return (others_ran or self._kept is None) and not self.is_current()

    def is_current(self) -> bool:
        """Whether it does what model and loss do now. Those that are not nn's own are called to find out."""
        if self._kept is not None:
            return self._kept.is_current()
        before = self._snapshot()
        try:
            self._check(before)
        except TraceError:
            before.restore()
            return False
        return True

    def _check(self, before: Snapshot) -> None:
        same = all([parts.is_current() for _, parts in self._traces])
        if changed := before.difference(self._snapshot()):
            raise TraceError(f"{changed} changes with each call, which would be frozen")
        if not same:
            raise TraceError("it does something else each time that it is called, which would be frozen")

    def _snapshot(self) -> Snapshot:
        return Snapshot({"model": self._model, "loss": self._loss})

    def _program(self, names: tuple[str, ...], *arrays: np.ndarray) -> Any:
        """The compiled function that gives these of what is computed, for arguments of such shapes."""
        key = names, *[array.shape[1:] for array in arrays]
        program = self._programs.get(key)
        if program is None:
            with collector_paused():
                parts = self._trace(names, *arrays)
                how = self._dtype, self._trains, self._backend
                program = self._programs[key] = parts.program(names, len(arrays), *how)
        return program

    def _trace(self, names: tuple[str, ...], *arrays: np.ndarray) -> "Parts":
        """A trace that gives these, for arguments of such shapes: one that is there, or a new one."""
        shapes = tuple([array.shape[1:] for array in arrays])
        there = self._traces
        if self._kept is not None:
            kept = list(self._kept.parts.items())
            there = [(True, parts) for (loss, _), parts in kept if loss is self._loss or names is not LOSS]
        fitting = [
            parts
            for of_layers, parts in there
            if parts.shapes[: len(shapes)] == shapes and (of_layers or names is not LAYERS)
        ]
        ready = [parts for parts in fitting if parts.has(names, self._backend)]
        return (ready or fitting or [self._new_trace(names, shapes)])[0]

    def _new_trace(self, names: tuple[str, ...], shapes: tuple[tuple[int, ...], ...]) -> "Parts":
        from autograd.compiler.cache import Parts

        model, kept = self._model, self._kept
        model_of = ref(model) if kept is not None else lambda: model
        of_layers = kept is not None or self._trains or names is LAYERS
        try:
            parts = Parts(computed(model_of, self._loss, of_layers), shapes)
        except TraceError:
            if kept is not None or not of_layers or names is LAYERS:
                raise
            of_layers = False  # an output of a layer that the loss does not use may be the reason
            parts = Parts(computed(model_of, self._loss, of_layers), shapes)
        if kept is None or not self._home.add(kept, (self._loss, shapes), parts):
            self._kept = None
            self._traces.append((of_layers, parts))
        return parts


BACKENDS: dict[str, Any] = {"native": Compiled, "numpy": Compiled, "jax": Compiled, "eager": Eager}
DTYPES: dict[str, Any] = {"float64": np.float64, "float32": np.float32}


def why_not(backend: str | None) -> str:
    """Why this backend cannot be used here, in words that go on from its name; empty where it can, and for none."""
    if backend == "jax":
        return "" if is_there("jax") else f"needs jax: {how_to_install('jax')}"
    if backend != "native":
        return ""
    from autograd.compiler.executors import why_not_native

    return why_not_native()


def chosen(backend: str | None) -> str:
    """The backend of this name; of none, that by which compiled functions run.

    Raises:
        ValueError: for GLASSGRAD_BACKEND or GLASSGRAD_THREADS in the environment that cannot be used.
    """
    from autograd.compiler.executors import default_backend
    from autograd.compiler.executors.threads import default_threads

    if backend != "eager":
        default_threads()
    return backend or default_backend()


def faster(rows: np.ndarray, model: Any, loss: LossFunction | None, use: Callable[[Compiled | Eager], Any]) -> Any:
    """What `use` does with the faster way to compute so many rows, compiled or eager."""
    if len(rows) >= FEW_ROWS:
        try:
            return Compiled(model, loss, trains=False).proved(use)
        except TraceError as error:
            warn_of_rows("computing", "model and loss" if loss else "the model", str(error))
    return use(Eager(model, loss))


def warn_of_rows(doing: str, what: str, why: str) -> None:
    warn(f"{doing} row by row, which is slow, since {what} cannot be compiled: {why}")

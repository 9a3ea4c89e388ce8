"""One home for what is compiled behind a user's back: used again only while its caller proves that it is current.

`Parts` is one trace of a function that gives several things, and the programs that each give some of them. `Home` keeps
traces, and with them their programs, by object and by a key, which says for what shapes they are. Nothing here asks
whether an object has changed: who keeps something of it brings the proof along.
"""

import os
from collections.abc import Callable, Sequence
from functools import cached_property, wraps
from itertools import accumulate
from math import prod
from threading import Lock
from typing import Any
from weakref import ref

import numpy as np

from ..collector import collector_paused
from ..recording import current
from ..tracing import check_parameters, untraceable
from .compiled import MOST_BYTES, Compiled
from .executors import default_backend
from .passes import folded_trace
from .prepared import Prepared, prepare
from .tape import Tape
from .trace import Result

MOST_OBJECTS = 8
MOST_SHAPES = 4  # of each
MOST_SCALARS = 2**20  # in the traces of all: some 200 MB
MOST_BYTES_OF_RUNS = 2**28


class Parts:
    """A function that gives several things by name, traced once for all of them, and the programs that give some.

    Args:
        f: a function of one row that returns a dict; what is in it is as `compile` takes it.
        shapes: of the arguments.

    Raises:
        TraceError: when f cannot be compiled.

    >>> powers = Parts(lambda x, y: {"square": x * x, "product": x * y}, [(), ()])
    >>> powers.program(["square"], 1)([3.0])
    (array([9.]),)
    >>> powers.program(["product", "square"], 2)([3.0], [2.0])
    (array([6.]), array([9.]))
    """

    def __init__(self, f: Callable[..., dict], shapes: Sequence[tuple[int, ...]]) -> None:
        self._f, self.shapes = f, tuple(shapes)
        self._tape, self._returned, self.names = self._trace()
        self._prepared: dict[tuple, Prepared] = {}  # by what it gives, and what runs it
        self._programs: dict[tuple, Compiled] = {}

    @property
    def scalars(self) -> int:
        """How many nodes the graph has."""
        return self._tape.scalars

    @property
    def bytes_of_runs(self) -> int:
        """The memory that its programs keep for further runs."""
        return sum(program.bytes_of_runs for program in list(self._programs.values()))

    def free_runs(self) -> None:
        """Free that memory, where no run is going on."""
        for program in list(self._programs.values()):
            program.free_runs()

    def is_current(self) -> bool:
        """Whether f, run anew, gives the same things, made in the same way of the same Values."""
        tape, *same = self._trace()
        return same == [self._returned, self.names] and tape.digest() == self._digest

    def has(self, names: Sequence[Any], backend: str | None = None) -> bool:
        """Whether the passes have run for these things, and this backend."""
        return (*names, backend or default_backend()) in self._prepared

    def program(
        self,
        names: Sequence[Any],
        n_arguments: int,
        dtype: Any = "float64",
        adopts: bool = False,
        backend: str | None = None,
    ) -> Compiled:
        """The compiled function that gives a tuple of these things; backward() differentiates the first.

        Args:
            names: of the things.
            n_arguments: how many of the arguments they depend on: the first ones.
            dtype: of the arithmetic.
            adopts: whether it moves the parameters into a store, as backward() needs. If not, they stay what they are,
                plain Values for instance, with which eager arithmetic is faster; each call reads all their numbers.
            backend: what runs it, as `compile` takes it.

        Raises:
            TraceError: in a function that is being compiled, where the results would be frozen.
            TypeError: in a function that is being differentiated by one of the parameters.
        """
        if current().tracing:
            untraceable("running a program of numbers", "call the model, or the function, itself")
        check_parameters(self._tape.parameters)
        key = (*names, n_arguments, np.dtype(dtype), adopts, backend or default_backend())
        return self._programs.get(key) or self._programs.setdefault(key, self._made(*key))

    def _made(self, *key: Any) -> Compiled:
        *names, n_arguments, dtype, adopts, backend = key
        f = _only(self._f, names)  # a program refers to no Parts: without cycles, all goes with the last that holds it
        compiled = Compiled(f, dtype, backend=backend)
        prepared = self._prepared.get((*names, backend))
        if prepared is not None:
            return compiled.use(prepared.twin(dtype, adopts))
        shapes, (nodes, returned) = self.shapes[:n_arguments], self._chosen(names)
        with collector_paused():
            others = [other for key, other in list(self._prepared.items()) if key[-1] == backend]
            given = next(filter(None, (other.giving(nodes, returned) for other in others)), None)
            if given is not None:
                prepared = given.twin(dtype, adopts)
                prepared.f, prepared.shapes = f, shapes
            else:
                traced, watched = (self._tape.with_outputs(nodes), returned), self._tape.outputs
                traced[0].differentiable = not returned.shapes[0]
                prepared = prepare(f, shapes, dtype, MOST_BYTES, traced, adopts, backend, watched=watched)
        self._prepared[*names, backend] = prepared
        return compiled.use(prepared)

    def _trace(self) -> tuple[Tape, Result, list[Any]]:
        names: list[Any] = []

        @wraps(self._f)
        def values(*row: Any) -> tuple:
            found = self._f(*row)
            names[:] = found
            return tuple(found.values())

        with collector_paused():
            return *folded_trace(values, self.shapes), names

    @cached_property
    def _digest(self) -> int:
        return self._tape.digest()

    def _chosen(self, names: Sequence[Any]) -> tuple[list[int], Result]:
        """The nodes of these things, in this order, and as what they are returned."""
        sizes = [prod(shape) for shape in self._returned.shapes]
        ends = [*accumulate(sizes)]
        chosen = [self.names.index(name) for name in names]
        nodes = [n for i in chosen for n in self._tape.outputs[ends[i] - sizes[i] : ends[i]]]
        return nodes, Result([self._returned.shapes[i] for i in chosen], several=True)


def _only(f: Callable[..., dict], names: Sequence[Any]) -> Callable[..., tuple]:
    """The function that gives a tuple of these things."""

    @wraps(f)
    def only(*row: Any) -> tuple:
        found = f(*row)
        return tuple([found[name] for name in names])

    return only


class Kept:
    """What is kept of an object.

    Attributes:
        owner: the object, weakly.
        proof: whether it is as it was when this began.
        parts: traces of it, by key.
    """

    def __init__(self, owner: ref, proof: Callable[[Any], bool]) -> None:
        self.owner, self.proof = owner, proof
        self.parts: dict[Any, Parts] = {}

    def is_current(self) -> bool:
        owner = self.owner()
        return owner is not None and self.proof(owner)


class Home:
    """Traces and programs of objects, for who asks again.

    Kept are those of the 8 objects that were asked for last, of each the 4 latest ones; and of no more objects than
    have a million scalars in their traces together, but always those of the last one. Where the programs keep more than
    256 MiB for further runs, those of the objects asked for first free it. An object is held weakly, and
    takes with it what is kept of it: so its proof and its traces may not refer to it. Threads may ask at once, and a
    program runs for one of them at a time. A process that is forked begins with nothing.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Forget all."""
        self._kept: dict[int, Kept] = {}  # by id of the object; the one asked for last is the last
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def kept(self, owner: Any, prove: Callable[[], Callable[[Any], bool] | None]) -> Kept | None:
        """What is kept of the object as it is now; None where there is no proof for it.

        Args:
            prove: makes the proof, from what the object is now.
        """
        kept = self._kept.get(id(owner))
        if kept is None or kept.owner() is not owner or not kept.is_current():
            if kept is not None:
                self._kept.pop(id(owner), None)
            proof = prove()
            if proof is None:
                return None
            kept = Kept(ref(owner, self._dropped), proof)
        with self._lock:
            self._kept.pop(id(owner), None)
            self._kept[id(owner)] = kept
            self._make_room()
        return kept

    def add(self, kept: Kept, key: Any, parts: Parts) -> bool:
        """Keep a trace that was made just now; whether it is one of the object as it was when `kept` began."""
        if not kept.is_current():
            return False
        with self._lock:
            kept.parts.pop(key, None)
            kept.parts[key] = parts
            if len(kept.parts) > MOST_SHAPES:
                del kept.parts[next(iter(kept.parts))]
            self._make_room()
        return True

    def _make_room(self) -> None:
        for oldest in list(self._kept)[:-1]:
            scalars = sum(parts.scalars for kept in list(self._kept.values()) for parts in kept.parts.values())
            if len(self._kept) <= MOST_OBJECTS and scalars <= MOST_SCALARS:
                break
            self._kept.pop(oldest, None)
        parts = [each for kept in list(self._kept.values()) for each in list(kept.parts.values())]
        kept_bytes = [each.bytes_of_runs for each in parts]
        while parts[1:] and sum(kept_bytes) > MOST_BYTES_OF_RUNS:
            parts.pop(0).free_runs()
            kept_bytes.pop(0)

    def _dropped(self, owner: ref) -> None:
        """Its object is dead. This comes at any time, also while another thread, or we, hold the lock."""
        for key, kept in list(self._kept.items()):
            if kept.owner is owner:
                self._kept.pop(key, None)


HOME = Home()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=HOME.forget)  # a thread that is not there may be at work on it

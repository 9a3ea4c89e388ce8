"""The text of a function of array calls while it is written: its lines, and names for arrays and views of them."""

import math
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ...buffers import Buffers
from ...kinds import Constants, Take
from ...views import Operand, View


class Ref(NamedTuple):
    """How the function's text names an array, and an array of that layout."""

    text: str
    like: np.ndarray


class Writer:
    """Lines of a function on `rows` rows, and what they refer to.

    Memory is allocated once, and views of it are made once. An argument of the function is another array in each call:
    a view of it is an expression in the text.
    """

    def __init__(self, plan: Buffers, rows: int, dtype: Any, parameters: np.ndarray) -> None:
        self.rows, self.dtype = rows, np.dtype(dtype)
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"inf": np.inf, "nan": np.nan}  # what the text refers to
        self.plan, self.program, self.parameters = plan, plan.program, parameters
        program = self.program
        self.memory = [
            np.empty(slot.size * (rows if slot.space else 1), bool if slot.boolean else self.dtype)
            for slot in self.plan.slots
        ]
        self.inputs = list(program.inputs.values())
        self.arguments = [program.name(value) for value in self.inputs]
        self.buffers: dict[int, np.ndarray] = {program.parameters: parameters}  # of values
        for value in self.inputs:
            template = np.empty((rows, program.size[value]), self.dtype)  # for its layout: no call writes to it
            self.buffers[value] = template
        self.copies: dict[int, Ref] = {}  # of arguments
        self.refs: dict[tuple, Ref] = {}
        self.chosen: dict[tuple[View, Take], Ref] = {}  # by the index: the positions that a take chose
        self.scratch: dict[tuple, list[Ref]] = {}  # temporary arrays that are free, by shape and type

    def name(self, value: Any, prefix: str = "v") -> str:
        """A name in the text for an object."""
        name = f"{prefix}{len(self.names)}"
        self.names[name] = value
        return name

    def call(self, function: str, *arguments: str) -> None:
        """A line that calls a function of NumPy."""
        if function not in self.names:
            target: Any = np
            for part in function.split("."):
                target = getattr(target, part) if function != "erf" else erf
            self.names[function.replace(".", "_")] = target
        self.lines.append(f"{function.replace('.', '_')}({', '.join(arguments)})")

    def buffer(self, value: int) -> np.ndarray:
        """The numbers of a value, (rows, size) or (size,)."""
        if value not in self.buffers:
            kind = self.program.kind(value)
            if isinstance(kind, Constants):
                self.buffers[value] = kind.numbers.astype(self.dtype)
            else:
                shape, slot = (
                    (self.rows, self.program.size[value])[not self.program.space[value] :],
                    self.plan.slot[value],
                )
                assert slot >= 0, self.program.name(value)
                self.buffers[value] = self.memory[slot][: prod(shape)].reshape(shape)
        return self.buffers[value]

    def temporary(self, shape: tuple[int, ...], dtype: Any = None) -> Ref:
        key = (shape, np.dtype(dtype or self.dtype))
        free = self.scratch.setdefault(key, [])
        if free:
            return free.pop()
        array = np.empty(*key)
        return Ref(self.name(array, "s"), array)

    def free(self, ref: Ref) -> None:
        self.scratch[ref.like.shape, ref.like.dtype].append(ref)

    def ref(self, view: View) -> Ref:
        """A view by its name; the rows of the batch are its first axis where it has them."""
        if view not in self.refs:
            is_input = view.value in self.inputs
            self.refs[view] = self.input_ref(view) if is_input else self.make_ref(self.buffer(view.value), view)
        return self.refs[view]

    def make_ref(self, buffer: np.ndarray, view: View) -> Ref:
        made, prefix = self.strided(buffer, view), self.program.name(view.value)[0]
        return Ref(self.name(made, "d" if prefix == "g" else prefix), made)

    def strided(self, buffer: np.ndarray, view: View) -> np.ndarray:
        item = buffer.itemsize
        shape, strides = view.shape, tuple([stride * item for stride in view.strides])
        if self.program.space[view.value]:
            shape, strides = (self.rows, *shape), (buffer.strides[0], *strides)
        return np.ndarray(shape, buffer.dtype, buffer, view.offset * item, strides)

    def input_ref(self, view: View) -> Ref:
        """An argument of the function, or a part of it; copied where no short expression gives the part."""
        name, template = self.program.name(view.value), self.buffers[view.value]
        if self.program.is_whole(view):
            shape = (self.rows, *view.shape)
            text = name if len(shape) == 2 else f"{name}.reshape{shape}"
            return Ref(text, template.reshape(shape))
        if view.shape == ():
            return Ref(f"{name}[:, {view.offset}]", template[:, view.offset])
        if view.strides == (1,):
            part = slice(view.offset, view.offset + view.shape[0])
            return Ref(f"{name}[:, {part.start}:{part.stop}]", template[:, part])
        copied = self.strided(self.copied_input(view.value).like, view)
        return Ref(self.name(copied, "c"), copied)

    def copied_input(self, value: int) -> Ref:
        """Memory of our own with a copy of an argument, to take views of."""
        if value not in self.copies:
            copied = np.empty_like(self.buffers[value])
            self.copies[value] = Ref(self.name(copied, "copy"), copied)  # not x…: the arguments have these names
            self.call("copyto", self.copies[value].text, self.program.name(value))
        return self.copies[value]

    def text(self, operand: Operand) -> str:
        return self.ref(operand).text if isinstance(operand, View) else repr(operand)

    def family_first(self, ref: Ref, like: np.ndarray, spread: bool = False) -> Ref:
        """A view with its last axis first, perhaps with an axis for the rows; as text where it is an argument."""
        if ref.text in self.names:
            return Ref(self.name(like), like)
        axes = (like.ndim - 1 - spread, *range(like.ndim - 1 - spread))
        return Ref(f"{ref.text}.transpose{axes}" + ("[:, None]" if spread else ""), like)

    def negate(self, numbers: Ref, out: Ref) -> None:
        """A line that computes -numbers. NumPy's `negative` is wrong for some strides (2.4, with AVX-512)."""
        if numbers.like.flags.c_contiguous and out.like.flags.c_contiguous:
            self.call("negative", numbers.text, out.text)
        else:
            self.call("multiply", numbers.text, "-1.0", out.text)

    def full(self, shape: tuple[int, ...], number: float) -> str:
        """The name of an array that holds one number everywhere."""
        key = ("full", shape, number)
        if key not in self.refs:
            array = np.full(shape, number, self.dtype)
            self.refs[key] = Ref(self.name(array, "k"), array)
        return self.refs[key].text

    def kept_temporary(self, shape: tuple[int, ...], dtype: Any = None) -> Ref:
        array = np.empty(shape, dtype or self.dtype)
        return Ref(self.name(array, "s"), array)

    def arranged(self, ref: Ref, axes: str, order: list[str]) -> Ref:
        """A view with its axes in this order, of length 1 where it has none."""
        present = [letter for letter in order if letter in axes]
        moved = ref.like.transpose([axes.index(letter) for letter in present])
        lengths = dict(zip(axes, ref.like.shape, strict=True))
        shape = tuple(lengths.get(letter, 1) for letter in order)
        return self.rearranged(ref, axes, present, shape, moved.reshape(shape))

    def rearranged(self, ref: Ref, axes: str, present: list[str], shape: tuple[int, ...], like: np.ndarray) -> Ref:
        """The name of a view with other axes; an argument of the function is rearranged when it comes."""
        if ref.text in self.names:
            if like.shape == ref.like.shape and like.strides == ref.like.strides:
                return ref
            return Ref(self.name(like), like)
        text = ref.text
        if "".join(present) != axes:
            text += ".T" if len(axes) == 2 else f".transpose{tuple(axes.index(letter) for letter in present)}"
        if shape != tuple(ref.like.shape[axes.index(letter)] for letter in present):
            text += f".reshape{shape}"
        return Ref(text, like)


def erf(x: np.ndarray, out: np.ndarray) -> None:
    """erf of every number, by Python's own: NumPy has none. It takes four times as long as a loop in C."""
    out[...] = np.fromiter(map(math.erf, x.ravel().tolist()), float, x.size).reshape(x.shape)

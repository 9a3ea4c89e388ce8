"""The text of a function of array calls while it is written: its lines, and names for arrays and views of them."""

from typing import Any, NamedTuple

import numpy as np

from .program import Array, Operand, Program, Take, View, whole


class Ref(NamedTuple):
    """How the function's text names an array, and an array of that layout."""

    text: str
    like: np.ndarray


class Writer:
    """Lines of a function on `rows` rows, and what they refer to.

    Buffers are allocated when they are named first, and views of them are made once. An argument of the function is
    another array in each call: a view of it is an expression in the text.
    """

    def __init__(self, program: Program, rows: int, dtype: Any, parameters: np.ndarray) -> None:
        self.rows, self.dtype = rows, np.dtype(dtype)
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"inf": np.inf, "nan": np.nan}  # what the text refers to
        self.inputs = list(program.inputs.values())
        self.arguments = [array.name for array in self.inputs]
        self.buffers: dict[Array, np.ndarray] = {program.parameters: parameters}
        for array in self.inputs:
            self.buffers[array] = np.empty((rows, array.size), self.dtype)  # for its layout: no call writes to it
        self.copies: dict[Array, Array] = {}  # of arguments
        self.refs: dict[tuple, Ref] = {}
        self.chosen: dict[Take, tuple[Ref, bool]] = {}  # of every take: the positions that it chose
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
                target = getattr(target, part) if function != "erf" else _erf()
            self.names[function.replace(".", "_")] = target
        self.lines.append(f"{function.replace('.', '_')}({', '.join(arguments)})")

    def buffer(self, array: Array) -> np.ndarray:
        if array not in self.buffers:
            dtype = bool if array.boolean else self.dtype
            if array.contents is not None:
                self.buffers[array] = array.contents.astype(dtype)
            else:
                shape = (self.rows, array.size) if array.by_row else (array.size,)
                self.buffers[array] = np.zeros(shape, dtype)
        return self.buffers[array]

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
            self.refs[view] = self.input_ref(view) if view.array in self.inputs else self.make_ref(view)
        return self.refs[view]

    def make_ref(self, view: View) -> Ref:
        made = self.strided(self.buffer(view.array), view)
        return Ref(self.name(made, "d" if view.array.name[0] in "dg" else view.array.name[0]), made)

    def strided(self, buffer: np.ndarray, view: View) -> np.ndarray:
        item = buffer.itemsize
        shape, strides = view.shape, tuple([stride * item for stride in view.strides])
        if view.array.by_row:
            shape, strides = (self.rows, *shape), (buffer.strides[0], *strides)
        return np.ndarray(shape, buffer.dtype, buffer, view.offset * item, strides)

    def input_ref(self, view: View) -> Ref:
        """An argument of the function, or a part of it; copied where no short expression gives the part."""
        array, template = view.array, self.buffers[view.array]
        if view.whole:
            shape = (self.rows, *view.shape)
            text = array.name if len(shape) == 2 else f"{array.name}.reshape{shape}"
            return Ref(text, template.reshape(shape))
        if view.shape == ():
            return Ref(f"{array.name}[:, {view.offset}]", template[:, view.offset])
        if view.strides == (1,):
            part = slice(view.offset, view.offset + view.shape[0])
            return Ref(f"{array.name}[:, {part.start}:{part.stop}]", template[:, part])
        return self.make_ref(view._replace(array=self.copied_input(array)))

    def copied_input(self, array: Array) -> Array:
        """A buffer of our own with a copy of an argument, to take views of."""
        if array not in self.copies:
            self.copies[array] = Array("copy", array.size, True)  # not x…: the arguments have these names
            self.call("copyto", self.ref(whole(self.copies[array])).text, array.name)
        return self.copies[array]

    def text(self, operand: Operand) -> str:
        return self.ref(operand).text if isinstance(operand, View) else repr(operand)

    def family_first(self, ref: Ref, like: np.ndarray, spread: bool = False) -> Ref:
        """A view with its last axis first, perhaps with an axis for the rows; as text where it is an argument."""
        if ref.text in self.names:
            return Ref(self.name(like), like)
        axes = (like.ndim - 1 - spread, *range(like.ndim - 1 - spread))
        return Ref(f"{ref.text}.transpose{axes}" + ("[:, None]" if spread else ""), like)

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


def _erf() -> Any:
    from scipy.special import erf

    return erf

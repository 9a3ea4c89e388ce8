"""Runs a program by NumPy: writes it as a Python function of array calls into buffers that are allocated once.

The text of the function is `source`: one line for each call, as a person would write it who wants no time lost between
them. It is written for one number of rows, since its buffers and views are made for it.
"""

import linecache
from collections.abc import Callable, Sequence
from itertools import count, pairwise
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..collector import collector_paused
from .expressions import LEAF, Expression, Symbols
from .program import (
    Array,
    Contract,
    Fill,
    Gather,
    Map,
    Operand,
    Program,
    Scatter,
    Step,
    Sum,
    Take,
    TakeAdjoint,
    View,
)  # fmt: skip

_numbers = count(1)


class Ref(NamedTuple):
    """How the function's text names an array, and an array of that layout."""

    text: str
    like: np.ndarray


class Executor:
    """The functions of a program for one number of rows, writing the gradient into `gradient`."""

    def __init__(self, program: Program, rows: int, dtype: Any, parameters: np.ndarray) -> None:
        self.program, self.rows, self.dtype = program, rows, np.dtype(dtype)
        self.names: dict[str, Any] = {  # what the text refers to
            "whole_numbers": whole_numbers, "spread_nan": spread_nan, "inf": np.inf, "nan": np.nan,
        }  # fmt: skip
        self.lines: list[str] = []
        self.buffers: dict[Array, np.ndarray] = {program.parameters: parameters}
        self.refs: dict[tuple, Ref] = {}
        self.scratch: dict[tuple, list[Ref]] = {}  # temporary arrays that are free, by shape and type
        self.inputs = list(program.inputs.values())
        self.arguments = [array.name for array in self.inputs]
        self.backward_source = ""
        self.backwards: dict[tuple, tuple[np.ndarray, Callable]] = {}
        self.chosen: dict[Take, tuple[Ref, bool]] = {}  # of every take: the positions that it chose
        for array in self.inputs:
            template = np.empty((rows, array.size), self.dtype)
            self.buffers[array] = template
        with collector_paused():
            for step in program.steps:
                self.write(step)
            self.write_results()
            self.forward_source, self.run_forward = self.function("forward")

    def backward(self, program: Program, gradient: np.ndarray, is_zero: bool, total_rows: int) -> Callable[..., None]:
        """The function that computes the gradient into this array, after a run forward on the same rows.

        Args:
            program: our program with its adjoint.
            gradient: what it writes into.
            is_zero: whether the array is zero already, each time before it is called.
            total_rows: how many rows the mean is over.
        """
        key = (id(gradient), total_rows)
        if key in self.backwards:
            return self.backwards[key][1]
        target = program.gradient
        assert target is not None
        self.refs = {key: ref for key, ref in self.refs.items() if key[0] is not target}
        self.buffers[target] = gradient
        with collector_paused():
            for step in program.adjoints:
                if not (is_zero and isinstance(step, Fill) and step.out.array is target and not step.number):
                    self.write(step, total_rows)
            self.backward_source, run = self.function("backward")
        self.backwards[key] = (gradient, run)
        return run

    def function(self, name: str) -> tuple[str, Callable]:
        """The lines as a function of the inputs; the text shows in tracebacks and profiles."""
        head = f"def {name}({', '.join(self.arguments)}):"
        source = "\n    ".join([head, *(self.lines or ["pass"])]) + "\n"
        self.lines = []
        file = f"<compiled {name} {next(_numbers)}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        exec(compile(source, file, "exec"), self.names)
        return source, self.names[name]

    # -------------------------------------------------------------------------------------- names and buffers

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
            if array.contents is not None:
                self.buffers[array] = array.contents.astype(self.dtype)
            else:
                shape = (self.rows, array.size) if array.by_row else (array.size,)
                self.buffers[array] = np.zeros(shape, self.dtype)
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
        key = (array, "copy")
        if key not in self.refs:
            copy = Array("copy", array.size, True)  # not x…: the arguments have these names
            ref = self.ref(View(copy, 0, (array.size,), (1,)))
            self.call("copyto", ref.text, array.name)
            self.refs[key] = ref
            self.names[ref.text + "_array"] = copy
        return self.names[self.refs[key].text + "_array"]

    # ------------------------------------------------------------------------------------------------- steps

    def write(self, step: Step, total_rows: int = 0) -> None:
        if isinstance(step, Map):
            self.write_map(step)
        elif isinstance(step, Sum):
            self.write_sum(step)
        elif isinstance(step, Contract):
            self.write_contract(step)
        elif isinstance(step, Gather):
            self.write_gather(step)
        elif isinstance(step, Scatter):
            self.write_scatter(step)
        elif isinstance(step, Take):
            self.write_take(step)
        elif isinstance(step, TakeAdjoint):
            self.write_take_adjoint(step)
        elif isinstance(step, Fill):
            number = step.number / total_rows if step.over_rows else step.number
            self.lines.append(f"{self.ref(step.out).text}.fill({number!r})")
        else:
            raise AssertionError(step)

    def write_sum(self, step: Step) -> None:
        assert isinstance(step, Sum)
        out = self.ref(step.out).text
        items = [(sign, self.text(item)) for sign, item in step.items]
        if not step.accumulate:
            (sign, first), *items = items
            if not items:
                self.call("copyto" if sign > 0 else "negative", *((out, first) if sign > 0 else (first, out)))
                return
            if sign < 0:
                self.call("negative", first, out)
            else:
                sign, second = items.pop(0)
                self.call("add" if sign > 0 else "subtract", first, second, out)
        for sign, item in items:
            self.call("add" if sign > 0 else "subtract", out, item, out)

    def text(self, operand: Operand) -> str:
        return self.ref(operand).text if isinstance(operand, View) else repr(operand)

    # --------------------------------------------------------------------------------- rules of the rule book

    def write_map(self, step: Map) -> None:
        by_row = step.out.array.by_row
        rank = len(step.arguments and step.y.shape if step.partial is not None and step.y else step.out.shape)

        def leaf(operand: Operand) -> Any:
            if not isinstance(operand, View):
                return operand
            ref = self.ref(operand)
            family = len(operand.shape) > rank
            if family:  # its own axis first, so that it lines up with what has none
                like = np.moveaxis(ref.like, -1, 0)
                if by_row and not operand.array.by_row:
                    like = like[:, None]
                ref = self.derived(ref, like, family_first=True, spread=by_row and not operand.array.by_row)
            return Expression(LEAF, (ref,), family)

        arguments = [leaf(argument) for argument in step.arguments]
        symbols = Symbols()
        out = self.ref(step.out)
        if step.partial is None:
            expression = step.rule.value(symbols, *arguments)
        else:
            assert step.y is not None
            assert step.dy is not None
            expression = step.rule.partials(symbols, leaf(step.y), *arguments)[step.partial]
            dy = leaf(step.dy)
            expression = dy if expression == 1.0 else -dy if expression == -1.0 else dy * expression
            if len(step.out.shape) > rank:
                out = self.derived(out, np.moveaxis(out.like, -1, 0), family_first=True)
        if not step.accumulate:
            self.evaluate(expression, out)
            return
        temporary = self.temporary(out.like.shape)
        self.evaluate(expression, temporary)
        self.call("add", out.text, temporary.text, out.text)
        self.free(temporary)

    def derived(self, ref: Ref, like: np.ndarray, family_first: bool = False, spread: bool = False) -> Ref:
        """A named view of a view; of an argument of the function, as text."""
        if ref.text in self.names:
            return Ref(self.name(like), like)
        axes = (like.ndim - 1 - spread, *range(like.ndim - 1 - spread))
        assert family_first
        return Ref(f"{ref.text}.transpose{axes}" + ("[:, None]" if spread else ""), like)

    def evaluate(self, expression: Any, out: Ref) -> None:
        """Lines that compute an expression into `out`."""
        if not isinstance(expression, Expression):
            self.lines.append(f"{out.text}.fill({float(expression)!r})")
        elif expression.function == LEAF:
            self.call("copyto", out.text, expression.arguments[0].text)
        else:
            uses: dict[int, int] = {}
            _count(expression, uses)
            self.compute(expression, {}, uses, out)

    def compute(self, expression: Any, done: dict[int, Ref], uses: dict[int, int], out: Ref | None = None) -> Ref:
        """Where the number of an expression is: in `out`, or in a temporary array."""
        if not isinstance(expression, Expression):
            return Ref(repr(float(expression)), np.asarray(expression, self.dtype))
        if expression.function == LEAF:
            return expression.arguments[0]
        if id(expression) in done:
            return done[id(expression)]
        arguments = [self.compute(argument, done, uses) for argument in expression.arguments]
        function = expression.function
        if function.endswith(".reduce"):
            shape = arguments[0].like.shape[1:]
        else:
            shape = np.broadcast_shapes(*(argument.like.shape for argument in arguments))
        if out is None:
            out = self.temporary(shape, bool if expression.boolean or function == "not_equal" else None)
        if function.endswith(".reduce"):
            family = arguments[0]
            if not family.like.flags.c_contiguous:  # a copy is faster to go through
                family = self.temporary(family.like.shape)
                self.call("copyto", family.text, arguments[0].text)
                self.free(family)
            self.call(function, family.text, "0", "None", out.text)
        elif function == "where":
            condition, a, b = arguments
            self.call("copyto", out.text, b.text)
            self.call("copyto", out.text, a.text, "'same_kind'", condition.text)
        else:
            texts = [argument.text for argument in arguments]
            if function in ("maximum", "minimum"):
                texts = [  # NumPy is slow at these with a single number, and wants `out` by name
                    text if isinstance(argument, Expression) else self.full(out.like.shape, argument)
                    for text, argument in zip(texts, expression.arguments, strict=True)
                ]
                self.call(function, *texts, f"out={out.text}")
            else:
                self.call(function, *texts, out.text)
        done[id(expression)] = out
        for argument, ref in zip(expression.arguments, arguments, strict=True):
            if isinstance(argument, Expression) and argument.function != LEAF:
                uses[id(argument)] -= 1
                if not uses[id(argument)]:
                    self.free(ref)
        return out

    # --------------------------------------------------------------------------------------------- contractions

    def write_contract(self, step: Contract) -> None:
        views, axes = (step.left, step.right, step.out), step.axes
        letters = [
            ("b" if view.array.by_row else "") + each if view else "" for view, each in zip(views, axes, strict=True)
        ]
        left, out = self.ref(step.left), self.ref(step.out)
        target = out
        if step.accumulate:
            target = self.temporary(out.like.shape)
        if step.right is None:
            self.write_total(left, letters[0], target, letters[2])
        else:
            self.write_product(left, letters[0], self.ref(step.right), letters[1], target, letters[2])
        if step.scale not in (1.0, -1.0):
            self.call("multiply", target.text, repr(step.scale), target.text)
        if step.accumulate:
            self.call("subtract" if step.scale == -1.0 else "add", out.text, target.text, out.text)
            self.free(target)
        elif step.scale == -1.0:
            self.call("negative", target.text, target.text)

    def write_total(self, left: Ref, axes: str, out: Ref, out_axes: str) -> None:
        """The sum over the axes that `out` has not; what is left must stand in the same order."""
        summed = tuple(axes.index(letter) for letter in axes if letter not in out_axes)
        kept = "".join(letter for letter in axes if letter in out_axes)
        assert kept == out_axes, (axes, out_axes)
        if not summed:
            self.call("copyto", out.text, left.text)
        else:
            self.write_sum_over(left, summed, out)

    def write_sum_over(self, left: Ref, summed: tuple[int, ...], out: Ref) -> None:
        """The sum over the first or the last axes by BLAS, which is several times faster; over others by NumPy."""
        like, first = left.like, summed[0] == 0
        contiguous = left.text in self.names and like.flags.c_contiguous and out.like.flags.c_contiguous
        if not contiguous or not 0 < len(summed) < like.ndim or summed[-1] - summed[0] + 1 != len(summed) or not (
            first or summed[-1] == like.ndim - 1
        ):  # fmt: skip
            self.call("add.reduce", left.text, str(summed[0] if len(summed) == 1 else summed), "None", out.text)
            return
        length = prod(like.shape[axis] for axis in summed)
        flat = like.reshape((length, -1) if first else (-1, length))
        matrix, ones = Ref(self.name(flat), flat), self.full((length,), 1.0)
        total = out.like.reshape(-1)
        self.call("dot", *((ones, matrix.text) if first else (matrix.text, ones)), self.name(total))

    def write_product(self, left: Ref, left_axes: str, right: Ref, right_axes: str, out: Ref, out_axes: str) -> None:
        """out = Σ left·right, by one call of matmul where there is something to gain by it."""
        shared = set(left_axes) & set(right_axes)
        summed = [letter for letter in left_axes if letter in shared and letter not in out_axes]
        free_left = [letter for letter in out_axes if letter in left_axes and letter not in shared]
        free_right = [letter for letter in out_axes if letter in right_axes and letter not in shared]
        batch = [letter for letter in out_axes if letter in shared]
        assert set(left_axes) | set(right_axes) == {*out_axes, *summed}, (left_axes, right_axes, out_axes)
        if not summed:
            a, b = (self.arranged(ref, axes, list(out_axes)) for ref, axes in ((left, left_axes), (right, right_axes)))
            self.call("multiply", a.text, b.text, out.text)
            return
        if not free_left and not free_right:
            order = [*batch, *summed]
            a, b = (self.arranged(ref, axes, order) for ref, axes in ((left, left_axes), (right, right_axes)))
            product = self.temporary(np.broadcast_shapes(a.like.shape, b.like.shape))
            self.call("multiply", a.text, b.text, product.text)
            self.write_total(product, "".join(order), self.arranged(out, out_axes, batch), "".join(batch))
            self.free(product)
            return
        if free_left and out_axes[-1] in free_left:  # the columns of the result are those of the right factor
            left, left_axes, right, right_axes = right, right_axes, left, left_axes
            free_left, free_right = free_right, free_left
        # Several axes of one kind become one where the arrays allow it; where not, the outer ones are looped over.
        loops: list[str] = []
        while len(free_left) > 1 and not self.mergeable([(left, left_axes), (out, out_axes)], free_left):
            loops.append(free_left.pop(0))
        while len(free_right) > 1 and not self.mergeable([(right, right_axes), (out, out_axes)], free_right):
            loops.append(free_right.pop(0))
        batch = [letter for letter in out_axes if letter in batch or letter in loops]
        a = self.matrix(left, left_axes, batch, free_left, summed)
        b = self.matrix(right, right_axes, batch, summed, free_right)
        c = self.matrix(out, out_axes, batch, free_left, free_right, copy=False)
        self.call("matmul", a.text, b.text, c.text)

    def mergeable(self, refs: Sequence[tuple[Ref, str]], letters: Sequence[str]) -> bool:
        """Can these axes be seen as one without copying?"""
        for ref, axes in refs:
            where = [axes.index(letter) for letter in letters]
            like = ref.like
            for outer, inner in pairwise(where):
                if like.shape[outer] > 1 and like.strides[outer] != like.strides[inner] * like.shape[inner]:
                    return False
        return True

    def matrix(
        self, ref: Ref, axes: str, batch: list[str], rows: list[str], columns: list[str], copy: bool = True
    ) -> Ref:
        """A view with the axes (*batch, rows, columns), each group as one axis; from a copy where that is needed."""
        present = [letter for letter in (*batch, *rows, *columns) if letter in axes]
        merged = all(self.mergeable([(ref, axes)], group) for group in (rows, columns) if len(group) > 1)
        moved = ref.like.transpose([axes.index(letter) for letter in present])
        lengths = dict(zip(axes, ref.like.shape, strict=True))
        shape = (
            *(lengths.get(letter, 1) for letter in batch),
            prod(lengths[letter] for letter in rows),
            prod(lengths[letter] for letter in columns),
        )
        if merged:
            like = moved.reshape(shape)
            if not copy or _suits_blas(like):
                return self.rearranged(ref, axes, present, shape, like)
        assert copy, "the result of a product must be written in place"
        copied = self.kept_temporary(moved.shape)
        source = self.rearranged(ref, axes, present, moved.shape, moved)
        self.call("copyto", copied.text, source.text)
        like = copied.like.reshape(shape)
        return Ref(self.name(like), like)

    def full(self, shape: tuple[int, ...], number: float) -> str:
        """The name of an array that holds one number everywhere."""
        key = ("full", shape, number)
        if key not in self.refs:
            array = np.full(shape, number, self.dtype)
            self.refs[key] = Ref(self.name(array, "k"), array)
        return self.refs[key].text

    def kept_temporary(self, shape: tuple[int, ...]) -> Ref:
        array = np.empty(shape, self.dtype)
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

    # --------------------------------------------------------------------------------------- gather and scatter

    def write_gather(self, step: Gather) -> None:
        source = self.ref(View(step.source, 0, (step.source.size,), (1,)))
        out = self.buffer(step.out.array)
        table = self.name(step.table.ravel(), "i")
        axis = "1" if step.source.by_row else "0"
        self.lines.append(f"{source.text}.take({table}, {axis}, {self.name(out)}, 'clip')")

    def write_scatter(self, step: Scatter) -> None:
        by_row = step.source.array.by_row
        axis = 1 if by_row else 0
        source = self.ref(step.source)
        shape = (self.rows, step.table.size) if by_row else (step.table.size,)
        table = step.table.ravel()
        order = np.argsort(table, kind="stable")
        columns, starts = np.unique(table[order], return_index=True)
        values = source
        if source.like.shape != shape:
            like = source.like.reshape(shape)
            if not np.shares_memory(like, source.like):  # spread along an axis: it takes a copy to have it in a row
                copied = self.kept_temporary(source.like.shape)
                self.call("copyto", copied.text, source.text)
                like = copied.like.reshape(shape)
            values = Ref(self.name(like), like)
        if (order != np.arange(len(order))).any():
            sorted_values = self.temporary(shape)
            self.lines.append(f"{values.text}.take({self.name(order, 'i')}, {axis}, {sorted_values.text}, 'clip')")
        else:
            sorted_values = values
        out = self.ref(step.out)
        sums = sorted_values
        if len(columns) < len(table):
            shape = (self.rows, len(columns)) if by_row else (len(columns),)
            sums = self.temporary(shape)
            self.call("add.reduceat", sorted_values.text, self.name(starts, "i"), str(axis), "None", sums.text)
        where = "..." if len(columns) == step.out.array.size else f"..., {self.name(columns, 'i')}"
        if not step.accumulate and where != "...":
            self.lines.append(f"{out.text}.fill(0.0)")
        self.lines.append(f"{out.text}[{where}] {'+=' if step.accumulate else '='} {sums.text}")
        for ref in {id(each): each for each in (sorted_values, sums) if each is not values}.values():
            self.free(ref)

    # ------------------------------------------------------------------------------------- by an index of a row

    def write_take(self, step: Take) -> None:
        index, out = self.ref(step.index), self.ref(step.out)
        choices = step.table.shape[-1]
        positions = np.empty(index.like.shape, np.intp)
        chosen = Ref(self.name(positions, "i"), positions)
        first = np.arange(step.table.shape[0]) * choices
        self.lines.append(f"chosen = whole_numbers({index.text}, {choices})")
        self.lines.append(
            f"{self.name(step.table.ravel(), 'i')}.take(chosen + {self.name(first, 'i')}, None, {chosen.text}, 'clip')"
        )
        values = step.values
        if values.by_row:
            if values in self.inputs:
                values = self.copied_input(values)
            row_starts = (np.arange(self.rows) * values.size).reshape(-1, 1)
            places = np.empty((self.rows, *step.out.shape), np.intp)
            in_array = Ref(self.name(places, "i"), places)
            self.call("add", chosen.text, self.name(row_starts, "i"), in_array.text)
            chosen = in_array
        flat = self.name(self.buffer(values).reshape(-1))
        self.lines.append(f"{flat}.take({chosen.text}, None, {out.text}, 'clip')")
        self.chosen[step] = (chosen, values.by_row)

    def write_take_adjoint(self, step: TakeAdjoint) -> None:
        chosen, by_row = self.chosen[step.take]
        gradient = self.buffer(step.out.array)
        table = self.name(step.take.table, "i")
        self.lines.append(f"spread_nan({self.name(gradient)}, {table}, {chosen.text}, {self.ref(step.dy).text})")
        flat, dy = self.name(gradient.reshape(-1)), self.ref(step.dy).text
        if by_row and len(np.unique(step.take.table)) == step.take.table.size:  # no number is chosen twice
            self.lines.append(f"{flat}[{chosen.text}] += {dy}")
            return
        low, high = (0, gradient.size) if by_row else (int(step.take.table.min()), int(step.take.table.max()) + 1)
        part = self.name(gradient.reshape(-1)[low:high])
        self.names["bincount"] = np.bincount
        spread = f"broadcast_to({dy}, {chosen.like.shape}).ravel()"
        self.names["broadcast_to"] = np.broadcast_to
        self.call("add", part, f"bincount({chosen.text}.ravel() - {low}, {spread}, {high - low})", part)

    # ------------------------------------------------------------------------------------------------- results

    def write_results(self) -> None:
        """The outputs, copied into an array of their own: (rows, outputs)."""
        outputs = self.program.outputs
        self.names["empty"], self.names["dtype"] = np.empty, self.dtype
        self.lines.append(f"results = empty(({self.rows}, {len(outputs)}), dtype)")
        by_array: dict[Array | None, list[int]] = {}
        for place, output in enumerate(outputs):
            by_array.setdefault(None if isinstance(output, float) else output[0], []).append(place)
        for array, places in by_array.items():
            consecutive = places == list(range(places[0], places[-1] + 1))
            target = f"results[:, {places[0]}:{places[-1] + 1}]" if consecutive else f"results[:, {places}]"
            if array is None:
                self.lines.append(
                    f"{target} = {[outputs[place] for place in places]}".replace("nan", "NAN").replace("inf", "INF")
                )
                self.names["NAN"], self.names["INF"] = np.nan, np.inf
                continue
            columns = [outputs[place][1] for place in places]  # type: ignore[index]
            source = self.ref(View(array, 0, (array.size,), (1,))).text
            if columns == list(range(array.size)):
                part = ""
            elif columns == list(range(columns[0], columns[-1] + 1)):
                part = f"[..., {columns[0]}:{columns[-1] + 1}]"
            else:
                part = f"[..., {self.name(np.array(columns), 'i')}]"
            self.lines.append(f"{target} = {source}{part}")
        self.lines.append("return results")


def whole_numbers(index: np.ndarray, choices: int) -> np.ndarray:
    """The indices of a take as integers, checked.

    Raises:
        IndexError: when one is not a whole number from 0 to choices - 1; its second argument is the row.
    """
    whole = index.astype(np.intp)
    wrong = whole != index
    wrong |= whole.view(np.uintp) >= choices  # a negative number is a very large one here
    if wrong.any():
        place = np.argwhere(wrong)[0]
        number = index[tuple(place)]
        row = [int(place[0])] if index.ndim > 1 else []
        raise IndexError(f"take: the index must be a whole number from 0 to {choices - 1}, got {number:g}", *row)
    return whole


def spread_nan(gradient: np.ndarray, table: np.ndarray, chosen: np.ndarray, dy: np.ndarray) -> None:
    """Where dy is nan or inf, those that were not chosen get 0·dy, which is nan: as in the graph of scalars."""
    if not np.isfinite(np.add.reduce(dy, None)):
        if gradient.ndim > 1:
            table = table + (np.arange(len(gradient)) * gradient.shape[1]).reshape(-1, 1, 1)
        zero = np.where(table == chosen[..., None], 0.0, (dy * 0.0)[..., None])
        np.add.at(gradient.reshape(-1), np.broadcast_to(table, zero.shape), zero)


def _suits_blas(a: np.ndarray) -> bool:
    """Do the last two axes lie as BLAS can take them: one of them contiguous?"""
    rows, columns = a.strides[-2:]
    return (columns == a.itemsize or a.shape[-1] == 1) or (rows == a.itemsize or a.shape[-2] == 1)


def _count(expression: Any, uses: dict[int, int]) -> None:
    """How often each expression below is an argument of another."""
    for argument in expression.arguments:
        if isinstance(argument, Expression) and argument.function != LEAF:
            uses[id(argument)] = uses.get(id(argument), 0) + 1
            if uses[id(argument)] == 1:
                _count(argument, uses)


def _erf() -> Any:
    from scipy.special import erf

    return erf

"""Runs a program by NumPy: writes it as a Python function of array calls into buffers that are allocated once.

The text of the function is `source`: one line for each call, as a person would write it who wants no time lost between
them. It is written for so many rows, since its buffers and views are made for it.
"""

import linecache
import weakref
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np

from ..collector import collector_paused
from .expressions import LEAF, Expression, Symbols, call
from .numpy_products import write_contract
from .numpy_writer import Ref, Writer
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

_serials = count(1)  # of the sources, in tracebacks


class Executor(Writer):
    """The functions of a program for so many rows, writing the gradient into `gradient`."""

    def __init__(self, program: Program, rows: int, dtype: Any, parameters: np.ndarray) -> None:
        super().__init__(program, rows, dtype, parameters)
        self.program = program
        self.names["whole_numbers"] = whole_numbers
        self.backward_source = ""
        self.backwards: dict[tuple[int, Array], tuple[np.ndarray, Callable]] = {}
        self.chosen: dict[Take, tuple[Ref, bool]] = {}  # of every take: the positions that it chose
        with collector_paused():
            for step in program.steps:
                self.write(step)
            self.write_results()
            self.forward_source, self.run_forward = self.function("forward")

    def backward(self, program: Program, gradient: np.ndarray, is_zero: bool) -> Callable[..., None]:
        """The function that computes the gradient into this array, after a run forward on the same rows.

        Args:
            program: our program with its adjoint.
            gradient: what it writes into.
            is_zero: whether the array is zero already, each time before it is called.
        """
        target = program.gradient
        assert target is not None
        written = self.backwards.get((id(gradient), target))
        if written is not None:
            return written[1]
        self.refs = {key: ref for key, ref in self.refs.items() if key[0] is not target}
        self.buffers[target] = gradient
        self.lines = []  # none are left of a call that was interrupted
        with collector_paused():
            for step in program.adjoints:
                if not (is_zero and isinstance(step, Fill) and step.out.array is target and not step.number):
                    self.write(step)
            self.backward_source, run = self.function("backward")
        self.backwards[id(gradient), target] = (gradient, run)
        return run

    def function(self, name: str) -> tuple[str, Callable]:
        """The lines as a function of the inputs; the text shows in tracebacks and profiles."""
        head = f"def {name}({', '.join(self.arguments)}):"
        source = "\n    ".join([head, *(self.lines or ["pass"])]) + "\n"
        self.lines = []
        file = f"<compiled {name} {next(_serials)}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        weakref.finalize(self, linecache.cache.pop, file, None)
        exec(compile(source, file, "exec"), self.names)
        return source, self.names[name]

    # ------------------------------------------------------------------------------------------------- steps

    def write(self, step: Step) -> None:
        if isinstance(step, Map):
            self.write_map(step)
        elif isinstance(step, Sum):
            self.write_sum(step)
        elif isinstance(step, Contract):
            write_contract(self, step)
        elif isinstance(step, Gather):
            self.write_gather(step)
        elif isinstance(step, Scatter):
            self.write_scatter(step)
        elif isinstance(step, Take):
            self.write_take(step)
        elif isinstance(step, TakeAdjoint):
            self.write_take_adjoint(step)
        elif isinstance(step, Fill):
            number = step.number / self.rows if step.over_rows else step.number
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

    # --------------------------------------------------------------------------------- rules of the rule book

    def write_map(self, step: Map) -> None:
        by_row = step.out.array.by_row
        rank = len(step.y.shape if step.y is not None else step.out.shape)  # of one member; of a family it is one more

        def leaf(operand: Operand) -> Any:
            if not isinstance(operand, View):
                return operand
            ref = self.ref(operand)
            family = len(operand.shape) > rank
            if family:  # its own axis first, so that it lines up with what has none
                like = np.moveaxis(ref.like, -1, 0)
                if by_row and not operand.array.by_row:
                    like = like[:, None]
                ref = self.family_first(ref, like, spread=by_row and not operand.array.by_row)
            return Expression(LEAF, (ref,), family)

        arguments = [leaf(argument) for argument in step.arguments]
        symbols = Symbols()
        out = self.ref(step.out)
        if step.partial is None:
            expression = step.rule.value(symbols, *arguments)
        else:
            assert step.y is not None
            assert step.dy is not None
            partial, dy = step.rule.partials(symbols, leaf(step.y), *arguments)[step.partial], leaf(step.dy)
            if step.out.array.boolean:
                expression = way(partial, dy)
            else:
                expression = dy if partial == 1.0 else -dy if partial == -1.0 else dy * partial
                if step.live is not None:
                    if step.rule.chooses:
                        expression = symbols.where(partial, expression, 0.0)
                    expression = call("where", leaf(step.live), expression, 0.0)
            if len(step.out.shape) > rank:
                out = self.family_first(out, np.moveaxis(out.like, -1, 0))
        if not step.accumulate:
            self.evaluate(expression, out)
            return
        temporary = self.temporary(out.like.shape, out.like.dtype)
        self.evaluate(expression, temporary)
        self.call("add", out.text, temporary.text, out.text)
        self.free(temporary)

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
            out = self.temporary(shape, bool if expression.boolean else None)
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
            if not np.may_share_memory(like, source.like):  # spread along an axis: it takes a copy to have it in a row
                copied = self.kept_temporary(source.like.shape, source.like.dtype)
                self.call("copyto", copied.text, source.text)
                like = copied.like.reshape(shape)
            values = Ref(self.name(like), like)
        if (order != np.arange(len(order))).any():
            sorted_values = self.temporary(shape, source.like.dtype)
            self.lines.append(f"{values.text}.take({self.name(order, 'i')}, {axis}, {sorted_values.text}, 'clip')")
        else:
            sorted_values = values
        out = self.ref(step.out)
        sums = sorted_values
        if len(columns) < len(table):
            shape = (self.rows, len(columns)) if by_row else (len(columns),)
            sums = self.temporary(shape, source.like.dtype)
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
        flat, dy = self.name(gradient.reshape(-1)), self.ref(step.dy).text
        if by_row and len(np.unique(step.take.table)) == step.take.table.size:  # no number is chosen twice
            self.lines.append(f"{flat}[{chosen.text}] += {dy}")
            return
        low, high = (0, gradient.size) if by_row else (int(step.take.table.min()), int(step.take.table.max()) + 1)
        part = self.name(gradient.reshape(-1)[low:high])
        self.names["bincount"] = np.bincount
        spread = f"broadcast_to({dy}, {chosen.like.shape}).ravel()"
        self.names["broadcast_to"] = np.broadcast_to
        add = "logical_or" if gradient.dtype == bool else "add"
        self.call(add, part, f"bincount({chosen.text}.ravel() - {low}, {spread}, {high - low})", part)

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
                self.lines.append(f"{target} = {[outputs[place] for place in places]}")
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


def way(partial: Any, live: Expression) -> Any:
    """Whether something passes to an operand, where something comes to an operation that chooses."""
    if not isinstance(partial, Expression):
        return live if partial else 0.0
    return call("logical_and", partial if partial.boolean else call("not_equal", partial, 0.0), live)


def _count(expression: Any, uses: dict[int, int]) -> None:
    """How often each expression below is an argument of another."""
    for argument in expression.arguments:
        if isinstance(argument, Expression) and argument.function != LEAF:
            uses[id(argument)] = uses.get(id(argument), 0) + 1
            if uses[id(argument)] == 1:
                _count(argument, uses)

"""The toy executor: what each kind of step means, in plain loops over plain numbers. Others are held against it.

A function computes the numbers of one row, from lists of those that the views show. What is once in a call and comes
of rows is the sum over them. Booleans are added by `or`.
"""

from collections import defaultdict
from functools import lru_cache, reduce
from itertools import repeat
from math import prod
from operator import add

import numpy as np

from autograd import OPERATIONS, ieee
from autograd.compiler.kinds import (
    LEAVES,
    Assemble,
    Constants,
    Contract,
    Fill,
    Gather,
    Input,
    LessLargestAdjoint,
    Loop,
    Map,
    Parameters,
    Partial,
    Scatter,
    Sum,
    Take,
    TakeAdjoint,
)  # fmt: skip
from autograd.compiler.views import View, contiguous_strides


def run(program, arrays, parameters):
    """The outputs of every row, and the gradient of the parameters; None where the program has no adjoint.

    Args:
        arrays: the arguments, (rows, …).
        parameters: their numbers, in the order in which they lie in the program.
    """
    inputs = dict(enumerate(np.reshape(array, (len(array), -1)).tolist() for array in arrays))
    rows = len(inputs[0]) if inputs else 1
    numbers = values_of(program, inputs, rows, [list(map(float, parameters))])
    gradient = None if program.gradient is None else numbers[program.gradient][0]
    return [outputs_of(program, numbers, row) for row in range(rows)], gradient


def values_of(program, inputs, rows, parameters):
    """The numbers of each value, for every row; of what is once in a call, for the first alone."""
    given = {
        Input: lambda kind: inputs[kind.argument],
        Parameters: lambda kind: parameters,
        Constants: lambda kind: [kind.numbers.tolist()],
    }
    numbers = []

    def read(operand, row):
        if not isinstance(operand, View):
            return operand
        of_row = numbers[operand.value][row if program.space[operand.value] else 0]
        return [of_row[i] for i in positions(operand.place)]

    for step in (*program.leaves, *program.steps, *program.adjoints):
        if isinstance(step.kind, LEAVES):
            numbers.append(given[type(step.kind)](step.kind))
            continue
        of_row = step.space or any(program.space[view.value] for view in step.views)
        operands = [[read(operand, row) for operand in step.operands] for row in range(rows if of_row else 1)]
        if isinstance(step.kind, Loop):
            numbers.append(loop(step.kind, operands, rows, parameters))
            continue
        results = [STEPS[type(step.kind)](step, rows, *each) for each in operands]
        numbers.append(results if step.space else [[total(step, each) for each in zip(*results, strict=True)]])
    return numbers


def outputs_of(program, numbers, row):
    """The outputs of a row."""
    return [
        of if isinstance(of, float) else numbers[of[0]][row if program.space[of[0]] else 0][of[1]]
        for of in program.outputs
    ]


def loop(kind, operands, rows, parameters):
    """All rows of the result of a loop, one after the other, for every row of the batch."""
    width, count = kind.width, len(kind.delays)
    done = {}  # by the turn, those before the first one too
    for k in range(kind.delay):
        turn = kind.turns + k if kind.is_reversed else k - kind.delay
        done[turn] = [first[k * width : (k + 1) * width] for first, *_ in operands]
    for turn in range(kind.turns)[:: -1 if kind.is_reversed else 1]:
        inputs = {n: done[turn + (d if kind.is_reversed else -d)] for n, d in enumerate(kind.delays)}
        for n, scanned in enumerate(kind.scanned, 1):
            all_turns = [of_row[n] for of_row in operands]
            size = len(all_turns[0]) // kind.turns
            one_turn = [numbers[turn * size : (turn + 1) * size] for numbers in all_turns]
            inputs[count + n - 1] = one_turn if scanned else all_turns
        numbers = values_of(kind.body, inputs, rows, parameters)
        done[turn] = [outputs_of(kind.body, numbers, row) for row in range(len(operands))]
    return [[x for turn in sorted(done) for x in done[turn][row]] for row in range(len(operands))]


@lru_cache(10_000)
def positions(place):
    return View(0, *place).positions().ravel().tolist()


def total(step, numbers):
    return any(numbers) if step.boolean else reduce(add, numbers or [0.0])


def totals(step, pairs):
    """For each position of the result the total of what goes there."""
    found = defaultdict(list)
    for position, number in pairs:
        found[position].append(number)
    return [total(step, found[position]) for position in range(prod(step.out.shape))]


def members(operands, count):
    """The operands of each member: those of a family are several, a plain number is one for all."""
    columns = []
    for operand in operands:
        if isinstance(operand, list):
            size = len(operand) // count  # of a family
            columns += [operand[i::size] for i in range(size)]
        else:
            columns.append(repeat(operand, count))
    return zip(*columns, strict=True)


# ------------------------------------------------------------------------------------- what each kind of step does


def map_(step, rows, *operands):
    return [step.kind.rule.value(ieee, *each) for each in members(operands, prod(step.out.shape))]


def partial(step, rows, *operands):
    kind = step.kind
    guard = operands[-1] if kind.guarded else True
    *of_rule, y, dy = operands[: len(operands) - kind.guarded]
    first = sum(len(operand) // len(dy) if isinstance(operand, list) else 1 for operand in of_rule[: kind.operand])
    count = prod(step.out.shape) // len(dy)  # of the operands by which we differentiate
    results = []
    for *x, y_i, dy_i, live in members([*of_rule, y, dy, guard], len(dy)):
        for derivative in kind.rule.partials(ieee, y_i, *x)[first : first + count]:
            has_edge = kind.rule.has_edge(derivative)
            if step.boolean:
                results.append(bool(dy_i) and has_edge)
            else:
                results.append(0.0 if kind.guarded and not (live and has_edge) else dy_i * derivative)
    return results


def less_largest_adjoint(step, rows, numbers, largest, dy):
    count = step.out.shape[-1]
    results = []
    for i, y in enumerate(largest):
        of_list = dy[i * count : (i + 1) * count]
        derivatives = OPERATIONS["maximum"].partials(ieee, y, *numbers[i * count : (i + 1) * count])
        results += [dy_i - sum(of_list) * derivative for dy_i, derivative in zip(of_list, derivatives, strict=True)]
    return results


def sum_(step, rows, *operands):
    each_member = members(operands, prod(step.out.shape))
    return [total(step, [s * x for s, x in zip(step.kind.signs, each, strict=True)]) for each in each_member]


def assemble(step, rows, *operands):
    pairs = []
    for place, sign, operand in zip(step.kind.places, step.kind.signs, operands, strict=True):
        where = positions(place)
        pairs += [(i, sign * x) for i, (x,) in zip(where, members([operand], len(where)), strict=True)]
    return totals(step, pairs)


def contract(step, rows, *factors):
    *axes, out = [letters.removeprefix("b") for letters in step.kind.axes]
    lengths = {}
    for view, letters in zip(step.views, axes, strict=True):
        lengths |= zip(letters, view.shape, strict=True)
    summed = [letter for letter in lengths if letter not in out]
    shape = tuple(lengths[letter] for letter in (*out, *summed))
    spread = []  # the factors, repeated along the axes that they have not
    for factor, view, letters in zip(factors, step.views, axes, strict=True):
        stride = dict(zip(letters, contiguous_strides(view.shape), strict=True))
        strides = tuple(stride.get(letter, 0) for letter in (*out, *summed))
        spread.append([factor[i] for i in positions((0, shape, strides))])
    terms = list(map(prod, zip(*spread, strict=True)))
    count = prod(lengths[letter] for letter in summed)
    return [step.kind.scale * total(step, terms[i : i + count]) for i in range(0, len(terms), count)]


def gather(step, rows, source):
    return [source[i] for i in step.kind.table.ravel().tolist()]


def scatter(step, rows, numbers):
    return totals(step, zip(step.kind.table.ravel().tolist(), numbers, strict=True))


def chosen(take, index):
    """Where the index of each member points to."""
    choices = take.table.reshape(len(index), -1).tolist()
    return [ieee.take(i, positions) for i, positions in zip(index, choices, strict=True)]


def take(step, rows, index, values):
    return [values[i] for i in chosen(step.kind, index)]


def take_adjoint(step, rows, index, dy):
    kind = step.kind
    return totals(step, [(i - kind.start, dy_i) for i, dy_i in zip(chosen(kind.take, index), dy, strict=True)])


def fill(step, rows):
    return [step.kind.number / (rows if step.kind.over_rows else 1)] * prod(step.out.shape)


STEPS = {
    Map: map_, Partial: partial, LessLargestAdjoint: less_largest_adjoint, Sum: sum_, Assemble: assemble,
    Contract: contract, Gather: gather, Scatter: scatter, Take: take, TakeAdjoint: take_adjoint, Fill: fill,
}  # fmt: skip

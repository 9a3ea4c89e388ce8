"""The same numbers as this project computes them: eager, from graphs of gradients, and compiled."""

from collections.abc import Callable

import numpy as np

import autograd
from autograd import OPERATIONS, Value, grad
from autograd.differentiation import gradient_graphs
from autograd.parameters import zero_grad

from ..compiler.conftest import node_after_node
from .tables import Path, Table

ROWS = 2  # the mean of two equal numbers is one of them
SMALL = 1e-30
FEW = 3  # operands: those of more are given as a row
LONGEST = 10  # list of which second and third derivatives are taken


def leaves(table: Table) -> list[list]:
    """Values, but plain numbers for the targets of a loss."""
    wanted = table.operands
    return [[Value(x) if i in wanted else x for i, x in enumerate(row)] for row in table.points.tolist()]


def graphs(root: Value, of: list[list], operands: range) -> list[list[Value]]:
    """By operand: the gradients of all rows, of a sum over the rows, as graphs."""
    found = iter(gradient_graphs(root, [row[i] for row in of for i in operands]))
    return list(zip(*[[next(found) for _ in operands] for _ in of], strict=True))


def numbers(values: list) -> np.ndarray:
    return np.array([x.data if isinstance(x, Value) else x for x in values], np.float64)


def eager(table: Table) -> dict[Path, np.ndarray]:
    """Values and first partials."""
    rows = leaves(table)
    ys = [table.function(*row) for row in rows]
    found = {(): numbers(ys)}
    if table.name in OPERATIONS:
        by_operand = [[y.partials[i] for y in ys] for i in table.operands]
    else:
        sum(ys).backward()
        by_operand = [[row[i].grad for row in rows] for i in table.operands]
    return found | {(i,): numbers(each) for i, each in zip(table.operands, by_operand, strict=True)}


def eager_higher(table: Table) -> dict[Path, np.ndarray]:
    """Second and third derivatives, those of which there are exact ones."""
    found: dict[Path, np.ndarray] = {}
    wanted = table.paths(2) + table.paths(3)
    if table.points.shape[1] > LONGEST or not wanted:
        return found
    rows = leaves(table)
    firsts = graphs(sum(table.function(*row) for row in rows), rows, table.operands)
    for i in sorted({path[0] for path in wanted}):
        seconds = graphs(sum(firsts[i]), rows, table.operands)
        found |= {(i, j): numbers(each) for j, each in enumerate(seconds) if (i, j) in wanted}
        found[i, i, i] = numbers(graphs(sum(seconds[i]), rows, table.operands)[i])
    return found


def of_rows(f: Callable, table: Table) -> list[np.ndarray]:
    """A compiled function of the rows, which gives a tuple."""
    if table.points.shape[1] <= FEW:
        results = autograd.compile(f, dtype=table.dtype)(*table.points.T)
    else:
        results = autograd.compile(lambda row: f(*row), dtype=table.dtype)(table.points)
    return [np.broadcast_to(each, len(table.points)).astype(np.float64) for each in results]


def compiled(table: Table) -> dict[Path, np.ndarray]:
    """Values of rows, and first partials by `backward`: of a sum of the function of parameters, each its own."""
    (values,) = of_rows(lambda *x: (table.function(*x),), table)
    rows = leaves(table)
    autograd.compile(lambda: sum(table.function(*row) for row in rows), dtype=table.dtype).backward()
    return {(): values} | {(i,): numbers([row[i].grad for row in rows]) for i in table.operands}


def compiled_higher(table: Table) -> dict[Path, np.ndarray]:
    """Second and third derivatives, by the compiler's reading of graphs of gradients."""
    paths = [path for path in table.paths(2) + table.paths(3) if table.points.shape[1] <= LONGEST]
    if not paths:
        return {}

    def derivative(path: Path) -> Callable:
        f = table.function
        for i in path:
            f = grad(f, i)
        return f

    return dict(zip(paths, of_rows(lambda *x: tuple(derivative(path)(*x) for path in paths), table), strict=True))


def by_nodes(table: Table) -> dict[Path, np.ndarray]:
    """As `compiled`, by the native executor on graphs as they are, along many rows."""
    rows = leaves(table)
    with node_after_node():
        f = autograd.compile(lambda row: table.function(*row), dtype=table.dtype, backend="native")
        g = autograd.compile(
            lambda times: sum(table.function(*row) for row in rows) * times, dtype=table.dtype, backend="native"
        )
        values = np.asarray(f(table.points), np.float64)
        few, many = ([], [])
        for times, found in ((1.0, few), (ROWS, many)):  # a mean may be rounded to subnormal numbers, a sum overflows
            g.backward(np.full(ROWS, times))
            for i in table.operands:
                found.append(numbers([row[i].grad for row in rows]) / times)
            zero_grad([row[i] for row in rows for i in table.operands])
    partials = [np.where(np.abs(b) < SMALL, b, a) for a, b in zip(few, many, strict=True)]
    return {(): values} | {(i,): each for i, each in zip(table.operands, partials, strict=True)}

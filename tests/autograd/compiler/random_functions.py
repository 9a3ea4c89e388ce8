"""Random functions of rows and parameters, for tests that compare what was compiled with the graphs of scalars."""

import math

import numpy as np
from hypothesis import strategies as st

import autograd
from autograd import OPERATIONS, Value, dot, log_softmax, logsumexp, softmax, take, topological_order, where
from autograd.ieee import total
from autograd.nodes import apply
from tests.autograd.compiler.conftest import above, values_of

COMPARISONS = ("less", "less_equal", "greater", "greater_equal")  # numbers in the eager graph, not nodes
LONGEST = 9  # of a list

# A step makes a list of Values from four others, a plain number, and the row's own whole numbers 0 and 1. All plain
# numbers are those of float32, too.
STEPS = {
    "times": lambda a, b, c, d, number, index: [v * number for v in a],
    "plus": lambda a, b, c, d, number, index: [number + v for v in a],
    "minus from": lambda a, b, c, d, number, index: [number - v for v in a],
    "divided by": lambda a, b, c, d, number, index: [v / (number or 3.0) for v in a],
    "divides": lambda a, b, c, d, number, index: [number / v for v in a],
    "to the power": lambda a, b, c, d, number, index: [v**number for v in a],
    "power of": lambda a, b, c, d, number, index: [abs(number) ** v for v in a],
    "at least": lambda a, b, c, d, number, index: [v.maximum(number) for v in a],
    "affine": lambda a, b, c, d, number, index: [u * v - w for u, v, w in together(a, b, c)],
    "largest": lambda a, b, c, d, number, index: [autograd.maximum(*a)],
    "smallest": lambda a, b, c, d, number, index: [autograd.minimum(*a, number)],
    "logsumexp": lambda a, b, c, d, number, index: [logsumexp(a)],
    "softmax": lambda a, b, c, d, number, index: softmax(a),
    "log_softmax": lambda a, b, c, d, number, index: log_softmax(a),
    "sum": lambda a, b, c, d, number, index: [total(a)],
    "take": lambda a, b, c, d, number, index: [take((a + b)[i:], index[i]) for i in range(len(a + b) > 2)],
    "take of some, plus all": lambda a, b, c, d, number, index: [  # a part of what the others come from
        take([u + v for u, v in together(a, b)], index[0]) + w if len(together(a, b)) > 2 else w for w in a
    ],
    "dot": lambda a, b, c, d, number, index: [dot(*zip(*together(a, b), strict=True))],
    "layer": lambda a, b, c, d, number, index: [dot(row, a) for row in rows_of(b, len(a))],
    "layer of sums": lambda a, b, c, d, number, index: [
        total([w * v for w, v in zip(row, a, strict=True)]) + number for row in rows_of(b, len(a))
    ],
    "outer": lambda a, b, c, d, number, index: [u * v for u in a for v in b],
    "where": lambda a, b, c, d, number, index: [
        where(above(u + 0.125, v), x, y) for u, v, x, y in together(a, b, c, d)
    ],
    "where not": lambda a, b, c, d, number, index: [where(u.step(), x, y) for u, x, y in together(a, c, d)],
    "chosen": lambda a, b, c, d, number, index: [where(index[0], x, y) for x, y in together(a, b)],
    "reversed": lambda a, b, c, d, number, index: a[::-1],
    "every other": lambda a, b, c, d, number, index: a[::2],
    "rotated": lambda a, b, c, d, number, index: a[1:] + a[:1],
    "joined": lambda a, b, c, d, number, index: a + b,
    # of branches that are nan or infinite, or have such derivatives, where they are not taken
    "log where it is": lambda a, b, c, d, number, index: [where(above(v, 0.0), v.log(), number) for v in a],
    "root where it is": lambda a, b, c, d, number, index: [
        where(above(v, 0.0), v.sqrt(), u) for u, v in together(b, a)
    ],
    "quotient where it is": lambda a, b, c, d, number, index: [
        where(above(abs(v), 0.125), u / v, number) for u, v in together(b, a)
    ],
    "power where it is": lambda a, b, c, d, number, index: [where(above(v, 0.0), v**u, v) for u, v in together(b, a)],
    "bounded exponential": lambda a, b, c, d, number, index: [where(above(3.0, v), (9.0 * v).exp(), number) for v in a],
    "root of relu": lambda a, b, c, d, number, index: [
        (v.relu() * u).relu() + v.relu().sqrt() for u, v in together(b, a)
    ],
    "largest of logs": lambda a, b, c, d, number, index: [
        autograd.maximum(-1.0 / abs(v), u) for u, v in together(b, a)
    ],
    "one of logs": lambda a, b, c, d, number, index: [
        take([v.sqrt(), v.log(), v, 1.0 / v][2 * i :], index[i]) for i in range(2) for v in a[:3]
    ],
    "layer of roots where": lambda a, b, c, d, number, index: [
        where(above(u, 0.25), dot(row, [v.sqrt() for v in a]), u)
        for u, row in zip(c * LONGEST, rows_of(b, len(a)), strict=False)
    ],
    "layer where": lambda a, b, c, d, number, index: [
        where(index[1], dot(row, a), number) for row in rows_of(b, len(a))
    ],
    # of lists that mix constants, parameters and rows
    "largest of a mixture": lambda a, b, c, d, number, index: [autograd.maximum(*mixture(a, b, number))],
    "smallest of a mixture": lambda a, b, c, d, number, index: [autograd.minimum(*mixture(a, b, number))],
    "logsumexp of a mixture": lambda a, b, c, d, number, index: [logsumexp(mixture(a, b, number))],
    "softmax of a mixture": lambda a, b, c, d, number, index: softmax(mixture(a, b, number)),
    "dot of a mixture": lambda a, b, c, d, number, index: [
        dot(*zip(*together(mixture(a, b, number), [*c, number - 0.5]), strict=True))
    ],
    "one of a mixture": lambda a, b, c, d, number, index: [take(mixture(a, b, number), index[0])],
}


def together(*lists):
    """Their elements side by side; the shorter lists are repeated."""
    return [tuple(each[i % len(each)] for each in lists) for i in range(max(map(len, lists)))]


def rows_of(numbers, length):
    """The numbers as the rows of a matrix, repeated where they do not fill the last."""
    padded = numbers * length
    return [padded[i : i + length] for i in range(0, max(len(numbers), 1), length)]


def mixture(a, b, number):
    """Values of two lists with constants between them, of which two are equal."""
    return [a[0], number, b[0], number, number + 0.25, *a[1:3]]


def elementwise(operation):
    """A step that applies an operation of the rule book to each element."""
    return lambda a, b, c, d, number, index: [
        apply(operation, *operands) for operands in together(*[a, b, c][: len(operation.operands)])
    ]


STEPS |= {
    name: elementwise(operation)
    for name, operation in OPERATIONS.items()
    if name not in (*COMPARISONS, "where", "take", "dot", "logsumexp") and name[0] != "_"
}

NAMES = [*STEPS, *["sub", "minus from", "affine", "layer", "where", "take"] * 3]  # these rather often
USUAL = [0.0, 1.0, -1.0, 2.0]
UNUSUAL = [*USUAL, math.inf, -math.inf, math.nan, 1e-200, 1e150]


@st.composite
def graphs(draw, special=USUAL):
    """(steps, x, m, k, parameters): what to compute, of rows with a list, a matrix and choices.

    A step is (name, which four lists, counted from the latest, a number).
    """
    step = st.tuples(
        st.sampled_from(NAMES),
        st.tuples(*[st.integers(0, 9)] * 4),
        st.sampled_from([2.0, 3.0, -1.0, 0.5, 1.0, 0.0, 4.0, 2.5, -2.0, 0.125]),
    )
    steps = draw(st.lists(step, min_size=1, max_size=12))
    rows, n, m, p = draw(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4)))
    generator = np.random.default_rng(draw(st.integers(0, 255)))  # numbers one by one would take long to shrink

    def array(*shape):
        return np.where(generator.random(shape) < 0.3, generator.choice(special, shape), generator.normal(size=shape))

    return steps, array(rows, n), array(rows, m, 2), generator.integers(0, 2, (rows, 2)), array(p).tolist()


def function_of(steps, parameters):
    """The function that computes a graph: a number to differentiate, a list, and another number."""

    def f(x, m, k):
        lists = [parameters, x, *m]
        for name, operands, number in steps:
            a, b, c, d = (lists[-1 - i % len(lists)] for i in operands)
            made = STEPS[name](a, b, c, d, number, k)
            if made:
                lists.append(made[:LONGEST])
        latest = [v for each in lists[-3:] for v in each]
        return total([(0.5 + 0.125 * i) * v for i, v in enumerate(latest)]), latest[::-1]

    return f


def suits_single_precision(steps, *arrays):
    """Whether float32 has room for all numbers, derivatives and gradients of a graph."""
    *rows, parameters = arrays
    f = function_of(steps, list(map(Value, parameters)))
    results = [f(*[values_of(array[i].tolist()) for array in rows]) for i in range(len(rows[0]))]
    root = total([number for number, _ in results])
    root.backward()
    nodes = topological_order(root, *[value for _, values in results for value in values])
    numbers = np.abs([number for node in nodes for number in (node.data, node.grad, *node.partials)])
    return not np.any(np.isfinite(numbers) & (numbers != 0) & ((numbers < 1e-30) | (numbers > 1e30)))

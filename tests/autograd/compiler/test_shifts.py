"""A list less its largest number: found, one step backward, and right, whatever is computed of it."""

import numpy as np
import pytest
from mpmath import mp, mpf

from autograd import Value, compile, grad, log_softmax, logsumexp, maximum, softmax
from autograd.compiler.adjoint import add_adjoint
from autograd.compiler.kinds import LessLargestAdjoint, Map, Partial
from autograd.compiler.shifts import shift_of
from autograd.ieee import total
from autograd.operations import OPERATIONS
from nn import cross_entropy
from tests.conftest import NEEDS_NATIVE

BACKENDS = ["numpy", pytest.param("native", marks=NEEDS_NATIVE)]
W = [Value(0.5), Value(-1.5), Value(2.0)]


def shifted(x):
    scores = [w * v for w, v in zip(W, x, strict=True)]
    largest = maximum(*scores)
    return [score - largest for score in scores]


def dot_of(a, b):
    return total([x * y for x, y in zip(a, b, strict=False)])


def program_of(f, X):
    """With its adjoint."""
    compiled = compile(f, backend="numpy")
    compiled.backward(X)
    return compiled.program


FUNCTIONS = {
    "squares, which depend on the shift": lambda x: total([(s * s).sin() for s in shifted(x)]),
    "log_softmax": lambda x: log_softmax([w * v for w, v in zip(W, x, strict=True)])[1],
    "softmax": lambda x: softmax([w * v for w, v in zip(W, x, strict=True)])[1],
    "the largest, too": lambda x: logsumexp(shifted(x)) * maximum(*[w * v for w, v in zip(W, x, strict=True)]),
    "lists of several lengths": lambda x: total(
        [dot_of(softmax([w * v for w in W[: n + 1]]), W) for n, v in enumerate(x)]
    ),
    "several lists": lambda x: total([softmax([w * v for w in W])[0] * log_softmax([w - v for w in W])[2] for v in x]),
}
ROWS = [[1.0, 2.0, 3.0], [4.0, -4.0 / 3.0, 1.0], [0.0, 0.0, 0.0], [-1.0, -700.0, 1.0], [1e-9, 3.0, -5.0]]


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_derivatives_through_a_shift_equal_those_of_graphs(equals_eager, f):
    compiled = equals_eager(f, np.array(ROWS))
    kinds = [step.kind for step in compiled.program.adjoints]
    assert LessLargestAdjoint() in kinds


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize("special", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_is_what_it_is_in_graphs(equals_eager, f, special):
    equals_eager(f, np.array([[special, 1.0, 2.0], [1.0, special, special], [special] * 3]))


def test_parts_of_a_list_may_be_the_same_for_all_rows(equals_eager):
    """What flows back to them is summed over the rows."""

    def f(x):
        scores = [W[0].exp(), W[1].sin(), W[2] * x[0], x[1], (W[0] * x[2]).tanh(), W[1] + x[1]]
        return total([s.sin() for s in softmax(scores)[:2]]) + maximum(*scores) * scores[0]

    equals_eager(f, np.array(ROWS))


def test_what_is_taken_from_another_list_is_no_shift():
    program = program_of(lambda x: total([(a - maximum(*[w * x[0] for w in W])).sin() for a in W]), np.ones((2, 3)))
    assert [step for step in program.steps if shift_of(program, step)] == []


def test_a_shift_is_found_where_it_is_the_difference_of_an_exponential():
    program = program_of(FUNCTIONS["softmax"], np.ones((2, 3)))
    [step] = [step for step in program.steps if shift_of(program, step)]
    assert step.kind == Map(OPERATIONS["_exp_of_difference"])


def test_nothing_else_flows_through_the_largest():
    program = program_of(lambda x: cross_entropy([w * v for w, v in zip(W, x, strict=True)], 1), np.ones((2, 3)))
    partials = [step.kind.rule.name for step in program.adjoints if isinstance(step.kind, Partial)]
    assert "maximum" not in partials


def test_the_exact_program_goes_by_the_edges():
    f = compile(FUNCTIONS["log_softmax"], backend="numpy")
    f.backward(np.ones((2, 3)))
    forward = f._last().forward_program
    assert any(isinstance(step.kind, LessLargestAdjoint) for step in add_adjoint(forward).adjoints)
    assert not any(isinstance(step.kind, LessLargestAdjoint) for step in add_adjoint(forward, exact=True).adjoints)


# ------------------------------------------------------------------------------------------ of a dominant logit


def exact_slopes(logits, k):
    """The derivatives of cross-entropy by the logits, and the second ones by each: softmax less one-hot, its p·(1 - p).

    The other ones' softmax is summed where 1 less a number would lose it.
    """
    with mp.workdps(400):
        e = [mp.exp(mpf(z) - max(map(mpf, logits))) for z in logits]
        p = [each / sum(e) for each in e]
        others = [sum(p[:i] + p[i + 1 :]) for i in range(len(p))]
        return [-others[i] if i == k else p[i] for i in range(len(p))], [p[i] * others[i] for i in range(len(p))]


DOMINANT = [[50.0, 0.0, -3.0], [0.0, 300.0, 1.0, 0.5], [1.0, 1.5, 36.0], [5.0, 0.0, 4.9], [700.0, 0.0]]


@pytest.mark.parametrize("backend", ["eager", *BACKENDS])
@pytest.mark.parametrize("logits", DOMINANT, ids=str)
def test_the_derivative_by_a_dominant_logit_has_all_its_digits(backend, logits):
    """It is less the others' softmax, 1e-22 say, and not the 0 that 1 - 1 is."""
    k = logits.index(max(logits))
    z = list(map(Value, logits))
    if backend == "eager":
        cross_entropy(z, k).backward()
    else:
        compile(lambda k: cross_entropy(z, k), backend=backend).backward(np.array([k]))
    first, _ = exact_slopes(logits, k)
    assert [v.grad for v in z] == pytest.approx(list(map(float, first)), rel=1e-13, abs=0.0)


@pytest.mark.parametrize("backend", ["eager", *BACKENDS])
@pytest.mark.parametrize("logits", DOMINANT, ids=str)
def test_so_has_the_second_derivative(backend, logits):
    k = logits.index(max(logits))

    def slope(*z):
        return grad(lambda z: cross_entropy(list(z), k))(list(z))[k]

    z = list(map(Value, logits))
    if backend == "eager":
        slope(*z).backward()
    else:
        compile(lambda: slope(*z), backend=backend).backward()
    _, second = exact_slopes(logits, k)
    assert z[k].grad == pytest.approx(float(second[k]), rel=1e-12, abs=0.0)

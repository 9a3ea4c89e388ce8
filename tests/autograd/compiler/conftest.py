"""What compiled functions are compared with: the graph of scalars, row by row, and how close two numbers must be.

Both sides round, each in its own order, and how much that matters depends on the graph: a small difference of two large
sums has few digits. So the graph is computed a few times more with some noise in every number and every derivative in
it, a hundred roundings large. The compiled function must be as close as 1e-12, or as close as the noise comes.
"""

import math
import random
import re
from contextlib import ExitStack, contextmanager
from functools import cached_property
from math import prod
from unittest.mock import patch

import numpy as np
import pytest

import autograd
from autograd import OPERATIONS, Value, ieee
from autograd._build import asked
from autograd.compiler.loops import find_loops
from autograd.compiler.passes import classified, folded_trace, laid_out, with_adjoint
from autograd.compiler.prepared import preparing
from autograd.compiler.prepared import rolled as prepared_rolled
from autograd.compiler.prepared.nodes import ByNodes
from autograd.compiler.prepared.rolled import ByRolledArrays
from autograd.compiler.tape import INPUT, PARAMETER, SUM, Tape
from autograd.compiler.terms import Terms
from autograd.compiler.trace import trace
from autograd.nodes import set_computed
from autograd.operations import ADD, SUB
from autograd.parameters import release
from autograd.value import constant
from autograd.walks import sorted_graph
from tests.autograd.compiler.executors.toy import run
from tests.conftest import IS_SECOND, NEEDS_NATIVE

CLOSE = {"float64": 1e-12, "float32": 1e-5}
NOISE = {"float64": 1e-14, "float32": 1e-6}
SMALLEST = {"float64": 1e-290, "float32": 1e-30}
NOISES = 4
CHOOSING = ("where", "take", "maximum", "minimum")  # operations whose value is that of an operand
HAS_NATIVE = not NEEDS_NATIVE.args[0]
BY_JAX = asked("GLASSGRAD_TEST_JAX")  # also what takes XLA long to compile


def values_of(numbers):
    """A row of an argument as f gets it: a Value, a list, a list of lists."""
    return list(map(values_of, numbers)) if isinstance(numbers, list) else Value(numbers)


def flattened(result):
    """All Values of a result, in order."""
    if isinstance(result, (list, tuple)):
        return [value for part in result for value in flattened(part)]
    return [result if isinstance(result, Value) else constant(result)]


def parameters_of(f, arrays):
    """The leaves that f reaches and did not get: those that two calls have in common."""
    if not arrays:
        return sorted_graph(tuple(flattened(f())))[0]
    twice = [flattened(f(*[values_of(array[0].tolist()) for array in arrays])) for _ in range(2)]
    first, second = (dict.fromkeys(sorted_graph(tuple(values))[0]) for values in twice)
    return [leaf for leaf in first if leaf in second]


class Noisy:
    """The namespace of the rule book with errors: every result is off by up to `noise`, a zero may change its sign.

    Of a sum every term is: what cancels may leave nothing but noise.
    """

    node, textbook = None, False  # floats, not nodes

    def __init__(self, noise, seed):
        self.noise, self.uniform = noise, random.Random(seed).uniform

    def off(self, number):
        error = self.noise * self.uniform(-1.0, 1.0)
        return number * (1.0 + error) if number else math.copysign(0.0, error)

    def __getattr__(self, name):
        function = getattr(ieee, name)
        if name in CHOOSING:
            return function
        return lambda *operands: self.off(function(*operands))

    def total(self, terms):
        return ieee.total([self.off(term) for term in terms])

    def compute(self, inner, given):
        """Compute the numbers and the partial derivatives of a graph again, from the given numbers of parameters."""
        for node in inner:
            operands = [given.get(parent, parent.data) for parent in node.parents]
            if node._operation in (ADD, SUB):  # which the compiler adds up in another order
                operands = list(map(self.off, operands))
            data = node._operation.value(self, *operands)
            if node._operation.name not in CHOOSING:  # which give one of their operands, as it is
                data = self.off(data)
            set_computed(node, data, tuple(map(self.off, node._operation.partials(self, data, *operands))))


class Rounded(Noisy):
    """The namespace of the rule book in float32: where numbers meet by rounding, 0/0 is no error of the compiler."""

    def off(self, number):
        return float(np.float32(number))


COMPARED = []  # (u, v, whether u > v), of the numbers that `above` has compared


def above(u, v):
    """u > v, which is no node of the graph of scalars: noted, so that it is known when noise would decide it."""
    condition = u > v
    if isinstance(condition, bool):  # in a trace nobody knows yet
        COMPARED.append((u, v, condition))
    return condition


class Eager:
    """The results of the graphs of scalars and the gradient of their mean, and how much noise would change them.

    Attributes:
        results: (rows, numbers)
        gradients: (parameters,)
        parameters: the Values that f closes over; found, where they are not given.
        changes: of the results and of the gradients; computed when something is not as close without noise.
    """

    def __init__(self, f, *arrays, noise=1e-14, parameters=None):
        arrays = [np.asarray(array, dtype=float) for array in arrays]
        rows = len(arrays[0]) if arrays else 1
        self.parameters = parameters_of(f, arrays) if parameters is None else parameters
        self._noise = noise
        self._given = {p: p.data for p in self.parameters}  # what is compiled may round them
        COMPARED.clear()
        self._rows = [flattened(f(*[values_of(array[row].tolist()) for array in arrays])) for row in range(rows)]
        self._compared = list(COMPARED)
        self._mean = autograd.ieee.total([row[0] for row in self._rows]) / rows
        self.results, self.gradients = self._numbers()

    def _numbers(self):
        before = [p.grad for p in self.parameters]
        for p in self.parameters:
            p.grad = 0.0
        self._mean.backward()
        gradients = np.array([p.grad for p in self.parameters])
        for p, gradient in zip(self.parameters, before, strict=True):
            p.grad = gradient
        return np.array([[value.data for value in row] for row in self._rows]), gradients

    def _number(self, x):
        return self._given.get(x, x.data) if isinstance(x, Value) else x

    @cached_property
    def changes(self):
        compared = [x for u, v, _ in self._compared for x in (u, v) if isinstance(x, Value)]
        inner = sorted_graph((self._mean, *[value for row in self._rows for value in row], *compared))[1]
        rounded = [Rounded(0.0, 0)] if self._noise > 1e-10 else []
        noisy, is_decided = [], True
        with np.errstate(all="ignore"):
            for errors in (*[Noisy(self._noise, seed) for seed in range(NOISES)], *rounded):
                errors.compute(inner, self._given)
                is_decided &= all((self._number(u) > self._number(v)) is above for u, v, above in self._compared)
                noisy.append(self._numbers())
            results, gradients = [
                np.max([changed(a, b) if is_decided else np.full_like(a, np.inf) for b in others], 0)
                for a, others in zip((self.results, self.gradients), zip(*noisy, strict=True), strict=True)
            ]
        return {"results": results, "gradients": gradients}


def changed(a, b):
    """How far b is from a; 0 where they are the same infinity or both nan, inf where one is finite only."""
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    return np.where(same, 0.0, np.where(np.isfinite(a) & np.isfinite(b), abs(a - b), np.inf))


def assert_close(what, got, eager, of, dtype, which_infinity=True):
    """`got` is what `eager` has for results, or gradients, as closely as these come with noise."""
    expected = getattr(eager, of)
    if not which_infinity:
        got, expected = (np.where(np.isfinite(each), each, np.nan) for each in (got, expected))
    if is_farther(got, expected, 0.0, dtype).any():  # noise allows more, and takes longer than all else
        wrong = is_farther(got, expected, eager.changes[of], dtype)
        assert not wrong.any(), f"{what}: compiled {got[wrong].tolist()}, eager {expected[wrong].tolist()}"


def is_farther(got, expected, change, dtype):
    """Where a number is farther from the expected one than rounding, and so much change by noise, allow."""
    with np.errstate(all="ignore"):
        allowed = CLOSE[dtype] * abs(expected) + 4.0 * change + SMALLEST[dtype]
        allowed = np.where(np.isinf(change), np.inf, allowed)  # noise makes nan of a number here, or a number of nan
        farther = ~(changed(expected, np.asarray(got, dtype=float)) <= np.where(np.isnan(allowed), 0.0, allowed))
        return farther & ~((got == expected) | (np.isnan(got) & np.isnan(expected)))


def assert_equals_eager(f, *arrays, dtype="float64", compiled=None, which_infinity=True):
    """The compiled f gives what the graphs of scalars give: all results, and the gradient of every parameter.

    Args:
        compiled: f, compiled before; None to compile it here.
        which_infinity: False to take inf, -inf and nan in a gradient for the same. What does not depend on the row is
            computed once, so that its adjoint is multiplied by a derivative after the sum over the rows: (0 + 1)·inf
            instead of 0·inf + 1·inf, which is nan.

    Returns the compiled function.
    """
    arrays = [np.asarray(array, dtype) for array in arrays]
    parameters = parameters_of(f, arrays)
    release(parameters)  # a number in an array of float32 has no more digits
    expected = Eager(f, *arrays, noise=NOISE[dtype], parameters=parameters)
    if dtype == "float64" and not IS_SECOND:  # it is the same code on both builds
        assert_toy_equals(expected, f, arrays)
    if compiled is None and HAS_NATIVE:
        native = autograd.compile(f, dtype=dtype, backend="native")
        assert_compiled_equals(native, expected, arrays, dtype, which_infinity)
        with in_blocks_of(2):  # rows
            native._last().free_runs()
            assert_compiled_equals(native, expected, arrays, dtype, False)
        if arrays:
            _assert_row_by_row_equals(native, expected, arrays, dtype)
        with node_after_node():
            native = autograd.compile(f, dtype=dtype, backend="native")
            assert_compiled_equals(native, expected, arrays, dtype, which_infinity)
            if arrays:
                _assert_row_by_row_equals(native, expected, arrays, dtype)
        assert isinstance(native._last(), ByNodes)
    compiled = compiled or autograd.compile(f, dtype=dtype, backend="numpy")
    assert_compiled_equals(compiled, expected, arrays, dtype, which_infinity)
    if BY_JAX:
        by_jax = autograd.compile(f, dtype=dtype, backend="jax")
        assert_compiled_equals(by_jax, expected, arrays, dtype, False)
        assert_to_jax_equals(by_jax, expected, arrays, dtype)
    if find_loops(trace(f, shapes_of(arrays))[0]):
        for backend in ("numpy", *["native"] * HAS_NATIVE, *["jax"] * BY_JAX):
            with loops_in_arrays():
                rolled = autograd.compile(f, dtype=dtype, backend=backend)
                rolled(*arrays)
                if isinstance(rolled._last(), ByRolledArrays):
                    assert_compiled_equals(rolled, expected, arrays, dtype, False)
                    if arrays:
                        _assert_row_by_row_equals(rolled, expected, arrays, dtype)
    return compiled


def assert_to_jax_equals(compiled, expected, arrays, dtype):
    """The program as a function of JAX gives the same, and its gradient by `jax.grad` too."""
    import jax

    prepared = compiled._last()
    program = prepared.program
    f = program.to_jax()
    numbers, given = np.array(prepared.numbers()), [arrays[n] for n in program.inputs]
    if not given and arrays:
        return  # of one row
    with jax.enable_x64(True):
        assert_close("results of to_jax", np.asarray(f(numbers, *given)), expected, "results", dtype)
        if program.gradient is not None and len(numbers):
            gradient = np.asarray(jax.grad(lambda p: f(p, *given)[:, 0].mean())(numbers))
            at = {id(p): n for p, n in zip(prepared.parameters, prepared.positions.tolist(), strict=True)}
            found = np.array([gradient[at[id(p)]] if id(p) in at else 0.0 for p in expected.parameters])
            assert_close("gradients of to_jax", found, expected, "gradients", dtype, False)


def shapes_of(arrays):
    """Of one row of each argument."""
    return tuple(array.shape[1:] for array in arrays)


def in_blocks_of(rows):
    """While this lasts the native executor goes through so many rows at once."""
    from autograd.compiler.executors.native import executor

    return patch.object(executor, "block_of", lambda code, count: min(rows, count))


@contextmanager
def node_after_node():
    """While this lasts the native executor, runs graphs as they are, small ones too, with short loops."""
    if not HAS_NATIVE:
        yield
        return
    from autograd.compiler.executors.native import nodes

    irregular = patch.object(nodes, "is_irregular", lambda tape: nodes.Graph(tape).in_c)
    turns = patch.object(nodes, "may_have_turns", lambda tape: True)
    with irregular, turns, patch.object(preparing, "LONG", 0):
        yield


@contextmanager
def loops_in_arrays():
    """While this lasts all run as programs of arrays, which have short loops as steps too."""
    with ExitStack() as patches:
        patches.enter_context(patch.dict(prepared_rolled.LEAST, dict.fromkeys(prepared_rolled.LEAST, 0)))
        if HAS_NATIVE:
            from autograd.compiler.executors.native import nodes

            patches.enter_context(patch.object(nodes, "is_irregular", lambda tape: False))
            patches.enter_context(patch.object(nodes, "pays_in_turns", lambda tape, loops: False))
        yield


def assert_compiled_equals(compiled, expected, arrays, dtype, which_infinity):
    forward = compiled(*arrays)
    before = [p.grad for p in expected.parameters]
    results = compiled.backward(*arrays) if one_number(forward) else forward
    for each in (forward, results):
        got = numbers_of(each, len(expected.results))
        assert_close("results", got, expected, "results", dtype)
    if one_number(forward):
        gradients = np.array([p.grad for p in expected.parameters]) - before
        for p, gradient in zip(expected.parameters, before, strict=True):
            p.grad = gradient
        assert_close("gradients", gradients, expected, "gradients", dtype, which_infinity)


def _assert_row_by_row_equals(compiled, expected, arrays, dtype):
    """Each row alone gives what it gives among the others; the mean of their gradients is the gradient of the mean."""
    before = [p.grad for p in expected.parameters]
    for p in expected.parameters:
        p.grad = 0.0
    rows = [[array[row : row + 1] for array in arrays] for row in range(len(arrays[0]))]
    forward = [compiled(*row) for row in rows]
    got = np.concatenate([numbers_of(each, 1) for each in forward])
    assert_close("results row by row", got, expected, "results", dtype)
    if one_number(forward[0]):
        for row in rows:
            compiled.backward(*row)
        with np.errstate(all="ignore"):
            gradients = np.array([p.grad for p in expected.parameters]) / len(rows)
        assert_close("gradients row by row", gradients, expected, "gradients", dtype, False)
    for p, gradient in zip(expected.parameters, before, strict=True):
        p.grad = gradient


def assert_toy_equals(expected, f, arrays):
    """The program, by the executor that is the definition of its steps, gives what the graphs of scalars give."""
    tape, returned = folded_trace(f, shapes_of(arrays))
    program, _ = laid_out(classified(tape)[0], list(map(prod, shapes_of(arrays))))
    if not returned.shapes[0]:
        program = with_adjoint(program)
    numbers = np.zeros(program.size[program.parameters])
    read = np.flatnonzero(program.places >= 0)
    numbers[program.places[read]] = [tape.parameters[n].data for n in read]
    outputs, gradient = run(program, arrays, numbers)
    assert_close("results of the toy", np.array(outputs), expected, "results", "float64")
    if gradient is None or (program.chooses and not np.isfinite(gradient).all()):
        return  # the exact program would be asked
    place = {id(tape.parameters[n]): program.places[n] for n in read}
    found = np.array([gradient[place[id(p)]] if id(p) in place else 0.0 for p in expected.parameters])
    assert_close("gradients of the toy", found, expected, "gradients", "float64", False)


def one_number(results):
    """Is there one number for each row to differentiate?"""
    return np.ndim(results[0] if isinstance(results, tuple) else results) <= 1


def numbers_of(results, rows):
    parts = results if isinstance(results, tuple) else (results,)
    return np.concatenate([np.reshape(part, (rows, -1)) for part in parts], axis=1).astype(float)


@pytest.fixture(scope="session")
def equals_eager():
    """`assert_equals_eager`: a fixture of the session, so that hypothesis may use it."""
    return assert_equals_eager


@pytest.fixture(scope="session")
def tape_of():
    """The tape that prints as this text, to test a pass alone: the opposite of str(tape)."""
    return read_tape


def read_tape(text):
    known = {operation.name: operation for operation in (*OPERATIONS.values(), INPUT, PARAMETER)}
    tape = Tape()
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("return"):
            tape.outputs = [int(n) for n in line.removeprefix("return").split(",")]
            continue
        number, what = line.split(" = ")
        assert int(number) == len(tape), line
        name, _, operands = what.rstrip(")").partition("(")
        if what[0] in "+-" and " " in what:
            terms = re.findall(r"([+-]) (\d+)(?:·(\d+))?", what)
            signs, left, right = zip(*[(1 if s == "+" else -1, int(u), int(v or -1)) for s, u, v in terms], strict=True)
            tape.add(SUM, Terms(list(signs), list(left), list(right)))
        elif name in known:
            tape.add(known[name], tuple(map(int, operands.split(","))))
            if name == "parameter":
                tape.parameters.append(Value(1.0 + len(tape.parameters)))
        else:
            tape.add_constant(float(what))
    tape.scalars = len(tape)
    assert str(tape) == "\n".join(filter(None, map(str.strip, text.splitlines())))
    return tape


@pytest.fixture(scope="session")
def drawn():
    """Lists of parameters, and arrays of rows, the same in every run: drawn.parameters(3, 4), drawn.rows(5, 3)."""
    return Drawn


class Drawn:
    """Numbers to test with."""

    @staticmethod
    def parameters(*shape, seed=0, low=-1.0, high=1.0):
        return values_of(np.random.default_rng((seed, *shape)).uniform(low, high, shape).tolist())

    @staticmethod
    def rows(*shape, seed=0, low=-2.0, high=2.0):
        return np.random.default_rng((seed, *shape)).uniform(low, high, shape)

    @staticmethod
    def choices(count, *shape):
        return np.random.default_rng(shape).integers(0, count, shape)

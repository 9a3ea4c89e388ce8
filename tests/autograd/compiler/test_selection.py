"""A program with other outputs: what of one computes them, and that these are the numbers of the nodes."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from autograd import Value, topological_order
from autograd.compiler.cache import Parts
from autograd.compiler.executors import default_backend
from autograd.compiler.passes import classified, folded_trace, laid_out, selected
from autograd.compiler.prepared.base import Prepared
from autograd.compiler.trace import Result
from tests.autograd.compiler.random_functions import function_of, graphs
from tests.conftest import EXAMPLES

ROWS = np.array([[0.5, -1.0], [2.0, 0.25]])


def test_steps_and_inputs_that_the_outputs_do_not_need_are_left_out():
    w = Value(3.0)
    tape, _ = folded_trace(lambda x, y: ((w * x).tanh() - y).exp(), [(), ()])
    classes, became = classified(tape)
    program, where = laid_out(classes, [1, 1])
    tanh = next(n for n, (operation, _) in enumerate(tape.nodes()) if operation.name == "tanh")
    part = selected(program, [where[became[tanh]]])
    assert str(part) == "t1 = mul(p, x0)\nt2 = tanh(t1)"
    assert list(part.inputs) == [0]
    assert (part.places == program.places).all()


@pytest.fixture
def given_parts(monkeypatch):
    """Whether each program was given by another one, in the order in which they were asked for."""
    given = []
    for kind in Prepared.__subclasses__():
        original = kind.giving
        monkeypatch.setattr(kind, "giving", lambda *args, original=original: given.append(original(*args)) or given[-1])
    return given


def parts(hidden):
    """Of a neuron with this activation: its loss, its output, what the activation gives and takes."""
    w = [Value(1.0), Value(-2.0), Value(0.5)]

    def f(x, *target):
        inside = w[0] * x[0] + w[1] * x[1] + w[2]
        output = hidden(inside) * w[1] + w[0]
        found = {"loss": (output - target[0]) ** 2} if target else {}
        return found | {"output": output, "hidden": hidden(inside), "inside": inside}

    return Parts(f, [(2,), ()])


@pytest.mark.parametrize("name", ["output", "hidden"])
def test_what_a_program_computes_is_given_without_the_passes(given_parts, name):
    together, alone = parts(Value.tanh), parts(Value.tanh)
    together.program(["loss"], 2)
    assert together.program([name], 1)(ROWS)[0].tolist() == alone.program([name], 1)(ROWS)[0].tolist()
    assert [each is not None for each in given_parts] == [name == "hidden"]


def test_outputs_are_given_though_they_are_sums(given_parts):
    together = parts(Value.tanh)
    together.program(["loss", "output"], 2)
    assert (
        together.program(["output"], 1)(ROWS)[0].tolist() == parts(Value.tanh).program(["output"], 1)(ROWS)[0].tolist()
    )
    assert given_parts[0] is not None


def test_a_sum_of_which_another_one_has_taken_the_terms_is_not_given(given_parts):
    together = parts(lambda v: v)
    together.program(["loss"], 2)
    assert together.program(["inside"], 1)(ROWS)[0].tolist() == [3.0, 2.0]
    assert given_parts == [None]


def test_what_was_given_gives_nothing_itself(given_parts):
    together = parts(Value.tanh)
    together.program(["loss", "output"], 2)
    together.program(["output"], 1)
    together.program(["hidden"], 1)
    assert [each is not None for each in given_parts] == [True, True]
    assert together._prepared["hidden", default_backend()].giving([], Result([(0,)], several=True)) is None


def test_a_number_to_differentiate_beside_others_is_compiled_by_itself(given_parts):
    """What only the others need has no gradient, and is computed apart from what has one."""
    together = parts(Value.tanh)
    together.program(["loss", "output"], 2)
    together.program(["output", "hidden"], 1)
    assert given_parts == [None]


def test_what_is_given_sees_new_numbers_of_the_parameters():
    together = parts(Value.tanh)
    together.program(["loss"], 2, adopts=True).backward(ROWS, [0.0, 1.0])
    program = together.program(["hidden"], 1, adopts=True)
    before = program(ROWS)[0]
    for parameter in program._last().parameters:
        parameter.data += 1.0
    after = np.tanh((1.0 + 1.0) * ROWS[:, 0] + (-2.0 + 1.0) * ROWS[:, 1] + 1.5)
    assert program(ROWS)[0] == pytest.approx(after)
    assert program(ROWS)[0] != pytest.approx(before)


@settings(max_examples=EXAMPLES // 4, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(graph=graphs())
def test_of_random_functions_every_node_is_the_same(graph):
    steps, *arrays, parameters = graph
    f = function_of(steps, list(map(Value, parameters)))

    def nodes(*row):
        root, _ = f(*row)
        return {"root": root} | dict(enumerate(topological_order(root)))

    shapes = [array.shape[1:] for array in arrays]
    with np.errstate(all="ignore"):
        together, apart = Parts(nodes, shapes), Parts(nodes, shapes)
        together.program(["root"], 3, backend="numpy")  # which makes arrays of every graph
        (base,) = together._prepared.values()
        given_names = [name for name in together.names if base.giving(*together._chosen([name])) is not None]
        assert given_names[0] == "root"
        for name, right in zip(given_names, apart.program(given_names, 3, backend="numpy")(*arrays), strict=True):
            number = together.program([name], 3, backend="numpy")(*arrays)[0]
            assert number == pytest.approx(right, rel=1e-9, abs=1e-9, nan_ok=True), name

"""What must hold between the passes: it does for good structures, and every check sees a fault that is planted."""

from array import array
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings

from autograd import OPERATIONS, Value, dot, log_softmax, logsumexp, maximum, sqrt, take, where
from autograd.compiler.adjoint import add_adjoint
from autograd.compiler.classes import Run
from autograd.compiler.columns import Column, filled
from autograd.compiler.folding import fold
from autograd.compiler.grouping import find_classes
from autograd.compiler.kinds import (
    Assemble,
    Constants,
    Contract,
    Fill,
    Gather,
    Input,
    LessLargestAdjoint,
    Map,
    Parameters,
    Partial,
    Scatter,
    Sum,
    Take,
    TakeAdjoint,
)  # fmt: skip
from autograd.compiler.program import Program, Role, Space
from autograd.compiler.sums import find_sums
from autograd.compiler.tables import find_tables
from autograd.compiler.tape import INPUT
from autograd.compiler.trace import trace
from autograd.compiler.verify import looked_at
from autograd.compiler.verify.complaints import VerificationError
from autograd.compiler.verify.structures import checked
from autograd.compiler.views import View, contiguous
from autograd.ieee import total
from autograd.operations import ADD, MUL, RELU, marker
from tests.autograd.compiler.random_functions import function_of, graphs
from tests.conftest import EXAMPLES

MAXIMUM, WHERE, SIN = (OPERATIONS[name] for name in ("maximum", "where", "sin"))
CALL, ROW = Space.CALL, Space.ROW
FOUR, PAIR = (0, (4,), (1,)), (0, (2,), (1,))  # places

# -------------------------------------------------------------------------------------------- good structures


def passes(f, *shapes):
    """Every structure on the way from a function to its exact program, each of them checked."""
    tape = checked(fold(checked(trace(f, shapes)[0]))[0])
    sums = checked(find_sums(tape)[0])
    classes = checked(find_classes(sums)[0])
    forward = checked(find_tables(classes, None, 0, list(map(prod, shapes)))[0])
    return [tape, sums, classes, forward, checked(add_adjoint(forward)), checked(add_adjoint(forward, exact=True))]


W = [[Value(0.1 * i - 0.2 * j) for i in range(4)] for j in range(3)]
GOOD = {
    "layer": lambda x, k: total([(dot(w, x) + w[0]).tanh() for w in W]),
    "square": lambda x, k: total([w * w for w in W[0]]) - 1.0,
    "cross-entropy": lambda x, k: -take(log_softmax([dot(w, x) for w in W]), k[0]),
    "branches": lambda x, k: total([where(v > u, sqrt(v - u), u.relu()) for u, v in zip(W[0], x, strict=True)]),
    "layer of branches": lambda x, k: logsumexp([dot(w, [sqrt(v).relu() for v in x]) for w in W]),
    "mixture": lambda x, k: maximum(*x, 2.0, *W[0], x[0] * W[1][0], W[1][1].exp()),
    "lists of several lengths": lambda x, k: total([logsumexp(W[0][:2]), logsumexp(W[1]), logsumexp([*W[0], *W[2]])]),
    "no order": lambda x, k: W[0][2] * x[0] + total([W[0][i] / x[j] for i, j in ((0, 2), (3, 1), (3, 3))]),
    "several": lambda x, k: (x[0] * W[0][0], [x[1].exp(), W[2][1], 3.0]),
    "embedding": lambda x, k: dot([take(column, k[0]) for column in zip(*W, strict=True)], x),
    "chosen of the row": lambda x, k: W[0][0] * take([w * v for w, v in zip(W[1], x, strict=True)], k[0]),
    "a parameter": lambda x, k: W[0][1],
    "a constant": lambda x, k: x[0] * 0.0 + 2.0,
}


@pytest.mark.parametrize("f", GOOD.values(), ids=GOOD)
def test_what_the_passes_give_is_as_it_must_be(f):
    passes(f, (4,), (1,))


def test_there_is_a_good_program_with_each_kind_of_step():
    programs = [program for f in GOOD.values() for program in passes(f, (4,), (1,))[-2:]]
    kinds = {type(program.kind(value)) for program in programs for value in range(len(program))}
    assert kinds == {
        Input, Parameters, Constants, Map, Partial, LessLargestAdjoint, Sum, Assemble, Contract, Gather, Scatter, Take,
        TakeAdjoint, Fill,
    }  # fmt: skip


@settings(max_examples=EXAMPLES // 5)
@given(graph=graphs())
def test_what_the_passes_give_of_random_functions_is_as_it_must_be(graph):
    steps, *arrays, parameters = graph
    passes(function_of(steps, list(map(Value, parameters))), *[array.shape[1:] for array in arrays])


# ------------------------------------------------------------------------------------------------------- tapes

TAPE = """
    0 = input(0, 0)
    1 = input(0, 1)
    2 = parameter(0)
    3 = 2.5
    4 = mul(0, 2)
    5 = maximum(0, 2, 3)
    6 = + 0·2 - 4
    7 = mul(5, 6)
    return 7
"""


def assigned(where, n, what):
    where[n] = what


def of_node(n, *operands, operation=None):
    """Give a node of a tape other operands, or another operation."""

    def fault(tape):
        nodes = [*tape.nodes()]
        nodes[n] = (operation or nodes[n][0], operands or nodes[n][1])
        if operands == (None,):
            nodes[n] = nodes[n][0], ()
        tape.kind, tape.begin, tape.of, tape.scope = Column(), filled(1), Column(), Column()
        for node in nodes:
            tape.add(*node)

    return fault


def without_last(column):
    return Column.of(list(column)[:-1])


TAPE_FAULTS = {
    "8 operations, 7 lists of operands": lambda tape: setattr(tape, "begin", without_last(tape.begin)),
    "8 operations, .* 7 scopes": lambda tape: setattr(tape, "scope", without_last(tape.scope)),
    "operands of node 2 that begin at 0, before": lambda tape: assigned(tape.begin.array(), 2, 0),
    "operands up to 17, of 18": lambda tape: tape.of.append(0),
    "an operation stands twice": lambda tape: tape.kinds.append(tape.kinds[0]),
    "the operation of a node is none of 6": lambda tape: assigned(tape.kind.array(), 4, 6),
    "the scope of a node is none of 1": lambda tape: assigned(tape.scope.array(), 4, -1),
    r"outputs \[\]": lambda tape: tape.outputs.clear(),
    r"outputs \[8\]": lambda tape: assigned(tape.outputs, 0, 8),
    "node 4 = mul.*with 1 operands": of_node(4, 0),
    "node 5 = maximum.*with 0 operands": of_node(5, None),
    "node 4 = other.*no operation": of_node(4, operation=marker("other")),
    "node 4 = mul.*no operation": of_node(4, operation=MUL._replace()),
    "node 4 = mul.*operand 4 is no node before": of_node(4, 0, 4),
    "node 4 = mul.*operand -1 is no": of_node(4, -1, 0),
    "node 3 = constant.*one of 1": of_node(3, 1),
    "node 2 = parameter.*one of 1": of_node(2, -1),
    "node 0 = input.*argument and": of_node(0, 0),
    "node 8 = input.*a node already": lambda tape: tape.add(INPUT, (0, 0)),
    "node 8 = add.*beside sums": lambda tape: tape.add(ADD, (0, 1)),
    "2 signs, 2 left factors and 1 right": of_node(6, 0, 2, 4),
    "0 signs": of_node(6, None),
    "operand 6 is no": of_node(6, 6, -1),
    "operand 7 is no": of_node(6, 0, 7),
}


def cut_short(tape, name):
    tape.taken_up = tape.taken_up._replace(**{name: without_last(getattr(tape.taken_up, name))})


TAKEN_UP_FAULTS = {
    "2 terms, of which 1": lambda tape: cut_short(tape, "sources"),
    "none of the 5 nodes before": lambda tape: assigned(tape.taken_up.adders.array(), 1, 5),
    "none of the 5 nodes before ": lambda tape: assigned(tape.taken_up.sources.array(), 0, -2),
}


@pytest.mark.parametrize("message", TAKEN_UP_FAULTS)
def test_a_fault_of_what_sums_took_up_is_found(tape_of, message):
    tape, _ = find_sums(tape_of("0 = input(0, 0)\n1 = input(0, 1)\n2 = mul(0, 0)\n3 = add(2, 1)\n4 = exp(3)\nreturn 4"))
    TAKEN_UP_FAULTS[message](checked(tape))
    with pytest.raises(VerificationError, match=message.strip()):
        checked(tape)


@pytest.mark.parametrize("message", TAPE_FAULTS)
def test_a_fault_of_a_tape_is_found(tape_of, message):
    tape = checked(tape_of(TAPE))
    TAPE_FAULTS[message](tape)
    with pytest.raises(VerificationError, match=message):
        checked(tape)


def test_a_dot_product_has_as_many_left_factors_as_right_ones(tape_of):
    with pytest.raises(VerificationError, match="no operation of this name with 3 operands"):
        checked(tape_of("0 = input(0, 0)\n1 = dot(0, 0, 0)\nreturn 1"))


@pytest.mark.parametrize("asked", ["", "0", "1"])
def test_what_passes_return_is_looked_at_where_it_is_asked_for(monkeypatch, tape_of, asked):
    monkeypatch.setenv("GLASSGRAD_VERIFY", asked)
    wrong = tape_of("0 = input(0, 0)\n1 = dot(0, 0, 0)\nreturn 1")
    if asked == "1":
        with pytest.raises(VerificationError, match="no operation of this name with 3 operands"):
            looked_at(wrong)
    else:
        assert looked_at(wrong) is wrong


# ----------------------------------------------------------------------------------------------------- classes
# c0 the inputs, c1 the parameter, c2 the constant, c3 mul(c1, c0), c4 maximum(*c1, *c2, *c0), c5 the sum, c6 c4·c5


def in_class(number, **what):
    """Put other things into a class."""

    def fault(classes):
        for name, new in what.items():
            setattr(classes.classes[number], name, array("i", new) if name in ("nodes", "operands") else new)

    return fault


CLASSES_FAULTS = {
    "nodes, 7 scopes": lambda classes: setattr(classes, "scope", without_last(classes.scope)),
    "node 4 is in class -1": lambda classes: assigned(classes.class_of.array(), 4, -1),
    "node 4 is in class 7 of 7": lambda classes: assigned(classes.class_of.array(), 4, 7),
    "in two classes": in_class(6, nodes=[7, 7]),
    "node 8, which is an output": lambda classes: classes.outputs.append(8),
    "c0 of input: 2 operands of 2 nodes, which have 4": in_class(0, operands=[0, 0]),
    "c4 of maximum: 1 nodes, 2 lists of counts": in_class(4, counts=[(1, 1, 1)] * 2),
    "c3 of mul: it has a node": lambda classes: assigned(classes.class_of.array(), 4, 4),
    r"c3 of mul: .* classes \[1, 3\]": in_class(3, runs=(Run(1), Run(3))),
    r"c5 of sum: signs \[1, 0\]": in_class(5, runs=(Run(3), Run(3, 0))),
    "c3 of mul: it has signs": in_class(3, runs=(Run(1), Run(0, -1))),
    "c3 of mul: by_row is False": in_class(3, by_row=False),
    "c1 of parameter: by_row is True": in_class(1, by_row=True),
    "c1 of parameter: a leaf has no runs": in_class(1, runs=(Run(0),), by_row=True),
    "c2 of constant: it refers": in_class(2, operands=[1]),
    "c0 of input: inputs of several": in_class(0, operands=[0, 0, 1, 0]),
    "c3 of mul: 0 runs": in_class(3, runs=(), by_row=False),
    "c3 of mul: 2 runs, and 0 counts": in_class(3, runs=(Run(1), Run(0, many=True))),
    "c3 of mul: .* with 1 operands": in_class(3, runs=(Run(0),)),
    r"c4 of maximum: counts \(1, 2\) of 3": in_class(4, counts=[(1, 2)]),
    "c4 of maximum: 3 operands of 1 nodes, which have 4": in_class(4, counts=[(1, 2, 1)]),
    "c3 of mul: an operand is not in": in_class(3, operands=[2, 3]),
}


@pytest.mark.parametrize("message", CLASSES_FAULTS)
def test_a_fault_of_classes_is_found(tape_of, message):
    classes = checked(find_classes(tape_of(TAPE.replace("+ 0·2 - 4", "+ 4 - 4")))[0])
    CLASSES_FAULTS[message](classes)
    with pytest.raises(VerificationError, match=message):
        checked(classes)


def test_the_factors_of_a_contraction_are_as_many_left_as_right(tape_of):
    text = "0 = input(0, 0)\n1 = input(0, 1)\n2 = parameter(0)\n3 = parameter(1)\n4 = + 0·2 + 1·3\nreturn 4"
    classes = checked(find_classes(tape_of(text))[0])
    in_class(2, operands=[2, 3, 0], counts=[(2, 1)])(classes)
    with pytest.raises(VerificationError, match="two of equal length"):
        checked(classes)


# ---------------------------------------------------------------------------------------------------- programs


class Built:
    """A program with the leaves p (4 numbers), x (4), k (1) and c (2), to which a test adds steps."""

    def __init__(self, adjoint=False):
        self.program = program = Program()
        p = program.add(Parameters(), (), (4,), CALL, role=Role.PARAMETERS)
        x = program.add(Input(0), (), (4,), ROW, role=Role.INPUT)
        k = program.add(Input(1), (), (1,), ROW, role=Role.INPUT, serial=1)
        c = program.add(Constants(np.array([1.0, 2.0])), (), (2,), CALL, role=Role.CONSTANTS)
        program.leaves_end()
        self.p, self.x, self.k, self.c = p, x, k, c
        program.parameters, program.inputs, program.places = p.value, {0: x.value, 1: k.value}, np.arange(4)
        program.outputs = [(x.value, 0)]
        if adjoint:
            self.program = program.copy()
            self.program.gradient = len(program)

    def add(self, kind, operands, shape, space=ROW, role=Role.STEP, **what):
        serial = len(self.program) if role is Role.STEP else 0
        return self.program.add(kind, operands, shape, space, role=role, serial=serial, **what)

    def live(self, shape=(4,)):
        return self.add(Fill(1.0), [], shape, boolean=True)


def part(view, *place):
    return View(view.value, *place)


def square(view):
    return part(view, 0, (2, 2), (2, 1))


def changed(name, what):
    """Give a program another attribute."""
    return lambda b: setattr(b.program, name, what)


FORWARD = {
    # of any kind
    "value 4, t4 = sin.*value 4 is not defined": lambda b: b.add(Map(SIN), [contiguous(4, 0, (4,))], (4,)),
    "of x0 the numbers from 1 to 4, but it has 4": lambda b: b.add(Map(SIN), [part(b.x, 1, (4,), (1,))], (4,)),
    "of x0 the numbers from -1 to 2": lambda b: b.add(Map(SIN), [part(b.x, 2, (4,), (-1,))], (4,)),
    r"of x0 a part of the shape \(0,\)": lambda b: b.add(Map(SIN), [part(b.x, 2, (0,), (1,))], (4,)),
    "gather.*a plain number": lambda b: b.add(Gather(np.array([0])), [1.0], (1,)),
    "gather.*2 operands instead of 1": lambda b: b.add(Gather(np.array([0])), [b.x, b.x], (1,)),
    "value 4, c = constants.*leaves come first": lambda b: b.add(Constants(np.ones(2)), [], (2,), CALL, Role.CONSTANTS),
    "t4 = fill 1.*among those for the outputs": lambda b: b.add(Fill(1.0), [], (4,)),
    "it is of the space CALL, its operands of": lambda b: b.add(Map(MUL), [b.x, b.p], (4,), CALL),
    "it is of the space ROW, its operands of": lambda b: b.add(Map(SIN), [b.p], (4,)),
    "sin.*it has no booleans": lambda b: b.add(Map(SIN), [b.x], (4,), boolean=True),
    # of one
    "hypot of 1 operands": lambda b: b.add(Map(OPERATIONS["hypot"]), [b.x], (4,)),
    "no sin of 1": lambda b: b.add(Map(SIN._replace()), [b.x], (4,)),
    "no take of 2": lambda b: b.add(Map(OPERATIONS["take"]), [b.x, b.x], (4,)),
    r"mul.*operand 1 has the shape \(2,\) beside \(4,\)": lambda b: b.add(Map(MUL), [b.x, b.c], (4,)),
    r"mul.*operand 0 has the shape \(2, 2\) beside \(2,\)": lambda b: b.add(Map(MUL), [square(b.x), b.c], (2,)),
    r"maximum.*operand 0 has the shape \(2, 2\) beside \(\)": lambda b: b.add(Map(MAXIMUM), [square(b.x)], ()),
    "t4 = Sum: 1 signs for 2": lambda b: b.add(Sum((1,)), [b.x, b.p], (4,)),
    r"signs \[1, 0\]": lambda b: b.add(Sum((1, 0)), [b.x, b.p], (4,)),
    r"x0 \+ c: operand 1 has the shape": lambda b: b.add(Sum((1, 1)), [b.x, b.c], (4,)),
    "assemble.*1 places and 1 signs for 2": lambda b: b.add(Assemble((PAIR,), (1,)), [b.c, b.c], (4,), CALL),
    r"assemble.*signs \[2\]": lambda b: b.add(Assemble((PAIR,), (2,)), [b.c], (4,), CALL),
    "assemble.*operand 0 has the shape": lambda b: b.add(Assemble((PAIR,), (1,)), [b.p], (4,), CALL),
    "of the result the numbers from 3 to 4": lambda b: b.add(Assemble(((3, (2,), (1,)),), (1,)), [b.c], (4,), CALL),
    "a number twice in the place": lambda b: b.add(Assemble(((0, (2, 2), (1, 1)),), (1,)), [square(b.x)], (4,)),
    "number twice in.*0, 1": lambda b: b.add(Assemble(((0, (2, 2), (0, 1)),), (1,)), [square(b.x)], (4,)),
    "axes .* for 2 operands": lambda b: b.add(Contract(("bk", "b")), [b.x, b.p], ()),
    "'k' tell otherwise of the rows than x0": lambda b: b.add(Contract(("k", "b")), [b.x], ()),
    "'bk' tell otherwise of the rows than p": lambda b: b.add(Contract(("bk", "bk", "b")), [b.x, b.p], ()),
    "'' tell otherwise of the rows than t4": lambda b: b.add(Contract(("bk", "")), [b.x], ()),
    r"'bcc' for the shape \(2, 2\)": lambda b: b.add(Contract(("bcc", "b")), [square(b.x)], ()),
    r"'bcb' for the shape \(2, 2\)": lambda b: b.add(Contract(("bcb", "b")), [square(b.x)], ()),
    r"'bck' for the shape \(4,\)": lambda b: b.add(Contract(("bck", "b")), [b.x], ()),
    "axis k is 4 long, and 2": lambda b: b.add(Contract(("bk", "k", "b")), [b.x, b.c], ()),
    "axis of the result is in no": lambda b: b.add(Contract(("bk", "ba")), [b.x], (4,)),
    "stands in another order": lambda b: b.add(Contract(("bca", "bac")), [square(b.x)], (2, 2)),
    "summed that one factor alone has": lambda b: b.add(Contract(("bck", "c", "bc")), [square(b.x), b.c], (2,)),
    "the scale 0.0 of 1": lambda b: b.add(Contract(("bk", "b"), 0.0), [b.x], ()),
    "the scale inf of 2": lambda b: b.add(Contract(("bk", "k", "b"), np.inf), [b.x, b.p], ()),
    "gather.*a part of an array": lambda b: b.add(Gather(np.array([0])), [part(b.x, 0, (2,), (1,))], (1,)),
    r"gather.*int64 of the shape \(1,\) beside \(1, 1\)": lambda b: b.add(Gather(np.array([0])), [b.x], (1, 1)),
    "gather.*a table of float64": lambda b: b.add(Gather(np.array([0.0])), [b.x], (1,)),
    "goes from 0 to 4 in an array of 4": lambda b: b.add(Gather(np.array([0, 4])), [b.x], (2,)),
    "goes from -1 to 0 in": lambda b: b.add(Gather(np.array([0, -1])), [b.x], (2,)),
    "take.*a part of an": lambda b: b.add(Take(np.array([[0, 1]])), [b.k, part(b.p, 0, (2,), (1,))], (1,)),
    "take.*indices of the shape": lambda b: b.add(Take(np.array([[0, 1]] * 2)), [b.k, b.p], (2,)),
    r"take.*of the shape \(2, 2\) beside \(1, 2\)": lambda b: b.add(Take(np.array([[0, 1]] * 2)), [b.k, b.p], (1,)),
    "take.*goes from 0 to 4": lambda b: b.add(Take(np.array([[0, 4]])), [b.k, b.p], (1,)),
    # of the whole
    r"output \(1, 4\) is no number": changed("outputs", [(1, 4)]),
    r"output \(4, 0\) is no number": changed("outputs", [2.0, (4, 0)]),
    "it has no outputs": changed("outputs", []),
    "the rows of argument 1 are another": changed("inputs", {0: 1, 1: 1}),
    "the parameters are another value": changed("parameters", 3),
    "places .* in an array of 4": changed("places", np.array([0, 0, -1])),
    "places .*4": changed("places", np.array([0, 4])),
    "places .*-2": changed("places", np.array([-2, 0])),
    "2 values are called x0": lambda b: b.add(Map(SIN), [b.x], (4,), role=Role.INPUT),
    "nobody needs value 4, t4 = sin": lambda b: b.add(Map(SIN), [b.x], (4,)),
}  # fmt: skip


ADJOINT = {
    "sin'.*no sin of 0": lambda b: b.add(Partial(SIN, 0), [b.x, b.x], (4,)),
    "dy, or what guards it": lambda b: b.add(Partial(SIN, 0), [b.x, b.x, 1.0], (4,)),
    "sin'.*operand 0 has the shape": lambda b: b.add(Partial(SIN, 0), [b.c, b.x, b.x], (4,)),
    "maximum'.*operand 1 has the shape .2, 2. beside":
        lambda b: b.add(Partial(MAXIMUM, 0), [b.c, square(b.p), b.c], (2,), CALL),
    "by operand 1 of 1": lambda b: b.add(Partial(SIN, 1), [b.x, b.x, b.x], (4,)),
    r"it has the shape \(2,\), unlike operand 0": lambda b: b.add(Partial(SIN, 0), [b.x, b.x, b.x], (2,)),
    r"it has the shape \(4,\), unlike operand 0": lambda b: b.add(Partial(SIN, 0), [0.0, 0.0, b.c], (4,), CALL),
    "does not choose": lambda b: b.add(Partial(SIN, 0), [b.x, b.x, b.live()], (4,), boolean=True),
    "boolean: .False, False, False. instead of .False, False, True.":
        lambda b: b.add(Partial(RELU, 0), [b.x, b.x, b.x], (4,), boolean=True),
    "instead of .False, False, False, True.":
        lambda b: b.add(Partial(SIN, 0, guarded=True), [b.x, b.x, b.x, b.x], (4,)),
    "boolean: .True. instead of .False.": lambda b: b.add(Map(SIN), [b.live()], (4,)),
    "boolean: .True, True. instead of .True, False.":
        lambda b: b.add(Map(WHERE), [b.live(), b.live(), 1.0], (4,)),
    "instead of .True.": lambda b: b.add(Contract(("bk", "b")), [b.x], (), boolean=True),
    "the scale 2.0 of 1": lambda b: b.add(Contract(("bk", "b"), 2.0), [b.live()], (), boolean=True),
    "the scale 1.0 of 2": lambda b: b.add(Contract(("bk", "bk", "b")), [b.live(), b.live()], (), boolean=True),
    "a boolean has a sign": lambda b: b.add(Assemble((FOUR,), (-1,)), [b.live()], (4,), boolean=True),
    "a boolean is 0 or 1": lambda b: b.add(Fill(0.5), [], (4,), boolean=True),
    "fill.*1 operands instead of 0": lambda b: b.add(Fill(0.5), [b.x], (4,)),
    "scatter.*table of int64 of the shape": lambda b: b.add(Scatter(np.array([0, 1])), [b.x], (4,)),
    "scatter.*from 0 to 4 in": lambda b: b.add(Scatter(np.array([0, 1, 4, 1])), [b.x], (4,)),
    "take'.*operand 1 has": lambda b: b.add(TakeAdjoint(Take(np.array([[0, 1]])), 0), [b.k, b.x], (4,)),
    "take'.*from -1 to 0 in": lambda b: b.add(TakeAdjoint(Take(np.array([[0, 1]])), 1), [b.k, b.k], (2,)),
    "take'.*from 1 to 2 in": lambda b: b.add(TakeAdjoint(Take(np.array([[1, 2]])), 0), [b.k, b.k], (2,)),
    "less_largest'.*operand 1 has": lambda b: b.add(LessLargestAdjoint(), [b.x, b.x, b.x], (4,)),
    "less_largest'.*2 operands instead of 3": lambda b: b.add(LessLargestAdjoint(), [b.x, b.x], (4,)),
    "the gradient x0 is no array like": changed("gradient", 1),
    "the gradient t4 is no array like the": lambda b: b.add(Fill(1.0), [], (3,), CALL),
}  # fmt: skip


@pytest.mark.parametrize(
    ("message", "fault", "adjoint"),
    [(message, fault, False) for message, fault in FORWARD.items()]
    + [(message, fault, True) for message, fault in ADJOINT.items()],
)
def test_a_fault_of_a_program_is_found(message, fault, adjoint):
    checked(Built().program)
    built = Built(adjoint)
    fault(built)
    with pytest.raises(VerificationError, match=message):
        checked(built.program)


def test_a_program_says_that_its_gradient_meets_a_choice():
    program = passes(lambda x: (W[0][0] * x).relu(), ())[-1]
    program.chooses = False
    with pytest.raises(VerificationError, match=r"does not say that it chooses, as in .* = relu'"):
        checked(program)


def test_a_leaf_is_of_every_row_if_it_is_an_input():
    program = Program()
    program.add(Input(0), (), (4,), CALL, role=Role.INPUT)
    program.leaves_end()
    with pytest.raises(VerificationError, match=r"x0 = input\(\): a leaf has no operands, and is of every row if"):
        checked(program)


def test_numbers_of_another_shape_are_no_constants():
    program = Program()
    program.add(Constants(np.ones(3)), (), (4,), CALL, role=Role.CONSTANTS)
    program.leaves_end()
    with pytest.raises(VerificationError, match=r"c = constants\(\): numbers of the shape \(3,\) for \(4,\)"):
        checked(program)


def test_an_adjoint_is_added_to_a_program_that_has_none():
    *_, usual, _ = passes(lambda x: W[0][0] * x, ())
    with pytest.raises(AssertionError):
        add_adjoint(usual)

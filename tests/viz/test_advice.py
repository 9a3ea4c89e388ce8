"""What `draw` and `explore` say to do instead, of something that is no root of a graph; and that it can be done."""

import re

import numpy as np
import pytest

import viz
from autograd import Value, compile
from nn import MLP, Module, mse_loss


class Sum(Module):
    """A module that does not say how many inputs it takes."""

    def forward(self, row):
        return sum(row, Value(0.0))


class Described(Module):
    """A module that says of its architecture whatever it is given, or raises it."""

    def __init__(self, said):
        self.said = said

    def architecture(self):
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


both = pytest.mark.parametrize("verb", ["draw", "explore"])


def message(verb, given):
    with pytest.raises(TypeError) as error:
        getattr(viz, verb)(given)
    return str(error.value)


@both
@pytest.mark.parametrize(
    ("given", "advice"),
    [(MLP(2, [3, 1], seed=0), "call the model on a row, and VERB its output: VERB(model([1.0, 2.0]))"),
     (MLP(784, [10]), "call the model on a row, and VERB its output: VERB(model(row))"),
     (Sum(), "call the model on a row, and VERB its output: VERB(model(row))"),
     (MLP, "make an object of this class, and VERB what is computed with it"),
     (mse_loss, "call the function on Values, and VERB what it returns: VERB(f(…))"),
     (lambda x: x, "call the function on Values, and VERB what it returns: VERB(f(…))"),
     (2.5, "a plain number has no graph; compute with Value(2.5) instead"),
     (np.float32(2.5), "a plain number has no graph; compute with Value(2.5) instead")],
)  # fmt: skip
def test_it_is_said_what_to_do_instead(verb, given, advice):
    said = message(verb, given)
    assert said.startswith(f"{verb} needs a Value")
    assert f"; got {given!r:.100} of type {type(given).__name__}: " in said
    assert said.endswith(advice.replace("VERB", verb))


@both
@pytest.mark.parametrize(
    "said",
    [
        {"n_inputs": None},
        {"n_inputs": "2"},
        {"n_inputs": 2.0},
        {"n_inputs": 0},
        {"n_inputs": 5},
        {},
        None,
        RuntimeError(),
    ],
)
def test_where_a_module_does_not_say_how_many_inputs_it_takes_the_row_has_no_numbers(verb, said):
    assert message(verb, Described(said)).endswith(f" {verb}(model(row))")


@both
def test_where_a_module_of_the_user_says_it_the_row_has_numbers(verb):
    assert message(verb, Described({"n_inputs": 3})).endswith(f" {verb}(model([1.0, 2.0, 3.0]))")


@both
@pytest.mark.parametrize("given", [None, "x", b"x", object(), "x" * 200])
def test_where_nothing_is_known_nothing_is_advised(verb, given):
    assert re.search(r" of type \w+$", message(verb, given))


@both
def test_what_is_advised_for_a_model_works(verb):
    model = MLP(2, [3, 1], seed=0)
    code = message(verb, model).rpartition(": ")[2]
    assert eval(code, {"model": model, verb: getattr(viz, verb)})


def test_of_several_roots_one_is_explored():
    outputs = MLP(2, [2], seed=0)([1.0, 2.0])
    for given in (outputs, np.array(outputs), tuple(outputs)):
        assert message("explore", given).endswith(": explore one of them, or their sum")


def test_a_row_of_plain_numbers_has_no_graph():
    assert message("explore", [1.0, 2.0]).endswith(
        ": plain numbers have no graph; compute with Values, and explore what comes out"
    )
    assert message("draw", [1.0, 2.0]).endswith(
        "got 1.0 of type float: a plain number has no graph; compute with Value(1.0) instead"
    )


def test_of_a_compiled_function_the_function_itself_is_explored():
    f = compile(lambda x: x * 2.0)
    assert message("explore", f).endswith(
        ": it gives arrays; the function that was compiled gives Values: explore(f.__wrapped__(…))"
    )
    assert viz.explore(f.__wrapped__(Value(3.0)))


@both
def test_an_array_of_no_axes_is_refused_as_it_is(verb):
    assert message(verb, np.array(2.0)).endswith("got array(2.) of type ndarray")


@both
def test_of_an_array_of_no_axes_what_is_in_it_is_drawn(verb):
    a = np.array(Value(2.0) * 3.0, dtype=object)
    assert message(verb, a).endswith(f" of type ndarray: {verb} the Value in it: {verb}(a.item())")
    assert getattr(viz, verb)(a.item())

"""Module: how parameters are found, saved and set."""

import numpy as np
import pytest

from autograd import Value
from autograd.parameters import adopt
from nn import MLP, Module


class Holder(Module):
    """A module with the attributes that it is given."""

    def __init__(self, **attributes):
        vars(self).update(attributes)


def names(module):
    return [name for name, _ in module.named_parameters()]


def test_an_attribute_is_a_parameter():
    w = Value(1.0)
    assert list(Holder(w=w).named_parameters()) == [("w", w)]


def test_nested_lists_are_searched():
    assert names(Holder(w=[[Value(1.0), Value(2.0)], [Value(3.0)]])) == ["w.0.0", "w.0.1", "w.1.0"]


def test_tuples_are_searched():
    assert names(Holder(w=(Value(1.0), Value(2.0)))) == ["w.0", "w.1"]


def test_dicts_are_searched():
    assert names(Holder(w={"a": Value(1.0), "b": [Value(2.0)]})) == ["w.a", "w.b.0"]


def test_object_arrays_are_searched():
    assert names(Holder(W=np.array([[Value(1.0), Value(2.0)]]))) == ["W.0.0", "W.0.1"]


def test_modules_in_modules_are_searched():
    assert names(Holder(parts=[Holder(w=Value(1.0)), {"last": Holder(b=Value(2.0))}])) == [
        "parts.0.w",
        "parts.1.last.b",
    ]


def test_a_list_of_values_and_modules_is_searched():
    assert names(Holder(parts=[Value(1.0), Holder(w=Value(2.0)), "no parameter", 3.0])) == ["parts.0", "parts.1.w"]


def test_a_shared_value_is_one_parameter():
    w = Value(1.0)
    assert names(Holder(a=w, b=[w, Value(2.0)])) == ["a", "b.1"]


def test_an_inner_node_is_not_a_parameter():
    w = Value(1.0)
    assert names(Holder(w=w, output=w * 2.0, outputs=[w + 1.0])) == ["w"]


def test_other_attributes_are_not_parameters():
    assert names(Holder(number=1.0, text="w", nothing=None, empty=[], array=np.ones(3), function=len)) == []


def test_parameters_are_the_named_ones_in_their_order():
    model = MLP(3, [4, 2], seed=0)
    assert model.parameters() == [parameter for _, parameter in model.named_parameters()]


def test_the_names_of_an_mlp():
    assert names(MLP(2, [1, 1])) == [
        "layers.0.neurons.0.w.0", "layers.0.neurons.0.w.1", "layers.0.neurons.0.b",
        "layers.1.neurons.0.w.0", "layers.1.neurons.0.b",
    ]  # fmt: skip


def test_zero_grad_clears_every_gradient():
    model = MLP(2, [3, 1], seed=0)
    model([1.0, 2.0]).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [0.0] * 13


def test_zero_grad_clears_the_gradients_of_adopted_parameters_and_sets_the_flag():
    model = MLP(2, [3, 1], seed=0)
    store, _ = adopt(model.parameters())
    model([1.0, 2.0]).backward()
    assert store.grad.any()
    model.zero_grad()
    assert (store.grad.any(), store.grad_is_zero) == (False, True)


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match=r"Holder must define forward\(\)"):
        Holder()(1.0)


def test_calling_passes_arguments_to_forward():
    class Power(Module):
        def forward(self, x, exponent=1):
            return x**exponent

    assert Power()(3.0, exponent=2) == 9.0


def test_a_name_marks_the_nodes_of_a_call():
    class Double(Module):
        def forward(self, x):
            return x * 2.0

    double, named = Double(), Double()
    named.name = "twice"
    assert double(Value(1.0))._scope == (None, "Double")
    assert named(Value(1.0))._scope == (None, "twice")


# ------------------------------------------------------------------------------------------------------ state_dict


def test_state_dict_has_one_array_for_a_list():
    state = MLP(3, [2], seed=0).state_dict()
    assert {name: array.shape for name, array in state.items()} == {
        "layers.0.neurons.0.w": (3,), "layers.0.neurons.0.b": (),
        "layers.0.neurons.1.w": (3,), "layers.0.neurons.1.b": (),
    }  # fmt: skip


def test_state_dict_holds_the_numbers_in_float64():
    state = Holder(W=[[Value(1.5), Value(2.0)], [Value(0.1), Value(-3.0)]]).state_dict()
    assert state["W"].dtype == np.float64
    assert state["W"].tolist() == [[1.5, 2.0], [0.1, -3.0]]


def test_state_dict_is_a_copy():
    module = Holder(w=Value(1.0))
    state = module.state_dict()
    module.w.data = 2.0
    assert state["w"] == 1.0


def test_a_state_goes_into_another_module_bit_for_bit():
    source, target = MLP(3, [4, 2], seed=0), MLP(3, [4, 2], seed=1)
    target.load_state_dict(source.state_dict())
    assert [p.data for p in target.parameters()] == [p.data for p in source.parameters()]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_state_goes_into_adopted_parameters_and_out_again(dtype):
    source, target = MLP(3, [4, 2], seed=0), MLP(3, [4, 2], seed=1)
    store, _ = adopt(target.parameters(), dtype)
    target.load_state_dict(source.state_dict())
    numbers = [float(store.data.dtype.type(p.data)) for p in source.parameters()]
    assert store.data.tolist() == numbers
    assert [n for array in target.state_dict().values() for n in array.ravel()] == numbers


def test_a_state_of_a_ragged_list_and_an_array_goes_round():
    def module(number):
        return Holder(w=[[Value(number)], [Value(number), Value(number)]], W=np.array([[Value(number)] * 2] * 2))

    target = module(0.0)
    target.load_state_dict(module(7.0).state_dict())
    assert {p.data for p in target.parameters()} == {7.0}


BAD_STATES = {
    "missing": ({"w": [1.0, 2.0]}, r"does not fit Holder: 1 missing \(b\)"),
    "unknown": ({"w": [1.0, 2.0], "b": 3.0, "c": 4.0}, r"does not fit Holder: 1 unknown \(c\)"),
    "both": ({"w": [1.0, 2.0], "c": 4.0}, r"1 missing \(b\); 1 unknown \(c\)"),
    "many": ({f"c{i}": 1.0 for i in range(5)}, r"2 missing \(b, w\); 5 unknown \(c0, c1, c2, …\)"),
    "shape of a list": ({"w": [1.0], "b": 3.0}, r"w has shape \(2,\), the state has \(1,\)"),
    "shape of the last": ({"w": [1.0, 2.0], "b": [3.0]}, r"b has shape \(\), the state has \(1,\)"),
    "no numbers": ({"w": [1.0, 2.0], "b": "three"}, "could not convert string to float"),
}


@pytest.mark.parametrize(("state", "message"), BAD_STATES.values(), ids=BAD_STATES)
def test_a_wrong_state_is_refused_before_anything_changes(state, message):
    module = Holder(w=[Value(-1.0), Value(-2.0)], b=Value(-3.0))
    with pytest.raises(ValueError, match=message):
        module.load_state_dict(state)
    assert [p.data for p in module.parameters()] == [-1.0, -2.0, -3.0]


def test_modules_that_know_each_other_are_walked_once():
    class Node(Module):
        def __init__(self):
            self.w = Value(1.0)

    parent, child = Node(), Node()
    parent.child, child.parent = child, parent
    assert [name for name, _ in parent.named_parameters()] == ["w", "child.w"]


def test_repr_of_a_module_of_ones_own_counts_its_parameters():
    class Line(Module):
        def __init__(self):
            self.w = [Value(1.0), Value(2.0)]

    assert repr(Line()) == "Line(): 2 parameters"

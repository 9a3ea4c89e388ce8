"""The live page: what a reader changes reaches the Values, and what Python changes reaches the page."""

import gc
import sys
import weakref
from math import inf, isnan, nan
from types import SimpleNamespace

import pytest

from autograd import Value, take
from nn import MLP, SGD
from viz.explorer import explore

from .conftest import TAKEN, Notebook

# ----------------------------------------------------------------------------------------------------- page to kernel


def test_the_page_is_a_live_one(product):
    assert '"live":true' in product.notebook.widget.page
    assert "export default" in product.notebook.widget._esm


def test_a_number_of_the_page_reaches_the_graph(product):
    product.notebook.ready()
    assert product.notebook.change((0, "5")) == [TAKEN]
    assert (product.a.data, product.root.data) == (5.0, 15.0)


@pytest.mark.parametrize(
    ("text", "number"),
    [("-0.5", -0.5), ("1e+21", 1e21), ("5e-324", 5e-324), ("Infinity", inf), ("-Infinity", -inf), ("-0", -0.0)],
)
def test_numbers_are_read_as_javascript_writes_them(text, number, product):
    product.notebook.change((0, text))
    assert repr(product.a.data) == repr(number)


def test_nan_is_read(product):
    product.notebook.change((0, "NaN"))
    assert isnan(product.root.data)


def test_no_leaf_is_a_change_too(product):
    assert product.notebook.change() == [TAKEN]
    assert product.root.data == 6.0


def test_gradients_stay_those_of_the_user(product):
    product.root.backward()
    product.notebook.change((0, "5"))
    assert (product.a.grad, product.b.grad) == (3.0, 2.0)


def test_the_parameters_of_a_module_are_changed():
    model = MLP(2, [3, 1], "tanh", seed=0)
    root = model([1.0, -2.0])
    explorer = explore(root, model)
    weight = model.layers[0].neurons[0].w[0]
    Notebook(explorer).change((explorer.graph.leaves.index(weight), "0.25"))
    assert weight.data == 0.25
    assert root.data == model([1.0, -2.0]).data


@pytest.fixture
def choice():
    """values[index], with an index that may leave the list, and the sum of both values."""
    index, values = Value(0.0, "index"), [Value(10.0, "p"), Value(20.0, "q")]
    root = (values[0] + values[1]) * take(values, index)
    explorer = explore(root)
    leaves = explorer.graph.leaves
    numbers = {leaf.label: leaves.index(leaf) for leaf in leaves}
    return SimpleNamespace(index=index, values=values, root=root, numbers=numbers, notebook=Notebook(explorer))


def test_what_the_graph_cannot_take_is_put_back(choice):
    choice.notebook.ready()
    with pytest.warns(UserWarning, match="a message of the explorer's page was ignored: .*index"):
        heard = choice.notebook.change((choice.numbers["p"], "1"), (choice.numbers["index"], "7"))
    assert (choice.values[0].data, choice.index.data, choice.root.data) == (10.0, 0.0, 300.0)
    told, taken = heard
    assert dict(told["leaves"]) == {choice.numbers["p"]: "10.0", choice.numbers["index"]: "0.0"}
    assert (told["to"], taken) == ("a", TAKEN)


def test_what_was_put_back_is_computed_again(choice):
    """Nodes that come before the one that fails have the number of the leaf again."""
    total = next(parent for parent in choice.root.parents if parent.op == "+")
    with pytest.warns(UserWarning, match="ignored"):
        choice.notebook.change((choice.numbers["p"], "1"), (choice.numbers["index"], "7"))
    assert total.data == 30.0


def test_a_graph_that_the_user_has_broken_is_no_error(choice):
    choice.index.data = 9.0
    with pytest.warns(UserWarning, match="ignored"):
        choice.notebook.change((choice.numbers["p"], "1"))
    assert (choice.values[0].data, choice.index.data) == (10.0, 9.0)


WRONG = [
    None, [], "numbers", {}, {"glassgrad": "numbers"}, {"glassgrad": "numbers", "view": 3, "leaves": []},
    {"glassgrad": "run", "view": "a", "code": "print()"}, {"view": "a"},
    *(
        {"glassgrad": "numbers", "view": "a", "seen": 0, "leaves": leaves}
        for leaves in [
            None, "0", {"0": "5"}, [0, "5"], [["0", "5"]], [[0, 5]], [[0, None]], [[0]], [[0, "5", "6"]], [[2, "5"]],
            [[-1, "5"]], [[True, "5"]], [[0.0, "5"]], [[10**400, "5"]], [[0, "5"], [1, "b"]], [[0, ""]], [[0, " 5"]],
            [[0, "1_0"]], [[0, "0x10"]], [[0, "٣"]], [[0, "inf"]], [[0, "-NaN"]], [[0, "5\n"]],
        ]
    ),
]  # fmt: skip


@pytest.mark.parametrize("content", WRONG, ids=lambda content: repr(content)[-60:])
def test_what_is_no_message_of_the_page_is_ignored_with_a_warning(content, product):
    with pytest.warns(UserWarning, match="a message of the explorer's page was ignored: "):
        heard = product.notebook.say(content)
    assert (product.a.data, product.b.data, product.root.data) == (2.0, 3.0, 6.0)
    assert heard in ([], [TAKEN])


def test_a_page_whose_message_was_ignored_is_not_left_waiting(product):
    with pytest.warns(UserWarning, match="ignored"):
        assert product.notebook.change((99, "1")) == [TAKEN]


# ----------------------------------------------------------------------------------------------------- kernel to page


def test_a_new_page_is_told_nothing_where_nothing_has_changed(product):
    assert product.notebook.ready() == []


def test_refresh_shows_what_python_has_changed(product):
    product.notebook.ready()
    product.a.data = -0.0
    product.notebook.widget.refresh()
    assert product.notebook.heard == [{"glassgrad": "numbers", "leaves": [[0, "-0.0"]], "number": 1}]


def test_refresh_tells_nothing_twice(product):
    product.a.data, product.b.data = nan, inf
    product.notebook.widget.refresh()
    assert product.notebook.shown() == [[[0, "NaN"], [1, "Infinity"]]]
    product.notebook.widget.refresh()
    product.a.data = -nan
    product.notebook.widget.refresh()
    assert len(product.notebook.shown()) == 1


def test_the_step_of_an_optimizer_is_shown():
    model = MLP(2, [3, 1], "tanh", seed=0)
    root = model([1.0, -2.0])
    explorer = explore(root, model)
    notebook = Notebook(explorer)
    root.backward()
    SGD(model.parameters(), lr=0.1).step()
    notebook.widget.refresh()
    (pairs,) = notebook.shown()
    assert {explorer.graph.leaves[leaf]: float(text) for leaf, text in pairs} == {
        p: p.data for p in model.parameters() if p.grad
    }


def test_what_a_page_has_told_is_not_told_back(product):
    product.notebook.ready()
    product.notebook.change((0, "5"))
    product.notebook.widget.refresh()
    assert product.notebook.shown() == []


def test_a_new_page_is_told_what_differs_from_its_beginning(product):
    product.notebook.change((0, "5"))
    product.b.data = 7.0
    assert product.notebook.ready() == [
        {"glassgrad": "numbers", "leaves": [[1, "7.0"]], "number": 1},  # for other views
        {"glassgrad": "numbers", "leaves": [[0, "5.0"], [1, "7.0"]], "number": 2, "to": "a"},
    ]


def test_numbers_that_changed_before_the_widget_was_made_are_shown():
    a = Value(2.0)
    explorer = explore(a.exp())
    a.data = 3.0
    notebook = Notebook(explorer)
    notebook.ready()
    assert notebook.shown()[-1] == [[0, "3.0"]]


def test_another_view_is_told_what_one_has_changed(product):
    product.notebook.ready("a")
    product.notebook.ready("b")
    told, taken = product.notebook.change((0, "5"), view="a")
    assert told == {"glassgrad": "numbers", "leaves": [[0, "5.0"]], "number": 1, "not": "a"}
    assert taken == TAKEN


def test_a_page_that_had_not_heard_of_a_number_is_told_which_one_holds(product):
    product.notebook.ready()
    product.a.data = 4.0
    product.notebook.widget.refresh()
    told, _ = product.notebook.change((0, "5"), seen=0)  # was on its way when the kernel told number 1
    assert (product.a.data, told["leaves"], "not" in told) == (5.0, [[0, "5.0"]], False)
    assert product.notebook.change((0, "6"), seen=told["number"]) == [TAKEN]


def test_messages_for_other_views_do_not_make_a_page_late(product):
    product.notebook.ready("a")
    product.notebook.ready("b")
    product.notebook.change((0, "5"), view="a")
    told, _ = product.notebook.change((0, "6"), view="a")
    assert told["not"] == "a"


# ------------------------------------------------------------------------------------------------------------ IPython


@pytest.fixture
def shell():
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    yield shell
    shell.reset()
    InteractiveShell.clear_instance()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_when_a_cell_has_run_its_changes_are_shown(shell):
    shell.run_cell("from autograd import Value\nfrom viz.explorer import explore\na = Value(2.0)\nroot = a.exp()")
    notebook = Notebook(explore(shell.user_ns["root"]))
    shell.run_cell("a.data = 3.0")
    assert notebook.shown() == [[[0, "3.0"]]]
    notebook.widget.close()
    shell.run_cell("a.data = 4.0")
    assert len(notebook.shown()) == 1


def test_without_ipython_it_is_refreshed_by_hand_only(product):
    assert product.notebook.widget._shell is None


# ------------------------------------------------------------------------------------------------------- an extra, and


def test_it_says_what_it_is(product):
    assert repr(product.notebook.widget) == "<live explorer of 3 nodes>"


def test_a_closed_widget_lets_the_graph_go():
    root = Value(2.0).exp()
    explorer = explore(root)
    notebook = Notebook(explorer)
    gone = weakref.ref(explorer.graph)
    notebook.widget.close()
    notebook.widget.close()
    del notebook, explorer
    gc.collect()
    assert gone() is None


def test_without_anywidget_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "viz.explorer.widget", raising=False)
    with pytest.raises(ImportError, match=r"pip install 'glassgrad\[widget\]'"):
        explore(Value(2.0).exp()).widget()

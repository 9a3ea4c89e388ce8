"""A notebook shows a compiled function as the table of its program."""

import re
from html import unescape

import numpy as np

import nn
from autograd import Value, compile, scope

model = nn.MLP(3, [4, 2], seed=0)


def loss(x, y):
    return nn.cross_entropy(model(x), y)


def texts(markup):
    """What a reader sees, cell by cell."""
    return [unescape(text) for text in re.findall(r">([^<]+)<", markup)]


def test_before_the_first_call_it_says_that_there_is_no_program():
    assert "no program yet; call it once with data" in compile(loss)._repr_html_()


def test_the_table_has_the_steps_that_explain_tells_and_what_became_of_the_scalars(backend):
    f = compile(loss, backend=backend)
    f.backward(np.ones((5, 3)), np.zeros(5))
    shown = texts(f._repr_html_())
    told = [re.sub(r"  +", "  ", line.strip()).split("  ") for line in f.explain().splitlines()]
    assert shown[:2] == [told[0][0], told[1][0]]
    for line in told[2:]:
        for cell in line:
            assert cell in ["", *shown]
    assert shown.count("matmul") == sum(line[0] == "matmul" for line in told) >= 2


def test_a_graph_without_matrices_has_a_table_of_its_operations():
    def turns(x):
        for _ in range(100):
            x = x * x - 0.5
        return x

    f = compile(turns)
    f([0.5])
    shown = texts(f._repr_html_())
    for line in f.explain().splitlines():
        assert all(cell in shown for cell in line.strip().split("  ") if cell)


def test_a_long_table_is_cut():
    weights = [Value(float(n)) for n in range(200)]

    def several(x):
        for n, w in enumerate(weights):
            x = (x * w).tanh() if n % 3 else (x + w).sigmoid() * x
        return x

    f = compile(several, backend="numpy")
    f([0.5])
    assert f._repr_html_().count("<tr>") < 100
    assert any(re.fullmatch(r"… [\d,]+ more", text) for text in texts(f._repr_html_()))


def test_names_are_texts():
    def f(x):
        with scope("<img src=x onerror=alert(1)>"):
            return (x * Value(2.0)).exp()

    f.__qualname__ = f.__name__ = "<i>f</i>"
    compiled = compile(f, backend="numpy")
    compiled([1.0])
    markup = compiled._repr_html_()
    assert "<img" not in markup
    assert "<i>" not in markup
    assert "&lt;img src=x" in markup

"""Warnings point at the user's line, from however deep they come."""

import sys

import numpy as np
import pytest

from autograd.warn import warn
from nn import Neuron
from viz import plot_decision_boundary

SOURCE = """
def shallow():
    warn("look")

def deep():
    shallow()

def through(user):
    user()
"""


def of_package(package):
    """The functions above, as a module of that package has them."""
    space = {"__package__": package, "warn": warn}
    exec(compile(SOURCE, f"<{package}>", "exec"), space)
    return space


@pytest.mark.parametrize("package", ["nn", "nn.some.package", "autograd.some", "viz"])
@pytest.mark.parametrize("name", ["shallow", "deep"])
def test_it_is_the_line_that_called_into_our_packages(name, package):
    function = of_package(package)[name]
    with pytest.warns(UserWarning, match="look") as seen:
        function()
    assert (seen[0].filename, seen[0].lineno) == (__file__, sys._getframe().f_lineno - 1)


def test_it_is_the_nearest_line_where_the_users_code_calls_back():
    functions = of_package("nn.some")

    def user():
        functions["deep"]()

    with pytest.warns(UserWarning, match="look") as seen:
        functions["through"](user)
    assert (seen[0].filename, seen[0].lineno) == (__file__, user.__code__.co_firstlineno + 1)


@pytest.mark.parametrize("outer", ["viz.plots", "nn", "autograd"])
def test_it_is_the_line_that_called_into_the_outermost_of_ours(outer):
    through, inner = of_package(outer)["through"], of_package("nn.training")["deep"]
    with pytest.warns(UserWarning, match="look") as seen:
        through(inner)
    assert (seen[0].filename, seen[0].lineno) == (__file__, sys._getframe().f_lineno - 1)


@pytest.mark.parametrize("package", ["some", "nnn", "visible.viz"])
def test_another_package_is_a_user(package):
    through, inner = of_package(package)["through"], of_package("nn.some")["deep"]
    with pytest.warns(UserWarning, match="look") as seen:
        through(inner)
    assert (seen[0].filename, seen[0].lineno) == (f"<{package}>", 9)


def test_a_picture_of_a_model_points_at_the_users_line():
    model, X = Neuron(2, lambda v: v if v.data > 0.0 else 2.0 * v, seed=0), np.zeros((30, 2))
    with pytest.warns(UserWarning, match="row by row") as seen:
        plot_decision_boundary(model, X, [0, 1] * 15)
    assert (seen[0].filename, seen[0].lineno) == (__file__, sys._getframe().f_lineno - 1)

"""Warnings point at the user's line, from however deep they come."""

import sys

import pytest

from nn.support.warn import warn

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


@pytest.mark.parametrize("name", ["shallow", "deep"])
def test_it_is_the_line_that_called_into_the_package(name):
    function = of_package("some.package")[name]
    with pytest.warns(UserWarning, match="look") as seen:
        function()
    assert (seen[0].filename, seen[0].lineno) == (__file__, sys._getframe().f_lineno - 1)


def test_it_is_the_nearest_line_where_the_users_code_calls_back():
    functions = of_package("some.package")

    def user():
        functions["deep"]()

    with pytest.warns(UserWarning, match="look") as seen:
        functions["through"](user)
    assert (seen[0].filename, seen[0].lineno) == (__file__, user.__code__.co_firstlineno + 1)


def test_another_package_is_a_user():
    space = of_package("some") | {"inner": of_package("some.package")["deep"]}
    exec("def outer(): inner()", space)
    with pytest.warns(UserWarning, match="look") as seen:
        space["outer"]()
    assert seen[0].filename == "<string>"

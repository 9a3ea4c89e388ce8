"""The compiled engine and the plain one do the same: what one gives, the other gives, to the last bit.

What is compared is computed twice by `outcomes`: here, and in a process of the other build.
"""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from autograd import OPERATIONS, Value, is_compiled

from .cases import OTHERS_ERRORS, OUR_ERRORS, SHOWN
from .outcomes import GRAPHS, PROTOCOLS, at_all_inputs, described, graph, read, report, told, written


@pytest.fixture(scope="module")
def here():
    return report({})


@pytest.fixture(scope="module")
def there():
    """The report of the other build."""
    paths = Path(autograd.__file__).parents[1], Path(__file__).parents[3]  # of the engine, of these tests
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONIOENCODING": "utf-8"}
    environment["GLASSGRAD_PURE"] = "1" if is_compiled() else ""
    finished = subprocess.run(
        [sys.executable, "-m", report.__module__],
        input=json.dumps({str(protocol): written(protocol) for protocol in PROTOCOLS}),
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=environment,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    there = json.loads(finished.stdout)
    if there["compiled"] == is_compiled():
        pytest.skip("there is no compiled core to compare the plain files with")
    return there


def differences(one, other):
    """What differs, by name."""
    return {name: (one.get(name), other.get(name)) for name in one | other if one.get(name) != other.get(name)}


@pytest.mark.parametrize("name", OPERATIONS)
def test_both_builds_give_the_same_bits_of(name, here, there):
    assert differences(here["operations"][name], there["operations"][name]) == {}


def test_both_builds_give_the_same_bits_of_random_graphs(here, there):
    assert differences(here["random graphs"], there["random graphs"]) == {}


@pytest.mark.parametrize("name", SHOWN)
def test_both_builds_show_the_same(name, here, there):
    assert here["shown"][name] == there["shown"][name]


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shown_is_no_error(name, here):
    assert not here["shown"][name].startswith("raised ")


@pytest.mark.parametrize("name", OUR_ERRORS)
def test_both_builds_raise_the_same_error_with_the_same_text(name, here, there):
    assert here["our errors"][name] == there["our errors"][name]


@pytest.mark.parametrize("name", OTHERS_ERRORS)
def test_both_builds_raise_the_same_type_of_error(name, here, there):
    assert here["others' errors"][name] == there["others' errors"][name]


@pytest.mark.parametrize("name", OUR_ERRORS | OTHERS_ERRORS)
def test_a_bad_call_is_an_error(name):
    with pytest.raises((TypeError, ValueError, AttributeError, IndexError, ArithmeticError, RuntimeError)):
        (OUR_ERRORS | OTHERS_ERRORS)[name]()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", GRAPHS)
def test_a_pickle_of_the_other_build_is_the_same_graph(kind, protocol, there):
    assert read({kind: there["written"][str(protocol)][kind]})[kind] == described(*graph(kind))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", GRAPHS)
def test_a_pickle_of_this_build_is_the_same_graph_in_the_other(kind, protocol, there):
    assert there["read"][str(protocol)][kind] == described(*graph(kind))


# The comparison itself, with planted faults.
def test_the_comparison_sees_the_last_bit():
    assert told(lambda: [1.0]) != told(lambda: [math.nextafter(1.0, 2.0)])


def test_the_comparison_sees_the_sign_of_zero():
    assert told(lambda: (0.0,)) != told(lambda: (-0.0,))


def test_the_comparison_sees_another_message():
    assert told(lambda: Value("1")) != told(lambda: Value("2"))


def test_the_comparison_sees_what_is_missing_on_one_side():
    assert differences({"a": "1"}, {}) == {"a": ("1", None)}
    assert differences({}, {"a": "1"}) == {"a": (None, "1")}


def test_the_comparison_sees_a_wrong_operation():
    wrong = OPERATIONS["exp"]._replace(partials=lambda m, y, x: (1.0,))
    assert differences(at_all_inputs(OPERATIONS["exp"]), at_all_inputs(wrong))

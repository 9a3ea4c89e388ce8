"""Nothing is measured before all libraries have computed the same: the check of it, with planted faults."""

import os
from math import nan

import pytest

from benchmarks.turns import check_equal, python

OURS = {"loss": 2.0, "gradient": [1.0, -100.0, 0.0]}


def check(**theirs):
    check_equal({"ours": OURS, "theirs": OURS | theirs}, "ours", ["loss", "gradient"], 1e-9)


def test_equal_results_pass():
    check(loss=2.0 + 1e-9, gradient=[1.0 + 5e-8, -100.0, -5e-8])


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("loss", 2.0 + 1e-8),
        ("loss", nan),
        ("gradient", [1.0 + 2e-7, -100.0, 0.0]),
        ("gradient", [1.0, nan, 0.0]),
        ("gradient", [1.0, -100.0]),
    ],
)
def test_a_fault_ends_everything(key, wrong):
    with pytest.raises(SystemExit, match=f"theirs computes another {key} than ours"):
        check(**{key: wrong})


def test_what_has_no_gradient_is_not_compared():
    check_equal({"ours": OURS, "floats": {"loss": 2.0}}, "ours", ["loss", "gradient"], 1e-9)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system keeps no process on one core")
def test_processes_run_on_one_core_and_see_the_arguments():
    code = "import os, sys; print(os.environ['OMP_NUM_THREADS'], len(os.sched_getaffinity(0)), *sys.argv[1:])"
    assert python("-c", code, "a", "b c").split() == ["1", "1", "a", "b", "c"]

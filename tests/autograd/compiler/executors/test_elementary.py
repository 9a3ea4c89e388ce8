"""The functions of elementary.h and powers.h: the same bits by whichever instructions, and their errors."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import autograd
from tests.autograd.accuracy.measure import errors
from tests.autograd.accuracy.tables import tables

FUNCTIONS = {  # and their errors in ulps
    "exp": 2.0, "expm1": 2.0, "log": 2.0, "log1p": 2.0, "sin": 2.0, "cos": 2.0,
    "asin": 2.0, "acos": 2.0, "atan": 2.0, "tan": 3.0, "tanh": 3.0, "sinh": 3.0, "cosh": 3.0, "erf": 3.0, "pow": 1.0,
}  # fmt: skip
OF_TWO = ("pow",)
FAR = 2.0**19
HEADERS = Path(autograd.__file__).parent / "compiler" / "executors" / "native" / "c"
PROGRAM = """
#include <stdio.h>
#include "powers.h"
double x[1 << 16], z[1 << 16], y[1 << 16];
int main(void) {
    const size_t n = fread(x, sizeof *x, 1 << 16, stdin) / OPERANDS;
    for (size_t i = 0; i < n; i++) z[i] = x[n * (OPERANDS - 1) + i];
    for (size_t i = 0; i < n; i++) y[i] = FUNCTION(x[i] SECOND);
    return fwrite(y, sizeof *y, n, stdout) != n;
}
"""
COMPILER = shutil.which("cc")
pytestmark = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")


def computed(name, folder, points, *options):
    """By a program of its own, for the operands in their rows."""
    source, program = folder / "program.c", folder / "program"
    source.write_text(PROGRAM)
    flags = ["-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", f"-I{HEADERS}"]
    of_two = name in OF_TWO
    defined = [f"-DFUNCTION={name}_by_lanes", f"-DOPERANDS={1 + of_two}", "-DSECOND=" + ", z[i]" * of_two]
    subprocess.run([COMPILER, *flags, *options, *defined, source, "-o", program, "-lm"], check=True)
    ran = subprocess.run([program], input=points.tobytes(), stdout=subprocess.PIPE, check=True)
    return np.frombuffer(ran.stdout)


def points_of(name):
    random = np.random.default_rng(0)
    anywhere = np.frombuffer(random.bytes(8 * 4096))  # nan and inf, too
    points = np.concatenate([anywhere, random.uniform(-800.0, 800.0, 4096), random.uniform(-2.0, 2.0, 4096)])
    return np.stack([np.abs(points), np.roll(points, 4000)]) if name in OF_TWO else points


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_same_bits_by_whichever_instructions(name, tmp_path):
    points = points_of(name)
    plain = computed(name, tmp_path, points, "-O1")
    vectors = computed(name, tmp_path, points, "-O3", "-march=native")
    is_number = ~np.isnan(plain)
    assert (plain.view(np.int64) == vectors.view(np.int64))[is_number].all()
    assert np.isnan(vectors[~is_number]).all()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors(name, tmp_path):
    for table in tables(name, "float64", 1000):
        near = np.abs(table.points[:, 0]) <= (FAR if name in ("sin", "cos", "tan") else np.inf)
        got = computed(name, tmp_path, np.ascontiguousarray(table.points.T), "-O1")
        assert errors(got, table.exact[()])[near].max() < FUNCTIONS[name]


def test_powers_of_whole_numbers_that_are_numbers_are_exact(tmp_path):
    pairs = [(a, b) for a in range(-60, 60) for b in range(3, 40) if abs(a) ** b < 2**53]
    got = computed("pow", tmp_path, np.array(pairs, float).T.copy(), "-O1")
    assert got.tolist() == [a**b for a, b in pairs]

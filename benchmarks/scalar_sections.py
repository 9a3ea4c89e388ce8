"""Sections of RESULTS.md on scalar programs in which there are no matrices: each measures, and returns its text."""

from .cases import LABELS, MOST_EAGER, case, head, here, how, of_rows
from .turns import QUICK

LABELS_OF_FORMULAS = {
    "drjit": "Dr.Jit",
    "jax": "JAX, jitted and vmapped",
    "numpy": "NumPy, formulas of the derivatives",
}
RANDOM = [(1_000, 1), (1_000, 100)] if QUICK else [(10_000, 1), (10_000, 1_000), (100_000, 1), (100_000, 1_000)]
MOST_BY_LLVM = 10_000  # operations of a row: ten times as many take minutes to compile
PENDULUM = [(100, 100)] if QUICK else [(1_000, 1), (1_000, 100), (1_000, 10_000)]
OPTIONS = [1_000] if QUICK else [1, 1_000, 100_000]
PATHS = [(10, 100)] if QUICK else [(100, 20_000)]


def random_graphs() -> str:
    """Random graphs: what is left when nothing can be found in a program."""
    lines = [
        "## A random graph\n",
        "`benchmarks/random_graph.py`: operations without any order in them, a quarter of them transcendental; 12 "
        "numbers a row, 12 parameters. The values of all rows, and the gradient of their mean by the parameters. "
        f"{how()} JAX and Dr.Jit, which hand all of it to LLVM, are left out: they take minutes to compile thousands "
        f"of operations. So is ddx with LLVM for more than {MOST_BY_LLVM:,}. numba has no derivatives of its own.\n",
        *head("ddx"),
    ]
    for size, rows in RANDOM:
        names = here("ddx", "ddx-llvm", "casadi")
        names = [name for name in names if name != "ddx-llvm" or size <= MOST_BY_LLVM]
        names = [name for name in names if name != "eager" or size * rows <= MOST_EAGER]
        lines += case("random", size, rows, names, f"{size:,} operations, {of_rows(rows)}")
    return "\n".join(lines)


def pendulum() -> str:
    """A recurrence, unrolled by Python or written as a loop."""
    steps = PENDULUM[0][0]
    lines = [
        "## A damped pendulum\n",
        f"{steps:,} explicit steps of Euler's method, {8 * steps:,} operations a row. glassgrad, ddx and CasADi get "
        "them as Python unrolls them. The values are the angles at the end, the gradient is that of their mean by "
        f"stiffness, damping, and the angle and velocity at the start. {how()}\n",
        *head("ddx"),
    ]
    for steps, rows in PENDULUM:
        names = here("ddx", "ddx-llvm", "casadi", "drjit", "jax", "numba", "numpy")
        names = [name for name in names if name != "eager" or 8 * steps * rows <= MOST_EAGER]
        lines += case("pendulum", steps, rows, names, of_rows(rows))
    return "\n".join(lines)


def black_scholes() -> str:
    """Formulas, and their derivatives for every row."""
    lines = [
        "## Options by Black and Scholes\n",
        "`benchmarks/black_scholes.py`: the price of each option, and its derivatives by spot, strike, volatility, "
        f"rate and time. In glassgrad they are a part of the function that is compiled. {how()}\n",
        *head("numpy"),
    ]
    for rows in OPTIONS:
        names = here("jax", "drjit", "numpy")
        names = [name for name in names if name != "eager" or 100 * rows <= MOST_EAGER]
        lines += case("black_scholes", 1, rows, names, of_rows(rows), "numpy", LABELS | LABELS_OF_FORMULAS)
    return "\n".join(lines)


def barrier() -> str:
    """A simulation, its value and gradient path by path."""
    steps = PATHS[0][0]
    lines = [
        "## An option with a barrier\n",
        f"`benchmarks/barrier.py`: {steps} steps a path, {9 * steps:,} operations. The values are the payoffs of the "
        f"paths, the gradient is that of their mean by five parameters. {how()}\n",
        *head("numpy"),
    ]
    for steps, rows in PATHS:
        names = [name for name in here("jax", "drjit", "numpy") if name != "eager"]
        lines += case("barrier", steps, rows, names, f"{rows:,} paths", "numpy")
    return "\n".join(lines)

"""Sections of RESULTS.md on scalar programs in which there are no matrices: each measures, and returns its text."""

import json
from statistics import median
from typing import Any

from .peers import is_here
from .tracers import backends
from .turns import QUICK, ROUNDS, check_equal, in_turns, python, spread

TOLERANCE = 1e-9  # to which values and gradients must agree
REFERENCE = "eager"  # which the others must agree with
LABELS = {  # the libraries of benchmarks.scalar_program
    "glassgrad": "glassgrad, compiled",
    "eager": "glassgrad, eager",
    "ddx": "ddx, interpreter",
    "ddx-llvm": "ddx, LLVM",
    "casadi": "CasADi",
    "drjit": "Dr.Jit, a symbolic loop by hand",
    "jax": "JAX, a scan by hand",
    "numba": "numba, adjoint by hand",
    "numpy": "NumPy, adjoint by hand",
}
LABELS_OF_FORMULAS = {
    "drjit": "Dr.Jit",
    "jax": "JAX, jitted and vmapped",
    "numpy": "NumPy, formulas of the derivatives",
}
RANDOM = [(1_000, 1), (1_000, 100)] if QUICK else [(10_000, 1), (10_000, 1_000), (100_000, 1), (100_000, 1_000)]
MOST_EAGER = 1_000_000  # operations in all rows: more would take long, and tell nothing new
MOST_BY_LLVM = 10_000  # operations of a row: ten times as many take minutes to compile
MANY = 10_000_000  # operations in all rows for which three rounds are enough
PENDULUM = [(100, 100)] if QUICK else [(1_000, 1), (1_000, 100), (1_000, 10_000)]
OPTIONS = [1_000] if QUICK else [1, 1_000, 100_000]
PATHS = [(10, 100)] if QUICK else [(100, 20_000)]


def random_graphs() -> str:
    """Random graphs: what is left when nothing can be found in a program."""
    lines = [
        "## A random graph\n",
        "`benchmarks/random_graph.py`: operations without any order in them, a quarter of them transcendental; 12 "
        "numbers a row, 12 parameters. The values of all rows, and the gradient of their mean by the parameters. "
        f"{_how()} JAX and Dr.Jit, which hand all of it to LLVM, are left out: they take minutes to compile thousands "
        f"of operations. So is ddx with LLVM for more than {MOST_BY_LLVM:,}. numba has no derivatives of its own.\n",
        *_head("ddx"),
    ]
    for size, rows in RANDOM:
        names = _here("ddx", "ddx-llvm", "casadi")
        names = [name for name in names if name != "ddx-llvm" or size <= MOST_BY_LLVM]
        names = [name for name in names if name != "eager" or size * rows <= MOST_EAGER]
        lines += _case("random", size, rows, names, f"{size:,} operations, {_of_rows(rows)}")
    return "\n".join(lines)


def pendulum() -> str:
    """A recurrence, unrolled by Python or written as a loop."""
    steps = PENDULUM[0][0]
    lines = [
        "## A damped pendulum\n",
        f"{steps:,} explicit steps of Euler's method, {8 * steps:,} operations a row. glassgrad, ddx and CasADi get "
        "them as Python unrolls them. The values are the angles at the end, the gradient is that of their mean by "
        f"stiffness, damping, and the angle and velocity at the start. {_how()}\n",
        *_head("ddx"),
    ]
    for steps, rows in PENDULUM:
        names = _here("ddx", "ddx-llvm", "casadi", "drjit", "jax", "numba", "numpy")
        names = [name for name in names if name != "eager" or 8 * steps * rows <= MOST_EAGER]
        lines += _case("pendulum", steps, rows, names, _of_rows(rows))
    return "\n".join(lines)


def black_scholes() -> str:
    """Formulas, and their derivatives for every row."""
    lines = [
        "## Options by Black and Scholes\n",
        "`benchmarks/black_scholes.py`: the price of each option, and its derivatives by spot, strike, volatility, "
        f"rate and time. In glassgrad they are a part of the function that is compiled. {_how()}\n",
        *_head("numpy"),
    ]
    for rows in OPTIONS:
        names = _here("jax", "drjit", "numpy")
        names = [name for name in names if name != "eager" or 100 * rows <= MOST_EAGER]
        lines += _case("black_scholes", 1, rows, names, _of_rows(rows), "numpy", LABELS | LABELS_OF_FORMULAS)
    return "\n".join(lines)


def barrier() -> str:
    """A simulation, its value and gradient path by path."""
    steps = PATHS[0][0]
    lines = [
        "## An option with a barrier\n",
        f"`benchmarks/barrier.py`: {steps} steps a path, {9 * steps:,} operations. The values are the payoffs of the "
        f"paths, the gradient is that of their mean by five parameters. {_how()}\n",
        *_head("numpy"),
    ]
    for steps, rows in PATHS:
        names = [name for name in _here("jax", "drjit", "numpy") if name != "eager"]
        lines += _case("barrier", steps, rows, names, f"{rows:,} paths", "numpy")
    return "\n".join(lines)


def _head(baseline: str) -> list[str]:
    name = {"ddx": "ddx's", "numpy": "NumPy's"}[baseline]
    return [
        f"| | preparing | a call | times {name} | smallest … largest | memory |",
        "|---|---:|---:|---:|---:|---:|",
    ]


def _how() -> str:
    return (
        f"All agree to {TOLERANCE:g}. Preparing is what the first call, and all before it, costs more than another "
        "one: tracing and compiling. Memory is what the process grows by, at its peak. Eager goes row by row, and is "
        f"left out where rows have more than {MOST_EAGER:,} operations in all."
    )


def _of_rows(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _here(*others: str) -> list[str]:
    ours = [f"glassgrad:{backend}" for backend in backends()] or ["glassgrad"]
    return [*ours, "eager", *(name for name in others if is_here(name))]


def _label(name: str, labels: dict[str, str]) -> str:
    library, _, backend = name.partition(":")
    return labels[library] + (f" ({backend})" if backend else "")


def _case(
    problem: str,
    size: int,
    rows: int,
    names: list[str],
    title: str,
    baseline: str = "ddx",
    labels: dict[str, str] = LABELS,
) -> list[str]:
    """The lines of a table for so many rows: first all must agree, then they take turns. The baseline's time is 1."""
    arguments = "-m", "benchmarks.scalar_program", problem, str(size), str(rows)
    reference = REFERENCE if REFERENCE in names else names[0]
    checked = {name: json.loads(python(*arguments, name, "check")) for name in names}
    check_equal(checked, reference, ["values", "gradient"], TOLERANCE)
    rounds: list[dict[str, Any]] = []
    for _ in in_turns(f"{problem}, {size:,} × {title}", 3 if size * rows >= MANY and not QUICK else ROUNDS):
        rounds.append({name: json.loads(python(*arguments, name)) for name in names})
    lines = [f"| **{title}** | | | | | |"]
    for name in names:
        seconds = [r[name]["seconds"] for r in rounds]
        ratios = [r[name]["seconds"] / r[baseline]["seconds"] for r in rounds if baseline in r]
        preparing, grown = (median(r[name][key] for r in rounds) for key in ("preparing", "bytes"))
        lines.append(
            f"| {_label(name, labels)} | {_time(preparing) if name != 'eager' else ''} | {_time(median(seconds))} | "
            f"{spread(ratios, ' | ') if ratios else ' | '} | {grown / 2**20:,.0f} MiB |"
        )
    return lines


def _time(seconds: float) -> str:
    """In the unit that suits."""
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:,.2f} {unit}"
    return f"{max(0.0, seconds * 1e6):,.1f} µs"

"""A table of libraries that compute the same program, which benchmarks.scalar_program measures."""

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
    "casadi-fold": "CasADi, a fold by hand",
    "drjit": "Dr.Jit, a symbolic loop by hand",
    "jax": "JAX, a scan by hand",
    "numba": "numba, adjoint by hand",
    "numpy": "NumPy, adjoint by hand",
}
MOST_EAGER = 1_000_000  # operations in all rows: more would take long, and tell nothing new
MANY = 10_000_000  # operations in all rows for which three rounds are enough


def head(baseline: str) -> list[str]:
    name = {"ddx": "ddx's", "numpy": "NumPy's", "jax": "JAX's", "casadi": "CasADi's"}[baseline]
    return [
        f"| | preparing | a call | times {name} | smallest … largest | memory |",
        "|---|---:|---:|---:|---:|---:|",
    ]


def how() -> str:
    return (
        f"All agree to {TOLERANCE:g}. Preparing is what the first call, and all before it, costs more than another "
        "one: tracing and compiling. Memory is what the process grows by, at its peak. Eager goes row by row, and is "
        f"left out where rows have more than {MOST_EAGER:,} operations in all."
    )


def of_rows(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


def here(*others: str) -> list[str]:
    ours = [f"glassgrad:{backend}" for backend in backends()] or ["glassgrad"]
    return [*ours, "eager", *(name for name in others if is_here(name))]


def case(
    problem: str,
    size: int,
    rows: int,
    names: list[str],
    title: str,
    baseline: str = "ddx",
    labels: dict[str, str] = LABELS,
    briefly: bool = False,
) -> list[str]:
    """The lines of a table for so many rows: first all must agree, then they take turns. The baseline's time is 1."""
    arguments = "-m", "benchmarks.scalar_program", problem, str(size), str(rows)
    reference = REFERENCE if REFERENCE in names else names[0]
    checked = {name: json.loads(python(*arguments, name, "check")) for name in names}
    check_equal(checked, reference, ["values", "gradient"], TOLERANCE)
    options, few = ["briefly"] * briefly, briefly or size * rows >= MANY
    rounds: list[dict[str, Any]] = []
    for _ in in_turns(f"{problem}, {size:,} × {title}", 3 if few and not QUICK else ROUNDS):
        rounds.append({name: json.loads(python(*arguments, name, *options)) for name in names})
    return [f"| **{title}** | | | | | |", *(_line(name, rounds, baseline, labels) for name in names)]


def _line(name: str, rounds: list[dict[str, Any]], baseline: str, labels: dict[str, str]) -> str:
    ratios = [r[name]["seconds"] / r[baseline]["seconds"] for r in rounds if baseline in r]
    preparing, seconds, grown = (median(r[name][key] for r in rounds) for key in ("preparing", "seconds", "bytes"))
    library, _, backend = name.partition(":")
    cells = [
        labels[library] + (f" ({backend})" if backend else ""),
        _time(preparing) if name != "eager" else "",
        _time(seconds),
        spread(ratios, " | ") if ratios else " | ",
        f"{grown / 2**20:,.0f} MiB",
    ]
    return f"| {' | '.join(cells)} |"


def _time(seconds: float) -> str:
    """In the unit that suits."""
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:,.2f} {unit}"
    return f"{max(0.0, seconds * 1e6):,.1f} µs"

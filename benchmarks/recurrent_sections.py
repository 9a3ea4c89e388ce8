"""A section of RESULTS.md on recurrences, long ones and small ones: it measures, and returns its text."""

import json
from statistics import median

from .cases import MOST_EAGER, case, head, how, of_rows
from .peers import is_here
from .turns import QUICK, in_turns, python

PENDULUM = [(100, 100)] if QUICK else [(5_000, 1), (5_000, 100), (5_000, 10_000)]  # steps, rows
PREDATORS = [(20, 1)] if QUICK else [(200, 1), (2_000, 1)]
KALMAN = [(100, 1)] if QUICK else [(100, 1), (100, 100)]
FORCES, CHARACTERS = 50, 10 if QUICK else 400
TURNS = [500, 5_000] if QUICK else [500, 1_000, 2_000, 5_000, 10_000, 50_000]
MOST_BY_CASADI = 1_000_000  # steps in all rows: more take half a minute


def recurrences() -> str:
    """What Python unrolls, beside loops that are written by hand."""
    heading = (
        "## Recurrences\n\n"
        "glassgrad, ddx and CasADi get them as Python unrolls them; JAX has a scan, Dr.Jit a symbolic loop, and CasADi "
        "a function of one turn that it folds. The values of all rows, and the gradient of their "
        "mean, in 3 rounds. ddx with LLVM is left out: it compiles 5,000 steps in a quarter of a minute. " + how()
    )
    parts = _pendulum(), _predators(), _kalman(), _shooting(), _lstm(), _turns()
    return "\n\n".join([heading, *map("\n".join, parts)])


def _pendulum() -> list[str]:
    lines = [f"### The damped pendulum, {PENDULUM[0][0]:,} steps\n", *head("jax")]
    for steps, rows in PENDULUM:
        names = _here("ddx", "casadi", *["casadi-fold"] * (rows == 1), "drjit", "jax", "numba")
        names = [name for name in names if name != "eager" or 8 * steps * rows <= MOST_EAGER]
        names = [name for name in names if name != "casadi" or steps * rows <= MOST_BY_CASADI]
        lines += case("pendulum", steps, rows, names, of_rows(rows), "jax", briefly=True)
    return lines


def _predators() -> list[str]:
    lines = [
        "### Predators and prey, fitted\n",
        "`benchmarks/predators.py`: steps of Runge and Kutta; the loss against what was observed after each, and its "
        "gradient by the four parameters.\n",
        *head("jax"),
    ]
    for steps, rows in PREDATORS:
        names = _here("ddx", "casadi", "casadi-fold", "jax")
        lines += case("predators", steps, rows, names, f"{steps:,} steps", "jax", briefly=True)
    return lines


def _kalman() -> list[str]:
    lines = [
        "### The Nile through Kalman's filter\n",
        "`benchmarks/kalman.py`: 100 years, the likelihood, and its gradient by the two variances.\n",
        *head("casadi"),
    ]
    for years, rows in KALMAN:
        names = _here("ddx", "casadi", *["casadi-fold"] * (rows == 1), "jax")
        lines += case("kalman", years, rows, names, of_rows(rows), "casadi", briefly=True)
    return lines


def _shooting() -> list[str]:
    names = _here("ddx", "casadi", "casadi-fold", "jax")
    return [
        "### Single shooting\n",
        f"`benchmarks/shooting.py`: an oscillator, {FORCES} steps of Runge and Kutta; what a series of {FORCES} forces "
        "costs, and the gradient by all of them.\n",
        *head("casadi"),
        *case("shooting", FORCES, 1, names, f"{FORCES} forces", "casadi", briefly=True),
    ]


def _lstm() -> list[str]:
    names = _here("ddx", "casadi", "casadi-fold", "jax")
    return [
        "### ADBench's LSTM\n",
        "`benchmarks/lstm.py`: two cells, 14 wide, with a weight for each number and no matrices; JAX computes with "
        "arrays of 14. The loss of one text, and its gradient by 266 parameters.\n",
        *head("jax"),
        *case("lstm", CHARACTERS, 1, names, f"{CHARACTERS:,} characters", "jax", briefly=True),
    ]


def _here(*others: str) -> list[str]:
    return ["glassgrad", "eager", *filter(is_here, others)]


def _turns() -> list[str]:
    lines = [
        "### Compiling, by the number of turns\n",
        "The pendulum at one row: microseconds a scalar node, for the trace, for finding its loop, and for the rest of "
        "what the first call costs more than another.\n",
        "| turns | scalar nodes | trace | loops | rest | together |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    rounds = [
        {turns: json.loads(python("-m", "benchmarks.compiling", "turns", str(turns))) for turns in TURNS}
        for _ in in_turns("turns", 1 if QUICK else 3)
    ]
    for turns in TURNS:
        nodes = rounds[0][turns]["nodes"]
        trace, loops, first = (median(r[turns][key] for r in rounds) for key in ("trace", "loops", "first"))
        each = [f"{seconds * 1e6 / nodes:.2f}" for seconds in (trace, loops, first - trace - loops)]
        lines.append(f"| {turns:,} | {nodes:,} | {' | '.join(each)} | {first * 1e3:,.1f} ms |")
    return lines

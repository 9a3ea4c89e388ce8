"""How exact every operation is, and its derivatives, beside other libraries: `make accuracy` writes accuracy.md.

    .venv/bin/python -m docs.scripts.accuracy .venv-bench/bin/python

measures ours here, and each library in a process of the other environment, at the same points, against exact results.
Running it twice on a machine gives the same bytes.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nn.support.files import write_file
from tests.autograd.accuracy.computed import compiled, eager, eager_higher
from tests.autograd.accuracy.exceptions import EXCEPTIONS
from tests.autograd.accuracy.judging import Numbers, errors_of
from tests.autograd.accuracy.measure import LARGEST, SMALLEST
from tests.autograd.accuracy.tables import Table, drawn, names, tables

HERE = Path(__file__).parent
EXAMPLES = 10_000
PEERS = ("jax", "torch", "drjit")
NOT_ONE_DIGIT = {"float64": 2.0**52, "float32": 2.0**23}  # ulps
WRONG, ABSENT = "✗", "–"
OPERATORS = {"add": "a + b", "sub": "a - b", "mul": "a * b", "div": "a / b", "pow": "a ** b", "neg": "-x"}
PAGE = """\
# How exact it is

Written by `make accuracy` from [accuracy.py](../scripts/accuracy.py): the largest error among {examples} points of each
operation, over all magnitudes of doubles (or of float32) and densely where something happens, against results in 60
digits.

A cell is the error of the value / of the first derivative, by whichever operand, in ulps, units in the last place of
the exact result; 0.5 is correctly rounded. Second and third derivatives are told as a part of the exact result. Of sums
whose terms cancel the error is measured against the terms together, and near gelu' = 0 and silu' = 0 against 0.05.
Points at which an operand or an exact result is subnormal or infinite do not count here; tests hold ours there, too.
{wrong} is an error of the size of the result: 0, inf or nan in the place of a number, or another sign. {absent} is what
a library does not have.

glassgrad eager, and compiled (NumPy {numpy}), beside {peers}.

| | eager | second | third | compiled | {heads} | compiled, float32 | {heads32} |
|---|{rule}
{rows}

## Exceptions

{exceptions}
"""


def shown() -> list[str]:
    """Those that users call."""
    return [name for name in names() if not name.startswith("_")]


def tied(table: Table) -> np.ndarray:
    """Where a derivative is what a library agrees on: where the largest value stands twice."""
    if table.name not in ("maximum", "minimum"):
        return np.zeros(len(table.points), bool)
    best = getattr(np, table.name).reduce(table.points, axis=1, keepdims=True)
    return np.sum(table.points == best, axis=1) > 1


def of_normal_numbers(table: Table, found: Numbers) -> dict[int, float]:
    """The largest error by order, where operands and exact results are normal numbers or 0."""

    def is_normal(numbers: np.ndarray) -> np.ndarray:
        size = np.abs(numbers)
        return (size == 0.0) | ((size >= 2.0 ** SMALLEST[table.dtype]) & (size < 2.0 ** (LARGEST[table.dtype] - 1)))

    worst: dict[int, float] = {}
    operands = np.all(is_normal(table.points), axis=1) & ~tied(table)
    for path, got in found.items():
        exact = table.exact[path]
        counts = operands & is_normal(exact.nearest) & ((exact.nearest != 0.0) | (exact.size == 0.0))
        of_path = np.where(counts, errors_of(table, path, got), 0.0)
        worst[len(path)] = max(worst.get(len(path), 0.0), float(of_path.max()))
    return worst


def merged(each: Iterator[dict[int, float]]) -> dict[int, float]:
    worst: dict[int, float] = {}
    for found in each:
        worst |= {order: max(error, worst.get(order, 0.0)) for order, error in found.items()}
    return worst


# ------------------------------------------------------------------------------------------ other libraries


def key(name: str, dtype: str, place: int) -> str:
    """Of the points in the files: the place counts the numbers of operands."""
    return f"{name} {dtype} {place}"


def of_peer(python: str, peer: str, points: Path) -> tuple[str, dict[str, np.ndarray]]:
    """Its name and version, and what it computes."""
    results = points.with_name(f"{peer}.npz")
    command = [python, str(HERE / "accuracy_of_peers.py"), peer, str(points), str(results)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(f"{python} could not run {peer}; `make accuracy` installs it there\n{run.stderr[:2000]}")
    with np.load(results) as found:
        return run.stdout.splitlines()[0], dict(found)


def cell_of_peer(name: str, dtype: str, results: dict[str, np.ndarray]) -> str:
    found = []
    for place, table in enumerate(tables(name, dtype, EXAMPLES)):
        if (numbers := results.get(key(name, dtype, place))) is not None:
            paths = [(), *((i,) for i in table.operands)]
            found.append(
                of_normal_numbers(table, dict(zip(paths, numbers[: len(paths)].astype(np.float64), strict=True)))
            )
    return in_ulps(merged(iter(found)), dtype) if found else ABSENT


# ---------------------------------------------------------------------------------------------------- the page


def in_ulps(worst: dict[int, float], dtype: str) -> str:
    """The value / the derivative."""

    def one(error: float) -> str:
        if not error < NOT_ONE_DIGIT[dtype]:
            return WRONG
        return (
            "0"
            if error == 0.0
            else f"{error:.1f}"
            if error < 99.95
            else f"{error:.0f}"
            if error < 1e5
            else f"{error:.0e}"
        )

    return f"{one(worst[0])} / {one(worst[1])}"


def as_part(worst: dict[int, float], order: int) -> str:
    error = worst.get(order)
    return ABSENT if error is None else "0" if error == 0.0 else f"{error:.0e}" if error < 0.5 else WRONG


def row(name: str, peers: list[dict[str, np.ndarray]]) -> str:
    doubles, singles = (tables(name, dtype, EXAMPLES) for dtype in ("float64", "float32"))
    higher = merged(of_normal_numbers(table, eager_higher(table)) for table in doubles)
    cells = [
        f"`{OPERATORS.get(name, name)}`",
        in_ulps(merged(of_normal_numbers(table, eager(table)) for table in doubles), "float64"),
        as_part(higher, 2),
        as_part(higher, 3),
        in_ulps(merged(of_normal_numbers(table, compiled(table)) for table in doubles), "float64"),
        *(cell_of_peer(name, "float64", results) for results in peers),
        in_ulps(merged(of_normal_numbers(table, compiled(table)) for table in singles), "float32"),
        *(cell_of_peer(name, "float32", results) for results in peers),
    ]
    return f"| {' | '.join(cells)} |"


def exceptions() -> str:
    """What the tests let be less exact, by name."""
    lines = [
        f"| `{name}` | {what} | {bound:.0e} | {reason} |"
        for (name, what), (bound, reason) in sorted(EXCEPTIONS.items())
    ]
    return "\n".join(["| | of the | at most, as a part | because |\n|---|---|---|---|", *lines]) if lines else "None."


def page(python: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "points.npz"
        np.savez(file, **{
            key(name, dtype, place): points.astype(dtype)
            for name in shown()
            for dtype in ("float64", "float32")
            for place, points in enumerate(drawn(name, dtype, EXAMPLES))
        })  # fmt: skip
        titles, results = zip(*[of_peer(python, peer, file) for peer in PEERS], strict=True)
    heads = [title.split()[0] for title in titles]
    with np.errstate(all="ignore"):
        rows = [row(name, list(results)) for name in shown()]
    return PAGE.format(
        examples=f"{EXAMPLES:,}", numpy=np.__version__, wrong=WRONG, absent=ABSENT,
        peers=", ".join(titles[:-1]) + f" and {titles[-1]}", heads=" | ".join(heads),
        heads32=" | ".join(f"{head}, float32" for head in heads), rule="---|" * (5 + 2 * len(heads)),
        rows="\n".join(rows), exceptions=exceptions(),
    )  # fmt: skip


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        raise SystemExit(
            "accuracy.py takes the Python of an environment with the libraries of benchmarks/requirements.txt: "
            "`make accuracy` makes it, .venv-bench, and runs this"
        )
    write_file(HERE.parent / "how_it_works" / "accuracy.md", page(arguments[0]))


if __name__ == "__main__":
    main(sys.argv[1:])

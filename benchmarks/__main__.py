"""Run the benchmarks and write RESULTS.md: `make bench`.

Libraries take turns, each time in a fresh process, so that a machine which slows down or speeds up does so for all. A
ratio is formed within each round, and the median of the rounds is told with the smallest and the largest.
"""

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from math import isclose
from pathlib import Path
from statistics import median
from typing import Any

ROUNDS = 5
RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    text = "\n\n".join([_heading(), moons(), imports(), digits()]) + "\n"
    RESULTS.write_text(text)
    print(text)


MEASURED = {  # the arguments of benchmarks.moons, and what they measure
    ("glassgrad",): "glassgrad",
    ("micrograd",): "micrograd 0.1.0",
    ("glassgrad", "uncollected"): "glassgrad, garbage collector off",
    ("micrograd", "uncollected"): "micrograd 0.1.0, garbage collector off",
    ("floats",): "the same formula in plain Python floats, forward only",
}


def moons() -> str:
    """The moons loss in every library."""
    rounds: list[dict[tuple, float]] = []
    for i in range(ROUNDS):
        outputs = {arguments: json.loads(_python("-m", "benchmarks.moons", *arguments)) for arguments in MEASURED}
        _check_equal(outputs)
        rounds.append({arguments: median(output["seconds"]) for arguments, output in outputs.items()})
        print(f"moons, round {i + 1} of {ROUNDS}", file=sys.stderr)
    lines = [
        "## The moons loss\n",
        "MLP 2-16-16-1, 100 rows, hinge loss plus 1e-4 · Σθ²: one graph of 65,818 nodes, built anew each time, "
        "forward, backward and freed.\n",
        "| | median | times glassgrad's | smallest … largest |",
        "|---|---:|---:|---:|",
    ]
    for arguments, name in MEASURED.items():
        ratios = sorted(r[arguments] / r["glassgrad", *arguments[1:]] for r in rounds)
        milliseconds, spread = median(r[arguments] for r in rounds) * 1e3, f"{ratios[0]:.2f} … {ratios[-1]:.2f}"
        lines.append(f"| {name} | {milliseconds:.1f} ms | {median(ratios):.2f} | {spread} |")
    lines.append(
        "\nMost of the difference to micrograd is the garbage collector: its nodes hold closures that refer back to "
        "them, so that every graph is made of cycles, which the collector has to find. Ours have none. The rows with "
        "the collector off show what remains; micrograd's graphs are never freed there."
    )
    return "\n".join(lines)


def imports() -> str:
    """What `import autograd` costs."""
    milliseconds = []
    for _ in range(ROUNDS):
        report = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", "import autograd"], capture_output=True, text=True, check=True
        ).stderr
        last = re.search(r"\|\s*(\d+) \| autograd\n", report)
        assert last, report
        milliseconds.append(int(last[1]) / 1e3)
    return f"## Import\n\n`import autograd`: {median(milliseconds):.1f} ms (median of {ROUNDS}; standard library only)."


def digits() -> str:
    """`glassgrad train digits` with its defaults."""
    with tempfile.TemporaryDirectory() as folder:
        output = _python("-m", "nn", "train", "digits", "--out", folder)
    last = re.search(r"test accuracy .*", output)
    assert last, output
    return f"## Digits\n\n`glassgrad train digits` with its defaults: {last[0]}."


def _check_equal(outputs: dict[tuple, Any]) -> None:
    """All libraries must compute the same loss, and the same gradient."""
    ours = outputs["glassgrad",]
    for library, output in outputs.items():
        for key in set(output) - {"seconds"}:
            if not isclose(output[key], ours[key], rel_tol=1e-9):
                raise SystemExit(f"{library} computes another {key}: {output[key]} and {ours[key]}")


def _heading() -> str:
    return (
        "# Results\n\nWritten by `make bench`: "
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores. "
        "Libraries take turns in fresh processes; ratios are formed within a round, and told as the median of "
        f"{ROUNDS} rounds."
    )


def _python(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    main()

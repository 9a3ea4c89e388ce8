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


def moons() -> str:
    """The moons loss in every library."""
    libraries = ("glassgrad", "micrograd", "floats")
    rounds: list[dict[str, float]] = []
    for i in range(ROUNDS):
        outputs = {library: json.loads(_python("-m", "benchmarks.moons", library)) for library in libraries}
        _check_equal(outputs)
        rounds.append({library: median(outputs[library]["seconds"]) for library in libraries})
        print(f"moons, round {i + 1} of {ROUNDS}: {rounds[-1]}", file=sys.stderr)
    names = {
        "glassgrad": "glassgrad, forward and backward",
        "micrograd": "micrograd 0.1.0, forward and backward",
        "floats": "the same formula in plain Python floats, forward only",
    }
    lines = [
        "## The moons loss\n",
        "MLP 2-16-16-1, 100 rows, hinge loss plus 1e-4 · Σθ²: one graph of about 65,000 nodes, built anew each time.\n",
        "| | median | times glassgrad's | smallest … largest |",
        "|---|---:|---:|---:|",
    ]
    for library in libraries:
        ratios = sorted(r[library] / r["glassgrad"] for r in rounds)
        milliseconds, spread = median(r[library] for r in rounds) * 1e3, f"{ratios[0]:.2f} … {ratios[-1]:.2f}"
        lines.append(f"| {names[library]} | {milliseconds:.1f} ms | {median(ratios):.2f} | {spread} |")
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


def _check_equal(outputs: dict[str, Any]) -> None:
    """All libraries must compute the same loss, and the same gradient."""
    for library, output in outputs.items():
        for key in set(output) - {"seconds"}:
            if not isclose(output[key], outputs["glassgrad"][key], rel_tol=1e-9):
                raise SystemExit(f"{library} computes another {key}: {output[key]} and {outputs['glassgrad'][key]}")


def _heading() -> str:
    return (
        "# Results\n\nWritten by `make bench`: "
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, garbage collector on. "
        "Libraries take turns in fresh processes; ratios are formed within a round, and told as the median of "
        f"{ROUNDS} rounds."
    )


def _python(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    main()

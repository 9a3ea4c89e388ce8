"""Sections of RESULTS.md on compiled functions and training, on import, and on the command: each function measures, and
returns its text. Those on graphs of Values are in eager.py.
"""

import json
import re
import subprocess
import sys
import tempfile
from math import log
from statistics import linear_regression, median
from typing import Any

from .epoch import ROWS
from .fused import compiler
from .peers import is_here
from .turns import QUICK, ROUNDS, check_equal, in_turns, python, spread

STEPS = {  # a problem of benchmarks.steps: what it is, how closely losses agree, who takes part, on how many cores
    "small": (
        "2-16-16-1, 100 rows, float64, hinge loss",
        1e-9,
        [("numpy", "glassgrad", "native"), ("fused",), ("jax",), ("torch",), ("micrograd",)],
        [1],
    ),
    "medium": (
        "64-32-10, 64 rows, float64, cross-entropy",
        1e-9,
        [("numpy", "glassgrad", "native"), ("fused",), ("jax",), ("torch",)],
        [1],
    ),
    "large": (
        "784-128-10, 128 rows, float32, cross-entropy",
        1e-4,
        [("numpy", "glassgrad", "native"), ("jax",), ("torch",)],
        [1],
    ),
    "wide": (
        "784-512-256-10, 256 rows, float32, cross-entropy",
        1e-4,
        [("numpy", "native"), ("jax",), ("torch",)],
        [1, 2],
    ),
}
OPTIMIZERS = {"sgd": "gradient descent", "adam": "Adam"}
LIBRARIES = {
    "numpy": "NumPy, written by hand",
    "glassgrad": 'glassgrad, compiled, `backend="numpy"`',
    "native": "glassgrad, compiled",
    "fused": "C, all of the step in one function",
    "jax": "JAX, jitted",
    "torch": "PyTorch, eager",
    "micrograd": "micrograd 0.1.0",
}


def steps() -> str:
    """A training step: gradient, and gradient descent or Adam."""
    lines = [
        "## A training step\n",
        "One step of gradient descent, or of Adam, of an MLP with relu. All start from the same weights and have the "
        "same loss after some steps. NumPy's step, and that in C, compute the gradient only, not the loss itself, keep "
        "all parameters in one array, and have their arrays from the start. NumPy and glassgrad take turns within one "
        "process, in blocks of about 25 ms, and their ratio is that of neighbouring blocks.\n",
        "| | median | times NumPy's | smallest … largest |",
        "|---|---:|---:|---:|",
    ]
    for problem, (description, _, _, numbers) in STEPS.items():
        for optimizer, name in OPTIMIZERS.items():
            for cores in numbers:
                on = f", {cores} cores" if cores > 1 else ""
                lines += [f"| **{description}: {name}{on}** | | | |", *_steps_of(problem, optimizer, cores)]
    lines.append("\nMost of micrograd's time is the garbage collector's, as in the moons loss below.")
    if compiler() is None:
        lines.append("There is no C compiler here: the step in C is left out.")
    return "\n".join(lines)


def _steps_of(problem: str, optimizer: str, cores: int) -> list[str]:
    _, tolerance, groups, _ = STEPS[problem]
    if optimizer != "sgd":
        groups = [group for group in groups if group != ("micrograd",)]  # which has no other
    command = ["benchmarks.steps", problem, optimizer]
    return _rows_of(f"steps, {problem}, {optimizer}, {cores}", command, groups, tolerance, cores)


def _rows_of(
    section: str, command: list[str], groups: list[tuple[str, ...]], tolerance: float, cores: int = 1
) -> list[str]:
    """The rows of a table, of each library that takes part: a group in each process. The very first one's time is 1."""
    together, reference = groups[0], groups[0][0]
    rounds: list[dict[str, Any]] = []
    for _ in in_turns(section):
        outputs: dict[str, Any] = {}
        for group in filter(is_measured, groups):
            outputs |= json.loads(python("-m", *command, *group, cores=cores))
        check_equal(outputs, reference, ["loss"], tolerance)
        for library in outputs.keys() - {*together}:
            outputs[library]["ratio"] = outputs[library]["seconds"] / outputs[reference]["seconds"]
        rounds.append(outputs)
    lines = []
    for library in rounds[0]:
        microseconds = median(r[library]["seconds"] for r in rounds) * 1e6
        ratios = [r[library]["ratio"] for r in rounds]
        lines.append(f"| {LIBRARIES[library]} | {microseconds:,.0f} µs | {spread(ratios, ' | ')} |")
    return lines


def is_measured(group: tuple[str, ...]) -> bool:
    """Whether these libraries are here, and for C a compiler."""
    return all(map(is_here, group)) and ("fused" not in group or compiler() is not None)


BATCHES = (1, 64)  # of benchmarks.compiled_gpt


def gpt() -> str:
    """A training step of a GPT that is written in scalars."""
    lines = [
        "## A step of a GPT\n",
        "`benchmarks/gpt.py`, compiled: one layer, 16 wide, with 4 heads, over windows of 12 letters, of which there "
        "are 27, in float64; a step of Adam. JAX and PyTorch have it in matrix form, with a mask. All start from the "
        "same weights and have the same loss after some steps.\n",
        "| | median | times glassgrad's | smallest … largest |",
        "|---|---:|---:|---:|",
    ]
    for batch in BATCHES:
        lines.append(f"| **{'1 window' if batch == 1 else f'{batch} windows'}** | | | |")
        command = ["benchmarks.compiled_gpt", str(batch)]
        lines += _rows_of(f"gpt, {batch}", command, [("native",), ("jax",), ("torch",)], 1e-9)
    return "\n".join(lines)


COMPILED = {  # the arguments of benchmarks.compiling, in growing sizes, and what they are
    "an MLP with cross-entropy": ["mlp 98 32 10", "mlp 196 64 10", "mlp 392 96 10", "mlp 784 128 10"],
    "a simulation of three pendulums": ["pendulums 50", "pendulums 100", "pendulums 200", "pendulums 400"],
}


def compiling() -> str:
    """What the first call costs more than the second, in time and memory."""
    compiled = {description: sizes[:2] if QUICK else sizes for description, sizes in COMPILED.items()}
    tasks = [task for sizes in compiled.values() for task in sizes]
    largest = next(iter(compiled.values()))[-1]
    matrices = [largest.replace("mlp", "jax")] if is_here("jax") else []
    rounds = [{task: _compile(task) for task in tasks + matrices} for _ in in_turns("compiling")]
    nodes, peak = rounds[0][largest]["nodes"], _compile(largest, "traced")["peak"]
    grown = median(r[largest]["grown"] for r in rounds)
    lines = [
        "## Tracing and compiling\n",
        "The first `loss.backward(X, Y)` less the second; for JAX, the first training step less the second of the same "
        "MLP, written in matrices.\n",
        "| | scalar nodes | seconds, median | smallest … largest |",
        "|---|---:|---:|---:|",
    ]
    for task in tasks + matrices:
        seconds = [r[task]["seconds"] for r in rounds]
        count = f"{rounds[0][task]['nodes']:,}" if task in tasks else ""
        lines.append(f"| {task} | {count} | {spread(seconds, ' | ', digits=3)} |")
    for description, sizes in compiled.items():
        exponents = [_exponent([r[task] for task in sizes]) for r in rounds]
        lines.append(f"\nTime grows as nodes to the power of {spread(exponents, ' (')}) for {description}.")
    lines.append(
        f"\nMemory for {largest}, per scalar node: {peak / nodes:.0f} bytes at the peak as tracemalloc counts, "
        f"{grown / nodes:.0f} bytes as the process grows. The model's parameters were there before."
    )
    return "\n".join(lines)


def _compile(task: str, *options: str) -> dict[str, float]:
    return json.loads(python("-m", "benchmarks.compiling", *task.split(), *options))


def _exponent(outputs: list[dict[str, float]]) -> float:
    """p, where seconds grow as nodes to the power of p: the slope of the logarithms, by least squares."""
    return linear_regression([log(o["nodes"]) for o in outputs], [log(o["seconds"]) for o in outputs]).slope


FITTERS = {
    "glassgrad": "glassgrad, `nn.fit`",
    "jax": "JAX by hand, a jitted step that takes its rows itself",
    "torch": "PyTorch, the usual loop",
}


def epoch() -> str:
    """Epochs of `nn.fit`, of a loop of jitted steps in JAX, and of PyTorch's usual loop."""
    rounds = [
        {library: json.loads(python("-m", "benchmarks.epoch", library)) for library in filter(is_here, FITTERS)}
        for _ in in_turns("epoch")
    ]
    peers = [library for library in rounds[0] if library != "glassgrad"]
    for outputs in rounds:  # by other orders of the rows
        check_equal(outputs, "glassgrad", ["loss"], 0.05)
    lines = [
        "## An epoch\n",
        f"{ROWS:,} made-up images through 784-128-10 in batches of 128, in a new order in each epoch, float32, "
        "cross-entropy, Adam. All start from the same weights. Beside its epochs a call costs what checks of the data, "
        "tracing and compiling take: the first time, and when the same model is trained again. The memory is what the "
        "process grows by at its peak.\n",
        "| | an epoch | smallest … largest | glassgrad takes | first call beside | again | memory beside the data |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for library in rounds[0]:
        ratios = [median(r["glassgrad"]["seconds"]) / median(r[library]["seconds"]) for r in rounds]
        seconds = [each for r in rounds for each in r[library]["seconds"]]
        first, second, megabytes = (median(r[library][key] for r in rounds) for key in ("first", "second", "megabytes"))
        ratio = f"{median(ratios):.2f} times" if library in peers else ""
        cells = [FITTERS[library], f"{spread(seconds, ' s | ')} s", ratio, f"{first:.2f} s", f"{second:.2f} s"]
        lines.append(f"| {' | '.join(cells)} | {megabytes:,.0f} MB |")
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
        output = python("-m", "nn", "train", "digits", "--out", folder)
    last = re.search(r"test accuracy .*", output)
    assert last, output
    return f"## Digits\n\n`glassgrad train digits` with its defaults: {last[0]}."

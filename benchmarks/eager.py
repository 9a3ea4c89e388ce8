"""Sections of RESULTS.md on graphs of Values, built anew each time: each function measures, and returns its text."""

import json
from statistics import median
from typing import Any

from .peers import is_here
from .turns import QUICK, check_equal, in_turns, python, spread

NETWORKS = {  # what is measured, and the arguments of benchmarks.moons
    "glassgrad": ["glassgrad"],
    "micrograd 0.1.0": ["micrograd"],
    "glassgrad, not compiled": ["glassgrad"],
    "glassgrad, garbage collector off": ["glassgrad", "uncollected"],
    "micrograd 0.1.0, garbage collector off": ["micrograd", "uncollected"],
}
FORMULAS = {  # the libraries of benchmarks.formula
    "floats": "plain Python floats, forward only",
    "glassgrad": "glassgrad",
    "micrograd": "micrograd 0.1.0",
    "xad": "XAD 1.5.2",
    "torch": "PyTorch 2.13.0, a tensor for each number",
}


def moons() -> str:
    """The moons loss in every library, of a network and as a formula."""
    networks, formulas = [], []
    for _ in in_turns("moons"):
        of_networks = {name: _network(name) for name, (library, *_) in NETWORKS.items() if is_here(library)}
        of_formulas: dict[str, Any] = {}
        for libraries in ("floats", "glassgrad"), ("micrograd",), ("xad",), ("torch",):
            if all(map(is_here, libraries)):
                of_formulas |= json.loads(python("-m", "benchmarks.formula", *libraries))
        check_equal({**of_networks, **of_formulas}, "glassgrad", ["loss", "squares"], 1e-10)
        networks.append(of_networks)
        formulas.append(of_formulas)
    return "\n".join(
        [
            "## The moons loss\n",
            "MLP 2-16-16-1, 100 rows, hinge loss plus 1e-4 · Σθ²: one graph of about 65,000 nodes, built anew each "
            "time, forward, backward and freed. First with `nn.MLP`, ours and micrograd's.\n",
            *_table_of_networks(networks),
            "\nMicrograd's nodes hold closures that refer back to them, so that every graph is made of cycles, which "
            "the garbage collector has to find. Ours have none. With the collector off micrograd's graphs are never "
            "freed.\n",
            "Then as a formula, lists of weights and `sum(…)` of products: the same text for all. Floats and glassgrad "
            "take turns within one process, and their ratio is that of neighbours.\n",
            *_table_of_formulas(formulas),
        ]
    )


def _network(name: str) -> dict[str, Any]:
    environment = {"GLASSGRAD_PURE": "1"} if name == "glassgrad, not compiled" else {}
    return json.loads(python("-m", "benchmarks.moons", *NETWORKS[name], **environment))


def _table_of_networks(outputs: list[dict[str, Any]]) -> list[str]:
    lines = ["| | median | times glassgrad's | smallest … largest |", "|---|---:|---:|---:|"]
    for name in outputs[0]:
        arguments = NETWORKS[name]
        ours = "glassgrad, garbage collector off" if "uncollected" in arguments else "glassgrad"
        seconds = [median(r[name]["seconds"]) for r in outputs]
        ratios = [s / median(r[ours]["seconds"]) for s, r in zip(seconds, outputs, strict=True)]
        lines.append(f"| {name} | {median(seconds) * 1e3:.1f} ms | {spread(ratios, ' | ')} |")
    return lines


def _table_of_formulas(outputs: list[dict[str, Any]]) -> list[str]:
    lines = [
        "| | forward | backward | freed | in all | times glassgrad's | smallest … largest |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    totals = [{library: [sum(parts) for parts in r[library]["seconds"]] for library in r} for r in outputs]
    for library in outputs[0]:
        forward, backward, freed = (_milliseconds([_part(r[library], i) for r in outputs]) for i in range(3))
        total = _milliseconds([median(r[library]) for r in totals])
        ratios = [median(r[library]) / median(r["glassgrad"]) for r in totals]
        others = f"{backward} | {freed}" if library != "floats" else " | "
        lines.append(f"| {FORMULAS[library]} | {forward} | {others} | {total} | {spread(ratios, ' | ')} |")
    to_floats = [median(v / f for f, v in zip(r["floats"], r["glassgrad"], strict=True)) for r in totals]
    shares = [_part(r["glassgrad"], 1) / _part(r["glassgrad"], 0) * 100 for r in outputs]
    lines.append(
        f"\nAll of it takes glassgrad {spread(to_floats, ' (')}) times as long as the floats take to go forward. "
        f"Its backward pass takes {spread(shares, ' (', digits=0)}) % of its forward pass."
    )
    return lines


def _part(output: dict[str, Any], i: int) -> float:
    """The seconds of forward, backward or freed."""
    return median(parts[i] for parts in output["seconds"])


def _milliseconds(seconds: list[float]) -> str:
    return f"{median(seconds) * 1e3:.2f} ms"


LOADED = ["sklearn.neural_network", "matplotlib.pyplot"]  # whose objects the garbage collector looks at, too


def derivatives() -> str:
    """`grad` beside Values and backward() by hand."""
    rounds = [
        {loaded: json.loads(python("-m", "benchmarks.derivative", *loaded)) for loaded in ((), tuple(LOADED))}
        for _ in in_turns("derivatives")
    ]
    lines = [
        "## `grad`, beside the same by hand\n",
        "By hand: Values made of the numbers, the function called, `backward()`, the gradients read. `grad(f)(x)` does "
        "this, and leaves no gradient behind. Both take turns in one process, in blocks of about 20 ms. Then again "
        f"with {' and '.join(LOADED)} imported.\n",
        "| | by hand | `grad`, times that | smallest … largest | with other libraries |",
        "|---|---:|---:|---:|---:|",
    ]
    for name in rounds[0][()]:
        alone, loaded = ([r[key][name]["ratio"] for r in rounds] for key in ((), tuple(LOADED)))
        by_hand = median(r[()][name]["by hand"] for r in rounds)
        lines.append(f"| {name} | {by_hand * 1e3:.3f} ms | {spread(alone, ' | ')} | {median(loaded):.2f} |")
    return "\n".join(lines)


ROWS = (14, 146, 1474, 14748)[: 2 if QUICK else 4]  # of benchmarks.size: 10⁴, 10⁵, 10⁶, 10⁷ nodes
LARGE = 1000  # rows from which the bytes of a node can be told


def size() -> str:
    """Time and memory of small and large graphs."""
    outputs = [
        {rows: json.loads(python("-m", "benchmarks.size", str(rows))) for rows in ROWS} for _ in in_turns("size")
    ]
    lines = [
        "## Memory and size\n",
        "The formula of the moons loss on more and more rows: products, sums, relu, one graph. A node's time is that "
        "of forward, backward and freed; its memory is what the process grows by, divided by the nodes.\n",
        "| nodes | time per node | smallest … largest | times that of the smallest graph | bytes per node |",
        "|---:|---:|---:|---:|---:|",
    ]
    for rows in ROWS:
        nanoseconds = [r[rows]["nanoseconds"] for r in outputs]
        ratio = median(r[rows]["nanoseconds"] / r[ROWS[0]]["nanoseconds"] for r in outputs)
        memory = f"{median(r[rows]['bytes'] for r in outputs):.1f}" if rows >= LARGE else ""  # else it is too little
        lines.append(
            f"| {outputs[0][rows]['nodes']:,} | {median(nanoseconds):.0f} ns | "
            f"{min(nanoseconds):.0f} … {max(nanoseconds):.0f} ns | {ratio:.2f} | {memory} |"
        )
    lines.append(f"\n`sys.getsizeof` of a node: {outputs[0][ROWS[0]]['getsizeof']} bytes.")
    return "\n".join(lines)


def program() -> str:
    """A GPT in scalars with its own Value, and with ours."""
    ratios, own, ours = [], [], []
    for _ in in_turns("program"):
        with_own, with_ours = (
            json.loads(python("-m", "benchmarks.scalar_gpt", *arguments)) for arguments in ([], ["glassgrad"])
        )
        losses = [{f"loss of step {i}": loss for i, loss in enumerate(o["losses"])} for o in (with_own, with_ours)]
        check_equal({"its own Value": losses[0], "glassgrad": losses[1]}, "its own Value", list(losses[0]), 1e-10)
        own.append(sum(with_own["seconds"]))
        ours.append(sum(with_ours["seconds"]))
        ratios.append(own[-1] / ours[-1])
    first, last, steps = with_own["losses"][0], with_own["losses"][-1], len(with_own["losses"])
    return (
        "## A program of your own\n\n"
        "`benchmarks/scalar_gpt.py`, a GPT written in scalars with a class `Value` of its own, runs as it is after "
        f"`from autograd import Value`. In {steps} steps the loss falls from {first:.3f} to {last:.3f}, the same to 10 "
        "digits in every step.\n\n"
        "| | seconds, median | smallest … largest |\n|---|---:|---:|\n"
        f"| its own Value, plain Python | {spread(own, ' | ')} |\n"
        f"| glassgrad | {spread(ours, ' | ')} |\n\n"
        f"With glassgrad it is {spread(ratios, ' (')}) times as fast."
    )

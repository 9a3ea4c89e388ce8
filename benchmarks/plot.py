"""The picture in RESULTS.md, from its tables: `python -m benchmarks.plot` draws it again.

Of each random graph and each number of pendulums, how long the libraries take beside ddx's interpreter.
"""

import re
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
PICTURE = Path(__file__).with_name("results.png")
SECTIONS = ("A random graph", "A damped pendulum")
OURS, OTHERS = "#c44e52", "#4c72b0"

Cases = dict[str, dict[str, float]]  # of each case the ratio of each library


def ratios(text: str, section: str) -> Cases:
    """What the table of a section says: rows with a name in bold begin a case, the fourth column is the ratio."""
    found = re.search(rf"^## {section}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    cases: Cases = {}
    for line in found[1].splitlines() if found else []:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].startswith("**"):
            case = cases.setdefault(cells[0].strip("*"), {})
        elif cases and len(cells) > 3 and cells[3]:
            case[cells[0]] = float(cells[3].replace(",", ""))
    return cases


def draw(text: str, file: Path) -> None:
    """A panel for each case, a bar for each library, on a logarithmic scale."""
    from matplotlib.figure import Figure

    cases = {f"{section}: {case}": of for section in SECTIONS for case, of in ratios(text, section).items() if of}
    if not cases:  # without ddx there are no ratios
        return
    figure = Figure(figsize=(7.0, 0.7 + sum(0.35 + 0.2 * len(of) for of in cases.values())), layout="constrained")
    axes = figure.subplots(len(cases), squeeze=False, sharex=True, height_ratios=[2 + len(of) for of in cases.values()])
    for axis, (title, of) in zip(axes[:, 0], cases.items(), strict=True):
        names = list(of)[::-1]
        bars = axis.barh(
            names, [of[name] for name in names], color=[OURS if "glassgrad" in name else OTHERS for name in names]
        )
        axis.bar_label(
            bars, fmt=lambda ratio: f"{ratio:,.0f}" if ratio >= 10.0 else f"{ratio:.2g}", padding=2, fontsize=7
        )
        axis.set_xscale("log")
        axis.axvline(1.0, color="black", linewidth=0.6)
        axis.set_title(title.replace("A ", "", 1), fontsize=8, loc="left")
        axis.tick_params(labelsize=7)
        axis.margins(x=0.12)
        axis.spines[["top", "right"]].set_visible(False)
    axes[-1, 0].set_xlabel("time, as a multiple of ddx's interpreter", fontsize=8)
    figure.savefig(file, dpi=100)


if __name__ == "__main__":
    draw(RESULTS.read_text(), PICTURE)

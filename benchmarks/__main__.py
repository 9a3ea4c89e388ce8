"""Run the benchmarks and write RESULTS.md: `make bench`.

`python -m benchmarks steps epoch` runs only these sections, prints them, and leaves RESULTS.md as it is. So does
`make bench QUICK=1`, which runs all of them in three minutes, with smaller sizes and one round.
"""

import os
import platform
import sys
from pathlib import Path

import autograd
from nn.support.files import write_file

from .eager import derivatives, moons, program, size
from .machines import machines
from .peers import is_here, versions
from .plot import PICTURE, draw
from .recurrent_sections import recurrences
from .scalar_sections import barrier, black_scholes, pendulum, random_graphs
from .sections import compiling, digits, epoch, gpt, imports, steps
from .turns import QUICK, ROUNDS

SECTIONS = {
    section.__name__: section
    for section in (
        steps, gpt, random_graphs, pendulum, recurrences, black_scholes, barrier, compiling, epoch, machines, moons,
        derivatives, size, program, imports, digits,
    )
}  # fmt: skip
RESULTS = Path(__file__).with_name("RESULTS.md")


def main(names: list[str]) -> None:
    if unknown := set(names) - set(SECTIONS):
        raise SystemExit(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    if not autograd.is_compiled():
        raise SystemExit("the compiled core is not built, or GLASSGRAD_PURE is set: its numbers are what counts here")
    text = "\n\n".join([_heading(), *(SECTIONS[name]() for name in names or SECTIONS)]) + "\n"
    if not names and not QUICK:
        write_file(RESULTS, text)
        draw(text, PICTURE)
    print(text)


def _heading() -> str:
    picture = f"\n\n![Times beside ddx's interpreter, of random graphs and of a pendulum]({PICTURE.name})"
    return (
        "# Results\n\nWritten by `make bench`: "
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores. "
        "Libraries take turns in fresh processes, each on one core and in one thread, unless said; ratios are formed "
        f"within a round, and told as the median of {ROUNDS} rounds, or of 3 where a call takes seconds. {versions()}"
        f"{picture if is_here('ddx') else ''}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])

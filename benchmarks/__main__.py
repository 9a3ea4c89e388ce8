"""Run the benchmarks and write RESULTS.md: `make bench`.

`python -m benchmarks steps epoch` runs only these sections, prints them, and leaves RESULTS.md as it is.
"""

import os
import platform
import sys
from pathlib import Path

import autograd

from .eager import derivatives, moons, program, size
from .sections import compiling, digits, epoch, imports, steps
from .turns import ROUNDS

SECTIONS = {
    section.__name__: section
    for section in (steps, compiling, epoch, moons, derivatives, size, program, imports, digits)
}
RESULTS = Path(__file__).with_name("RESULTS.md")


def main(names: list[str]) -> None:
    if unknown := set(names) - set(SECTIONS):
        raise SystemExit(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    if not autograd.is_compiled():
        raise SystemExit("the compiled core is not built, or GLASSGRAD_PURE is set: its numbers are what counts here")
    text = "\n\n".join([_heading(), *(SECTIONS[name]() for name in names or SECTIONS)]) + "\n"
    if not names:
        RESULTS.write_text(text)
    print(text)


def _heading() -> str:
    return (
        "# Results\n\nWritten by `make bench`: "
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores. "
        "Libraries take turns in fresh processes; ratios are formed within a round, and told as the median of "
        f"{ROUNDS} rounds."
    )


if __name__ == "__main__":
    main(sys.argv[1:])

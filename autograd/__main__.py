"""`python -m autograd` says what the package is, and which build of it runs."""

from contextlib import suppress
from pathlib import Path

import autograd

PLAIN = "runs as plain Python; installed where there is a C compiler, it is many times faster"


def main() -> None:
    with suppress(BrokenPipeError):  # who reads has enough, as `head` does
        print(
            f"autograd {autograd.__version__}, of glassgrad, in {Path(autograd.__file__).parent}\n"
            f"{autograd.__doc__}\n"
            f"The engine {'is compiled' if autograd.is_compiled() else PLAIN}.\n"
            "With it, nn trains models, and viz draws graphs; on the command line: glassgrad --help",
            flush=True,
        )


if __name__ == "__main__":
    main()

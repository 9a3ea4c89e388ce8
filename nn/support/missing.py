"""What the installation brings, and an extra of it: is it there, and what to say where it is not."""

import sys
from importlib.util import find_spec

# The extra that brings a package, as pyproject.toml has it.
EXTRAS = {"matplotlib": "plots", "anywidget": "widget", "jax": "jax"}
BASE = ("numpy",)  # what is installed anyway, and missing in a page that has Python's standard library alone


def is_there(package: str) -> bool:
    """Whether a package is installed. It is not imported."""
    try:
        return find_spec(package) is not None
    except ValueError:  # None stands for it in sys.modules
        return False


def how_to_install(package: str) -> str:
    """The command that installs a package.

    >>> how_to_install("matplotlib")
    "pip install 'glassgrad[plots]'"
    """
    name = package if package in BASE else f"glassgrad[{EXTRAS[package]}]"
    if sys.platform == "emscripten":  # in a browser
        return f"await micropip.install({name!r})"
    return f"pip install {name if package in BASE else repr(name)}"


def need(package: str, what: str, instead: str = "") -> None:
    """Refuse to go on without a package.

    Args:
        package: of EXTRAS, or of BASE.
        what: needs it.
        instead: what can be done without it.

    Raises:
        ImportError: where it is not installed: with the command that installs it.
    """
    if not is_there(package):
        words = f"; {instead}" if instead else ""
        raise ImportError(f"{what} needs {package}: {how_to_install(package)}{words}", name=package)

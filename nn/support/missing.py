"""What an extra of the installation brings: is it there, and what to say where it is not."""

from importlib.util import find_spec

EXTRAS = {"matplotlib": "plots", "anywidget": "widget"}  # the extra that brings a package, as pyproject.toml has it


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
    return f"pip install 'glassgrad[{EXTRAS[package]}]'"


def need(package: str, what: str) -> None:
    """Refuse to go on without a package.

    Args:
        package: of EXTRAS.
        what: needs it.

    Raises:
        ImportError: where it is not installed: with the command that installs it.
    """
    if not is_there(package):
        raise ImportError(f"{what} needs {package}: {how_to_install(package)}", name=package)

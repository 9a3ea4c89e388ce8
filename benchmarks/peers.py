"""The other libraries: which of them are here, and in which version."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .turns import python

OLDEST_LLVM = 17  # for Dr.Jit, as in docs/scripts/accuracy_of_peers.py
PRINT_LLVM = "import drjit.llvm; print(drjit.detail.llvm_version()[0])"


@cache
def packages() -> list[str]:
    """Those of requirements.txt."""
    lines = Path(__file__).with_name("requirements.txt").read_text().splitlines()
    return [line.partition("==")[0] for line in lines if line and not line.startswith("#")]


@cache
def why_not(package: str) -> str | None:
    """Why this one is not measured; None if it is."""
    try:
        version(package)
    except PackageNotFoundError:
        return "is not installed, since there is no wheel of it for this Python and system"
    if package == "drjit" and int(python("-c", PRINT_LLVM)) < OLDEST_LLVM:
        return f"finds no LLVM {OLDEST_LLVM} or newer (`apt-get install libllvm19`)"
    return None


def is_here(library: str) -> bool:
    """Whether it can be measured; what is not in requirements.txt always can."""
    name = library.partition("-")[0]
    package = "ddx-ad" if name == "ddx" else name
    return package not in packages() or why_not(package) is None


def versions() -> str:
    """A sentence on what is here, and one on each package that is not."""
    there = ["numpy", "scipy", *filter(is_here, packages())]
    texts = [f"{package} {version(package).partition('+')[0]}" for package in there]
    missing = [f"{package} {why_not(package)}: it is left out." for package in packages() if not is_here(package)]
    return " ".join([f"Versions: {', '.join(texts)}.", *missing])

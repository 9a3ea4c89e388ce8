"""Which build of the engine runs: compiled by Cython, or the same files as plain Python.

`setup.py` reads this file too, on its own: it may import nothing of `autograd`.
"""

import os
import sys
from collections.abc import Callable
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from zlib import crc32

COMPILED = (  # these modules, all of them or none
    "conversion", "ieee", "keeping", "recording", "rules", "value", "nodes", "functions", "walks", "protocols",
    "copying", "parameters", "sweeps",
    "compiler.columns", "compiler.tape", "compiler.taping", "compiler.folding", "compiler.terms", "compiler.inlining",
    "compiler.sums", "compiler.classes", "compiler.grouping",
    "compiler.loops.repeats", "compiler.loops.turns", "compiler.loops.rolling",
)  # fmt: skip
CARRIER = "conversion"  # of them, which is imported first and carries the fingerprint
SHARED = "_shared"  # what Cython gives all modules, views of memory for instance: compiled once, and called by all
NATIVE = ("compiler.executors.native.machine", "compiler.executors.native.graph")  # of which there is no plain Python
NATIVE_FILES = (  # in the folder c/ beside them: what they include, and what is compiled with them
    "machine.h", "kernels.h", "kernels_of_type.h", "arithmetic.h", "scaled_products.h", "families.h", "lists.h",
    "lists_of_type.h", "small_products.h", "small_products_of_type.h", "both_types.h", "ufunc.h", "processors.h",
    "graph.h", "pinned.h", "flow.h", "adjoints.h", "many_rows.h", "one_row.h", "steps.h", "order.h", "arrays.h",
    "call.h", "rows.h", "rows.c", "elementary.h", "powers.h", "loops.h", "columns.h", "parts.h", "pairs.h", "places.h",
    "frames.h", "passing.h", "gather.h", "reading.pxi", "distinct.pxi", "running.pxi",
)  # fmt: skip
NATIVE_C = {"compiler.executors.native.graph": ("c/rows.c",)}  # what is compiled beside a module
LOOPS = (*NATIVE, "sweeps")  # whose loops are to become vector instructions
UPDATES = (  # what the updates in C are made of, and what stands beside them
    "updates.py", "rules_in_c/updates.py", "squares.h", "compiler/executors/native/c/processors.h",
)  # fmt: skip
RULE_BOOK = (  # what the rules in C are made of
    "operations.py", "formulas.py", "powers.py", "symbolic.py",
    "rules_in_c/lists.py", "rules_in_c/writer.py", "rules_in_c/header.py", "rules_in_c/__main__.py",
)  # fmt: skip


def asked(switch: str) -> bool:
    """Whether a switch is set in the environment, GLASSGRAD_PURE=1 for instance."""
    return os.environ.get(switch, "") not in ("", "0")


def fingerprint(package: Path) -> int:
    """Of the sources of the compiled modules, which the compiled core carries; 0 where they are not all there."""
    sources = [package / (name.replace(".", "/") + suffix) for name in COMPILED for suffix in (".py", ".pxd")]
    others = ("memory.h", "switch.h", "calls.h", *RULE_BOOK, *UPDATES)
    return _fingerprint([*sources, *[package / name for name in others]])


def native_fingerprint(package: Path) -> int:
    """Of the sources of what runs programs, as `fingerprint`."""
    modules = [package / (name.replace(".", "/") + ".pyx") for name in NATIVE]
    files = [modules[0].parent / "c" / name for name in NATIVE_FILES]
    return _fingerprint([*modules, *files, package / "switch.h", *[package / name for name in RULE_BOOK]])


def _fingerprint(sources: list[Path]) -> int:
    try:
        return crc32(b"".join(source.read_bytes() for source in sources).replace(b"\r\n", b"\n"))
    except FileNotFoundError:
        return 0


class _Plain:
    """Finds the modules of autograd as .py files, though compiled ones lie beside."""

    @staticmethod
    def find_spec(name: str, path: list[str] | None = None, target: ModuleType | None = None) -> object:
        if not name.startswith("autograd.") or not path:
            return None
        return FileFinder(next(iter(path)), (SourceFileLoader, SOURCE_SUFFIXES)).find_spec(name)


class ShownSignature:
    """What `inspect.signature` shows of a compiled class, which has none of its own: that of a function."""

    def __init__(self, function: Callable[..., None]) -> None:
        self._function = function

    def __get__(self, instance: object, owner: type) -> object:
        from inspect import signature  # who asks has imported it

        return signature(self._function)


def is_compiled() -> bool:
    """Whether the engine is compiled. If not, it is the same in plain Python, and slower.

    It is compiled at installation, where a C compiler is found; with GLASSGRAD_PURE=1 in the environment not, and with
    GLASSGRAD_REQUIRE_NATIVE=1 a failure is an error. GLASSGRAD_PURE=1 at run time lets the plain files run though
    there are compiled ones: to step through the engine in a debugger, for instance.

    >>> is_compiled() in (True, False)
    True
    """
    return not str(sys.modules["autograd.conversion"].__file__).endswith(".py")


def check(built_from: int) -> None:
    """Refuse a compiled core that was built from other sources than those beside it, or of which a part is missing.

    Args:
        built_from: the fingerprint of those sources; 0 where they run as they are.

    Raises:
        ImportError: which says what to do.
    """
    package = Path(__file__).parent
    there = [(package / (name.replace(".", "/") + EXTENSION_SUFFIXES[0])).exists() for name in (*COMPILED, SHARED)]
    if any(there) and not (all(there) and fingerprint(package) in (0, built_from)):
        raise ImportError(
            f"the compiled core in {package} was built from other sources than those that lie there: "
            "build it again (pip install -e ., or make install), or set GLASSGRAD_PURE=1 to run the plain Python"
        )


if __name__ == "autograd._build":
    if asked("GLASSGRAD_PURE"):
        sys.meta_path.insert(0, _Plain)  # type: ignore[arg-type]
    else:
        try:
            from .conversion import BUILT_FROM  # before anything else of the core
        except ImportError:
            check(0)  # a part is missing
            raise
        check(BUILT_FROM)
        if SHARED in sys.modules and sys.modules[SHARED] is sys.modules.get(f"autograd.{SHARED}"):
            del sys.modules[SHARED]  # Cython enters it by its short name, too, which may be another module's

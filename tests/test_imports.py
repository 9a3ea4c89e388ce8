"""Which way the imports point, those in functions too: the table is the map of the house, and there is no circle."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

HOUSE = {  # room: its modules, and the rooms that they may import besides their own, all of which stand above
    "markup": ("autograd.markup", ""),  # what notebooks show of a thing
    "engine": ("autograd", ""),
    "symbolic": ("autograd.symbolic", "engine"),
    "rules_in_c": ("autograd.rules_in_c", "engine symbolic"),  # setup.py runs it, and the engine never
    "compiler": ("autograd.compiler", "engine symbolic markup"),
    "compile": ("autograd.compilation", "compiler"),  # the function, which imports its compiler when it is called
    "autograd": ("autograd.__init__ autograd.__main__", "engine compile"),
    "shared": ("nn.support nn.history nn.moved", "markup"),
    "scalars": (
        "nn.module nn.mlp nn.perceptron nn.activations nn.initialization nn.losses nn.own",
        "markup engine autograd shared",
    ),
    "optim": ("nn.optim", "engine autograd shared"),
    "data": ("nn.data", "shared"),
    "unchanged": ("nn.training.unchanged", "engine autograd shared scalars"),
    "training": ("nn.training", "engine compiler autograd shared scalars optim data unchanged"),
    "nn": ("nn.__init__", "autograd shared scalars optim data training"),
    "graph": ("viz.graph", "markup engine autograd shared"),
    "programs": ("viz.programs", "compiler graph"),
    "plots": ("viz.plots", "shared scalars training nn"),
    "draw": ("viz.drawing viz.advice", "compiler autograd nn graph programs"),
    "explorer": ("viz.explorer", "markup engine symbolic compiler autograd shared scalars data nn graph programs draw"),
    "play": (
        "viz.play",
        "markup engine symbolic rules_in_c compiler autograd shared scalars optim data nn graph explorer",
    ),
    "viz": ("viz.__init__", "autograd nn plots draw explorer play"),
    "report": ("nn.report", "markup autograd shared scalars data training plots viz"),
    "cli": ("nn.cli nn.__main__", "engine autograd shared scalars optim data training explorer play report"),
}
LIGHT = (
    "symbolic",
    "autograd",
    "scalars",
    "nn",
)  # rooms that load nothing from outside, NumPy neither, when they are imported

ROOT = Path(__file__).parents[1]
FILES = [file.relative_to(ROOT).as_posix() for top in ("autograd", "nn", "viz") for file in (ROOT / top).rglob("*.py")]
IN_C = [file.relative_to(ROOT).as_posix() for file in (ROOT / "autograd").rglob("*.pyx")]  # these import none of ours


class Import(NamedTuple):
    """`module` imports `target`, a module of ours or a package from outside, at once or `later`."""

    module: str
    line: int
    target: str
    later: bool


def imports_of(texts: Mapping[str, str]) -> list[Import]:
    """All imports in files, {path: text}. The `__init__` of a package is a module of this name beside its others."""
    modules = {path.removesuffix(".py").replace("/", "."): text for path, text in texts.items()}
    modules |= {path.removesuffix(".pyx").replace("/", "."): "" for path in IN_C}
    found = []
    for module, text in modules.items():
        for statement, later in _statements(ast.parse(text), module.endswith(".__init__")):
            start = []
            if isinstance(statement, ast.ImportFrom):  # each dot is a step up; without one, it is from the top
                start = [*module.split(".")[: -statement.level], *filter(None, [statement.module])]
            for alias in statement.names:
                target = _module(".".join([*start, alias.name]), modules)
                found.append(Import(module, statement.lineno, target, later))
    return found


def _statements(node: ast.AST, is_init: bool, later: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """Without those for type checkers alone: these count in an `__init__`, whose `__getattr__` imports them."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, later
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            if is_init:
                yield from _statements(ast.Module(child.body, []), is_init, True)
            yield from _statements(ast.Module(child.orelse, []), is_init, later)
        else:
            yield from _statements(child, is_init, later or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))


def _module(name: str, modules: Mapping[str, str]) -> str:
    """The module in which this name is, or which it is; of what is from outside the package."""
    while name not in modules and f"{name}.__init__" not in modules and "." in name:
        name = name.rpartition(".")[0]
    return f"{name}.__init__" if f"{name}.__init__" in modules else name


def room_of(module: str) -> str | None:
    """The room that the most of its name stands for; None from outside."""
    rooms = {prefix: room for room, (prefixes, _) in HOUSE.items() for prefix in prefixes.split()}
    return rooms.get(max((prefix for prefix in rooms if f"{module}.".startswith(f"{prefix}.")), key=len, default=""))


def wrong_arrows(imports: list[Import]) -> list[str]:
    """The imports that the table does not allow."""
    allowed = {room: {None, room, *may_import.split()} for room, (_, may_import) in HOUSE.items()}
    return [
        f"{each.module}, line {each.line}, imports {each.target}"
        for each in imports
        if room_of(each.target) not in allowed.get(room_of(each.module), {None})
    ]


def circle(imports: list[Import]) -> list[str]:
    """Modules of which each imports the next one, from one back to it; [] where there is no circle."""
    graph = TopologicalSorter()
    for each in imports:
        graph.add(each.module, each.target)
    try:
        graph.prepare()
    except CycleError as error:
        return error.args[1][::-1]
    return []


def heavy(imports: list[Import]) -> list[str]:
    """The modules of light rooms with which something from outside is loaded, by whatever way."""
    at_once = []
    for each in imports:
        packages = [f"{each.target[: dot.start()]}.__init__" for dot in re.finditer(r"\.", each.target)]
        at_once += [(each.module, loaded) for loaded in (each.target, *packages) if not each.later]
    found = {loaded for _, loaded in at_once if room_of(loaded) is None} - sys.stdlib_module_names
    while more := {module for module, loaded in at_once if loaded in found} - found:
        found |= more
    return sorted(module for module in found if room_of(module) in LIGHT)


IMPORTS = imports_of({path: (ROOT / path).read_text("utf-8") for path in FILES})


def test_every_module_stands_in_a_room_and_rooms_below_those_that_they_may_import():
    assert [path for path in FILES if room_of(path.removesuffix(".py").replace("/", ".")) is None] == []
    rooms = list(HOUSE)
    assert [room for room in rooms if not {*HOUSE[room][1].split()} <= {*rooms[: rooms.index(room)]}] == []


def test_imports_point_the_right_way():
    assert wrong_arrows(IMPORTS) == []


def test_no_modules_import_each_other_in_a_circle():
    assert circle(IMPORTS) == []


def test_what_is_light_loads_nothing_heavy():
    assert heavy(IMPORTS) == []


# ------------------------------------------------------------------------------------------------- planted faults

IN_FUNCTION = "def f():\n  if 1:\n    "
TYPED = "from typing import TYPE_CHECKING\nif TYPE_CHECKING: "


def planted(files: dict[str, str]) -> list[Import]:
    """The imports of the house, all of it empty but for these files."""
    return imports_of(dict.fromkeys(FILES, "") | {f"{path}.py": text for path, text in files.items()})


@pytest.mark.parametrize(("path", "text", "target"), [
    ("autograd/value", "import nn", "nn.__init__"),
    ("autograd/value", IN_FUNCTION + "from viz.graph import draw_values", "viz.graph.__init__"),
    ("autograd/walks", "async " + IN_FUNCTION + "from .compiler import trace", "autograd.compiler.trace"),
    ("autograd/compiler/trace", "from .. import Value", "autograd.__init__"),
    ("nn/mlp", "class A:\n  def f(self):\n    from .training import fit", "nn.training.__init__"),
    ("nn/losses", "try: import viz.graph.values as graph\nfinally: pass", "viz.graph.values"),
    ("nn/training/training", TYPED + "pass\nelse: import viz", "viz.__init__"),
    ("viz/graph/values", "from ..programs.box import Box", "viz.programs.box"),
    ("viz/explorer/page", "import os, nn.cli", "nn.cli.__init__"),
])  # fmt: skip
def test_a_wrong_arrow_is_found(path, text, target):
    (found,) = wrong_arrows(planted({path: text}))
    assert found.endswith(f" imports {target}")


def test_other_arrows_are_right():
    imports = planted({
        "autograd/value": TYPED + "import viz", "nn/mlp": "import autograd.value, numpy", "viz/__init__": "import nn",
        "nn/module": IN_FUNCTION + "import nn.support.arrays",
        "viz/graph/values": "from .dot import a; from . import visible",
    })  # fmt: skip
    assert (wrong_arrows(imports), circle(imports)) == ([], [])


@pytest.mark.parametrize("files", [
    {"nn/mlp": "from .module import Module", "nn/module": IN_FUNCTION + "from . import losses, mlp"},
    {"nn/mlp": "from nn import fit", "nn/__init__": "from .mlp import MLP"},
    {"nn/optim/clipping": IN_FUNCTION + "import nn", "nn/__init__": TYPED + "from .optim.clipping import clip"},
    {"nn/support/files": "import nn.history", "nn/history": "import nn.support.arrays",
     "nn/support/arrays": "from .files import a"},
])  # fmt: skip
def test_a_circle_is_found(files):
    found = circle(planted(files))
    assert (found[0], len(found)) == (found[-1], len(files) + 1)


@pytest.mark.parametrize(("files", "found"), [
    ({"nn/mlp": "import numpy"}, ["nn.mlp"]),
    ({"nn/mlp": IN_FUNCTION + "import numpy", "nn/losses": "import math, nn.mlp"}, []),
    ({"nn/losses": "from .support.arrays import a", "nn/support/arrays": "import numpy as np"}, ["nn.losses"]),
    ({"nn/module": "from nn.optim.schedules import a", "nn/optim/__init__": "import scipy"}, ["nn.module"]),
])  # fmt: skip
def test_what_is_heavy_is_found(files, found):
    assert heavy(planted(files)) == found


def test_every_package_is_packed():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    found = {file.removesuffix("/__init__.py").replace("/", ".") for file in FILES if file.endswith("/__init__.py")}
    assert set(settings["tool"]["setuptools"]["packages"]) == found

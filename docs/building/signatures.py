"""The signatures of the reference: those of functions and methods that are made from the rule book stand in stubs."""

import ast
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

AUTOGRAD = Path(__file__).parents[2] / "autograd"


@cache
def of_stubs() -> dict[str, tuple[str, str]]:
    """By the full name: the arguments with their types, and the type of the result; of overloads the last."""
    functions = ast.parse((AUTOGRAD / "functions.pyi").read_text("utf-8")).body
    (value,) = (
        each for each in ast.parse((AUTOGRAD / "value.pyi").read_text("utf-8")).body
        if isinstance(each, ast.ClassDef)
    )  # fmt: skip
    found = {f"autograd.{each.name}": each for each in functions if isinstance(each, ast.FunctionDef)}
    found |= {f"autograd.Value.{each.name}": each for each in value.body if isinstance(each, ast.FunctionDef)}
    return {
        name: (f"({ast.unparse(each.args)})".replace("(self, ", "(").replace("(self)", "()"), ast.unparse(each.returns))
        for name, each in found.items()
        if each.returns
    }


def process(app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str, returns: str) -> Any:
    """What Sphinx asks of every object."""
    return of_stubs().get(name, (signature, returns))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-signature", process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

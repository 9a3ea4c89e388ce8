"""The signatures of the reference: those of functions and methods that are made from the rule book stand in stubs.

And what may be named is told by the name that lists of names have, such as LossName.
"""

import ast
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from nn.activations import ActivationName
from nn.initialization import InitializerName
from nn.losses import LossName
from nn.training.metrics import MetricName

NAMES = {
    "ActivationName": ActivationName,
    "InitializerName": InitializerName,
    "LossName": LossName,
    "MetricName": MetricName,
}
AUTOGRAD = Path(__file__).parents[2] / "autograd"


@cache
def of_stubs() -> dict[str, tuple[str, str]]:
    """By the full name: the arguments with their types, and the type of the result.

    Of the overloads of a function the last, of Values; of a method none, since its own signature says it all.
    """
    functions = ast.parse((AUTOGRAD / "functions.pyi").read_text("utf-8")).body
    (value,) = (
        each for each in ast.parse((AUTOGRAD / "value.pyi").read_text("utf-8")).body
        if isinstance(each, ast.ClassDef)
    )  # fmt: skip
    found = {f"autograd.{each.name}": each for each in functions if isinstance(each, ast.FunctionDef)}
    methods = [each for each in value.body if isinstance(each, ast.FunctionDef) and not each.decorator_list]
    found |= {f"autograd.Value.{each.name}".removesuffix(".__init__"): each for each in methods}
    return {name: (arguments(each), result(each)) for name, each in found.items()}


def arguments(function: ast.FunctionDef) -> str:
    """As they are called: without self."""
    function.args.args = [each for each in function.args.args if each.arg != "self"]
    return f"({ast.unparse(function.args)})"


def result(function: ast.FunctionDef) -> str:
    """The type of what it gives; "" for nothing."""
    written = ast.unparse(function.returns) if function.returns else "None"
    return "" if written == "None" else written


def process(app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str, returns: str) -> Any:
    """What Sphinx asks of every object."""
    if name in of_stubs():
        return of_stubs()[name]
    for alias, listed in NAMES.items():
        signature = signature and signature.replace(str(listed).removeprefix("typing."), alias)
    return signature, returns


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-signature", process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

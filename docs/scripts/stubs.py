"""The types of all operations, for type checkers and editors: `make stubs` writes them into two stubs of autograd.

From the rule book come the methods at the end of value.pyi, and all of functions.pyi but for what is written below.
Running it twice gives the same bytes; a test holds both files to what it gives.
"""

from pathlib import Path

from autograd.functions import _NUMPY_NAMES, _OF_LISTS, __all__
from autograd.operations import OPERATIONS, Operation
from nn.support.files import write_file

PACKAGE = Path(__file__).parents[2] / "autograd"
MARK = "    # made from the rule book\n"
FUNCTIONS = '''\
# mypy: disable-error-code="overload-overlap"
"""The functions of the rule book: of numbers alone a float, with a Value among them a Value: docs/scripts/stubs.py."""

from collections.abc import Iterable
from typing import Any, overload

from ._types import Number
from .operations import Operation
from .value import Value

__all__ = [
    {names},
]

def _evaluate(operation: Operation, operands: tuple, asked: str = "") -> Any: ...
def normalized(name: str, values: Iterable[Any]) -> tuple[tuple[Any, ...], Any]: ...
'''
LISTS = (  # written out in functions.py: name, operands, result, formula
    ("dot", "xs: Iterable[KIND], ys: Iterable[KIND]", "RESULT", OPERATIONS["dot"].formula),
    ("logsumexp", "values: Iterable[KIND]", "RESULT", OPERATIONS["logsumexp"].formula),
    ("take", "values: Iterable[KIND], index: KIND", "RESULT", OPERATIONS["take"].formula),
    (
        "softmax", "values: Iterable[KIND], temperature: KIND = 1.0", "list[RESULT]",
        "exp(xᵢ/T) / Σ exp(xⱼ/T) for every i",
    ),
    ("log_softmax", "values: Iterable[KIND]", "list[RESULT]", "xᵢ - ln Σ exp(xⱼ) for every i"),
)  # fmt: skip


def operands(operation: Operation, kind: str, first: str = "") -> str:
    """The operands with their types and defaults; `first` stands for the first of them."""
    names, defaults = operation.operands, operation.defaults
    texts = [f"{name}: {kind}" for name in names]
    for i, default in enumerate(defaults, start=len(names) - len(defaults)):
        texts[i] += f" = {default}"
    if first:
        texts[: not names[0].startswith("*")] = [first]
    return ", ".join(texts)


def function(name: str, operands: str, result: str, formula: str) -> str:
    """Both signatures of a function, of plain numbers and of Values, and its formula."""
    text = f"@overload\ndef {name}({operands}) -> {result}:"
    of_numbers = text.replace("KIND", "Number").replace("RESULT", "float")
    of_values = text.replace("KIND", "Value | Number").replace("RESULT", "Value")
    return f'{of_numbers}\n    """{formula}"""\n\n{of_values} ...\n'


def method(operation: Operation, name: str) -> str:
    """A method of Value, which is the first operand."""
    text = f"    def {name}({operands(operation, 'Value | Number', 'self')}) -> Value:"
    return f'{text}\n        """{operation.formula}"""\n'


def stubs() -> dict[Path, str]:
    """The text of each stub, by its place."""
    rules = [OPERATIONS[name] for name in __all__ if name in OPERATIONS and name not in _OF_LISTS]
    names = ",\n    ".join(f'"{name}"' for name in sorted(__all__))
    functions = [*LISTS, *[(rule.name, operands(rule, "KIND"), "RESULT", rule.formula) for rule in rules]]
    written = (PACKAGE / "value.pyi").read_text("utf-8").partition(MARK)
    methods = [method(rule, name) for rule in rules for name in (rule.name, _NUMPY_NAMES.get(rule.name)) if name]
    return {
        PACKAGE / "value.pyi": written[0] + MARK + "".join(methods),
        PACKAGE / "functions.pyi": FUNCTIONS.replace("{names}", names) + "".join(function(*each) for each in functions),
    }


if __name__ == "__main__":
    for path, text in stubs().items():
        write_file(path, text.encode())

"""The types of all operations, for type checkers and editors: `make stubs` writes them into two stubs of autograd.

From the rule book come the methods at the end of value.pyi, and all of functions.pyi but for what is written below.
Running it twice gives the same bytes; a test holds both files to what it gives.
"""

from pathlib import Path

from autograd.functions import _NUMPY_NAMES, _OF_LISTS, __all__
from autograd.operations import OPERATIONS, Operation
from nn.support.files import write_file

PACKAGE = Path(__file__).parents[1] / "autograd"
MARK = "    # made from the rule book\n"
FUNCTIONS = '''\
# mypy: disable-error-code="overload-overlap"
"""The functions of the rule book: of numbers alone a float, with a Value among them a Value. See docs/stubs.py."""

from collections.abc import Iterable
from typing import Any, overload

from ._types import Number
from .value import Value

__all__ = [
    {names},
]

def shifted(name: str, values: Iterable[Any]) -> list[Any]: ...
@overload
def dot(xs: Iterable[Number], ys: Iterable[Number]) -> float:
    """{dot}"""

@overload
def dot(xs: Iterable[Value | Number], ys: Iterable[Value | Number]) -> Value: ...
@overload
def logsumexp(values: Iterable[Number]) -> float:
    """{logsumexp}"""

@overload
def logsumexp(values: Iterable[Value | Number]) -> Value: ...
@overload
def take(values: Iterable[Number], index: Number) -> float:
    """{take}"""

@overload
def take(values: Iterable[Value | Number], index: Value | Number) -> Value: ...
@overload
def softmax(values: Iterable[Number], temperature: Number = 1.0) -> list[float]:
    """exp(xᵢ/T) / Σ exp(xⱼ/T) for every i"""

@overload
def softmax(values: Iterable[Value | Number], temperature: Value | Number = 1.0) -> list[Value]: ...
@overload
def log_softmax(values: Iterable[Number]) -> list[float]:
    """xᵢ - ln Σ exp(xⱼ) for every i"""

@overload
def log_softmax(values: Iterable[Value | Number]) -> list[Value]: ...
'''


def operands(operation: Operation, kind: str, first: str = "") -> str:
    """The operands with their types and defaults; `first` stands for the first of them."""
    names, defaults = operation.operands, operation.defaults
    texts = [f"{name}: {kind}" for name in names]
    for i, default in enumerate(defaults, start=len(names) - len(defaults)):
        texts[i] += f" = {default}"
    if first:
        texts[: not names[0].startswith("*")] = [first]
    return ", ".join(texts)


def function(operation: Operation) -> str:
    """Both signatures of an operation, and its formula."""
    return f'''\
@overload
def {operation.name}({operands(operation, "Number")}) -> float:
    """{operation.formula}"""

@overload
def {operation.name}({operands(operation, "Value | Number")}) -> Value: ...
'''


def method(operation: Operation, name: str) -> str:
    """A method of Value, which is the first operand."""
    text = f"    def {name}({operands(operation, 'Value | Number', 'self')}) -> Value:"
    return f'{text}\n        """{operation.formula}"""\n'


def stubs() -> dict[Path, str]:
    """The text of each stub, by its place."""
    rules = [OPERATIONS[name] for name in __all__ if name in OPERATIONS and name not in _OF_LISTS]
    names = ",\n    ".join(f'"{name}"' for name in sorted(__all__))
    functions = FUNCTIONS.replace("{names}", names)
    for name in _OF_LISTS:
        functions = functions.replace(f"{{{name}}}", OPERATIONS[name].formula)
    written = (PACKAGE / "value.pyi").read_text("utf-8").partition(MARK)
    methods = [method(rule, name) for rule in rules for name in (rule.name, _NUMPY_NAMES.get(rule.name)) if name]
    return {
        PACKAGE / "value.pyi": written[0] + MARK + "".join(methods),
        PACKAGE / "functions.pyi": functions + "".join(map(function, rules)),
    }


if __name__ == "__main__":
    for path, text in stubs().items():
        write_file(path, text.encode())

"""How a check says what is wrong: it yields it, and the first complaint is the error. What comes after is not run."""

from collections.abc import Iterator, Sequence
from math import inf
from typing import TypeAlias

from ...operations import OPERATIONS, Operation

Complaints: TypeAlias = Iterator[str]


class VerificationError(AssertionError):
    """A pass gave something that it must not give. The message says where, and what is wrong there."""


def refuse(where: str, complaints: Complaints) -> None:
    """Raise the error for the first complaint, if there is one."""
    for wrong in complaints:
        raise VerificationError(f"{where}: {wrong}")


def of_signs(signs: Sequence[int]) -> Complaints:
    if not set(signs) <= {1, -1}:
        yield f"signs {list(signs)} that are not 1 and -1"


def fits(operation: Operation, count: int) -> bool:
    """Whether it is an operation of the rule book, which can have so many operands."""
    least, most = _COUNTS.get(operation.name, (0.0, -inf))
    return least <= count <= most and OPERATIONS[operation.name] is operation


_COUNTS: dict[str, tuple[float, float]] = {
    name: (len(names), inf if names[-1].startswith("*") else len(names))
    for name, names in [(name, operation.operands) for name, operation in OPERATIONS.items()]
}

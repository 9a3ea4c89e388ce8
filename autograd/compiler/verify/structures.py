"""The structures that passes return, and what checks each."""

from collections.abc import Callable
from typing import Any, TypeVar

from ..buffers import Buffers
from ..classes import Classes
from ..program import Program
from ..tape import Tape
from .graphs import verify_classes, verify_tape
from .memory import verify_buffers
from .programs import verify_program

S = TypeVar("S")


def checked(structure: S) -> S:
    """The same structure, which is what it must be.

    Raises:
        VerificationError: if it is not.

    >>> from ..trace import trace
    >>> tape, _ = trace(lambda x, w: w * x, [(), ()])
    >>> checked(tape) is tape
    True
    >>> tape.of.array()[-1] = 3
    >>> checked(tape)
    Traceback (most recent call last):
    autograd.compiler.verify.complaints.VerificationError: node 2 = mul(0, 3): operand 3 is no node before it
    """
    _VERIFY[type(structure)](structure)
    return structure


_VERIFY: dict[type, Callable[[Any], None]] = {
    Tape: verify_tape, Classes: verify_classes, Program: verify_program, Buffers: verify_buffers,
}  # fmt: skip

"""What a step reads: its operands, of a table of positions only what that lists."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from autograd.compiler import kinds
from autograd.compiler.program import Step
from autograd.compiler.views import Operand

Read: TypeAlias = Iterator[tuple[Operand, np.ndarray | None]]  # by a step, in order; with a table only what that lists


def operands_of(step: Step) -> Read:
    return _READ.get(type(step.kind), _all)(step, step.kind)


def _all(step: Step, kind: kinds.Kind) -> Read:
    yield from ((operand, None) for operand in step.operands)


def _views(step: Step, kind: kinds.Kind) -> Read:
    yield from ((view, None) for view in step.views)


def _of_gather(step: Step, kind: kinds.Gather) -> Read:
    yield step.views[0], kind.table


def _of_take(step: Step, kind: kinds.Take) -> Read:
    index, values = step.views
    yield index, None
    yield values, kind.table


_READ: Mapping[type[kinds.Kind], Any] = {kinds.Gather: _of_gather, kinds.Take: _of_take, kinds.Partial: _views}

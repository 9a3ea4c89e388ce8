"""From a program to the pure functions that compute it, by their text."""

import linecache
import weakref
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from ...kinds import Constants
from ...program import Program, Role, Space
from ...pullback import Pullback
from ...views import View
from . import loops  # noqa: F401  # which enters them into the table by kind
from .pieces import Block, blocks_of
from .refs import joined
from .steps import write_steps
from .writer import Writer

_serials = count(1)  # of the sources, in tracebacks


class Text(NamedTuple):
    """A function that is written, and what its text refers to besides `kernels`."""

    source: str
    names: dict[str, Any]


def forward_of(program: Program) -> Text:
    """(p, x0, …) -> (outputs, whether all indices of takes are good ones, or None where there are no takes)."""
    writer = _begun(program)
    write_steps(writer, range(len(program.leaves) + len(program.steps)))
    return _finished(writer, "forward", [joined(writer.outputs(Space.ROW)).text])


def both_of(program: Program) -> Text:
    """(p, x0, …) -> (outputs, gradient, whether all indices are good ones), of a program with its adjoint."""
    writer = _begun(program)
    write_steps(writer, range(len(program)))
    assert program.gradient is not None
    return _finished(writer, "both", [joined(writer.outputs(Space.ROW)).text, writer.flat(program.gradient).text])


def keeping_of(program: Program, kept: Sequence[int]) -> Text:
    """(p, x0, …) -> (outputs, these values)."""
    writer = _begun(program)
    write_steps(writer, range(len(program.leaves) + len(program.steps)))
    values = ", ".join([writer.whole(value).text for value in kept])
    return _finished(writer, "forward", [joined(writer.outputs(Space.ROW)).text, f"({values}{',' * bool(kept)})"])


def pullback_of(pullback: Pullback, kept: Sequence[int]) -> Text:
    """(p, x0, …, kept values, dy, which of them flow) -> what goes back to the parameters and each input, or None."""
    program, forward = pullback.program, pullback.forward
    writer = _begun(program)
    given = [pullback.dy] if pullback.flows is None else [pullback.dy, pullback.flows]
    writer.called = dict(zip(given, ("dy", "flows"), strict=False))
    leaves = (forward.parameters, *forward.inputs.values())
    for value in leaves:
        view = pullback.adjoints.get(value)
        if view is not None and program.named(view.value, Role.ADJOINT):
            writer.called.setdefault(view.value, f"d{writer.name(value)}")  # the names of leaves have the same numbers
    constants = [value for value in forward.leaves.values if isinstance(forward.kind(value), Constants)]
    for values in (constants, range(len(forward), len(program))):
        write_steps(writer, values)
    results = []
    for value in leaves:
        view = pullback.adjoints.get(value)
        shape = writer.shape(value)
        results.append("None" if view is None else writer.ref(view).spread(shape).text)
    arguments = [*[writer.name(value) for value in kept], *[writer.name(value) for value in given]]
    return _finished(writer, "backward", [f"({', '.join(results)},)"], arguments)


def kept_of(*pullbacks: Pullback) -> list[int]:
    """The values that are computed forward, and read backward."""
    found = set[int]()
    for pullback in pullbacks:
        program, end = pullback.program, len(pullback.forward)
        for value in range(end, len(program)):
            found.update([view.value for view in program.step(value).views if view.value < end])
        found.update([view.value for view in pullback.adjoints.values() if view.value < end])
    begin = len(pullbacks[0].forward.leaves)
    return sorted([value for value in found if value >= begin])


def weighted_of(program: Program) -> Text:
    """(p, x0, …, weights) -> the same, but the gradient is not that of the mean: each row counts as it weighs.

    p and the gradient are tuples, of the blocks that `blocks_of` says.
    """
    blocks, gradient = blocks_of(program), program.gradient
    writer = _begun(program, blocks)
    writer.weighted = True
    write_steps(writer, range(len(program)))
    assert gradient is not None
    root = program.outputs[0]  # the loss
    same = isinstance(root, float) or not program.space[root[0]]  # for every row
    parts = [
        writer.part(View(gradient, block.low, (block.high - block.low,), (1,)))[0].reshaped(block.shape).text
        + " * sum(weights)" * same
        for block in blocks
    ]
    return _finished(writer, "weighted", [joined(writer.outputs(Space.ROW)).text, f"({', '.join(parts)},)"])


def _begun(program: Program, blocks: Sequence[Block] = ()) -> Writer:
    writer = Writer(program, {})
    if blocks:
        writer.begin_blocks(blocks)
        writer.lines.append(f"{', '.join([f'p{n}' for n in range(len(blocks))])}, = p")
    inputs = list(program.inputs.values())
    if inputs or blocks:
        writer.lines.append(f"rows = len({writer.name(inputs[0]) if inputs else 'weights'})")
    writer.lines.append(f"dtype = p{'0' * bool(blocks)}.dtype")
    return writer


def _finished(writer: Writer, name: str, results: list[str], further: Sequence[str] = ()) -> Text:
    program = writer.program
    arguments = ["p", *[writer.name(value) for value in program.inputs.values()], *further]
    if writer.weighted:
        arguments.append("weights")
    elif not program.inputs:
        arguments.append("rows=1")
    checks = " & ".join([f"{each}.all()" for each in writer.checks]) or "None"
    head = f"def {name}({', '.join(arguments)}):"
    lines = [head, *writer.lines, f"return {', '.join([*results, checks])}"]
    return Text("\n    ".join(lines) + "\n", writer.names)


def made(text: Text, name: str) -> Callable[..., Any]:
    """The function of a text, which shows in tracebacks and profiles."""
    from .kernels import NAMES

    file = f"<jax {name} {next(_serials)}>"
    linecache.cache[file] = (len(text.source), None, text.source.splitlines(keepends=True), file)
    names = NAMES | text.names
    exec(compile(text.source, file, "exec"), names)
    function = names[name]
    weakref.finalize(function, linecache.cache.pop, file, None)
    return function


class Functions:
    """The functions of one program, each written when it is first asked for."""

    def __init__(self) -> None:
        self.texts: dict[str, Text] = {}
        self.pure: dict[str, Callable[..., Any]] = {}
        self.compiled: dict[str, Callable[..., Any]] = {}


_WRITTEN: WeakKeyDictionary[Program, Functions] = WeakKeyDictionary()
_TEXTS: dict[str, Callable[[Program], Text]] = {
    "forward": forward_of, "both": both_of, "weighted": weighted_of,
}  # fmt: skip


def _functions_of(program: Program) -> Functions:
    found = _WRITTEN.get(program)
    if found is None:
        found = _WRITTEN[program] = Functions()
    return found


def text(program: Program, name: str) -> Text:
    """The text of "forward", "both" or "weighted"."""
    texts = _functions_of(program).texts
    if name not in texts:
        texts[name] = _TEXTS[name](program)
    return texts[name]


def pure(program: Program, name: str) -> Callable[..., Any]:
    """One of these functions of a program: of the parameters, and the inputs, (rows, numbers)."""
    found = _functions_of(program).pure
    if name not in found:
        found[name] = made(text(program, name), name)
    return found[name]


def compiled(program: Program, name: str) -> Callable[..., Any]:
    """The same, compiled by XLA at the first call with so many rows."""
    import jax

    found = _functions_of(program).compiled
    if name not in found:
        found[name] = jax.jit(pure(program, name), static_argnames=() if program.inputs else "rows")
    return found[name]

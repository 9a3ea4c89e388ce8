"""The book of updates as JavaScript: how the page's optimizers move, read as the C of the compiled core is."""

from collections.abc import Iterator
from typing import Any

from autograd.rules_in_c.updates import Branch, Given, read_update
from autograd.symbolic import NEGATIVE, Symbol, in_order
from autograd.updates import UPDATES, Update

_BINARY = {"+": "+", "-": "-", "*": "*", "div": "/"}
_CALLED = {"sqrt": "Math.sqrt", "sign": "Math.sign", NEGATIVE: "-"}


def updates_in_javascript() -> str:
    """The JavaScript that defines UPDATES, an object with an entry for every update, by its name.

    An entry has the fields

        arrays, numbers   the names of what it takes
        move(n, …)        moves the first n numbers of the arrays; … are the list of these, and that of the numbers

    Raises:
        ValueError: when JavaScript cannot say an update.

    >>> print(updates_in_javascript().splitlines()[1])
    sgd: { arrays: ["grad", "data", "velocity"], numbers: ["lr", "momentum", "nesterov", "weight_decay"],
    """
    return "\n".join(["const UPDATES = {", *map(_entry, UPDATES.values()), "};"])


def _entry(update: Update) -> str:
    """The entry of one update.

    >>> from autograd.updates import penalty
    >>> print(_entry(penalty))
    penalty: { arrays: ["data", "grad"], numbers: ["l1", "l2"],
      move(n, [data, grad], [l1, l2]) {
        for (let i = 0; i < n; i++) {
          const t1 = Math.sign(data[i]);
          const t2 = l1 * t1;
          const t3 = 2.0 * l2;
          const t4 = t3 * data[i];
          const t5 = t2 + t4;
          const t6 = grad[i] + t5;
          grad[i] = t6;
        }
      } },
    """
    quoted = [", ".join(f'"{name}"' for name in names) for names in (update.arrays, update.numbers)]
    given = f"[{', '.join(update.arrays)}], [{', '.join(update.numbers)}]"
    head = f"{update.name}: {{ arrays: [{quoted[0]}], numbers: [{quoted[1]}],\n  move(n, {given}) {{"
    return "\n".join([head, *[f"    {line}" for line in _ways(update, read_update(update))], "  } },"])


def _ways(update: Update, way: tuple | Branch) -> Iterator[str]:
    """The lines for every way through the formula."""
    if not isinstance(way, Branch):
        yield from _loop(update.arrays[-len(way) :], way)
        return
    for begin, each in ((f"if ({way.name} !== 0) {{", way.holds), ("} else {", way.fails)):
        yield begin
        yield from [f"  {line}" for line in _ways(update, each)]
    yield "}"


def _loop(names: tuple[str, ...], results: tuple) -> Iterator[str]:
    """The lines of one way: one for each operation, then what is written."""
    texts: dict[int, str] = {}

    def text(x: Any) -> str:
        return texts[id(x)] if isinstance(x, Symbol) else repr(x)

    yield "for (let i = 0; i < n; i++) {"
    count = 0
    for symbol in in_order(results):
        if isinstance(symbol, Given):
            texts[id(symbol)] = f"{symbol.name}[i]" if symbol.is_array else symbol.name
        else:
            count += 1
            yield f"  const t{count} = {_operation(symbol.function, [text(x) for x in symbol.arguments])};"
            texts[id(symbol)] = f"t{count}"
    for name, result in zip(names, results, strict=True):
        if not isinstance(result, Given):
            yield f"  {name}[i] = {text(result)};"
    yield "}"


def _operation(function: str, operands: list[str]) -> str:
    if function in _BINARY:
        return f" {_BINARY[function]} ".join(operands)
    if function not in _CALLED:
        raise ValueError(f"it calls m.{function}, which an update in JavaScript does not have")
    return f"{_CALLED[function]}({operands[0]})"

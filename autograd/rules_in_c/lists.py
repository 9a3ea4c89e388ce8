"""A rule as one program for C: equal expressions are one Symbol, and those that a list has one of each are loops.

A list has no fixed length. So its rule is read with a few members, and what is the same of every one of them, but for
the member, is taken for a family: the terms of a sum, the partial derivatives. That this is what the rule says of other
lengths, too, is not assumed: the rule is read again with other numbers of members, and must be the same.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..operations import Operation
from ..symbolic import OPERAND, RESULT, Symbol, in_order, on_numbers, read_rule

MEMBER, POSITION = "member", "position"  # of the list that a loop goes over: what stands there, and where, from 0
OF_ALL = {"total": "total of all", "maximum": "maximum of all", "minimum": "minimum of all"}  # of a family
_MEMBERS = 5  # as many as no rule has operands by itself
_OTHERS = (1, 2, 3)


class Unwritable(ValueError):
    """The rule is not one that can be written in C: it stays with Python."""


class Program(NamedTuple):
    """What an operation computes.

    Attributes:
        operands: how many it has before the list.
        lists: 0, or how many lists of one length follow: `dot` has two.
        value, partials: Symbols and numbers. The partial derivatives by the members of a list are one family.
    """

    operands: int
    lists: int
    value: Any
    partials: list[Any]


class _Sharing:
    """Makes Symbols, of those that are equal the same one."""

    def __init__(self) -> None:
        self._known: dict[tuple, Symbol] = {}

    def symbol(self, function: str, *arguments: Any) -> Any:
        if function not in (OPERAND, MEMBER, POSITION) and not any(isinstance(a, Symbol) for a in arguments):
            return float(on_numbers(function, arguments))
        key = (function, *[id(a) if isinstance(a, Symbol) else repr(a) for a in arguments])
        if key not in self._known:
            self._known[key] = Symbol(function, *arguments)
        return self._known[key]

    def rewritten(self, x: Any, leaf: Callable[[Symbol], Any]) -> Any:
        """The expression x, with `leaf` for what is given."""
        done: dict[int, Any] = {}
        for symbol in in_order([x]):
            if symbol.function in (OPERAND, RESULT):
                done[id(symbol)] = leaf(symbol)
            else:
                arguments = [done[id(a)] if isinstance(a, Symbol) else a for a in symbol.arguments]
                done[id(symbol)] = self.symbol(symbol.function, *arguments)
        return done[id(x)] if isinstance(x, Symbol) else x

    def read(self, operation: Operation, operands: int) -> list[Any]:
        """The value and the partial derivatives, which use the value."""
        rule = read_rule(operation, operands)

        def given(symbol: Symbol) -> Any:
            return value if symbol.function == RESULT else self.symbol(OPERAND, *symbol.arguments)

        value: Any = None
        value = self.rewritten(rule.value, given)
        return [value, *[self.rewritten(partial, given) for partial in rule.partials]]


def program(operation: Operation) -> Program:
    """What the operation computes, read from the rule book.

    Raises:
        Unwritable: when C cannot say it.
    """
    names = operation.operands
    sharing = _Sharing()
    try:
        if not names or not names[-1].startswith("*"):
            value, *partials = sharing.read(operation, len(names))
            return Program(len(names), 0, value, partials)
    except ValueError as error:
        raise Unwritable(str(error)) from error
    reasons = []
    for lists in (1, 2):
        try:
            return _Rolling(sharing, len(names) - 1, lists).program(operation)
        except ValueError as error:
            reasons.append(str(error))
    raise Unwritable("; ".join(reasons))


def _same(a: Any, b: Any) -> bool:
    return a is b if isinstance(a, Symbol) or isinstance(b, Symbol) else repr(a) == repr(b)  # -0.0 is not 0.0


class _Rolling:
    """Reads the rule of an operation on lists."""

    def __init__(self, sharing: _Sharing, operands: int, lists: int) -> None:
        self._sharing, self._operands, self._lists = sharing, operands, lists

    def program(self, operation: Operation) -> Program:
        value, *partials = self._read(operation, _MEMBERS)
        first, of_lists = partials[: self._operands], partials[self._operands :]
        families = [self._family(of_lists[i : i + _MEMBERS]) for i in range(0, len(of_lists), _MEMBERS)]
        rolled = Program(self._operands, self._lists, self._rolled(value), [*map(self._rolled, first), *families])
        for members in _OTHERS:
            if not all(_same(a, b) for a, b in self._compared(operation, rolled, members)):
                raise Unwritable(f"with {members} members, {operation.name} is not what it is with {_MEMBERS}")
        return rolled

    def _read(self, operation: Operation, members: int) -> list[Any]:
        return self._sharing.read(operation, self._operands + self._lists * members)

    def _rolled(self, x: Any) -> Any:
        """What does not depend on a member, with loops for what it says of all of them."""
        if not isinstance(x, Symbol):
            return x
        if x.function == OPERAND:
            if x.arguments[0] >= self._operands:
                raise Unwritable("it asks for one member of a list")
            return x
        if x.function in OF_ALL and len(x.arguments) == _MEMBERS:
            return self._sharing.symbol(OF_ALL[x.function], self._family(x.arguments))
        if x.function == "take":
            return self._sharing.symbol("take", self._rolled(x.arguments[0]), self._family(x.arguments[1:]))
        return self._sharing.symbol(x.function, *map(self._rolled, x.arguments))

    def _family(self, each: Sequence[Any]) -> Any:
        """What the members of a list have one of each."""
        first = each[0]
        if all(x is first for x in each) or not isinstance(first, Symbol):
            if not isinstance(first, Symbol) and list(each) == list(range(_MEMBERS)):
                return self._sharing.symbol(POSITION)
            if not all(_same(x, first) for x in each):
                raise Unwritable("what it says of the members of a list differs")
            return self._rolled(first)
        if len(each) != _MEMBERS or any(not isinstance(x, Symbol) or x.function != first.function for x in each):
            raise Unwritable("what it says of the members of a list differs")
        if first.function == OPERAND:
            which, rest = divmod(first.arguments[0] - self._operands, _MEMBERS)
            if rest or [x.arguments[0] - first.arguments[0] for x in each] != list(range(_MEMBERS)):
                raise Unwritable("it takes the members of a list in another order")
            return self._sharing.symbol(MEMBER, float(which))
        columns = zip(*[x.arguments for x in each], strict=True)
        return self._sharing.symbol(first.function, *map(self._family, columns))

    def _compared(self, operation: Operation, rolled: Program, members: int) -> list[tuple]:
        """What the operation computes of so many members, and what the loops make of it."""
        unrolled = [self._unrolled(rolled.value, members, 0)]
        for i, partial in enumerate(rolled.partials):
            turns = members if i >= rolled.operands else 1
            unrolled += [self._unrolled(partial, members, turn) for turn in range(turns)]
        read = self._read(operation, members)
        return list(zip(read, unrolled, strict=True))

    def _unrolled(self, x: Any, members: int, turn: int) -> Any:
        if not isinstance(x, Symbol) or x.function == OPERAND:
            return x
        if x.function == MEMBER:
            return self._sharing.symbol(OPERAND, self._operands + int(x.arguments[0]) * members + turn)
        if x.function == POSITION:
            return float(turn)
        of_all = {name: function for function, name in OF_ALL.items()}.get(x.function)
        if of_all or x.function == "take":
            terms = [self._unrolled(x.arguments[-1], members, each) for each in range(members)]
            index = [] if of_all else [self._unrolled(x.arguments[0], members, turn)]
            return self._sharing.symbol(of_all or "take", *index, *terms)
        return self._sharing.symbol(x.function, *[self._unrolled(a, members, turn) for a in x.arguments])

"""A program (see lists.py) as a function of C."""

from collections import Counter
from collections.abc import Iterable
from math import inf
from typing import Any

from ..symbolic import ABSOLUTE, COMPARISONS, NEGATIVE, OPERAND, Symbol, in_order
from .lists import MEMBER, OF_ALL, POSITION, Program, Unwritable

# What ieee.py does by asking first, C does by itself.
OF_C = frozenset((
    "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "erf",
    "atan2", "floor",
))  # fmt: skip
_CHOICE, _COMPARISON, _SUM, _PRODUCT, _SIGN, _WHOLE = range(6)  # how tightly a text holds together
_BINARY = {"+": (_SUM, "+"), "-": (_SUM, "-"), "*": (_PRODUCT, "*"), "div": (_PRODUCT, "/")}
_BINARY |= {comparison: (_COMPARISON, comparison) for comparison in COMPARISONS}
_OF_TWO = {"maximum": "largest", "minimum": "smallest"}
_BEFORE_ALL = {"total": "-0.0", "maximum": "-INFINITY", "minimum": "INFINITY"}  # what changes no number
_REDUCTIONS = {name: function for function, name in OF_ALL.items()}
_CHEAP = COMPARISONS | {OPERAND, MEMBER, POSITION, NEGATIVE, ABSOLUTE, "+", "-", "*", "where", "total"}
_INDENT = "    "
_DEEPEST = 5  # operators inside each other; what is deeper gets a name

Guard = frozenset[tuple[int, bool]]  # conditions, by the ids of their Symbols, and whether they hold: all of them


def is_given(symbol: Symbol) -> bool:
    return symbol.function in (OPERAND, MEMBER, POSITION)


def _is_simple(symbol: Symbol) -> bool:
    """Whether a name for it would be no shorter: what is given, and its comparison with a number."""
    parts = symbol.arguments if symbol.function in COMPARISONS else [symbol]
    return all(not isinstance(part, Symbol) or is_given(part) for part in parts)


class Writer:
    """Writes what a program computes.

    What is used more than once, or is deep, gets a name. A name that is used only where a condition holds is computed
    only there.

    Args:
        operands: the names of the operands before the list.
        functions: those of ieee.py that are compiled.
    """

    def __init__(self, program: Program, operands: list[str], functions: Iterable[str]) -> None:
        self.lines: list[str] = []
        self.stored = 0  # lists of numbers that are kept from one loop to a later one
        self._program, self._operands, self._functions = program, operands, frozenset(functions)
        self._results = [program.value, *program.partials]
        self._order = in_order(self._results)
        self._families = self._which_are_families()
        self._loops = self._which_loops()
        self._guards = self._when_needed()
        self._named = self._which_have_names()
        self._texts: dict[int, tuple[str, int]] = {}  # of a Symbol, by its id: its text, and how tightly it holds
        self._kept: dict[int, str] = {}  # of a family that a later loop needs again: where
        self._names = 0

    # ------------------------------------------------------------------------------------------- before it is written

    def _which_are_families(self) -> set[int]:
        """What there is one of for every member."""
        families: set[int] = set()
        for symbol in self._order:
            inside = any(id(a) in families for a in symbol.arguments) and symbol.function not in _REDUCTIONS
            if symbol.function in (MEMBER, POSITION) or (inside and symbol.function != "take"):
                families.add(id(symbol))
        return families

    def _which_loops(self) -> dict[int, list[int]]:
        """Of what a loop is over: the loops that need it, by the ids of their Symbols; the last one is 0."""
        loops: dict[int, list[int]] = {}
        ends = [(id(symbol), symbol.arguments[0]) for symbol in self._order if symbol.function in _REDUCTIONS]
        ends += [(0, partial) for partial in self._program.partials[self._program.operands :]]
        for loop, end in ends:
            stack = [end]
            while stack:
                x = stack.pop()
                if isinstance(x, Symbol) and id(x) in self._families and loop not in loops.setdefault(id(x), []):
                    loops[id(x)].append(loop)
                    stack += x.arguments
        return loops

    def _when_needed(self) -> dict[int, Guard]:
        """The conditions under which each Symbol is needed: those of all its uses."""
        guards: dict[int, Guard] = {id(x): frozenset() for x in self._results if isinstance(x, Symbol)}
        for symbol in reversed(self._order):
            here = guards[id(symbol)]
            for i, argument in enumerate(symbol.arguments):
                if isinstance(argument, Symbol):
                    branch = symbol.function == "where" and i > 0
                    there = here | {(id(symbol.arguments[0]), i == 1)} if branch else here
                    if symbol.function in _REDUCTIONS:
                        there = frozenset()
                    guards[id(argument)] = guards.get(id(argument), there) & there
        return guards

    def _which_have_names(self) -> set[int]:
        uses = Counter(id(a) for symbol in self._order for a in symbol.arguments if isinstance(a, Symbol))
        uses.update(id(x) for x in self._results if isinstance(x, Symbol))
        named: set[int] = set()
        depths: dict[int, int] = {}
        for symbol in self._order:
            depth = 1 + max((depths[id(a)] for a in symbol.arguments if isinstance(a, Symbol)), default=0)
            if not _is_simple(symbol) and (uses[id(symbol)] > 1 or depth > _DEEPEST or symbol.function in _REDUCTIONS):
                named.add(id(symbol))
                depth = 0
            depths[id(symbol)] = 0 if is_given(symbol) else depth
            if id(symbol) in self._families:  # what all members have alike is computed before the loop
                outside = [a for a in symbol.arguments if isinstance(a, Symbol) and id(a) not in self._families]
                named |= {id(a) for a in outside if not _is_simple(a)}
        return named

    # --------------------------------------------------------------------------------------------------- the function

    def write(self, result: str) -> None:
        """The lines of the function: the value as `result`, the partial derivatives in d[0], d[1], …"""
        program = self._program
        for symbol in self._order:
            if id(symbol) not in self._families:
                self._write(symbol, _INDENT, result if symbol is program.value else "")
        if not isinstance(program.value, Symbol) or self._texts[id(program.value)][0] != result:
            self.lines.append(f"    const double {result} = {self.number(program.value)};")
        for i, partial in enumerate(program.partials[: program.operands]):
            self.lines.append(f"    d[{i}] = {self.number(partial)};")
        families = program.partials[program.operands :]
        if families:
            before = f"{program.operands} + " if program.operands else ""
            self._loop(0, families)
            for which, partial in enumerate(families):
                self.lines.append(f"        d[{before}{_member(which)}] = {self.number(partial)};")
            self.lines.append("    }")
        self.lines.append(f"    return {result};")

    def _write(self, symbol: Symbol, indent: str, name: str = "") -> None:
        """Find the text of a Symbol, after those of its arguments; and give it a name where it has one."""
        if symbol.function in _REDUCTIONS:
            self._reduce(symbol, name or self._new_name())
            return
        text, binding = self._expression(symbol)
        if id(symbol) in self._named or name:
            kind = "int" if symbol.function in COMPARISONS and not name else "double"
            name = name or self._new_name()
            guard = self._guard(symbol) if symbol.function not in _CHEAP else []
            if guard:
                text = f"{' && '.join(guard)} ? {text if binding > _CHOICE else f'({text})'} : 0.0"
            self.lines.append(f"{indent}const {kind} {name} = {text};")
            text, binding = name, _WHOLE
        self._texts[id(symbol)] = text, binding

    def _guard(self, symbol: Symbol) -> list[str]:
        """The conditions under which it is needed, as far as they are known by then."""
        guard = self._guards[id(symbol)]
        known = [
            each for each in self._order if id(each) in self._texts and {(id(each), True), (id(each), False)} & guard
        ]
        texts = map(self._condition, known)
        return [text if (id(each), True) in guard else f"!({text})" for each, text in zip(known, texts, strict=True)]

    def _new_name(self) -> str:
        self._names += 1
        return f"t{self._names}"

    # -------------------------------------------------------------------------------------------------------- loops

    def _loop(self, loop: int, results: list[Any]) -> None:
        """The beginning of a loop over the members, and the names that it needs."""
        self.lines.append("    for (Py_ssize_t i = 0; i < n; i++) {")
        self._members(loop, results)

    def _members(self, loop: int, results: list[Any]) -> None:
        for symbol in in_order(results):
            if id(symbol) not in self._families:
                continue
            if id(symbol) in self._kept:
                self._texts[id(symbol)] = self._kept[id(symbol)], _WHOLE
                continue
            self._write(symbol, _INDENT * 2)
            if id(symbol) in self._named and loop != self._loops[id(symbol)][-1] and symbol.function not in COMPARISONS:
                self._kept[id(symbol)] = f"t[{'' if not self.stored else f'{self.stored} * n + '}i]"
                self.stored += 1
                self.lines.append(f"{_INDENT * 2}{self._kept[id(symbol)]} = {self._texts[id(symbol)][0]};")

    def _reduce(self, symbol: Symbol, name: str) -> None:
        """What all members give together, from the first one on."""
        start, function = symbol.arguments[0], _REDUCTIONS[symbol.function]
        if id(start) not in self._families:
            raise Unwritable("a sum or the like does not depend on the members")
        self.lines.append(f"    double {name} = {_BEFORE_ALL[function]};")
        self._loop(id(symbol), [start])
        text = self.number(start)
        self.lines.append(
            f"        {name} += {text};"
            if function == "total"
            else f"        {name} = {_OF_TWO[function]}({name}, {text});"
        )
        self.lines.append("    }")
        self._texts[id(symbol)] = name, _WHOLE

    # -------------------------------------------------------------------------------------------------- expressions

    def number(self, x: Any, binding: int = _CHOICE) -> str:
        """A number as a text, in brackets where it does not bind as tightly. A comparison is 1 or 0, as in Python."""
        text, its_binding = self._texts[id(x)] if isinstance(x, Symbol) else _literal(x)
        if isinstance(x, Symbol) and x.function in COMPARISONS:
            return f"(double)({text})"
        return text if its_binding >= binding else f"({text})"

    def _condition(self, x: Any) -> str:
        """Whether it holds: nan does, as in Python; it is not 0."""
        if isinstance(x, Symbol) and x.function in COMPARISONS:
            return self._texts[id(x)][0]
        return f"{self.number(x, binding=_SUM)} != 0.0"

    def _expression(self, symbol: Symbol) -> tuple[str, int]:
        function, arguments = symbol.function, symbol.arguments
        if is_given(symbol):
            return self._given(symbol), _WHOLE
        if function in _BINARY:
            binding, sign = _BINARY[function]
            a, b = (self.number(a, binding=each) for a, each in zip(arguments, (binding, binding + 1), strict=True))
            return f"{a} {sign} {b}", binding
        if function == NEGATIVE:
            return f"-{self.number(arguments[0], binding=_WHOLE)}", _SIGN
        if function == "where":
            condition = self._condition(arguments[0])
            a, b = (self.number(a, binding=_COMPARISON) for a in arguments[1:])
            return f"{condition} ? {a} : {b}", _CHOICE
        if function == "total":
            if len(arguments) == 1:
                return self.number(arguments[0], binding=_WHOLE), _WHOLE
            first, *others = [self.number(a, binding=_SUM + (i > 0)) for i, a in enumerate(arguments)]
            return " + ".join([first, *others]), _SUM
        texts = [self.number(argument) for argument in arguments if function != "take"]
        if function in _OF_TWO:
            text = texts[0]
            for each in texts[1:]:
                text = f"{_OF_TWO[function]}({text}, {each})"
            return text, _WHOLE
        if function == "take":
            return self._take(*arguments), _WHOLE
        return f"{self._called(function)}({', '.join(texts)})", _WHOLE

    def _called(self, function: str) -> str:
        if function == ABSOLUTE:
            return "fabs"
        if function in OF_C:
            return function
        if function in self._functions:
            return f"ieee_{function}"
        raise Unwritable(f"it calls m.{function}, whose C types ieee.pxd does not have")

    def _given(self, symbol: Symbol) -> str:
        if symbol.function == OPERAND:
            return self._operands[symbol.arguments[0]]
        return "(double)i" if symbol.function == POSITION else f"x[{_member(int(symbol.arguments[0]))}]"

    def _take(self, index: Any, *values: Any) -> str:
        if not self._program.lists or len(values) != 1 or values[0].function != MEMBER:
            raise Unwritable("it takes a member of something else than its list")
        self.lines.append(f"    if (!is_index({self.number(index)}, n)) return no_result();")
        which = int(values[0].arguments[0])
        return f"x[{f'{which} * n + ' if which else ''}(Py_ssize_t){self.number(index, binding=_WHOLE)}]"


def _member(which: int) -> str:
    """Where the members of a list are, after one another."""
    return "i" if not which else "n + i" if which == 1 else f"{which} * n + i"


def _literal(x: float) -> tuple[str, int]:
    if x != x:
        return "NAN", _WHOLE
    text = repr(x) if abs(x) != inf else "INFINITY" if x > 0 else "-INFINITY"
    return text, _SIGN if text[0] == "-" else _WHOLE

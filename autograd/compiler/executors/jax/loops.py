"""Loops as `lax.scan`: the text of one turn, which is given the rows of turns before, and gives out its own.

A row is carried in pieces, an array for each group of its numbers that a turn computes together; so nothing is put
together in a turn. The scan gives out what each turn has computed, and what it had of the turn that was longest ago:
where nobody reads one of these, JAX leaves it out.
"""

from collections.abc import Callable, Iterable, Sequence

from ...kinds import Loop
from ...program import Step
from ...views import View
from .partition import Part, Partition
from .pieces import Piece, giving, woven
from .refs import ROWS, Ref, joined
from .steps import WRITING, write_steps
from .writer import Writer


def write_loop(writer: Writer, step: Step, kind: Loop) -> None:
    """Lines that run the turns, after what stands before the first one."""
    _Scan(writer, step, kind).write()


class _Scan:
    """The text of a loop.

    Attributes:
        lead: the axis of the rows of the batch, where it has one.
        parts: the columns of a row that lie in one array, for each array.
    """

    def __init__(self, writer: Writer, step: Step, kind: Loop) -> None:
        self.writer, self.step, self.kind = writer, step, kind
        self.name = writer.name(step.out.value)
        self.turn = Writer(kind.body, writer.names, f"{self.name}_")
        self.turn.weighted = writer.weighted
        parameters = writer.program.parameters
        if parameters in writer.pieces:  # they are in blocks
            self.turn.pieces[kind.body.parameters] = writer.pieces[parameters]
            self.turn.blocks_together = self.turn.whole_of[kind.body.parameters] = writer.blocks_together
        self.lead = (ROWS,) * bool(step.space)
        self.scanned: list[tuple[str, str]] = []  # names in a turn, and the arrays

    def write(self) -> None:
        turn, kind, writer, name = self.turn, self.kind, self.writer, self.name
        self.read_operands()
        self.begin_turn()
        write_steps(turn, range(len(kind.body)))
        row = [ref.reshaped(part.shape) for ref, part in zip(self.row(), self.parts, strict=True)]
        delay, count = kind.delay, len(row)
        before = [[f"{name}_{n}_{k}" for k in range(count)] for n in range(1, delay + 1)]
        head = [f"{', '.join([_tuple(each) for each in before])}, = before"]
        if turn.checks:
            head = ["*before, ok = before", *head]
        if self.scanned:
            head.append(f"{', '.join(each for each, _ in self.scanned)}, = scanned")
        ok = f", ok & {' & '.join([f'{each}.all()' for each in turn.checks])}" if turn.checks else ""
        writer.lines += [
            f"def {name}_turn(before, scanned):",
            *[f"    {line}" for line in (*head, *turn.lines)],
            f"    row = {_tuple([ref.text for ref in row])}",
            f"    return (row, *before[:-1]{ok}), (row, before[-1])",
        ]
        begin = [_tuple([ref.text for ref in self.first_row(n)]) for n in range(1, delay + 1)]
        carried = _tuple([*begin, *["True"] * bool(turn.checks)])
        arrays = _tuple([array for _, array in self.scanned]) if self.scanned else "None"
        arguments = [f"{name}_turn", carried, arrays, str(kind.turns), *["reverse=True"] * kind.is_reversed]
        writer.lines.append(f"{name}_last, ({name}_new, {name}_old) = scan({', '.join(arguments)})")
        if turn.checks:
            writer.checks.append(writer.temporary(f"{name}_last[-1]"))
        self.give()

    def read_operands(self) -> None:
        """What a turn reads besides rows: it is another part in each turn, or all of it in each."""
        writer, turn, body = self.writer, self.turn, self.kind.body
        for n, (view, moves) in enumerate(zip(self.step.views[1:], self.kind.scanned, strict=True), self.count):
            if n not in body.inputs:
                continue
            value = body.inputs[n]
            of_turns = writer.part_of_turns(view) if moves else None
            if of_turns is not None and of_turns.shape[2:] == view.shape[1:]:
                text = f"{of_turns.text}.reshape({self.kind.turns}, -1, {body.size[value]})"
                text = of_turns.text if of_turns.shape[2:] == (body.size[value],) else text
                self.scanned.append((turn.name(value), text))
                continue
            several = writer.parts_of_turns(view) if moves else []
            if several:
                self.read_pieces(value, several)
                continue
            ref = writer.ref(view)
            ref = ref.spread((*ref.shape[: ref.by_row], *view.shape))
            if moves:
                text = ref.reshaped((self.kind.turns, body.size[value])).text
                self.scanned.append((turn.name(value), f"moveaxis({text}, 1, 0)" if ref.by_row else text))
            else:
                ref = ref.reshaped((body.size[value],)).spread(turn.shape(value))
                writer.lines.append(f"{turn.name(value)} = {ref.text}")

    def read_pieces(self, value: int, arrays: Sequence[Ref]) -> None:
        """Let a turn read its part of several arrays, which have numbers of an operand one after the other."""
        turn, refs, begin = self.turn, [], 0
        for n, array in enumerate(arrays):
            refs.append(Ref(f"{turn.name(value)}_{n}", (ROWS, *_shape(array.size))))
            self.scanned.append((refs[-1].text, array.reshaped(_shape(array.size)).text))
            piece = Piece(turn.program.size[value], 0, 1, begin, begin + array.size, giving(refs[-1]))
            turn.pieces.setdefault(value, []).append(piece)
            begin += array.size
        turn.whole_of[value] = giving(joined([ref.flat for ref in refs]))

    @property
    def count(self) -> int:
        """How many rows a turn reads."""
        return len(self.kind.delays)

    def begin_turn(self) -> None:
        """Let a turn read the rows of others, in pieces."""
        turn, kind, body = self.turn, self.kind, self.kind.body
        turn.partition = Partition(body, self.count, turn.pieces)
        self.parts = turn.partition.row
        for n, delay in enumerate(kind.delays):
            if n not in body.inputs:
                continue
            value = body.inputs[n]
            refs = [Ref(f"{self.name}_{delay}_{k}", (*self.lead, *part.shape)) for k, part in enumerate(self.parts)]
            turn.pieces[value] = [
                Piece(kind.width, 0, 1, part.begin, part.end, giving(ref), step=part.step)
                for part, ref in zip(self.parts, refs, strict=True)
            ]
            turn.whole_of[value] = giving(woven([ref.flat for ref in refs], self.parts))

    def row(self) -> list[Ref]:
        """What a turn gives out, in parts."""
        turn, space, outputs = self.turn, self.step.space, self.kind.body.outputs
        if len(self.parts) == 1:
            return [joined(turn.outputs(space))]
        return [turn.line_of(outputs[part.begin : part.end : part.step], space) for part in self.parts]

    def first_row(self, delay: int) -> list[Ref]:
        """What stands for the row of so many turns before the first one, in pieces."""
        first = self.step.views[0]
        n = delay - 1 if self.kind.is_reversed else self.kind.delay - delay
        down, across = first.strides
        found = []
        for part in self.parts:
            start, shape = first.offset + n * down + part.begin * across, part.shape
            view = View(first.value, start, shape, (part.step * across,) * len(shape))
            found.append(self.writer.ref(view).spread((*self.lead, *shape)))
        return found

    def give(self) -> None:
        """Let the others read the rows, in pieces: those of all turns, those that the turns had, and the last ones."""
        writer, kind, value, name = self.writer, self.kind, self.step.out.value, self.name
        delay, turns = kind.delay, kind.turns
        new, old = (0, delay) if kind.is_reversed else (delay, 0)  # the first row
        pieces = []
        for n in range(delay):
            at = n if kind.is_reversed else delay + turns - 1 - n
            for k, part in enumerate(self.parts):
                last = giving(Ref(f"{name}_last[{n}][{k}]", (*self.lead, *part.shape)))
                pieces.append(Piece(kind.width, at, 1, part.begin, part.end, last, step=part.step))
        of_turns: dict[str, list[Callable[[], Ref]]] = {}
        for which, first in (("new", new), ("old", old)):
            of_turns[which] = [self.of_turns(which, k, part) for k, part in enumerate(self.parts)]
            for k, (part, find) in enumerate(zip(self.parts, of_turns[which], strict=True)):
                turned = Ref(f"{name}_{which}[{k}]", (turns, *self.lead, *part.shape)) if self.lead else None
                pieces.append(Piece(kind.width, first, turns, part.begin, part.end, find, turned, part.step))
        writer.pieces[value] = pieces

        def whole() -> Ref:
            finds = zip(of_turns["new"], self.parts, strict=True)
            all_turns = woven([find().reshaped((turns, part.length)) for find, part in finds], self.parts)
            first = writer.ref(self.step.views[0]).spread((*self.lead, delay, kind.width))
            both = [all_turns, first] if kind.is_reversed else [first, all_turns]
            text = f"concatenate([{', '.join([ref.text for ref in both])}], -2)"
            return Ref(text, (*self.lead, delay + turns, kind.width))

        writer.whole_of[value] = whole
        writer.firsts[value] = self.step.views[0]

    def of_turns(self, which: str, k: int, part: Part) -> Callable[[], Ref]:
        """What gives a piece of the rows of all turns, which is named when somebody reads it."""
        name, writer = f"{self.name}_{which}_{k}", self.writer
        found: list[Ref] = []

        def find() -> Ref:
            if not found:
                text = f"{self.name}_{which}[{k}]"
                writer.lines.append(f"{name} = {f'moveaxis({text}, 0, 1)' if self.lead else text}")
                found.append(Ref(name, (*self.lead, self.kind.turns, *part.shape)))
            return found[0]

        return find


def _shape(width: int) -> tuple[int, ...]:
    """That of a piece: of one number none, as XLA is fastest with."""
    return () if width == 1 else (width,)


def _tuple(texts: Iterable[str]) -> str:
    return f"({', '.join(texts)},)"


WRITING[Loop] = write_loop  # of steps, so that `steps` cannot know it

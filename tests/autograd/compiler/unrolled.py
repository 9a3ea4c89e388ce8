"""Programs of arrays with their loops unrolled: turn after turn as steps of their own, whose adjoint needs no loops."""

from autograd.compiler.kinds import LEAVES, Assemble, Constants, Input, Loop, Map, Parameters, Sum
from autograd.compiler.program import Program, Role, Space
from autograd.compiler.views import View, contiguous
from autograd.operations import MUL


def unrolled(program):
    """The same program without loops. It has an argument whose rows are finite, if a loop is of every row."""
    return _Unrolling(program).result


class _Unrolling:
    def __init__(self, program):
        self.result = result = Program()
        self.constants = {}
        new = {}
        for step in program.leaves:
            value, kind = step.out.value, step.kind
            if isinstance(kind, Constants):
                continue
            role = Role.PARAMETERS if isinstance(kind, Parameters) else Role.INPUT
            serial = kind.argument if isinstance(kind, Input) else 0
            new[value] = result.add(kind, (), step.out.shape, step.space, role=role, serial=serial).value
        result.parameters = new[program.parameters]
        result.inputs = {n: new[value] for n, value in program.inputs.items()}
        self.add_constants(program)
        result.leaves_end()
        self.zeros = {}
        self.inline(program, new)
        result.places = program.places
        result.outputs = [each if isinstance(each, float) else (new[each[0]], each[1]) for each in program.outputs]

    def add_constants(self, program):
        """All that are anywhere, first."""
        for kind in program.kinds:
            if isinstance(kind, Constants) and kind not in self.constants:
                serial = 1 + len(self.constants)
                made = self.result.add(kind, (), kind.numbers.shape, Space.CALL, role=Role.CONSTANTS, serial=serial)
                self.constants[kind] = made.value
            elif isinstance(kind, Loop):
                self.add_constants(kind.body)

    def inline(self, program, new):
        """Add the steps of a program, some of whose leaves are known: `new` tells which values its values become."""
        new |= {s.out.value: self.constants[s.kind] for s in program.leaves if isinstance(s.kind, Constants)}
        for step in program.steps:
            assert not isinstance(step.kind, LEAVES)
            operands = [
                each._replace(value=new[each.value]) if isinstance(each, View) else each for each in step.operands
            ]
            if isinstance(step.kind, Loop):
                new[step.out.value] = self.unroll(step, step.kind, operands)
            else:
                new[step.out.value] = self.add(step.kind, operands, step.out.shape, step.space).value

    def add(self, kind, operands, shape, space):
        return self.result.add(kind, operands, shape, space, serial=len(self.result))

    def unroll(self, step, kind, operands):
        """The turns of a loop: the value that is its result."""
        first, *others = operands
        width, body, count = kind.width, kind.body, len(kind.delays)
        rows = {}  # by the turn
        for k in range(kind.delay):
            turn = kind.turns + k if kind.is_reversed else k - kind.delay
            row = first._replace(offset=first.offset + k * first.strides[0], shape=(width,), strides=first.strides[1:])
            rows[turn] = self.line(row, step.space)
        for turn in range(kind.turns)[:: -1 if kind.is_reversed else 1]:
            inputs = {n: rows[turn + (d if kind.is_reversed else -d)] for n, d in enumerate(kind.delays)}
            for n, (view, scanned) in enumerate(zip(others, kind.scanned, strict=True), count):
                of_turn = view
                if scanned:
                    offset = view.offset + turn * view.strides[0]
                    of_turn = view._replace(offset=offset, shape=view.shape[1:], strides=view.strides[1:])
                inputs[n] = self.line(of_turn, self.result.space[view.value])
            new = {body.inputs[n]: value for n, value in inputs.items() if n in body.inputs}
            new[body.parameters] = self.result.parameters
            self.inline(body, new)
            outputs = [
                each if isinstance(each, float) else View(new[each[0]], each[1], (), ()) for each in body.outputs
            ]
            rows[turn] = self.assembled(outputs, [contiguous(0, n, ()) for n in range(width)], width, step.space)
        order = [View(rows[turn], 0, (width,), (1,)) for turn in sorted(rows)]
        places = [contiguous(0, k * width, (width,)) for k in range(len(order))]
        return self.assembled(order, places, len(order) * width, step.space)

    def line(self, view, space):
        """The numbers of a view as a value of their own."""
        size = 1
        for length in view.shape:
            size *= length
        return self.assembled([view], [contiguous(0, 0, view.shape)], size, space)

    def assembled(self, operands, places, size, space):
        """A value in this space, also where its parts are only once in a call."""
        spaces = [self.result.space[each.value] for each in operands if isinstance(each, View)]
        kind = Assemble(tuple(place.place for place in places), (1,) * len(places))
        made = self.add(kind, operands, (size,), max(spaces, default=Space.CALL))
        if space > max(spaces, default=Space.CALL):
            argument = min(self.result.inputs.values())
            if size not in self.zeros:
                x = View(argument, 0, (size,), (0,))
                self.zeros[size] = self.add(Map(MUL), [x, 0.0], (size,), Space.ROW)
            made = self.add(Sum((1, 1)), [made, self.zeros[size]], (size,), Space.ROW)
        return made.value

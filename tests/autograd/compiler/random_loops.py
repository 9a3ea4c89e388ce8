"""Random programs of arrays with loops of every sort: nested, of several delays, of all kinds of steps."""

import numpy as np

from autograd import OPERATIONS
from autograd.compiler.kinds import Assemble, Constants, Contract, Gather, Input, Loop, Map, Parameters, Sum, Take
from autograd.compiler.program import Program, Role, Space
from autograd.compiler.views import View, contiguous

CALL, ROW = Space.CALL, Space.ROW
PARAMETERS, NUMBERS, INDICES, CHOICES = 6, 5, 3, 3  # how many: parameters, numbers and indices of a row, choices
SMOOTH = [OPERATIONS[name] for name in ("sin", "cos", "tanh", "sigmoid", "softplus", "exp")]
OTHERS = [OPERATIONS[name] for name in ("abs", "relu", "neg", "erf", "atan", "gelu")]
OF_TWO = [OPERATIONS[name] for name in ("mul", "atan2", "maximum", "minimum", "mul", "div")]
LESS, WHERE, MUL = (OPERATIONS[name] for name in ("less", "where", "mul"))
MAXIMUM, LOGSUMEXP, EXP = OPERATIONS["maximum"], OPERATIONS["logsumexp"], OPERATIONS["_exp_of_difference"]


def random_program(seed, depth=2):
    """A program of the arguments x (5 numbers) and indices (3), and 6 parameters, whose first output is one number."""
    generator = np.random.default_rng(seed)
    draft = _Draft(generator, depth, [(0, NUMBERS, ROW), (1, INDICES, ROW)])
    draft.indices = [contiguous(draft.program.inputs[1], 0, (INDICES,))]
    draft.pool = [view for view in draft.pool if view.value != draft.program.inputs[1]]
    draft.steps(int(generator.integers(0, 3)))
    for _ in range(int(generator.integers(1, 3))):
        draft.loop()
        draft.steps(int(generator.integers(0, 3)))
    loops = [view for view in draft.pool if isinstance(draft.program.kind(view.value), Loop)]
    parts = [draft.total(view) for view in (loops[-2:] if generator.random() < 0.5 else loops[-1:])]
    parts += [draft.total(draft.any()) for _ in range(int(generator.integers(0, 2)))]
    root = draft.add(Sum((1,) * len(parts)), parts, ())
    more = draft.any()
    return draft.giving([(root.value, 0), (more.value, 0)])


def random_turn(seed, inputs):
    """A random body, with loops in it perhaps, of inputs of these sizes and spaces."""
    draft = _Draft(np.random.default_rng((seed, 7)), 1, [(n, *each) for n, each in enumerate(inputs)])
    draft.steps(draft.upto(8, 3))
    some = draft.pool[-2:]
    used = [draft.view((1,), value) for value in draft.program.inputs.values()]
    whole = draft.add(Assemble(tuple((n, (1,), (1,)) for n in range(len(used))), (1,) * len(used)), used, (len(used),))
    return draft.giving([(view.value, n) for view in (*some, whole) for n in range(draft.program.size[view.value])])


class _Draft:
    """A program, or the body of a loop, that grows by random steps."""

    def __init__(self, generator, depth, inputs):
        self.generator, self.depth, self.program = generator, depth, Program()
        program = self.program
        self.parameters = program.add(Parameters(), (), (PARAMETERS,), CALL, role=Role.PARAMETERS)
        program.parameters, program.places = self.parameters.value, np.arange(PARAMETERS)
        self.pool = [self.parameters] * 2
        self.indices, self.rows = [], []
        for n, size, space in inputs:
            view = program.add(Input(n), (), (size,), space, role=Role.INPUT, serial=n)
            program.inputs[n] = view.value
            self.pool.append(view)
        numbers = generator.normal(size=int(generator.integers(1, 4)))
        self.pool.append(program.add(Constants(numbers), (), numbers.shape, CALL, role=Role.CONSTANTS))
        program.leaves_end()

    def giving(self, outputs):
        """The finished program, without steps that no output needs."""
        from autograd.compiler.selection import _add

        program, result, new = self.program, Program(), {}
        needed = {program.parameters, *[each[0] for each in outputs if not isinstance(each, float)]}
        for step in reversed(program.steps):
            if step.out.value in needed:
                needed.update(view.value for view in step.views)
        for step in program.leaves:
            if step.out.value in needed:
                _add(result, program, step, new)
        result.leaves_end()
        for step in program.steps:
            if step.out.value in needed:
                _add(result, program, step, new)
        result.parameters, result.places = new[program.parameters], program.places
        result.inputs = {n: new[value] for n, value in program.inputs.items() if value in new}
        result.outputs = [each if isinstance(each, float) else (new[each[0]], each[1]) for each in outputs]
        return result

    # ----------------------------------------------------------------------------------------------- choices

    def upto(self, most, least=1):
        return int(self.generator.integers(least, most + 1))

    def chance(self, of):
        return self.generator.random() < of

    def one_of(self, things):
        return things[int(self.generator.integers(len(things)))]

    def any(self):
        """A value, rather a late one, or the row of another turn."""
        if self.rows and self.chance(0.25):
            return self.one_of(self.rows)
        n = len(self.pool)
        return (
            self.pool[max(int(n * self.generator.random() ** 0.5), 0)] if self.chance(0.7) else self.one_of(self.pool)
        )

    def view(self, shape, value=None):
        """A random view of a value in this shape: in order, backwards, overlapping, one number again and again."""
        value = self.any().value if value is None else value
        size = self.program.size[value]
        offset, strides = self.upto(size) - 1, []
        if self.chance(0.5):
            whole = contiguous(value, 0, shape)
            if int(np.prod(shape)) <= size:
                return whole._replace(offset=self.upto(size - int(np.prod(shape)) + 1) - 1)
        low = high = offset
        for length in shape:
            options = [0]
            for stride in (1, 2, 3, -1, -2):
                reach = stride * (length - 1)
                if low + min(0, reach) >= 0 and high + max(0, reach) < size:
                    options += [stride] * 2
            stride = self.one_of(options)
            strides.append(stride)
            low, high = low + min(0, stride * (length - 1)), high + max(0, stride * (length - 1))
        return View(value, offset, tuple(shape), tuple(strides))

    def shape(self):
        return self.one_of([(), (1,), (2,), (3,), (2, 2), (2, 1)])

    # ------------------------------------------------------------------------------------------------- steps

    def add(self, kind, operands, shape, space=None):
        spaces = [self.program.space[each.value] for each in operands if isinstance(each, View)]
        space = max(spaces, default=CALL) if space is None else space
        made = self.program.add(kind, operands, tuple(shape), space, serial=len(self.program))
        self.pool.append(made)
        return made

    def bounded(self, view):
        return self.add(Map(self.one_of([OPERATIONS["tanh"], OPERATIONS["sin"]])), [view], view.shape)

    def steps(self, count):
        for _ in range(count):
            self.one_of(_STEPS)(self)

    def function(self):
        shape = self.shape()
        rule = self.one_of(SMOOTH + OTHERS)
        made = self.add(Map(rule), [self.view(shape)], shape)
        if rule.name == "exp":
            self.bounded(made)

    def of_two(self):
        shape, rule = self.shape(), self.one_of(OF_TWO)
        left, right = self.view(shape), self.one_of([self.view(shape), 0.5, -1.25])
        if rule.name == "div":
            right = self.add(Map(OPERATIONS["softplus"]), [self.view(shape)], shape)
            right = self.add(Sum((1, 1)), [right, 1.0], shape)
        if self.chance(0.2) and rule is MUL:
            right = left
        self.bounded(self.add(Map(rule), [left, right] if self.chance(0.7) else [right, left], shape))

    def of_list(self):
        shape, count = self.one_of([(), (2,)]), self.upto(3, 2)
        lists = self.view((*shape, count))
        rule = self.one_of([MAXIMUM, LOGSUMEXP])
        largest = self.add(Map(rule), [lists, self.view(shape)] if self.chance(0.3) else [lists], shape)
        if rule is MAXIMUM and self.chance(0.6):
            own = self.add(Map(MAXIMUM), [lists], shape)
            spread = View(own.value, 0, lists.shape, (*own.strides, 0))
            self.add(*self.one_of([(Sum((1, -1)), [lists, spread]), (Map(EXP), [lists, spread])]), lists.shape)
        return largest

    def where(self):
        shape = self.shape()
        condition = self.add(Map(LESS), [self.view(shape), self.view(shape)], shape)
        self.add(Map(WHERE), [condition, self.view(shape), self.one_of([self.view(shape), 0.75])], shape)

    def sum(self):
        shape, count = self.shape(), self.upto(3)
        operands = [self.view(shape) if n == 0 or self.chance(0.8) else 0.5 for n in range(count)]
        self.add(Sum(tuple(self.one_of([1, -1]) for _ in operands)), operands, shape)

    def assemble(self):
        size, places, operands = self.upto(5, 2), [], []
        for _ in range(self.upto(3)):
            length = self.upto(size)
            places.append((self.upto(size - length + 1) - 1, (length,), (1,)))
            operands.append(self.view((length,)) if not operands or self.chance(0.8) else 0.25)
        self.add(Assemble(tuple(places), tuple(self.one_of([1, 1, -1]) for _ in places)), operands, (size,))

    def gather(self):
        source = self.any()
        size, shape = self.program.size[source.value], self.shape()
        self.add(Gather(self.generator.integers(0, size, shape)), [self.program.whole(source.value)], shape)

    def take(self):
        if not self.indices:
            return
        values, index = self.any(), self.one_of(self.indices)
        count = self.upto(min(2, self.program.size[index.value]))
        of_index = contiguous(index.value, index.offset, (count,))
        size = self.program.size[values.value]
        table = self.generator.integers(0, size, (count, CHOICES))
        self.add(Take(table), [of_index, self.program.whole(values.value)], (count,))

    def total(self, view):
        """The sum of all numbers of a value."""
        whole = self.program.whole(view.value)
        of_row = "b" * self.program.space[view.value]
        return self.add(Contract((of_row + "a", of_row)), [whole], ())

    def contract(self):
        which = self.upto(6)
        r, c, k = self.upto(3), self.upto(2), self.upto(3)
        w = self.parameters.value if self.chance(0.5) else None
        letters, shapes, out = [
            (("k", "k"), ((k,), (k,)), ""),
            (("rk", "k"), ((r, k), (k,)), "r"),
            (("rk", "ck"), ((r, k), (c, k)), "rc" if self.chance(0.5) else "cr"),
            (("r", "c"), ((r,), (c,)), "rc"),
            (("r", "r"), ((r,), (r,)), "r"),
            (("rk",), ((r, k),), "r"),
        ][which - 1]
        views = [self.view(shapes[0], w), *[self.view(shape) for shape in shapes[1:]]]
        if len(views) == 2 and letters[0] == letters[1] and self.chance(0.3):
            views[1] = views[0]
        of_row = ["b" * self.program.space[view.value] for view in views]
        lengths = dict(zip("".join(letters), [n for shape in shapes for n in shape], strict=False))
        for letter, shape in zip(letters, shapes, strict=True):
            lengths |= zip(letter, shape, strict=True)
        axes = [rows + each for rows, each in zip(of_row, letters, strict=True)]
        kind = Contract((*axes, max(of_row) + out), self.one_of([1.0, 1.0, 2.0, -0.5]))
        self.bounded(self.add(kind, views, [lengths[letter] for letter in out]))

    def loop(self):
        """A loop with a random body."""
        if self.depth == 0:
            return
        delays = tuple(sorted(self.generator.choice([1, 2, 3], self.upto(2), replace=False).tolist()))
        turns, width = self.upto(4), self.upto(3)
        space = CALL
        operands, scanned, inputs, is_index = [], [], [], []
        for _ in range(self.upto(3, 0)):
            of_turns = self.chance(0.6)
            shape = self.shape()
            index = self.indices and self.chance(0.4)
            source = self.one_of(self.indices).value if index else None
            view = self.view((turns, *shape) if of_turns else shape, source)
            operands.append(view)
            scanned.append(of_turns)
            is_index.append(bool(index))
        first = self.view((max(delays), width))
        space = max(self.program.space[view.value] for view in [first, *operands])
        inputs = [(n, width, space) for n in range(len(delays))]
        for n, (view, of_turns) in enumerate(zip(operands, scanned, strict=True), len(delays)):
            inputs.append((n, int(np.prod(view.shape[of_turns:])), self.program.space[view.value]))
        draft = _Draft(self.generator, self.depth - 1, inputs)
        for n, index in enumerate(is_index, len(delays)):
            if index:
                value = draft.program.inputs[n]
                draft.indices.append(contiguous(value, 0, (draft.program.size[value],)))
                draft.pool = [view for view in draft.pool if view.value != value]
        draft.rows = [contiguous(draft.program.inputs[n], 0, (width,)) for n in range(len(delays))]
        draft.steps(self.upto(5, 0))
        if self.chance(0.4):
            draft.loop()
        draft.steps(self.upto(5))
        outputs = []
        for _ in range(width):
            view = draft.any() if self.chance(0.4) else draft.pool[-self.upto(min(3, len(draft.pool)))]
            outputs.append((view.value, int(self.generator.integers(draft.program.size[view.value]))))
        if self.chance(0.2):
            outputs[-1] = 0.5
        if self.chance(0.3):  # all of a value, in order
            view = self.one_of(draft.pool[-4:])
            size = min(width, draft.program.size[view.value])
            outputs[:size] = [(view.value, n) for n in range(size)]
        kind = Loop(draft.giving(outputs), turns, delays, tuple(scanned))
        space = max([space, *kind.body.space])
        self.add(kind, [first, *operands], (max(delays) + turns, width), space)


_STEPS = [
    _Draft.function, _Draft.function, _Draft.of_two, _Draft.of_list, _Draft.where, _Draft.sum, _Draft.assemble,
    _Draft.gather, _Draft.take, _Draft.contract, _Draft.contract, _Draft.loop,
]  # fmt: skip

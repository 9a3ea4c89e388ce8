"""What a tape and its classes must fulfil."""

from collections.abc import Sequence
from itertools import islice, pairwise

from ...operations import INPUT, Operation
from ..classes import CONTRACT, Classes, NodeClass, Run
from ..columns import Column
from ..inlining import DOT, is_addition
from ..tape import CONSTANT, LOOP, ONCE, OUT, PARAMETER, SUM, Tape, is_leaf_operation
from ..terms import Terms
from .complaints import Complaints, VerificationError, fits, of_signs, refuse

# -------------------------------------------------------------------------------------------------------- tapes


def verify_tape(tape: Tape) -> None:
    """Operands before what is made of them, as many as the rule book says; leaves that refer to what is there."""
    refuse("tape", _columns(tape))
    refuse("tape", _loops(tape))
    nodes, leaves = list(tape.nodes()), set[tuple]()
    has_sums = SUM in [operation for operation, _ in nodes]
    for n, (operation, operands) in enumerate(nodes):
        if is_leaf_operation(operation):
            check = _leaf(tape, operation, operands, leaves)
        elif isinstance(operands, Terms):
            check = _terms(n, operation, operands)
        elif operation in (LOOP, OUT):
            check = _before(n, operands)
        else:
            check = _inner(n, operation, operands, has_sums)
        for wrong in check:
            raise VerificationError(f"node {n} = {operation.name}({', '.join(map(str, operands))}): {wrong}")


def _columns(tape: Tape) -> Complaints:
    size, begin = len(tape), list(tape.begin)
    if not len(begin) - 1 == len(tape.scope) == size:
        yield f"{size} operations, {len(begin) - 1} lists of operands, {len(tape.scope)} scopes"
    if begin[-1] != len(tape.of):
        yield f"operands up to {begin[-1]}, of {len(tape.of)}"
    for n, (first, end) in enumerate(pairwise([0, *begin])):
        if first > end:
            yield f"operands of node {n} that begin at {end}, before those of the last one do"
    if len(set(map(id, tape.kinds))) < len(tape.kinds):
        yield "an operation stands twice among the kinds"
    for name, column, things in (("operation", tape.kind, tape.kinds), ("scope", tape.scope, tape.scopes)):
        if any(not 0 <= each < len(things) for each in column):
            yield f"the {name} of a node is none of {len(things)}"
    if not tape.outputs or not all(0 <= n < size for n in tape.outputs):
        yield f"outputs {tape.outputs} of {size} nodes"
    if tape.taken_up:
        sources, adders, before = tape.taken_up
        terms = sum(len(operands.signs) for _, operands in tape.nodes() if isinstance(operands, Terms))
        if not len(sources) == len(adders) == terms:
            yield f"{terms} terms, of which {len(sources)} were products, and {len(adders)} added by additions"
        if not all(-1 <= n < len(before) for n in (*sources, *adders)):
            yield f"a part of a sum is none of the {len(before)} nodes before"


def _loops(tape: Tape) -> Complaints:
    """Of each LOOP its operands are those of its body, and as many OUTs follow as this gives out."""
    if not tape.loops and LOOP not in tape.kinds and OUT not in tape.kinds:
        return  # as of most tapes, which are long
    kinds = [operation for operation, _ in tape.nodes()]
    loops = [n for n, operation in enumerate(kinds) if operation is LOOP]
    if len(loops) != len(tape.loops) or sum(len(body.outs) for body in tape.loops) != kinds.count(OUT):
        yield f"{len(loops)} loops and {kinds.count(OUT)} numbers of theirs, for {len(tape.loops)} bodies"
        return
    for n, body in zip(loops, tape.loops, strict=True):
        verify_tape(body.tape)
        count = len(body.carried) + body.turns * body.scanned + body.invariant
        if len(tape.operands(n)) != count:
            yield f"{len(tape.operands(n))} operands of a loop of {count}"
        if any(tape.operation(m) is not OUT or tape.operands(m) != (n,) for m in range(n + 1, n + 1 + len(body.outs))):
            yield f"the loop {n} is not followed by its {len(body.outs)} numbers"
        if not all(0 <= turn < body.turns for _, turn in body.outs) or not body.carried:
            yield f"the loop {n} gives numbers of turns that it has not, or carries none"
        for m in {m for m, _ in body.carried}:
            delays = sorted(delay for other, delay in body.carried if other == m)
            if delays != list(range(1, len(delays) + 1)) or len(delays) >= body.turns:
                yield f"the loop {n} carries its node {m} over {delays} of its {body.turns} turns"
        if [turn for _, turn in body.outs] != sorted(turn for _, turn in body.outs):
            yield f"the numbers that the loop {n} gives out are not in the order of turns"
        if any(is_leaf_operation(body.tape.operation(m)) for m in body.nodes()):
            yield f"the loop {n} carries a leaf"


def _inner(n: int, operation: Operation, operands: Sequence[int], has_sums: bool) -> Complaints:
    if not fits(operation, len(operands)) or (operation is DOT and len(operands) % 2):
        yield f"the rule book has no operation of this name with {len(operands)} operands"
    if has_sums and is_addition(operation):
        yield "an addition beside sums, which stand for all of them"
    yield from _before(n, operands)


def _terms(n: int, operation: Operation, terms: Terms) -> Complaints:
    signs, left, right = terms
    if operation is not SUM or not len(signs) == len(left) == len(right) > 0:
        yield f"{len(signs)} signs, {len(left)} left factors and {len(right)} right ones of terms"
    yield from _before(n, left)
    yield from _before(n, [m for m in right if m != -1])


def _before(n: int, operands: Sequence[int]) -> Complaints:
    if operands and not 0 <= min(operands) <= max(operands) < n:
        yield f"operand {next(m for m in operands if not 0 <= m < n)} is no node before it"


def _leaf(tape: Tape, operation: Operation, operands: Sequence[int], seen: set[tuple]) -> Complaints:
    if operation is INPUT:
        if len(operands) != 2 or min(operands) < 0:
            yield "an input has an argument and a position in its row"
    else:
        there = tape.parameters if operation is PARAMETER else tape.constants
        if len(operands) != 1 or not 0 <= operands[0] < len(there):
            yield f"it refers to one of {len(there)}"
    if operation is not CONSTANT:
        key = (operation is INPUT, *operands)
        if key in seen:
            yield "it is a node already"
        seen.add(key)


# ------------------------------------------------------------------------------------------------------ classes


def verify_classes(classes: Classes) -> None:
    """Each node in one class, each class after those of its operands, and these where the runs say."""
    refuse("classes", _grouping(classes))
    for number, c in enumerate(classes.classes):
        refuse(f"class c{number} of {c.operation.name}", _class(classes, number, c))


def _grouping(classes: Classes) -> Complaints:
    class_of, count = classes.class_of, len(classes.classes)
    if len(class_of) != len(classes.scope):
        yield f"{len(class_of)} nodes, {len(classes.scope)} scopes"
    for n, number in enumerate(class_of):
        if not (0 <= number < count or (number == -1 and n in classes.aliases)):
            yield f"node {n} is in class {number} of {count}, and no other node stands for it"
    if sum(len(c.nodes) for c in classes.classes) != len(class_of) - list(class_of).count(-1):
        yield "a node is in two classes, or in none"
    for n in (*classes.outputs, *classes.aliases.values()):
        if not 0 <= n < len(class_of) or class_of[n] < 0:
            yield f"node {n}, which is an output or stands for another node, is in no class"


def _class(classes: Classes, number: int, c: NodeClass) -> Complaints:
    of = [run.of for run in c.runs]
    if not c.nodes or (c.counts and len(c.counts) != len(c.nodes)):
        yield f"{len(c.nodes)} nodes, {len(c.counts)} lists of counts"
    if {classes.class_of[n] for n in c.nodes} != {number}:
        yield "it has a node that is in another class"
    if not all(0 <= each < number for each in of):
        yield f"it has operands in the classes {of}, which are not all before it"
    yield from of_signs([run.sign for run in c.runs])
    if c.operation is not SUM and any(run.sign < 0 for run in c.runs):
        yield "it has signs, and is no sum"
    of_rows = c.operation is INPUT and c.operands[0] < ONCE
    if c.by_row != (of_rows or any(classes.classes[each].by_row for each in of)):
        yield f"by_row is {c.by_row}, unlike its operands"
    if not is_leaf_operation(c.operation):
        yield from _runs(classes.class_of, c)
        return
    if c.runs or c.counts:
        yield "a leaf has no runs"
    yield from _operands_of(c, (1 + (c.operation is INPUT)) * len(c.nodes))
    seen = set[tuple]()
    for operands in c.operand_table().tolist():
        yield from _leaf(classes.tape, c.operation, operands, seen)
    if c.operation is INPUT and len(set(c.operand_table()[:, 0])) > 1:
        yield "inputs of several arguments"


def _runs(class_of: Column, c: NodeClass) -> Complaints:
    """The operands lie where the runs say."""
    if not c.runs or (not c.counts and any(run.many for run in c.runs)):
        yield f"{len(c.runs)} runs, and {len(c.counts)} counts for those of many"
    if c.operation is CONTRACT:
        if len(c.runs) > 2 or any(len(set(counts)) > 1 for counts in c.counts):
            yield "its factors are not one list, or two of equal length"
    elif c.operation is not SUM and not c.counts and not fits(c.operation, len(c.runs)):
        yield f"the rule book has no operation of this name with {len(c.runs)} operands"
    of = [run.of for run in c.runs]
    counts_of_all = c.counts or [(1,) * len(of)] * len(c.nodes)
    yield from _operands_of(c, sum(map(sum, counts_of_all)))
    operands_of_all = iter(c.operands)
    for counts in counts_of_all:
        operands = list(islice(operands_of_all, sum(counts)))
        if len(counts) != len(of) or not all(map(_is_count, c.runs, counts)):
            yield f"counts {counts} of {len(operands)} operands for {len(of)} runs"
        if [class_of[n] for n in operands] != [
            each for each, count in zip(of, counts, strict=True) for _ in range(count)
        ]:
            yield "an operand is not in the class of its run"


def _operands_of(c: NodeClass, count: int) -> Complaints:
    if len(c.operands) != count:
        yield f"{len(c.operands)} operands of {len(c.nodes)} nodes, which have {count}"


def _is_count(run: Run, count: int) -> bool:
    return count >= 1 if run.many else count == 1

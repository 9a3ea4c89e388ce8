"""A rolled tape on plain numbers, by what its docstring says: what others are compared with."""

from itertools import count

from autograd import ieee
from autograd.compiler.tape import LOOP, OUT, PARAMETER
from autograd.operations import CONSTANT, INPUT


def outputs_of(tape, rows):
    """What the tape makes of one row: a list of numbers for each argument."""
    numbers = run(tape, rows)
    return [numbers[n] for n in tape.outputs]


def run(tape, rows, histories=None):
    """The number of each node; of a LOOP the list of what it gives out.

    To `histories` is appended, for each loop, a list of the numbers of its body for each turn.
    """
    numbers, loops, outs = [], iter(tape.loops), count()
    for operation, operands in tape.nodes():
        if operation is CONSTANT:
            number = tape.constants[operands[0]]
        elif operation is INPUT:
            number = rows[operands[0]][operands[1]]
        elif operation is PARAMETER:
            number = tape.parameters[operands[0]].data
        elif operation is LOOP:
            body = next(loops)
            history = run_loop(body, [numbers[m] for m in operands])
            number, outs = [history[turn][n] for n, turn in body.outs], count()
            if histories is not None:
                histories.append(history)
        elif operation is OUT:
            number = numbers[operands[0]][next(outs)]
        else:
            number = operation.value(ieee, *[numbers[m] for m in operands])
        numbers.append(number)
    return numbers


def run_loop(body, given):
    """The numbers of the body in each turn, of the operands of the loop."""
    turns, carried = body.turns, len(body.carried)
    before = {(n, -delay): given[k] for k, (n, delay) in enumerate(body.carried)}
    scanned = [given[carried + k * turns : carried + (k + 1) * turns] for k in range(body.scanned)]
    invariant = given[carried + body.scanned * turns :]
    history = []
    for turn in range(turns):
        earlier = [history[turn - delay][n] if turn >= delay else before[n, turn - delay] for n, delay in body.carried]
        history.append(run(body.tape, [earlier, [column[turn] for column in scanned], invariant]))
    return history

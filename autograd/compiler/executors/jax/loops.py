"""Loops as `lax.scan`: the text of one turn, which is given the rows of turns before, and gives out its own."""

from ...kinds import Loop
from ...program import Step
from .steps import WRITING, write_steps
from .writer import ROWS, Ref, Writer


def write_loop(writer: Writer, step: Step, kind: Loop) -> Ref:
    """Lines that run the turns, after what stands before the first one."""
    name, body, delay = writer.name(step.out.value), kind.body, kind.delay
    lead = (ROWS,) * bool(step.space)
    turn = Writer(body, writer.names, f"{name}_", writer)
    first = writer.spread(writer.ref(step.views[0]), (*lead, delay, kind.width))
    before = writer.temporary(first.text)
    scanned = []  # names in a turn, and the arrays
    for n, (view, moves) in enumerate(zip(step.views[1:], kind.scanned, strict=True), len(kind.delays)):
        if n not in body.inputs:
            continue
        value = body.inputs[n]
        shape = turn.shape(value)
        if not moves:
            ref = writer.spread(writer.ref(view), (*[ROWS] * bool(body.space[value]), *view.shape))
            writer.lines.append(f"{turn.name(value)} = {writer.reshaped(ref, (body.size[value],)).text}")
            continue
        ref = writer.ref(view)
        by_row = ref.by_row
        ref = writer.spread(ref, (*[ROWS] * by_row, *view.shape))
        text = writer.reshaped(ref, (kind.turns, body.size[value])).text
        scanned.append((turn.name(value), f"moveaxis({text}, 1, 0)" if by_row else text))
        assert by_row == (shape[:1] == (ROWS,)), "a turn reads it in the space that it has outside"
    states = {n: turn.name(value) for n, value in body.inputs.items() if n < len(kind.delays)}
    if scanned:
        turn.lines.append(f"{', '.join(each for each, _ in scanned)}{',' * (len(scanned) == 1)} = scanned")
    for n, state in sorted(states.items()):
        turn.lines.append(f"{state} = before[{kind.delays[n] - 1}]")
    write_steps(turn, range(len(body)))
    turn.lines.append(f"row = {turn.outputs(step.space)}")
    carried = "(row, *before[:-1])" if delay > 1 else "(row,)"
    if turn.checks:
        turn.lines.insert(0, "*before, ok = before")
        carried = carried[:-1].removesuffix(",") + f", ok & {' & '.join(f'{each}.all()' for each in turn.checks)})"
    turn.lines.append(f"return {carried}, row")
    writer.lines.append(f"def {name}_turn(before, scanned):")
    writer.lines += [f"    {line}" for line in turn.lines]
    rows = [f"{before}[{':, ' * len(lead)}{n}]" for n in range(delay)]
    begin = rows if kind.is_reversed else rows[::-1]  # the row of one turn before, of two turns before, …
    arrays = ", ".join(array for _, array in scanned)
    arguments = [
        f"{name}_turn", f"({', '.join([*begin, *['True'] * bool(turn.checks)])},)",
        f"({arrays},)" if scanned else "None", str(kind.turns), *["reverse=True"] * kind.is_reversed,
    ]  # fmt: skip
    writer.lines.append(f"{name}_last, {name}_rows = scan({', '.join(arguments)})")
    if turn.checks:
        writer.checks.append(writer.temporary(f"{name}_last[-1]"))
    all_rows = f"moveaxis({name}_rows, 0, 1)" if lead else f"{name}_rows"
    both = [all_rows, before] if kind.is_reversed else [before, all_rows]
    return Ref(f"concatenate([{', '.join(both)}], -2)", (*lead, delay + kind.turns, kind.width))


WRITING[Loop] = write_loop  # of steps, so that `steps` cannot know it

"""What of a turn depends on earlier turns."""

from hypothesis import given
from hypothesis import strategies as st

from autograd.compiler.loops.recurrence import components, reachable
from autograd.compiler.loops.search import find_loops
from autograd.compiler.trace import trace

GRAPHS = st.integers(1, 12).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, n - 1), max_size=3), min_size=n, max_size=n)
)


@given(GRAPHS)
def test_a_component_is_all_that_reaches_one_another(operands):
    found = components(operands)
    assert sorted(n for component in found for n in component) == list(range(len(operands)))
    below = [reachable({n}, operands) for n in range(len(operands))]
    for component in found:
        for n in component:
            assert set(component) == {m for m in below[n] if n in below[m]}


def core_names(f, shapes):
    tape, _ = trace(f, shapes)
    [loop] = find_loops(tape)
    return [
        [tape.operation(loop.start + s).name for s in places] for places in (loop.core, loop.before)
    ]  # fmt: skip


def test_what_does_not_wait_is_before_and_what_nobody_waits_for_is_neither():
    def f(x, u):
        loss = 0.0
        for t in range(40):
            x = (x * u[t].exp()).sin()  # exp waits for nothing
            loss = loss + x.cos()  # and nothing waits for this
        return loss

    assert core_names(f, [(), (40,)]) == [["mul", "sin"], ["exp"]]


def test_a_total_that_is_used_on_the_way_is_a_recurrence():
    def f(x, u):
        total = x * 0.0
        for t in range(40):
            total = total + u[t].exp()
            x = (x * total).sin()
        return x

    assert core_names(f, [(), (40,)]) == [["add", "mul", "sin"], ["exp"]]

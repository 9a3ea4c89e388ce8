"""Schedules: their formulas, PyTorch's rates, and how an optimizer follows them."""

import copy
import math
import pickle

import pytest

from autograd import Value
from nn import OPTIMIZERS, SGD, Adam, CosineDecay, ExponentialDecay, StepDecay, WarmUp

SCHEDULES = [
    StepDecay(0.5, every=3, factor=0.3),
    ExponentialDecay(0.5, factor=0.9),
    CosineDecay(0.5, steps=10, final=0.01),
    WarmUp(0.5, steps=4, start=0.2),
    WarmUp(CosineDecay(0.5, steps=6), steps=4, start=0.25),
]


def torch_scheduler(torch, schedule, optimizer):
    """PyTorch's scheduler that does the same."""
    schedulers = torch.optim.lr_scheduler
    match schedule:
        case StepDecay(_, every, factor):
            return schedulers.StepLR(optimizer, every, factor)
        case ExponentialDecay(_, factor):
            return schedulers.ExponentialLR(optimizer, factor)
        case CosineDecay(_, steps, final):
            return schedulers.CosineAnnealingLR(optimizer, steps, final)
        case WarmUp(CosineDecay(_, cosine_steps), steps, start):
            warm_up = schedulers.LinearLR(optimizer, start, 1.0, steps)
            cosine = schedulers.CosineAnnealingLR(optimizer, cosine_steps)
            return schedulers.SequentialLR(optimizer, [warm_up, cosine], milestones=[steps])
        case WarmUp(_, steps, start):
            return schedulers.LinearLR(optimizer, start, 1.0, steps)
    raise AssertionError(schedule)


def steps_of(optimizer, x, steps=10):
    """x and the rate after each step down x²."""
    path = []
    for _ in range(steps):
        optimizer.zero_grad()
        (x * x).backward()
        optimizer.step()
        path.append(x.data if isinstance(x, Value) else x.item())
    return path


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
def test_ten_steps_agree_with_pytorch(schedule):
    torch = pytest.importorskip("torch", reason="the comparison with PyTorch needs PyTorch")
    theirs = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([theirs], lr=0.5)
    scheduler = torch_scheduler(torch, schedule, optimizer)
    path, rates = [], []
    for _ in range(10):
        rates.append(optimizer.param_groups[0]["lr"])
        path += steps_of(optimizer, theirs, 1)
        scheduler.step()
    ours = Value(2.0)
    assert [schedule(t) for t in range(10)] == pytest.approx(rates, rel=1e-12)
    assert steps_of(SGD([ours], lr=schedule), ours) == pytest.approx(path, rel=1e-12)


def test_the_formulas():
    t = 7
    assert StepDecay(0.5, every=3, factor=0.3)(t) == 0.5 * 0.3**2
    assert ExponentialDecay(0.5, factor=0.9)(t) == 0.5 * 0.9**7
    assert CosineDecay(0.5, steps=10, final=0.1)(t) == pytest.approx(0.1 + 0.4 * (1 + math.cos(0.7 * math.pi)) / 2)
    assert WarmUp(0.5, steps=10, start=0.2)(t) == pytest.approx(0.5 * (0.2 + 0.8 * 0.7))
    assert WarmUp(0.5, steps=10, start=1.0)(t) == 0.5


def test_a_cosine_stays_at_its_end():
    assert [CosineDecay(0.5, steps=10, final=0.1)(t) for t in (10, 15, 1000)] == [0.1] * 3


def test_after_the_warm_up_the_schedule_begins():
    inner = ExponentialDecay(0.5, factor=0.9)
    assert [WarmUp(inner, steps=5)(t) for t in (5, 6, 9)] == [inner(0), inner(1), inner(4)]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_takes_a_schedule(name):
    with_schedule, by_hand = Value(2.0), Value(2.0)
    schedule = CosineDecay(0.1, steps=8)
    optimizer = OPTIMIZERS[name]([by_hand], lr=0.1)
    path = []
    for t in range(10):
        optimizer.lr = schedule(t)
        path += steps_of(optimizer, by_hand, 1)
    assert steps_of(OPTIMIZERS[name]([with_schedule], lr=schedule), with_schedule) == path


def test_the_optimizer_tells_the_rate_of_the_latest_step():
    x = Value(1.0)
    optimizer = SGD([x], lr=StepDecay(0.8, every=1, factor=0.5))
    rates = [optimizer.lr]
    for _ in range(3):
        optimizer.step()
        rates.append(optimizer.lr)
    assert rates == [0.8, 0.8, 0.4, 0.2]
    assert optimizer.steps == 3


def test_any_function_is_a_schedule():
    x = Value(0.0)
    optimizer = SGD([x], lr=lambda t: 1.0 / (t + 1))
    for _ in range(3):
        x.grad = -1.0
        optimizer.step()
    assert x.data == pytest.approx(1.0 + 1 / 2 + 1 / 3)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))], ids=["copy", "pickle"])
def test_a_copied_optimizer_goes_on_in_its_schedule(copied):
    x = Value(1.0)
    optimizer = Adam([x], lr=StepDecay(0.8, every=2, factor=0.5))
    steps_of(optimizer, x, 3)
    other = copied(optimizer)
    assert steps_of(other, other.parameters[0], 3) == steps_of(optimizer, x, 3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: StepDecay(0.0, every=1), "lr must be greater than 0"),
        (lambda: StepDecay(0.1, every=0), "every must be a whole number of at least 1, got 0"),
        (lambda: StepDecay(0.1, every=1, factor=0.0), "factor must be greater than 0"),
        (lambda: ExponentialDecay(0.1, factor=-1.0), "factor must be greater than 0"),
        (lambda: ExponentialDecay(0.1, factor=1.1), "factor must be at most 1, or the rate would grow without end"),
        (lambda: StepDecay(0.1, every=1, factor=2.0), "factor must be at most 1"),
        (lambda: CosineDecay(0.1, steps=2.5), "steps must be a whole number of at least 1, got 2.5"),
        (lambda: CosineDecay(0.1, steps=2, final=-0.1), "final must be at least 0"),
        (lambda: CosineDecay(0.1, steps=0), "steps must be a whole number of at least 1, got 0"),
        (lambda: WarmUp(0.1, steps=0), "steps must be a whole number of at least 1, got 0"),
        (lambda: WarmUp(CosineDecay(0.1, steps=2), steps=0), "steps must be a whole number of at least 1, got 0"),
        (lambda: WarmUp(-0.1, steps=2), "lr must be greater than 0"),
        (lambda: WarmUp(0.1, steps=2, start=0.0), "start must be greater than 0"),
        (lambda: WarmUp(0.1, steps=2, start=1.5), "at most 1, got 1.5"),
        (lambda: SGD([Value(1.0)], lr=lambda t: -1.0), "the schedule's first lr must be at least 0"),
    ],
)
def test_what_is_out_of_range_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_a_schedule_that_gives_no_rate_is_refused_before_the_step():
    x = Value(1.0)
    optimizer = SGD([x], lr=lambda t: 0.1 if t < 1 else math.nan)
    optimizer.step()
    x.grad = 1.0
    with pytest.raises(ValueError, match="the schedule's lr for step 1 must be at least 0 and finite, got nan"):
        optimizer.step()
    assert x.data == 1.0

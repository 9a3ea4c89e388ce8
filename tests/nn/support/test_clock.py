"""Durations: a clock that is set back does not change them."""

import time
from pathlib import Path

import pytest

from nn.support.clock import Stopwatch
from nn.training.training import _progress_bar

ROOT = Path(__file__).parents[3]


def test_seconds_go_by(monkeypatch):
    times = iter([100.0, 101.5, 104.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(times))
    stopwatch = Stopwatch()
    assert [stopwatch(), stopwatch()] == [1.5, 4.0]


def test_a_clock_that_goes_back_takes_nothing_away(monkeypatch):
    times = iter([100.0, 102.0, 1.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(times))
    stopwatch = Stopwatch()
    assert [stopwatch(), stopwatch()] == [2.0, 2.0]


def test_the_progress_bar_does_not_look_at_the_clock_on_the_wall(monkeypatch):
    bar = _progress_bar(10)
    try:
        for clock in ("tqdm.std.time", "time.time"):
            monkeypatch.setattr(clock, lambda: -1e9)
        bar.update(5)
        assert bar.n == 5
        assert 0.0 <= bar.format_dict["elapsed"] < 1e6
    finally:
        bar.close()


@pytest.mark.parametrize("folder", ["autograd", "nn", "viz"])
def test_nothing_else_asks_what_time_it_is(folder):
    asked = ("time.time(", "datetime.now", "datetime.utcnow", "import time as", "from time import")
    files = [*(ROOT / folder).rglob("*.py")]
    assert len(files) > 10
    assert [str(file) for file in files if any(call in file.read_text("utf-8") for call in asked)] == []

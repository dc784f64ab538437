"""A computation is timed at least once and no longer than there is time."""

import math

from automl_tl.probe.stopwatch import Stopwatch


def counted(watch, at_most):
    """Return how often a computation that takes no time was timed."""
    calls = []
    seconds = watch.median(lambda: calls.append(1), at_most=at_most)
    assert 0 <= seconds < 60
    return len(calls)


def test_with_time_it_is_timed_as_often_as_asked():
    assert counted(Stopwatch.ending_in(math.inf), at_most=7) == 7


def test_without_time_it_is_timed_once():
    assert counted(Stopwatch.ending_in(-1.0), at_most=7) == 1


def test_a_share_ends_earlier_than_the_whole():
    whole = Stopwatch.ending_in(1000.0)
    assert whole.left() <= 1000.0
    assert 200.0 < whole.share(0.25).left() <= 250.0


def test_the_median_ignores_one_slow_pass(monkeypatch):
    """Another process takes the machine now and then."""
    clock = iter([0.0, 1.0, 10.0, 99.0, 100.0, 101.5])
    monkeypatch.setattr("automl_tl.probe.stopwatch.time.perf_counter", lambda: next(clock))
    assert Stopwatch(math.inf)  # no clock is asked
    monkeypatch.setattr(Stopwatch, "left", lambda self: 1.0)
    assert Stopwatch(math.inf).median(lambda: None, at_most=3) == 1.5

"""Waiting grows, stays below its limit and ends."""

from hypothesis import given
from hypothesis import strategies as st

from automl_tl.client.backoff import Backoff


def waits(**options):
    slept = []
    backoff = Backoff(sleep=slept.append, **options)
    while backoff.wait():
        pass
    return slept


def test_waits_double_up_to_the_longest():
    assert waits(first=1, longest=4, patience=15, random=lambda: 1.0) == [1, 2, 4, 4, 4]


@given(st.floats(0.01, 1), st.floats(1, 10), st.floats(0, 100), st.floats(0, 1))
def test_the_sum_of_waits_passes_patience_by_one_wait_at_most(first, longest, patience, dice):
    slept = waits(first=first, longest=longest, patience=patience, random=lambda: dice)
    assert sum(slept) <= patience + longest
    assert all(seconds <= longest for seconds in slept)


def test_no_patience_means_no_wait():
    assert waits(patience=0) == []


def test_success_starts_the_count_again():
    slept = []
    backoff = Backoff(first=1, patience=1, sleep=slept.append, random=lambda: 1.0)
    assert backoff.wait()
    assert not backoff.wait()
    backoff.reset()
    assert backoff.wait()
    assert slept == [1, 1]

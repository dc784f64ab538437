"""A store that is away is waited for, but not for ever."""

import pytest

from automl_tl.errors import NotFound, Unavailable
from automl_tl.store.patience import Patience, StoreAway


class Time:
    """Passes only by pauses."""

    def __init__(self, stop_after=10_000.0):
        self.now = 0.0
        self.pauses = []
        self.stop_after = stop_after

    def pause(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds
        return self.now >= self.stop_after

    def patience(self, **options):
        return Patience(pause=self.pause, monotonic=lambda: self.now, **options)


def failing(times, answer="done"):
    left = [times]

    def call():
        left[0] -= 1
        if left[0] >= 0:
            raise Unavailable("away")
        return answer

    return call


def test_what_works_is_called_once():
    time = Time()
    assert time.patience().until_done(failing(0)) == "done"
    assert time.pauses == []


def test_pauses_grow_up_to_a_limit():
    time = Time()
    assert time.patience(first=1, longest=5, seconds=100).until_done(failing(5)) == "done"
    assert time.pauses == [1, 2, 4, 5, 5]


def test_patience_ends():
    time = Time()
    with pytest.raises(StoreAway, match="away"):
        time.patience(first=1, longest=5, seconds=20).until_done(failing(1000))
    assert sum(time.pauses) <= 20


def test_a_process_that_must_end_does_not_wait():
    time = Time(stop_after=0.0)
    with pytest.raises(StoreAway):
        time.patience().until_done(failing(1000))
    assert len(time.pauses) == 1


def test_other_errors_come_through():
    def call():
        raise NotFound("gone")

    with pytest.raises(NotFound):
        Time().patience().until_done(call)


def test_a_write_whose_answer_was_lost_is_not_repeated():
    """The question comes only after a failure, and may find the store away as well."""
    questions, calls = [], []

    def call():
        calls.append(1)
        raise Unavailable("the connection broke at the end of the transaction")

    def done():
        questions.append(1)
        if len(questions) == 1:
            raise Unavailable("still away")
        return "was done"

    assert Time().patience().until_done(call, done=done) == "was done"
    assert (len(calls), len(questions)) == (1, 2)

"""A stream that ends with an answer is read from the beginning again where it breaks."""

from types import SimpleNamespace

import grpc
import pytest

from automl_tl.client.asking import updates
from automl_tl.client.backoff import Backoff
from automl_tl.errors import InvalidInput, Unavailable


class Broken(grpc.RpcError):
    """What a stub raises."""


def breaking(*said):
    yield from said
    raise Broken


def heard(*streams, broken=True, patience=1):
    """Read the streams one after the other until the word "answer"."""
    left, waits = list(streams), iter([True] * patience + [False])
    backoff = SimpleNamespace(wait=lambda: next(waits))
    connection = SimpleNamespace(worded=lambda error: InvalidInput("no"), broken=lambda error: broken)
    found = []
    for update in updates(lambda: left.pop(0), connection=connection, backoff=backoff, awaited="the answer"):
        found.append(update)
        if update == "answer":
            return found
    return None


def test_a_broken_stream_is_opened_again():
    """What was said before is said again."""
    assert heard(breaking("a", "b"), ["a", "answer"]) == ["a", "b", "a", "answer"]


def test_a_service_that_stays_away_is_told_in_its_words():
    """After as many waits as there is patience for; at once where it refused."""
    with pytest.raises(InvalidInput):
        heard(breaking(), breaking(), patience=1)
    with pytest.raises(InvalidInput):
        heard(breaking(), ["answer"], broken=False)


def test_a_stream_without_its_answer_is_given_up_by_name():
    """However often it ends in peace."""
    with pytest.raises(Unavailable, match="before the answer"):
        heard(["a"], ["a"], patience=1)


@pytest.mark.parametrize("end", [breaking, lambda *said: said], ids=["broken", "ended"])
def test_a_service_that_speaks_and_breaks_off_every_time_is_given_up(end):
    """News that come before the break do not renew patience."""
    opened = []

    def open_stream():
        opened.append("stream")
        assert len(opened) < 100, "it asks without end"
        return end("waiting for a worker", "half an answer")

    connection = SimpleNamespace(worded=lambda error: Unavailable("away"), broken=lambda error: True)
    backoff = Backoff(patience=60.0, sleep=lambda seconds: None, random=lambda: 1.0)
    with pytest.raises(Unavailable):
        list(updates(open_stream, connection=connection, backoff=backoff, awaited="the answer"))
    assert len(opened) > 2

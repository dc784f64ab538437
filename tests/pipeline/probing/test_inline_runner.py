"""Probing in this process."""

from __future__ import annotations

import numpy as np
import pytest

from automl_tl.errors import Cancelled
from automl_tl.pipeline.probing.inline_runner import InlineProbeRunner, ModelShelf
from automl_tl.pipeline.probing.request import ProbeRequest
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.search.budget import Deadline
from automl_tl.transferability.statistics import sufficient_statistics

ROWS = np.arange(8)
LABELS = np.arange(36) % 3
NEVER = Deadline(None)


@pytest.fixture
def cache(tmp_path):
    return EmbeddingCache(tmp_path / "cache")


def run(source, shapes, cache, names, *, deadline=NEVER, cancelled=lambda: False, begun=lambda _: None):
    requests = [ProbeRequest(source.card(name), ROWS) for name in names]
    return list(
        InlineProbeRunner(source).run(requests, shapes, cache, deadline=deadline, cancelled=cancelled, begun=begun)
    )


def test_candidates_answer_in_order_and_a_failure_stops_nobody(shapes, source, cache):
    """Each is announced when work on it begins."""
    begun = []
    outcomes = run(source, shapes, cache, [1, "broken", 2], begun=begun.append)
    assert [outcome.model for outcome in outcomes] == begun == ["local:1", "local:broken", "local:2"]
    assert [bool(outcome.error) for outcome in outcomes] == [False, True, False]


def test_whom_the_deadline_cuts_off_gives_no_answer(shapes, source, cache):
    """Those before it do."""
    clock = iter([0.0] * 4 + [2.0] * 9)
    outcomes = run(source, shapes, cache, [1, 2, 3], deadline=Deadline(1.0, clock=lambda: next(clock)))
    assert 0 < len(outcomes) < 3


def test_being_cancelled_is_heard_before_the_next_batch(shapes, source, cache):
    """Nothing more is begun."""
    with pytest.raises(Cancelled):
        run(source, shapes, cache, [1], cancelled=lambda: True)
    assert source.loads == 0


def test_statistics_of_shards_are_those_of_one_pass(shapes, source, cache):
    """And of one pass over the embeddings themselves; a model that fails stops nobody."""
    runner = InlineProbeRunner(source)
    cards = [source.card(1), source.card("broken"), source.card(2)]
    rows = np.arange(30)
    ask = {"deadline": Deadline(None), "cancelled": lambda: False}
    found = list(runner.statistics(cards, shapes, rows, LABELS, shard_rows=7, **ask))
    assert [bool(each.error) for each in found] == [False, True, False]
    embeddings = next(
        iter(runner.run([ProbeRequest(cards[0], rows)], shapes, cache, begun=lambda _: None, **ask))
    ).embeddings
    whole = sufficient_statistics(embeddings.features, LABELS[:30])
    assert np.allclose(found[0].statistics.scatter, whole.scatter, rtol=1e-5, atol=1e-6)
    assert found[0].statistics.n == 30


def test_small_models_stay_on_the_shelf_and_large_ones_do_not(source):
    """The next rung asks for them again."""
    shelf = ModelShelf(source, most_parameters=10**9)
    assert shelf(source.card(1)) is shelf(source.card(1))
    assert source.loads == 1
    narrow = ModelShelf(source, most_parameters=1)
    narrow(source.card(1))
    narrow(source.card(1))
    assert source.loads == 3
    assert len(narrow) == 0

"""What a candidate has shown adds up over its rungs."""

from __future__ import annotations

import numpy as np
import pytest

from automl_tl.pipeline.probing.contestant import Contestant
from automl_tl.pipeline.probing.halving import standings
from automl_tl.pipeline.probing.request import ProbeOutcome
from automl_tl.probe.cost import ModelCost
from automl_tl.probe.embeddings import Embeddings


def outcome(rows: int, seconds: float, **facts) -> ProbeOutcome:
    found = Embeddings("local:a", np.arange(rows), np.ones((rows, 2), np.float32), None, seconds, "digest")
    return ProbeOutcome("local:a", found, load_seconds=2.0, **facts)


def test_seconds_add_up_and_foretell_the_next_rung():
    """Loading counts for the time, not for the cost of the passes."""
    one = Contestant("local:a")
    assert one.time_of(100) == one.cost_of(100) == 0.0
    one.take(outcome(10, 1.0, cost=ModelCost(parameters=7)), examples=10, last=False)
    assert one.cost_of(30) == pytest.approx(2.0)
    assert one.time_of(30) == pytest.approx(4.0)
    one.take(outcome(30, 2.0), examples=30, last=True)
    assert one.outcome.embeddings.seconds == pytest.approx(3.0)
    assert one.outcome.cost.parameters == 7
    assert one.finished
    assert one.time_of(30) == 0.0


def test_where_work_is_foretold_the_clock_changes_no_cost():
    """Time is still told in seconds."""
    one = Contestant("local:a", work_per_row=5.0)
    one.take(outcome(10, 1.0), examples=10, last=False)
    assert (one.spent, one.cost_of(30)) == (50.0, 100.0)
    assert one.time_of(30) == pytest.approx(4.0)


def test_leaving_unseen_is_a_failure_and_after_a_comparison_a_departure():
    """The memory of its embeddings is freed."""
    unseen = Contestant("local:a")
    unseen.leave("time", total=50, everything=60)
    assert "not probed" in unseen.failure
    seen = Contestant("local:a")
    seen.take(outcome(2, 1.0), examples=2, last=False)
    seen.compare(standings({"local:b": np.ones(2), "local:a": np.zeros(2)}, places=1, total=50), 2)
    seen.leave("behind", total=50, everything=60)
    assert (seen.place, seen.running, seen.failure) == (1, False, "")
    assert (seen.departure.examples, seen.departure.total, seen.departure.difference) == (2, 50, 1.0)
    assert (seen.departure.place, seen.departure.rivals) == (2, 2)
    assert seen.departure.seconds == pytest.approx(2.0 + 58 * 0.5)
    assert seen.outcome.embeddings is None
    seen.come_back()
    assert seen.running


def test_a_failure_keeps_what_was_measured():
    """The row shows the cost of a model that a limit keeps out."""
    one = Contestant("local:a")
    one.take(ProbeOutcome("local:a", cost=ModelCost(parameters=7), error="too large"), examples=8, last=False)
    assert (one.failure, one.running, one.outcome.cost.parameters) == ("too large", False, 7)

"""What search is told before it begins."""

import math
from types import SimpleNamespace

import pytest

from automl_tl.pipeline.deadlines import StageDeadlines
from automl_tl.pipeline.foreknowledge import closing_of, memory_limit, most_training_bytes, sizes_of, standings_of
from automl_tl.pipeline.spec import Stage
from automl_tl.probe.cost import ModelCost, TrialSize
from automl_tl.search.budget import Deadline, StopReason
from automl_tl.search.closing import Kept
from automl_tl.search.space_reader import parse_space
from automl_tl.testing.runner import toy_workload
from automl_tl.transferability.base import RankedModel

SPACE = parse_space("""
modality: image
strategies:
  full_finetune:
    updates: {kind: categorical, choices: [40], default: 40}
    batch_size: {kind: categorical, choices: [8], default: 8}
portfolio: [{strategy: full_finetune}]
""")


def test_a_standing_is_the_rankings_with_the_measured_pace(tmp_path):
    """Known answer: 64 seconds for 40 updates of 8 are 0.2 per example."""
    sizes = sizes_of(toy_workload(tmp_path, models=("local:a", "local:b")), SPACE)
    rows = [
        RankedModel(
            "local:a", 1, 1.0, 0.0, 2.0, probability_best=0.9, contender=True, cost=ModelCost(trial_seconds=64)
        ),
        RankedModel("local:b", 2, 0.0, 0.0, 1.0, probability_best=0.1),
    ]
    first, second = standings_of(rows, sizes).values()
    assert (first.probability_best, first.contender, first.pace) == (0.9, True, pytest.approx(0.2))
    assert (second.contender, math.isnan(second.pace)) == (False, True)


def test_memory_is_foretold_from_weights_and_activations():
    """Known answer: 4 x 100 bytes of weights, 80 for each example; nine tenths of 1000 may be filled."""
    costs = {
        "a": ModelCost(weight_bytes=100.0, training_bytes=1200.0),
        "b": ModelCost(),
        "c": ModelCost(weight_bytes=1.0, training_bytes=2.0),
    }
    sizes = {"a": TrialSize(batch_size=10), "b": TrialSize(batch_size=10)}
    limit = memory_limit(costs, sizes, available=1000.0)
    assert [limit.holds("a", batch) for batch in (6, 7)] == [True, False]
    assert limit.holds("b", 1000)
    assert limit.holds("c", 1000)


def test_the_largest_model_says_what_trials_take():
    """As long as all were measured."""
    costs = {"a": ModelCost(training_bytes=3.0), "b": ModelCost(training_bytes=5.0), "c": ModelCost()}
    assert most_training_bytes(costs, ("a", "b")) == 5.0
    assert math.isnan(most_training_bytes(costs, ("a", "c")))
    assert math.isnan(most_training_bytes(costs, ("a", "unknown")))
    assert math.isnan(most_training_bytes(costs, ()))


def test_a_limit_on_device_time_alone_lets_something_follow_the_search(tmp_path):
    """Unless the job ends with its search; without any limit nothing has to be kept."""
    workload, kept = toy_workload(tmp_path), {StopReason.BUDGET_MONEY: Kept(20.0, 1.0)}

    def job(stop_after=Stage.REPORT):
        deadlines = StageDeadlines.plan(Deadline(None), 0.0)
        return SimpleNamespace(deadlines=deadlines, spec=SimpleNamespace(stop_after=stop_after))

    closing = closing_of(job(), workload, [], kept)
    assert (closing.kept, closing.whole, closing.left(None)) == (kept, math.inf, math.inf)
    assert closing_of(job(Stage.SEARCH), workload, [], kept) is None
    assert closing_of(job(), workload, []) is None

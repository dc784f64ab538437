"""What trials will take."""

import math
from dataclasses import replace

import pytest

from automl_tl.finetune.workload import CurvePoint
from automl_tl.search.cost_model import CostModel

PARAMETERS = {"updates": 90, "batch_size": 10}


@pytest.fixture
def timed(ended_trial):
    """Build a trial with 20 seconds before its first point and then so many seconds per update."""

    def build(number, per_update, **changes):
        curve = tuple(CurvePoint(at, at / 90, 20 + per_update * at, 1.0, {"accuracy": 0.5}) for at in (10, 30, 90))
        options = {"parameters": PARAMETERS} | changes
        return replace(ended_trial(number, [0.5], **options), curve=curve)

    return build


def test_nothing_is_known_at_first():
    """NaN says so; a linear probe costs nothing."""
    assert math.isnan(CostModel().seconds("a", "full_finetune", PARAMETERS))
    assert CostModel().seconds("a", "linear_probe", {}) == 0.0


def test_a_trial_foretells_the_next_one(timed):
    """Known answer: 0.5 s per update of 10 is 0.05 per example; 200 updates of 20 take 200 s."""
    model = CostModel()
    model.note(timed(1, 0.5))
    assert model.seconds("local:a", "full_finetune", {"updates": 200, "batch_size": 20}) == pytest.approx(200)


def test_strategies_differ_and_the_same_one_counts_first(timed):
    """Another strategy takes what the model took."""
    model = CostModel()
    model.note(timed(1, 0.5))
    model.note(timed(2, 0.1, strategy="lora"))
    assert model.seconds("local:a", "lora", PARAMETERS) == pytest.approx(9)
    assert model.seconds("local:a", "full_finetune", PARAMETERS) == pytest.approx(45)
    assert model.seconds("local:a", "norm_and_bias", PARAMETERS) == pytest.approx(27)


def test_what_was_foretold_is_corrected_by_what_was_seen(timed):
    """Trials of a take twice what probing said, so b will too."""
    model = CostModel({"local:a": 0.025, "local:b": 0.1, "local:c": math.nan})
    assert model.seconds("local:b", "full_finetune", PARAMETERS) == pytest.approx(90)
    model.note(timed(1, 0.5))
    assert model.seconds("local:b", "full_finetune", PARAMETERS) == pytest.approx(180)
    assert model.seconds("local:c", "full_finetune", PARAMETERS) == pytest.approx(45)


def test_a_trial_without_training_teaches_nothing(ended_trial):
    """A probe has no updates."""
    model = CostModel()
    start = CurvePoint(0, 0.0, 3.0, 1.0, {"accuracy": 0.5})
    model.note(replace(ended_trial(1, [0.5]), curve=(start,)))
    assert math.isnan(model.seconds("local:a", "full_finetune", PARAMETERS))

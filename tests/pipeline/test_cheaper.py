"""A much smaller model is measured beside the winner."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import pytest

from automl_tl.errors import TrialFailed
from automl_tl.finetune.metrics import metrics
from automl_tl.pipeline.cheaper import SMALLER_MODEL, smaller_baseline, smaller_rival
from automl_tl.search.trial import Trial, TrialState

IN_TIME = {"remaining": lambda: math.inf}
SIZES = {"a:large": 1000, "a:medium": 600, "a:small": 400, "a:unknown": 0}


def trial(number: int, model: str, accuracy: float, strategy: str = "linear_probe") -> Trial:
    return Trial(
        f"t{number:04d}", number, model, strategy, {}, 0, "probe", TrialState.SUCCEEDED, accuracy,
        checkpoint="somewhere", metrics={"accuracy": accuracy, "log_loss": 1 - accuracy},
    )  # fmt: skip


@pytest.fixture
def searched():
    trials = (
        trial(1, "a:large", 0.9),
        trial(2, "a:medium", 0.89),
        trial(3, "a:small", 0.7),
        trial(4, "a:small", 0.8, "full_finetune"),
        trial(5, "a:unknown", 0.88),
    )
    cards = {model: SimpleNamespace(id=model, parameters=size) for model, size in SIZES.items()}
    return SimpleNamespace(
        workload=SimpleNamespace(cards=cards), result=SimpleNamespace(best=trials[0], trials=trials)
    )


def test_the_best_trial_of_a_model_of_half_the_size_is_the_rival(searched):
    """0.6 of the size is not much smaller, and an unknown size is no claim."""
    accuracy = metrics.get("accuracy")
    assert smaller_rival(searched, accuracy, searched.result.best).id == "t0004"
    assert smaller_rival(searched, accuracy, searched.result.trials[2]) is None


def test_the_description_says_how_much_smaller(searched):
    name, description, _ = smaller_baseline(
        searched.result.trials[3], searched.result.best, searched.workload, lambda card: None, None, **IN_TIME
    )
    assert name == SMALLER_MODEL
    assert description == "a:small, full finetune: 2.5 times fewer weights"


def test_a_lost_checkpoint_is_said(searched):
    rival = dataclasses.replace(searched.result.trials[3], checkpoint="")
    measure = smaller_baseline(rival, searched.result.best, searched.workload, lambda card: None, None, **IN_TIME)[
        2
    ]
    with pytest.raises(TrialFailed, match="the checkpoint of t0004 is gone"):
        measure()

"""Which fine-tuned run and which probe stand for the final model."""

from __future__ import annotations

import numpy as np
import pytest

from automl_tl.finetune.final_plan import Run
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.rivals import FinishedRun, best_probe, best_tuned

ACCURACY, RMSE = metrics.get("accuracy"), metrics.get("rmse")


LABELS = np.arange(24) % 2


def told_with(right: int, sure: float) -> np.ndarray:
    """Return probabilities (24, 2) that are right on the first rows, and this sure everywhere."""
    told = np.where(np.arange(24) < right, LABELS, 1 - LABELS)
    return np.where(np.eye(2)[told] == 1, sure, 1 - sure)


def unasked(run: Run) -> np.ndarray:
    raise AssertionError(f"{run.trial} was asked")


def tuned(trial: str, **figures: float) -> FinishedRun:
    return FinishedRun(Run(trial, "local:tiny", Recipe("full_finetune", updates=9), 0, 9), figures, 1.0)


def probe(model: str, **recipe: str | float) -> FinishedRun:
    return FinishedRun(Run(f"p-{model}", model, Recipe("linear_probe", **recipe), 0, 0), {"accuracy": 0.5}, 0.1)


def test_of_fine_tuned_runs_that_are_close_the_one_that_loses_least_is_taken():
    """One of 24 rows is no difference, seven are."""
    high = tuned("t1", accuracy=0.75, log_loss=0.9)
    for accuracy, chosen in ((0.71, "t2"), (0.46, "t1")):
        runs = [high, tuned("t2", accuracy=accuracy, log_loss=0.6)]
        found = best_tuned(runs, ACCURACY, labels=LABELS, answers=unasked, calibrated=False)
        assert found.run.trial == chosen


def test_being_too_sure_does_not_count_where_a_temperature_follows():
    """One is right on 20 of 24 rows and sure of all, the other on 19 and hesitant: less loss, but only so far."""
    runs = [tuned("sure", accuracy=20 / 24, log_loss=1.2), tuned("hesitant", accuracy=19 / 24, log_loss=0.6)]
    told = {"sure": told_with(20, 0.999), "hesitant": told_with(19, 0.55)}
    given = {"labels": LABELS, "answers": lambda run: told[run.trial]}
    assert best_tuned(runs, ACCURACY, **given).run.trial == "sure"
    assert best_tuned(runs, ACCURACY, **given, calibrated=False).run.trial == "hesitant"


def test_of_many_runs_only_a_few_are_asked():
    asked = []

    def answers(run):
        asked.append(run.trial)
        return told_with(18, 0.8)

    runs = [tuned(f"t{number}", accuracy=0.75, log_loss=1.0) for number in range(9)]
    assert best_tuned(runs, ACCURACY, labels=LABELS, answers=answers).run.trial == "t0"
    assert asked == ["t0", "t1", "t2", "t3"]


def test_numbers_are_compared_by_their_own_metric():
    """There is no log loss of them: the first is the best."""
    runs = [tuned("t1", rmse=1.0), tuned("t2", rmse=2.0)]
    assert best_tuned(runs, RMSE, labels=LABELS, answers=unasked).run.trial == "t1"


def test_a_checkpoint_that_was_never_trained_is_no_fine_tuned_run():
    untrained = FinishedRun(
        Run("t1", "local:tiny", Recipe("full_finetune", updates=9), 0, 0), {"accuracy": 1.0}, 1
    )
    runs = [untrained, probe("local:tiny")]
    assert best_tuned(runs, ACCURACY, labels=LABELS, answers=unasked) is None


def test_without_a_probe_there_is_none(workload, unlimited):
    found = best_probe(workload, [tuned("t1", accuracy=1.0)], seed=0, remaining=unlimited)
    assert found is None


def test_a_probe_of_other_layers_takes_part_by_its_validation_figures(workload, model_id, unlimited):
    """Its embeddings are not there to be held out in turn."""
    plain, other = probe(model_id), probe(model_id, feature_layers="last_4")
    for accuracy, chosen in ((0.4, plain), (0.6, other)):
        other = FinishedRun(other.run, {"accuracy": accuracy}, 0.1)
        found = best_probe(workload, [plain, other], seed=0, remaining=unlimited)
        assert found.finished.run == chosen.run
        assert (found.plain, found.decision) == (model_id, None)


@pytest.mark.parametrize("weak_first", [True, False])
def test_of_several_the_best_by_all_rows_is_taken_and_told(workload, model_id, unlimited, weak_first):
    strong, weak = probe(model_id), probe(model_id, inverse_regularisation=1e-6)
    runs = [weak, strong] if weak_first else [strong, weak]
    found = best_probe(workload, runs, seed=0, remaining=unlimited)
    assert found.finished == strong
    assert found.decision.kept == weak_first

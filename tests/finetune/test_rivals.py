"""Which fine-tuned run and which probe stand for the final model."""

from __future__ import annotations

import pytest

from automl_tl.finetune.final_plan import Run
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.rivals import FinishedRun, best_probe, best_tuned

ACCURACY, RMSE = metrics.get("accuracy"), metrics.get("rmse")


def tuned(trial: str, **figures: float) -> FinishedRun:
    return FinishedRun(Run(trial, "local:tiny", Recipe("full_finetune", updates=9), 0, 9), figures, 1.0)


def probe(model: str, **recipe: str | float) -> FinishedRun:
    return FinishedRun(Run(f"p-{model}", model, Recipe("linear_probe", **recipe), 0, 0), {"accuracy": 0.5}, 0.1)


def test_of_fine_tuned_runs_that_are_close_the_one_that_loses_least_is_taken():
    """One of 24 rows is no difference, seven are."""
    high = tuned("t1", accuracy=0.75, log_loss=0.9)
    for accuracy, chosen in ((0.71, "t2"), (0.46, "t1")):
        found = best_tuned([high, tuned("t2", accuracy=accuracy, log_loss=0.6)], ACCURACY, examples=24)
        assert found.run.trial == chosen


def test_numbers_are_compared_by_their_own_metric():
    """There is no log loss of them: the first is the best."""
    assert best_tuned([tuned("t1", rmse=1.0), tuned("t2", rmse=2.0)], RMSE, examples=24).run.trial == "t1"


def test_a_checkpoint_that_was_never_trained_is_no_fine_tuned_run():
    untrained = FinishedRun(
        Run("t1", "local:tiny", Recipe("full_finetune", updates=9), 0, 0), {"accuracy": 1.0}, 1
    )
    assert best_tuned([untrained, probe("local:tiny")], ACCURACY, examples=24) is None


def test_without_a_probe_there_is_none(workload, unlimited):
    found = best_probe(workload, [tuned("t1", accuracy=1.0)], seed=0, groups=None, remaining=unlimited)
    assert found is None


def test_a_probe_of_other_layers_takes_part_by_its_validation_figures(workload, model_id, unlimited):
    """Its embeddings are not there to be held out in turn."""
    plain, other = probe(model_id), probe(model_id, feature_layers="last_4")
    for accuracy, chosen in ((0.4, plain), (0.6, other)):
        other = FinishedRun(other.run, {"accuracy": accuracy}, 0.1)
        found = best_probe(workload, [plain, other], seed=0, groups=None, remaining=unlimited)
        assert found.finished.run == chosen.run
        assert (found.plain, found.decision) == (model_id, None)


@pytest.mark.parametrize("weak_first", [True, False])
def test_of_several_the_best_by_all_rows_is_taken_and_told(workload, model_id, unlimited, weak_first):
    strong, weak = probe(model_id), probe(model_id, inverse_regularisation=1e-6)
    runs = [weak, strong] if weak_first else [strong, weak]
    found = best_probe(workload, runs, seed=0, groups=None, remaining=unlimited)
    assert found.finished == strong
    assert found.decision.kept == weak_first

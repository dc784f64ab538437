"""Which fine-tuned run and which probe stand for the final model."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import softmax

from automl_tl.finetune import rivals
from automl_tl.finetune.final_plan import Run
from automl_tl.finetune.metrics import all_metrics, metrics
from automl_tl.finetune.probe_choice import ProbeChoice
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


def test_by_log_loss_runs_are_compared_at_their_best_temperature():
    """The one that is sure of all loses more as it is, and less once it is calibrated."""
    runs = [tuned("hesitant", accuracy=16 / 24, log_loss=0.65), tuned("sure", accuracy=22 / 24, log_loss=1.2)]
    told = {"sure": told_with(22, 1 - 1e-9), "hesitant": told_with(16, 0.6)}
    given = {"labels": LABELS, "answers": lambda run: told[run.trial]}
    assert best_tuned(runs, metrics.get("log_loss"), **given).run.trial == "sure"
    assert best_tuned(runs, metrics.get("log_loss"), **given, calibrated=False).run.trial == "hesitant"


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
    found = best_probe(workload, [tuned("t1", accuracy=1.0)], answers=unasked, seed=0, remaining=unlimited)
    assert found is None


@pytest.fixture
def against_others(workload, model_id, unlimited, monkeypatch):
    """Return a function (labels, answers of the plain probe and of those of other layers) -> the best probe."""

    def only(workload, runs, **options):
        return ProbeChoice(tuple(runs), workload.validation.labels, ())

    monkeypatch.setattr(rivals, "choose_probe", only)

    def make(labels, told, remaining=unlimited, groups=None, asked=lambda trial: None):
        held_out = replace(workload.validation, inputs=(None,) * len(labels), labels=labels, groups=groups)
        recipes = [Recipe("linear_probe")] + [Recipe("linear_probe", feature_layers="head2toe")] * (len(told) - 1)
        runs = [
            FinishedRun(Run(f"p{place}", model_id, recipe, 0, 0), all_metrics(labels, answers), 0.1)
            for place, (recipe, answers) in enumerate(zip(recipes, told, strict=True))
        ]
        plain, *others = runs
        others.sort(key=lambda run: (-run.metrics["accuracy"], run.metrics["log_loss"]))

        def answers(run):
            asked(run.trial)
            return told[int(run.trial[1:])]

        found = best_probe(
            replace(workload, validation=held_out), [*others, plain], answers=answers, seed=0, remaining=remaining
        )
        assert found.plain == model_id
        return found

    return make


def drawn(signals: list[float], rows: int, seed: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return labels, and answers to them of models that see so much of three classes, half of the noise shared."""
    rng, labels = np.random.default_rng(seed), np.arange(rows) % 3
    shared, told = rng.normal(size=(rows, 3)), []
    for signal in signals:
        seen = shared + rng.normal(size=(rows, 3)) + 2 * signal * np.eye(3)[labels]
        told.append(softmax(signal * seen, axis=1))
    return labels, told


def test_by_luck_of_a_few_rows_no_probe_of_other_layers_displaces_the_plain_one(against_others):
    """Seven that are equally good on twelve rows: nearly always one of six looks better than the seventh."""
    found = [against_others(*drawn([1.0] * 7, 12, seed)) for seed in range(40)]
    looked_better = [each.decisions[-1] for each in found if each.decisions]
    assert len(looked_better) > 25
    assert {each.step for each in looked_better} == {"layers"}
    assert sum(each.finished.run.trial != "p0" for each in found) <= 4


def test_a_probe_of_other_layers_that_is_clearly_better_is_taken_and_told(against_others):
    labels, told = drawn([1.0] * 6 + [1.8], 200, 0)
    found = against_others(labels, told)
    assert found.finished.run.trial == "p6"
    (decision,) = found.decisions
    assert (decision.step, decision.kept, decision.evidence) == ("layers", True, "validation")
    assert decision.gains[0].examples == 200
    assert decision.settings["layers"] == "head2toe"
    assert decision.settings["probes"] == 6
    assert against_others(labels, told[:6]).finished.run.trial == "p0"


def test_of_one_patients_rows_no_probe_of_other_layers_is_better(against_others):
    labels, told = drawn([1.0, 1.8], 200, 0)
    found = against_others(labels, told, groups=np.zeros(200, dtype=np.int64))
    assert found.finished.run.trial == "p0"


@pytest.mark.parametrize(("left", "asked"), [(0.0, []), (90.0, ["p0"]), (110.0, ["p0", "p1"])])
def test_without_time_to_ask_them_the_plain_probe_stays(against_others, monkeypatch, left, asked):
    """None is asked once time is over, only the plain one where ten seconds are a good part of what is left."""
    seen = []
    monkeypatch.setattr(rivals, "time", SimpleNamespace(perf_counter=lambda: 10.0 * len(seen)))
    labels, told = drawn([1.0, 1.8], 200, 0)
    found = against_others(labels, told, remaining=lambda: left, asked=seen.append)
    assert seen == asked
    assert found.finished.run.trial == ("p1" if len(asked) == 2 else "p0")
    assert ("no time to compare" in found.decisions[-1].reason) == (len(asked) < 2)


def test_a_probe_of_other_layers_that_validation_puts_behind_is_not_asked(workload, model_id, unlimited):
    other = replace(probe(model_id, feature_layers="last_4"), metrics={"accuracy": 0.4})
    plain = probe(model_id)
    found = best_probe(workload, [plain, other], answers=unasked, seed=0, remaining=unlimited)
    assert (found.finished, found.decisions) == (plain, ())


@pytest.mark.parametrize("weak_first", [True, False])
def test_of_several_the_best_by_all_rows_is_taken_and_told(workload, model_id, unlimited, weak_first):
    strong, weak = probe(model_id), probe(model_id, inverse_regularisation=1e-6)
    runs = [weak, strong] if weak_first else [strong, weak]
    found = best_probe(workload, runs, answers=unasked, seed=0, remaining=unlimited)
    assert found.finished == strong
    assert [each.kept for each in found.decisions] == [weak_first]

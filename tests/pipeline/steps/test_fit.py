"""FIT retrains the winner and measures once."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import TrialFailed
from automl_tl.finetune import baselines
from automl_tl.finetune.evaluate import evaluate, predict_rows
from automl_tl.finetune.fitted import load
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.workload import CurvePoint
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.pipeline.inputs import labelled_inputs
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps import fit
from automl_tl.search.budget import Deadline
from automl_tl.search.trial import Trial, TrialState


def test_the_final_model_stands_beside_every_baseline(early):
    """All are measured on the same test rows, with a paired difference for the baselines."""
    measured = early.fit().measured
    assert [evaluation.name for evaluation in measured.evaluations] == [
        "final",
        "majority class",
        "linear probe",
        "classical",
        "from scratch",
    ]
    assert measured.predictions.rows.tolist() == early.ingested.target.split.test.tolist()
    assert measured.evaluations[0].difference is None
    assert all(evaluation.difference is not None for evaluation in measured.evaluations[1:])


def test_the_majority_class_is_as_accurate_as_it_is_frequent(early):
    """A third of the rows of three balanced classes."""
    majority = early.fit().measured.evaluations[1].metrics["accuracy"]
    assert majority.value == pytest.approx(1 / 3, abs=0.15)


def test_a_baseline_that_fails_is_named_with_its_reason(early, monkeypatch):
    """The others stand."""

    def broken(*args, **kwargs):
        raise TrialFailed("the loss became NaN")

    monkeypatch.setattr(fit, "from_scratch", broken)
    measured = early.fit().measured
    assert measured.skipped == {"from scratch": "the loss became NaN"}
    assert "classical" in [evaluation.name for evaluation in measured.evaluations]


def test_a_smaller_model_with_the_best_of_all_layers_is_left_out_where_time_is_over(early, monkeypatch):
    """A linear probe of all its layers takes far longer than one on embeddings that are there."""
    name, searched = "local:second", early.searched
    workload, best = searched.workload, searched.result.best
    small = replace(early.probed.cards[name], parameters=workload.cards[best.model].parameters // 3)
    embedded = early.probed.embeddings[name]
    split = early.ingested.target.split
    workload = replace(
        workload,
        cards={**workload.cards, name: small},
        train_features={**workload.train_features, name: embedded.select(split.train)},
        validation_features={**workload.validation_features, name: embedded.select(split.validation)},
    )
    rival = replace(best, id="t0099", number=99, model=name, origin="sampler", value=0.1)
    rival = replace(rival, strategy="linear_probe", parameters={"feature_layers": "head2toe"})
    rival = replace(rival, metrics={**best.metrics, "accuracy": 0.1})
    searched = replace(searched, workload=workload, result=replace(searched.result, trials=(best, rival)))
    monkeypatch.setattr(fit, "_remaining", lambda job, deadline: lambda: 0.0)
    measured = fit.run(early.job, early.ingested, searched).measured
    assert measured.skipped["smaller model"].startswith("the time was used up before")


def test_the_network_from_scratch_has_the_rows_and_updates_of_the_final_model(early, monkeypatch):
    """Fewer rows or another number of updates would make it no baseline."""
    asked = {}

    def watched(workload, **options):
        asked.update(rows=len(workload.train), updates=options["recipe"].updates)
        raise TrialFailed("seen enough")

    monkeypatch.setattr(fit, "from_scratch", watched)
    model = early.fit().model
    split = early.ingested.target.split
    rows = len(split.train) + (len(split.validation) if fit.TRAINED_ON in model.notes else 0)
    assert asked["rows"] == rows
    assert asked["updates"] == (model.notes["update"] or model.recipe.updates)


def test_the_effort_of_the_final_model_is_the_updates_it_had(early):
    """A run that was best at its third update is compared with three, one that never was with a full run."""
    model, recipe = early.fit().model, Recipe("full_finetune", updates=9)
    assert fit.same_effort(replace(model, notes={"update": 3}), recipe).updates == 3
    assert fit.same_effort(replace(model, notes={"update": 0}), recipe).updates == 9


def test_beside_a_linear_probe_the_network_from_scratch_gets_what_would_be_tried_first(early):
    """The recipe of a probe says nothing of training; more rows then mean more updates, and images are changed."""
    model, card = early.fit().model, next(iter(early.searched.workload.cards.values()))
    untrained = replace(model, notes={"update": 0})
    few, many = (fit.scratch_recipe(untrained, Recipe("linear_probe"), card, rows) for rows in (100, 2000))
    assert (few.strategy, few.updates, many.updates) == ("from_scratch", 120, 300)
    assert (many.batch_size, many.augment) == (32, "light")
    own = Recipe("full_finetune", updates=9, batch_size=7)
    assert fit.scratch_recipe(replace(model, notes={"update": 3}), own, card, 2000) == replace(own, updates=3)


def not_asked_for(*args, **kwargs):
    raise TrialFailed("nobody asks for it here")


@pytest.fixture
def probe_wins(early, monkeypatch):
    """Return a function that fits where search brought a linear probe only, and changes the model that is made."""
    result = early.searched.result
    probes = tuple(trial for trial in result.trials if trial.strategy == "linear_probe")
    searched = replace(early.searched, result=replace(result, best=probes[0], trials=probes))
    real = fit.make_final_model
    for slow in ("fit_classical", "from_scratch"):
        monkeypatch.setattr(fit, slow, not_asked_for)

    def run(change=lambda made: made, job=early.job, ingested=early.ingested):
        def changed(*args, **kwargs):
            made = real(*args, **kwargs)
            return change(replace(made, model=replace(made.model, temperature=1.0)))

        monkeypatch.setattr(fit, "make_final_model", changed)
        return fit.run(job, ingested, searched)

    return run


def test_the_baseline_from_scratch_is_no_run_of_the_probes_recipe(probe_wins, early, monkeypatch):
    """It has the rows of the final model, and what would be tried first with so many."""
    asked = {}

    def watched(workload, **options):
        asked.update(rows=len(workload.train), recipe=options["recipe"])
        raise TrialFailed("seen enough")

    monkeypatch.setattr(fit, "from_scratch", watched)
    trial = probe_wins().trial
    assert trial.strategy == "linear_probe"
    card = early.searched.workload.cards[trial.model]
    assert asked["recipe"] == strategies.get("from_scratch").default_recipe(card, asked["rows"])


def test_a_linear_probe_alone_is_its_own_baseline(probe_wins, monkeypatch):
    """It is not fitted and measured a second time."""
    monkeypatch.setattr(fit, "linear_probe", lambda *args, **kwargs: pytest.fail("it was fitted again"))
    measured = probe_wins().measured
    final, baseline = measured.evaluations[0], measured.evaluations[2]
    assert (baseline.name, baseline.metrics) == ("linear probe", final.metrics)


def test_what_is_more_than_a_linear_probe_is_compared_with_one(probe_wins, early, monkeypatch):
    """Whoever answers beside it, or what was tuned, is not in the baseline's figures."""
    real, fitted = fit.linear_probe, []
    monkeypatch.setattr(
        fit, "linear_probe", lambda *args, **kwargs: fitted.append(real(*args, **kwargs)) or fitted[-1]
    )
    target = early.ingested.target
    for change in (
        lambda made: replace(made, model=replace(made.model, members=(flipped(made.model),))),
        lambda made: replace(made, trial=replace(made.trial, parameters={"feature_layers": "head2toe"})),
    ):
        fitted.clear()
        measured = probe_wins(change).measured
        assert [(each.members, each.temperature) for each in fitted] == [((), 1.0)]
        baseline = next(each for each in measured.evaluations if each.name == "linear probe")
        alone = evaluate(predict_rows(fitted[0], target, target.split.test), name="alone")
        assert baseline.metrics["log_loss"].value == pytest.approx(alone.metrics["log_loss"].value, rel=1e-4)


def test_a_probe_with_a_temperature_is_compared_with_itself_without_one(probe_wins, early, monkeypatch):
    """The head is not chosen a second time on the same rows; what was tuned on its answers is taken off."""
    monkeypatch.setattr(fit, "linear_probe", lambda *args, **kwargs: pytest.fail("it was fitted again"))
    plain = probe_wins().measured.evaluations[0]
    measured = probe_wins(lambda made: replace(made, model=replace(made.model, temperature=3.0))).measured
    final, baseline = measured.evaluations[0], next(e for e in measured.evaluations if e.name == "linear probe")
    assert baseline.metrics["log_loss"].value == pytest.approx(plain.metrics["log_loss"].value, rel=1e-4)
    assert final.metrics["log_loss"].value != pytest.approx(plain.metrics["log_loss"].value, rel=1e-2)


def by_log_loss(early):
    """Return the job's ingested data, to be judged by log loss."""
    return replace(early.ingested, metric=metrics.get("log_loss"))


def test_by_log_loss_a_probe_with_a_temperature_is_its_own_baseline(probe_wins, early, monkeypatch):
    """The baseline is calibrated as it is: a gap between the two would be one between a head and itself."""
    monkeypatch.setattr(fit, "linear_probe", lambda *args, **kwargs: pytest.fail("it was fitted again"))
    measured = probe_wins(
        lambda made: replace(made, model=replace(made.model, temperature=3.0)), ingested=by_log_loss(early)
    ).measured
    final, baseline = measured.evaluations[0], next(e for e in measured.evaluations if e.name == "linear probe")
    assert baseline.metrics == final.metrics
    assert (baseline.difference.low, baseline.difference.high) == (0, 0)
    assert [each.name for each in measured.evaluations if each.same_model] == ["linear probe"]


def test_by_log_loss_the_baseline_probe_of_another_model_is_calibrated(probe_wins, early, monkeypatch):
    """It has a temperature as the final model has one, found in its own answers."""
    asked, seen = [], []
    whole = fit.predict_rows
    monkeypatch.setattr(fit, "probe_temperature", lambda workload, model, **rest: asked.append(model) or 2.5)
    monkeypatch.setattr(
        fit, "predict_rows", lambda model, *args, **rest: seen.append(model) or whole(model, *args, **rest)
    )

    def beside(made):
        return replace(made, model=replace(made.model, members=(flipped(made.model),)))

    measured = probe_wins(beside, ingested=by_log_loss(early)).measured
    assert asked == [seen[1].card.id]
    assert seen[1].temperature == 2.5
    assert not any(each.same_model for each in measured.evaluations)


def test_a_probe_whose_thresholds_were_tuned_is_its_own_baseline(probe_wins, monkeypatch):
    """The baseline has the same ones, so that nobody is told that the probe was beaten by them."""
    monkeypatch.setattr(fit, "linear_probe", lambda *args, **kwargs: pytest.fail("it was fitted again"))
    seen = []
    whole = fit.paired_difference

    def watched(final, other, metric, **options):
        seen.append((final.thresholds, other.thresholds, options["same_model"]))
        return whole(final, other, metric, **options)

    monkeypatch.setattr(fit, "paired_difference", watched)
    limits = (0.2, 0.3, 0.4)
    for temperature in (1.0, 3.0):
        seen.clear()
        measured = probe_wins(
            lambda made, t=temperature: replace(made, model=replace(made.model, temperature=t, thresholds=limits))
        ).measured
        baseline = next(each for each in measured.evaluations if each.name == "linear probe")
        assert seen[1] == (limits, limits, True)
        assert (baseline.difference.low, baseline.difference.high) == (0, 0)
        assert baseline.condition == ""


def flipped(model):
    return replace(model, head=replace(model.head, weight=-model.head.weight))


def test_when_time_is_over_the_linear_probe_is_measured_without_a_search_for_it(probe_wins, early, monkeypatch):
    """Slow baselines are left out, and nobody fits every model's probe again to find the best."""
    monkeypatch.setattr(baselines, "choose_probe", lambda *args, **kwargs: pytest.fail("probes were compared"))
    over = Deadline(0.0)
    late = replace(early.job, deadlines=replace(early.job.deadlines, refit=over, fit=over))
    for named in (True, False):
        measured = probe_wins(
            lambda made, named=named: replace(
                made, probe=made.probe if named else "", trial=replace(made.trial, strategy="full_finetune")
            ),
            job=late,
        ).measured
        assert [each.name for each in measured.evaluations] == ["final", "majority class", "linear probe"]
        assert "time" in measured.skipped["from scratch"]
        assert measured.nested is None
        assert "time set aside for it was used up" in measured.nested_missing


def test_what_was_published_is_restored_and_not_measured_again(early, monkeypatch):
    """The same figures come back, from the file."""
    fitted = early.fit()
    early.job.journal.begin(Stage.FIT)
    fit.publish(early.job, fitted)
    monkeypatch.setattr(
        fit, "predict_rows", lambda *args, **options: pytest.fail("the test part was opened twice")
    )
    again = early.fit()
    assert again.measured.evaluations == fitted.measured.evaluations
    assert again.model.class_names == fitted.model.class_names


def test_the_outcome_of_a_trial_points_at_its_best_update():
    """The retraining stops where validation was best, not at the end."""
    points = tuple(
        CurvePoint(update, update / 9, 1.0, 0.5, {"accuracy": accuracy, "log_loss": 1 - accuracy})
        for update, accuracy in ((1, 0.5), (3, 0.9), (9, 0.7))
    )
    trial = Trial(
        "t0001", 1, "local:a", "full_finetune", {}, 0, "sampler", TrialState.SUCCEEDED, 0.9, points,
        metrics={"accuracy": 0.9, "log_loss": 1 - 0.9},
    )  # fmt: skip
    assert fit.outcome_of(trial).best.update == 3


def test_a_trial_that_training_never_improved_is_its_own_start():
    """Update 0 is the linear probe that training began with."""
    point = CurvePoint(9, 1.0, 1.0, 0.5, {"accuracy": 0.4})
    trial = Trial(
        "t0001", 1, "local:a", "full_finetune", {}, 0, "sampler", TrialState.SUCCEEDED, 0.8, (point,),
        metrics={"accuracy": 0.8},
    )  # fmt: skip
    assert fit.outcome_of(trial).best.update == 0


def test_a_figure_that_is_not_defined_does_not_hide_the_best_update():
    """AUROC is NaN where validation has one class, and NaN differs from itself."""
    figures = [{"accuracy": accuracy, "auroc": float("nan")} for accuracy in (0.5, 0.9)]
    points = tuple(CurvePoint(3 * i + 3, (i + 1) / 3, 1.0, 0.5, values) for i, values in enumerate(figures))
    trial = Trial(
        "t0001", 1, "local:a", "full_finetune", {}, 0, "sampler", TrialState.SUCCEEDED, 0.9, points,
        metrics={"accuracy": 0.9, "auroc": math.nan - 1},
    )  # fmt: skip
    assert fit.outcome_of(trial).best.update == 6


def test_probing_foretells_how_long_measuring_takes(early):
    """The slowest model that may win, three times: fine-tuned, the probe beside it, and the probe alone."""
    slow = {name: replace(each, seconds=0.5 * len(each.rows)) for name, each in early.probed.embeddings.items()}
    slow[early.ranking.usable()[1].model] = early.probed.embeddings[early.ranking.usable()[1].model]
    probed = replace(early.probed, embeddings=slow)
    rows = len(early.ingested.target.split.test)
    assert fit.measuring_seconds(early.job, early.ingested, probed, early.ranking) == 1.5 * rows
    cached = replace(probed, embeddings={name: replace(each, seconds=0.0) for name, each in slow.items()})
    assert fit.measuring_seconds(early.job, early.ingested, cached, early.ranking) == 0.0


def test_three_rows_of_a_class_with_a_group_each_are_enough(early, monkeypatch):
    """Fewer rows of every class than folds: the job ends with a model all the same."""
    for slow in ("fit_classical", "from_scratch"):
        monkeypatch.setattr(fit, slow, not_asked_for)
    target, workload = early.ingested.target, early.searched.workload
    labels = workload.train.labels
    places = np.sort(np.concatenate([np.flatnonzero(labels == label)[:3] for label in range(3)]))
    patients = tuple(f"patient {row}" for row in range(len(target.labels)))
    dataset = replace(target.dataset, columns={**target.dataset.columns, "patient": patients})
    split = replace(target.split, train=target.split.train[places])
    target = replace(target, dataset=dataset, group_by="patient", split=split)
    workload = replace(
        workload,
        train=labelled_inputs(target, split.train),
        validation=labelled_inputs(target, split.validation),
        train_features={model: values[places] for model, values in workload.train_features.items()},
    )
    few = replace(
        early,
        ingested=replace(early.ingested, target=target),
        searched=replace(early.searched, workload=workload),
    )
    measured = few.fit().measured
    assert measured.evaluations[0].name == "final"
    assert measured.nested is not None


def test_who_answers_beside_the_model_is_told(early, monkeypatch):
    """With its part in the answer, so that nobody takes the figures for those of one network."""
    real = fit.make_final_model

    def with_a_probe(*args, **kwargs):
        made = real(*args, **kwargs)
        return replace(made, model=replace(made.model, members=(made.model,), parts=(0.25, 0.75)))

    monkeypatch.setattr(fit, "make_final_model", with_a_probe)
    described = early.fit().measured.evaluations[0].description
    assert described.endswith("with a linear probe beside it (75% of the answer)")


def test_every_step_towards_the_final_model_is_told(early):
    """With numbers or with a reason, whether it was kept or not."""
    decisions = early.fit().measured.decisions
    assert [decisions[0].step, decisions[-1].step] == ["fine-tuning", "retraining"]
    assert all(decision.reason for decision in decisions)


def test_prediction_sets_are_calibrated_on_rows_of_their_own(conformal):
    """The sets go with the model, and what they do on the test rows is measured."""
    fitted = conformal.fit()
    split = conformal.ingested.target.split
    used = {*split.train, *split.validation, *split.test}
    assert not used & {*conformal.ingested.calibration}
    assert fitted.measured.coverage.sets == fitted.model.conformal
    assert fitted.model.conformal.examples == len(conformal.ingested.calibration)
    assert load(fitted.archive).conformal == fitted.model.conformal
    plain = to_plain(fitted.measured)
    assert from_plain(fit.Measured, plain).coverage == fitted.measured.coverage


def test_coverage_is_measured_on_one_test_row_of_each_unit(conformal):
    """Two rows of a patient are one piece of evidence, as in calibration; the figures name the column."""
    target = conformal.ingested.target
    rows = target.split.test.tolist()
    patients = ["" for _ in target.labels]
    for place, row in enumerate(rows):
        patients[row] = f"patient {place // 2}"
    dataset = replace(target.dataset, columns={**target.dataset.columns, "patient": tuple(patients)})
    ingested = replace(conformal.ingested, target=replace(target, dataset=dataset, group_by="patient"))
    measured = replace(conformal, ingested=ingested).fit().measured
    assert (measured.coverage.examples, measured.coverage.unit) == (-(-len(rows) // 2), "patient")
    assert len(measured.predictions.rows) == len(rows)

"""Which candidates are tuned."""

import dataclasses

import numpy as np
import pytest

from automl_tl.finetune.metrics import all_metrics, metrics
from automl_tl.finetune.workload import LabelledInputs, LinearHead
from automl_tl.search.cut import paired_deficit, promising, recalled, tolerance_unit
from automl_tl.search.standing import Standing
from automl_tl.search.trial import TrialState
from automl_tl.testing.runner import toy_workload


@pytest.fixture
def probes(ended_trial):
    return lambda **values: {
        model: ended_trial(number, [value], model=model) for number, (model, value) in enumerate(values.items(), 1)
    }


@pytest.fixture
def workload(tmp_path):
    """Build a workload with so many validation examples, and heads that are wrong on given ones of them."""

    def build(n_validation, **wrong):
        labels = np.zeros(n_validation, np.int64)
        inputs = LabelledInputs(tuple(np.zeros((1, 1, 3), np.uint8) for _ in range(n_validation)), labels)
        features = {model: np.zeros((n_validation, 1), np.float32) for model in wrong}
        for model, rows in wrong.items():
            features[model][list(rows)] = 1.0
        head = LinearHead(np.array([[-1.0], [1.0]], np.float32), np.array([0.5, -0.5], np.float32))
        return dataclasses.replace(
            toy_workload(tmp_path),
            validation=inputs,
            validation_features=features,
            heads=dict.fromkeys(wrong, head),
        )

    return build


def test_a_hopeless_probe_is_not_tuned(probes, workload):
    """0.60 against 0.95 is out, 0.85 stays; the order is the ranking's."""
    found = promising(["b", "a", "c"], probes(a=0.95, b=0.85, c=0.60), workload=workload(1000))
    assert found == ("b", "a")


def test_few_validation_examples_cut_less(probes, workload):
    """Known answer: with 16 examples four standard errors of 0.8 are 0.4."""
    values = probes(a=0.8, b=0.45)
    assert promising(["a", "b"], values, workload=workload(16)) == ("a", "b")
    assert promising(["a", "b"], values, workload=workload(10_000)) == ("a",)


def test_a_failed_probe_is_left_out_only_if_another_worked(ended_trial, probes, workload):
    """A model that cannot be loaded will not load in a trial; but somebody has to be tried."""
    failed = ended_trial(2, [], state=TrialState.FAILED, model="b")
    assert promising(["b", "a"], probes(a=0.9) | {"b": failed}, workload=workload(100)) == ("a",)
    assert promising(["b"], {"b": failed}, workload=workload(100)) == ("b",)


def test_a_model_without_a_probe_is_kept(probes, workload):
    """The deadline may have cut rung 0 short."""
    assert promising(["a", "b"], probes(a=0.9), workload=workload(100)) == ("a", "b")
    assert promising(["a", "b"], {}, workload=workload(100)) == ("a", "b")


def contenders(**known):
    return {model: Standing(contender=contender) for model, contender in known.items()}


def test_who_is_no_contender_and_significantly_worse_goes(probes, workload):
    """c errs on 20 of 100 where a is right: out. d errs on the same ones as a but one: stays."""
    shared = workload(100, a=range(5), b=range(5), c=range(25), d=range(6))
    values = probes(a=0.95, b=0.95, c=0.75, d=0.94)
    standings = contenders(a=True, b=True, c=False, d=False)
    assert promising(["a", "b", "c", "d"], values, workload=shared, standings=standings) == ("a", "b", "d")


def test_a_contender_stays_whatever_its_probe_says(probes, workload):
    """The ranking knows more than one probe, such as how much models gain by fine-tuning."""
    shared = workload(100, a=range(5), b=range(15), c=range(5))
    standings = contenders(a=True, b=True, c=True)
    assert promising(["a", "b", "c"], probes(a=0.95, b=0.85, c=0.95), workload=shared, standings=standings) == (
        "a",
        "b",
        "c",
    )


def test_two_models_stay_unless_the_second_is_hopeless(probes, workload):
    """With one contender the next of the ranking is tuned too."""
    shared = workload(400, a=range(20), b=range(60), c=range(60))
    standings = contenders(a=True, b=False, c=False)
    assert promising(["a", "b", "c"], probes(a=0.95, b=0.85, c=0.85), workload=shared, standings=standings) == (
        "a",
        "b",
    )
    assert promising(["a", "b"], probes(a=0.95, b=0.5), workload=shared, standings=standings) == ("a",)


def test_the_paired_difference_is_of_the_same_examples(workload):
    """Known answer: 10 of 100 examples differ, standard error sqrt(0.1 * 0.9 / 99)."""
    deficit, error = paired_deficit(workload(100, a=range(5), b=range(15)), "b", "a")
    assert deficit == pytest.approx(0.1)
    assert error == pytest.approx((0.09 / 99) ** 0.5)


def test_training_that_bears_the_probe_out_recalls_nobody():
    """One of two good models is as good as its probe said."""
    assert recalled(["c"], {"a": 0.9, "b": 0.9, "c": 0.7}, {"a": 0.91, "b": 0.5}) == ()
    assert recalled(["c"], {"a": 0.9, "c": 0.7}, {}) == ()


def test_training_that_contradicts_every_probe_recalls_the_others():
    """None of the favourites gets near what its probe said; only the clearly worse stay out."""
    probes = {"a": 0.9, "b": 0.9, "c": 0.7, "d": 0.3}
    assert recalled(["c", "d"], probes, {"a": 0.6, "b": 0.5}) == ("c",)


def test_one_that_was_left_out_and_does_far_better_recalls_the_others():
    """Its probe said 0.5, training says 0.8: then e, whose probe says 0.7, may be better too."""
    probes = {"a": 0.9, "d": 0.5, "e": 0.8, "f": 0.2}
    assert recalled(["d", "e", "f"], probes, {"a": 0.9, "d": 0.8}) == ("d", "e")


def test_errors_in_the_targets_unit_recall_by_their_own_tolerance():
    """Prices scatter by 1,000: training 20 worse than the probe bears it out, training 60 worse does not."""
    probes = {"a": -200.0, "c": -300.0, "d": -500.0}
    assert recalled(["c", "d"], probes, {"a": -220.0}, unit=1000.0) == ()
    assert recalled(["c", "d"], probes, {"a": -260.0}, unit=1000.0) == ("c",)
    assert recalled(["c", "d"], probes, {"a": -220.0, "d": -340.0}, unit=1000.0) == ("c", "d")


@pytest.mark.parametrize("unit", [0.0, float("nan")])
def test_where_nobody_knows_what_is_far_nobody_is_recalled(unit):
    """All validation labels are the same."""
    assert recalled(["c"], {"a": -0.2, "c": -0.3}, {"a": -0.9}, unit=unit) == ()


def test_the_unit_of_a_loss_is_what_a_constant_answer_costs(tmp_path):
    """Known answers: ln 2 nats for two even classes, the standard and the mean deviation of numbers."""

    def unit(metric, labels):
        inputs = LabelledInputs(tuple(np.zeros((1, 1, 3), np.uint8) for _ in labels), labels)
        return tolerance_unit(dataclasses.replace(toy_workload(tmp_path, metric=metric), validation=inputs))

    classes, numbers = np.array([0, 1, 0, 1]), np.array([0.0, 0.0, 400.0, 800.0])
    assert unit("accuracy", classes) == unit("r2", numbers) == 1.0
    assert unit("log_loss", classes) == pytest.approx(np.log(2))
    assert unit("rmse", numbers) == pytest.approx(numbers.std())
    assert unit("mae", numbers) == pytest.approx(300.0)


@pytest.fixture
def judged(tmp_path, ended_trial):
    """Build a workload whose models gave the given answers, and the trials of these probes with every figure."""

    def build(labels, metric, task="classification", **answers):
        rows = len(labels)
        identity = {"classification": "softmax", "multilabel": "sigmoid", "regression": "identity"}[task]
        logits = {"softmax": lambda p: np.log(p), "sigmoid": lambda p: np.log(p / (1 - p)), "identity": np.asarray}
        features = {
            model: logits[identity](np.asarray(each)).astype(np.float32) for model, each in answers.items()
        }
        width = next(iter(features.values())).shape[1]
        head = LinearHead(np.eye(width, dtype=np.float32), np.zeros(width, np.float32), identity)
        workload = dataclasses.replace(
            toy_workload(tmp_path, metric=metric),
            task=task,
            validation=LabelledInputs(tuple(np.zeros((1, 1, 3), np.uint8) for _ in range(rows)), labels),
            validation_features=features,
            heads=dict.fromkeys(answers, head),
        )
        trials = {}
        for number, (model, each) in enumerate(answers.items(), 1):
            figures = all_metrics(labels, np.asarray(each))
            trials[model] = ended_trial(number, [], model=model, metrics=figures, value=figures[metric])
        return workload, trials

    return build


def decided(labels, wrong):
    """Return probabilities that are right on all rows but these."""
    chosen = np.where(np.isin(np.arange(len(labels)), list(wrong)), 1 - labels, labels)
    return np.where(np.arange(2) == chosen[:, None], 0.9, 0.1)


RARE = np.array([1] * 20 + [0] * 180)
"""A tenth of 200 is of the rare class."""
MISSES_THE_RARE = decided(RARE, [*range(14), *range(20, 24)])
"""Accuracy 0.91 and balanced accuracy 0.64."""
FINDS_THE_RARE = decided(RARE, [0, *range(20, 74)])
"""Accuracy 0.725 and balanced accuracy 0.825."""


def test_the_best_by_the_jobs_metric_is_tuned(judged):
    """Where every class counts alike the one that finds the rare class leads; accuracy would call it hopeless."""
    workload, trials = judged(RARE, "balanced_accuracy", a=MISSES_THE_RARE, b=FINDS_THE_RARE)
    assert trials["a"].metrics["accuracy"] - trials["b"].metrics["accuracy"] > 0.18
    assert "b" in promising(["a", "b"], trials, workload=workload)
    workload, trials = judged(RARE, "accuracy", a=MISSES_THE_RARE, b=FINDS_THE_RARE)
    assert promising(["a", "b"], trials, workload=workload) == ("a",)


def test_the_best_by_the_jobs_metric_stays_whatever_the_ranking_says(judged):
    """The ranking's first two would do, and b, which it counts out, is ahead of both."""
    half = decided(RARE, [*range(10), *range(20, 24)])
    answers = {"a": half, "c": half, "b": FINDS_THE_RARE}
    workload, trials = judged(RARE, "balanced_accuracy", **answers)
    standings = contenders(a=True, c=True, b=False)
    assert promising(["a", "c", "b"], trials, workload=workload, standings=standings) == ("a", "c", "b")


def test_rows_of_a_rare_class_weigh_more(judged):
    """Known answer: 13 of 20 rare rows and -50 of 180 others are 0.325 - 0.139; its error is that of such rows."""
    workload, _ = judged(RARE, "balanced_accuracy", a=MISSES_THE_RARE, b=FINDS_THE_RARE)
    deficit, error = paired_deficit(workload, "a", "b")
    assert deficit == pytest.approx(13 / 40 - 50 / 360)
    weighted = np.array([5.0] * 13 + [-200 / 360] * 50 + [0.0] * 137)
    assert error == pytest.approx(weighted.std(ddof=1) / 200**0.5)


def test_few_examples_of_a_rare_class_cut_less(judged):
    """Balanced accuracy 0.75 against 1.0 on two rare rows of 100 is one row: nobody is hopeless by that."""
    labels = np.array([1] * 2 + [0] * 98)
    workload, trials = judged(labels, "balanced_accuracy", a=decided(labels, [2]), b=decided(labels, [0]))
    assert promising(["a", "b"], trials, workload=workload) == ("a", "b")


@pytest.mark.parametrize("metric", ["log_loss", "auroc"])
def test_nobody_is_hopeless_by_a_metric_that_is_no_share(judged, metric):
    """Nobody knows how much of it fine-tuning makes up for; a probe that failed is out all the same."""
    wrong = {"a": decided(RARE, []), "b": decided(RARE, range(120))}
    workload, trials = judged(RARE, metric, **wrong)
    assert promising(["a", "b"], trials, workload=workload) == ("a", "b")
    trials["b"] = dataclasses.replace(trials["b"], metrics={}, state=TrialState.FAILED)
    assert promising(["a", "b"], trials, workload=workload) == ("a",)


def test_numbers_are_compared_by_their_errors(judged):
    """c, which the ranking counts out, errs ten times as much as a: it goes. d, just as good as a, stays."""
    labels = np.linspace(0.0, 10.0, 60)
    noise = np.sin(np.arange(60.0) * 7)[:, None]
    exact = labels[:, None]
    answers = {"a": exact + 0.1 * noise, "b": exact + 0.1 * noise, "c": exact + noise, "d": exact - 0.1 * noise}
    workload, trials = judged(labels, "rmse", "regression", **answers)
    standings = contenders(a=True, b=True, c=False, d=False)
    assert promising(list("abcd"), trials, workload=workload, standings=standings) == ("a", "b", "d")


def test_sets_of_labels_are_compared_by_the_jobs_metric(judged):
    """Of two that the ranking counts out the one with the best mean average precision is tuned, too."""
    labels = np.array([[1, 0], [0, 1], [1, 1], [0, 0]] * 10)
    right, wrong = np.where(labels == 1, 0.9, 0.1), np.where(labels == 1, 0.4, 0.6)
    mixed = np.where(np.arange(40)[:, None] % 8 == 0, wrong, right)
    answers = {"a": mixed, "b": mixed, "c": right, "d": wrong}
    workload, trials = judged(labels, "mean_average_precision", "multilabel", **answers)
    standings = contenders(a=True, b=True, c=False, d=False)
    assert promising(list("abcd"), trials, workload=workload, standings=standings) == ("a", "b", "c")
    assert metrics.get("mean_average_precision").scatters_as_share is False

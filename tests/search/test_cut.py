"""Which candidates are tuned."""

import dataclasses

import numpy as np
import pytest

from automl_tl.finetune.workload import LabelledInputs, LinearHead
from automl_tl.search.cut import paired_deficit, promising, recalled
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

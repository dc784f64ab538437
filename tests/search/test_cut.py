"""Which candidates are tuned."""

import pytest

from automl_tl.search.cut import promising
from automl_tl.search.trial import TrialState


@pytest.fixture
def probes(ended_trial):
    return lambda **values: {
        model: ended_trial(number, [value], model=model) for number, (model, value) in enumerate(values.items(), 1)
    }


def test_a_hopeless_probe_is_not_tuned(probes):
    """0.60 against 0.95 is out, 0.85 stays; the order is the ranking's."""
    found = promising(["b", "a", "c"], probes(a=0.95, b=0.85, c=0.60), n_validation=1000)
    assert found == ("b", "a")


def test_few_validation_examples_cut_less(probes):
    """Known answer: with 16 examples four standard errors of 0.8 are 0.4."""
    values = probes(a=0.8, b=0.45)
    assert promising(["a", "b"], values, n_validation=16) == ("a", "b")
    assert promising(["a", "b"], values, n_validation=10_000) == ("a",)


def test_a_failed_probe_is_left_out_only_if_another_worked(ended_trial, probes):
    """A model that cannot be loaded will not load in a trial; but somebody has to be tried."""
    failed = ended_trial(2, [], state=TrialState.FAILED, model="b")
    assert promising(["b", "a"], probes(a=0.9) | {"b": failed}, n_validation=100) == ("a",)
    assert promising(["b"], {"b": failed}, n_validation=100) == ("b",)


def test_a_model_without_a_probe_is_kept(probes):
    """The deadline may have cut rung 0 short."""
    assert promising(["a", "b"], probes(a=0.9), n_validation=100) == ("a", "b")
    assert promising(["a", "b"], {}, n_validation=100) == ("a", "b")

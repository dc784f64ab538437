"""fairlearn's reductions, where it is installed."""

import importlib.util

import pytest

from automl_tl.errors import FailedPrecondition
from automl_tl.fairness.mitigation import reductions as module
from automl_tl.fairness.mitigation.reductions import reductions


def test_a_rate_becomes_more_alike(make_rows):
    """True positive rates of both groups, on new rows."""
    pytest.importorskip("fairlearn")
    fit, held = make_rows(600, 0), make_rows(1500, 1)
    said = reductions(fit, "true_positive_rate")(held)
    rates = [said[(held.groups == g) & (held.labels == 1)].mean() for g in (0, 1)]
    assert abs(rates[0] - rates[1]) < 0.3


def test_heads_and_votes_answer_as_fairlearns_own_mixture(make_rows, monkeypatch):
    """The solver's probabilities of the second class, of which one half decides."""
    pytest.importorskip("fairlearn")
    import fairlearn.reductions as fair
    from sklearn.preprocessing import StandardScaler

    solvers, plain = [], fair.ExponentiatedGradient.__init__
    monkeypatch.setattr(
        fair.ExponentiatedGradient, "__init__", lambda self, *a, **k: solvers.append(self) or plain(self, *a, **k)
    )
    fit, held = make_rows(600, 0), make_rows(500, 1)
    said = reductions(fit, "true_positive_rate")(held)
    chances = solvers[0]._pmf_predict(StandardScaler().fit(fit.features).transform(held.features))[:, 1]
    assert (said == (chances >= 0.5)).all()


def test_without_fairlearn_it_says_what_to_install(make_rows, monkeypatch):
    """Not an import error."""
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(FailedPrecondition, match="pip install"):
        reductions(make_rows(40, 0), "accuracy")
    assert importlib.util.find_spec("numpy") is not None

"""Model, strategy and hyperparameters: right on known truth, silent where nothing can be known."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.choice.influences import runner_up_of, search_influences
from automl_tl.testing.search_sample import FACTORS, SearchTruth, sample_search


def best(trials):
    return max(trials, key=lambda trial: trial.value).id


def test_thirty_trials_put_the_factors_in_the_order_of_the_truth():
    """Three searches whose truth is known by enumeration; the benchmark has forty."""
    from scipy.stats import spearmanr

    found = []
    for seed in (1, 3, 4):
        truth = SearchTruth(seed)
        trials = sample_search(truth, 30, seed=seed)
        influences = search_influences(trials, best(trials)).influences
        sizes = {entry.factor: entry.size.value for entry in influences}
        known = truth.influences(trials)
        found.append(spearmanr([known[name] for name in FACTORS], [sizes.get(name, 0.0) for name in FACTORS])[0])
    assert np.mean(found) >= 0.9


@pytest.mark.parametrize(("count", "status"), [(14, "too_few_trials"), (15, "weak"), (29, "weak"), (30, "ok")])
def test_few_trials_are_refused_or_marked(count, status):
    """Nothing below 15, weak below 30."""
    trials = sample_search(SearchTruth(3), count, noise=0.001, seed=3)
    told = search_influences(trials, best(trials))
    assert told.status == status
    assert told.trials == count
    assert bool(told.influences) == (status != "too_few_trials")
    assert bool(told.reason) == (status != "ok")


def test_noise_is_not_explained():
    """Where results have nothing to do with settings the R2 says so."""
    rng = np.random.default_rng(0)
    trials = [replace(trial, value=float(rng.normal())) for trial in sample_search(SearchTruth(0), 40)]
    told = search_influences(trials, best(trials))
    assert told.status == "unpredictable"
    assert told.surrogate.r2 < 0.5
    assert told.influences == ()
    same = [replace(trial, value=0.5) for trial in trials]
    assert search_influences(same, "t0000").status == "unpredictable"


def test_the_winner_is_base_plus_shares_and_the_runner_up_differs_in_model_or_strategy():
    """Additive to rounding; the difference is the difference of what is expected of both."""
    trials = sample_search(SearchTruth(1), 30, seed=1)
    told = search_influences(trials, best(trials))
    assert told.additivity_gap < 1e-10
    assert told.base + sum(share.share for share in told.winner) == pytest.approx(told.expected, abs=1e-10)
    winner = next(trial for trial in trials if trial.id == best(trials))
    rival = next(trial for trial in trials if trial.id == told.runner_up)
    assert (winner.model, winner.strategy) != (rival.model, rival.strategy)
    shares = {share.factor: share for share in told.difference}
    assert shares["model"].value == winner.model
    assert shares["model"].other == rival.model


def test_an_error_that_should_be_small_gives_shares_in_its_own_sign():
    """Turning the metric round turns every share round and leaves the sizes alone."""
    trials = sample_search(SearchTruth(1), 30, seed=1)
    errors = [replace(trial, value=1 - trial.value) for trial in trials]
    up, down = (
        search_influences(trials, best(trials)),
        search_influences(errors, best(trials), higher_is_better=False),
    )
    assert down.expected == pytest.approx(1 - up.expected, abs=1e-6)
    assert [s.factor for s in down.winner] == [s.factor for s in up.winner]
    assert np.allclose([s.share for s in down.winner], [-s.share for s in up.winner], atol=1e-6)
    assert down.runner_up == up.runner_up


def test_there_is_no_runner_up_among_equals():
    """Other settings of the same model and strategy are no rival."""
    trials = [t for t in sample_search(SearchTruth(0), 40) if (t.model, t.strategy) == ("m:a", "full_finetune")]
    assert runner_up_of(trials, trials[0].id) is None
    assert runner_up_of(trials, "gone") is None

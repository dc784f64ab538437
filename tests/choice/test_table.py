"""Trials as factors: conditional settings are told apart from settings."""

import math
from dataclasses import replace

import numpy as np

from automl_tl.choice.table import trial_table
from automl_tl.finetune.workload import CurvePoint
from automl_tl.search.trial import Trial, TrialState


def trial(number, strategy="full_finetune", value=0.5, fraction=1.0, **parameters):
    return Trial(
        f"t{number}",
        number,
        "m:a",
        strategy,
        parameters,
        0,
        "sampler",
        TrialState.SUCCEEDED,
        value,
        (CurvePoint(1, fraction, 1.0, 0.1),),
    )


def test_a_setting_that_a_strategy_lacks_is_inactive_and_says_nothing():
    """Its column holds the mean of the others, and the factor names the strategies that have it."""
    table = trial_table([trial(0, rate=1e-4), trial(1, rate=1e-2), trial(2, "linear_probe", value=0.4)])
    factors = {factor.name: place for place, factor in enumerate(table.factors)}
    assert set(factors) == {"strategy", "rate"}
    rate = table.factors[factors["rate"]]
    assert rate.within == ("full_finetune",)
    assert table.active[:, factors["rate"]].tolist() == [True, True, False]
    assert np.allclose(table.encoded[:, rate.start], [0.0, 1.0, 0.5])
    assert table.setting(2, rate) == ""
    assert table.setting(1, rate) == "0.01"


def test_wide_positive_settings_are_compared_by_their_logarithm_and_names_as_levels():
    """Half way between 1e-4 and 1e-2 is 1e-3; two levels are one apart."""
    table = trial_table(
        [trial(n, rate=rate, augment=a) for n, (rate, a) in enumerate([(1e-4, "x"), (1e-3, "y"), (1e-2, "x")])]
    )
    by_name = {factor.name: table.encoded[:, factor.start : factor.stop] for factor in table.factors}
    assert np.allclose(by_name["rate"][:, 0], [0, 0.5, 1])
    assert math.isclose(np.linalg.norm(by_name["augment"][0] - by_name["augment"][1]), 1.0)


def test_trials_that_tell_nothing_are_left_out():
    """Failed, running and unmeasured ones; a stopped one stays with its share of training."""
    table = trial_table(
        [
            trial(0),
            replace(trial(1), state=TrialState.FAILED),
            replace(trial(2), state=TrialState.RUNNING),
            trial(3, value=math.nan),
            replace(trial(4, fraction=0.25), state=TrialState.PRUNED),
        ]
    )
    assert [each.id for each in table.trials] == ["t0", "t4"]
    assert table.trained.tolist() == [1.0, 0.25]


def test_a_smaller_metric_is_a_larger_merit():
    """Errors are turned round."""
    assert trial_table([trial(0, value=2.0)], higher_is_better=False).merits.tolist() == [-2.0]


def test_what_never_varied_is_no_factor():
    """One model and one strategy leave nothing to explain."""
    assert trial_table([trial(0), trial(1)]).factors == ()

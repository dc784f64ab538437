"""Cost beside accuracy."""

import math
from dataclasses import replace

from automl_tl.choice.costs import cost_points
from automl_tl.search.trial import Trial, TrialState

TRIALS = [
    Trial(f"t{n}", n, f"m:{n}", "full_finetune", {}, 0, "sampler", TrialState.SUCCEEDED, value, (), seconds)
    for n, (value, seconds) in enumerate([(0.9, 30.0), (0.8, 5.0), (0.7, 20.0), (0.95, 60.0)])
]


def test_the_front_is_what_nobody_beats_in_both():
    """Cheapest first; the slow and poor one is off the front; unknown latency stays unknown."""
    points = cost_points([*TRIALS, replace(TRIALS[0], id="cut", state=TrialState.PRUNED)], {"m:0": 4.0})
    assert [(p.trial, p.efficient) for p in points] == [("t1", True), ("t2", False), ("t0", True), ("t3", True)]
    assert points[2].latency_ms == 4.0
    assert math.isnan(points[0].latency_ms)


def test_a_small_error_is_better():
    """The front turns round with the metric."""
    points = cost_points(TRIALS, {}, higher_is_better=False)
    assert {p.trial for p in points if p.efficient} == {"t1", "t2"}

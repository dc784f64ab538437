"""Standings from earlier tasks: planted effects come back, what was never seen stays uncertain."""

import math

import numpy as np
import pytest

from automl_tl.transferability.experience import PastResult, experience_evidence, standings

EFFECTS = {"a": 1.0, "b": 0.0, "c": -0.5, "d": -0.5}


def share(log_odds):
    return 1 / (1 + math.exp(-log_odds))


def planted(pairs, levels, noise=0.0, seed=0):
    """Results of these (task, model) pairs: level of the task + effect of the model + noise, in log-odds."""
    rng = np.random.default_rng(seed)
    return [
        PastResult(task, model, share(levels[task] + EFFECTS[model] + noise * rng.normal()))
        for task, model in pairs
    ]


def everyone(tasks):
    return [(f"task {number}", model) for number in range(tasks) for model in EFFECTS]


def levels(tasks):
    return {f"task {number}": level for number, level in enumerate(np.linspace(-2, 3, tasks))}


def difference(found, one, other):
    """Mean and standard deviation of the difference of two standings."""
    contrast = np.zeros(len(found.models))
    contrast[found.models.index(one)], contrast[found.models.index(other)] = 1.0, -1.0
    return contrast @ found.mean, math.sqrt(contrast @ found.covariance @ contrast)


def test_planted_effects_come_back_whatever_the_level_of_the_tasks():
    found = standings(planted(everyone(30), levels(30)))
    assert found.models == ("a", "b", "c", "d")
    for model, effect in EFFECTS.items():
        assert difference(found, model, "b")[0] == pytest.approx(effect, abs=0.02)


def test_unbalanced_tasks_do_not_favour_who_met_the_easy_ones():
    """Model a was tried on hard tasks, d on easy ones; a plain mean would turn them round."""
    pairs = [
        (task, model)
        for task, model in everyone(20)
        if (model, int(task[5:]) < 10) not in (("a", False), ("d", True))
    ]
    past = planted(pairs, {f"task {number}": (-2.0 if number < 10 else 2.0) for number in range(20)})
    plain = {model: np.mean([each.value for each in past if each.model == model]) for model in "ad"}
    assert plain["a"] < plain["d"]
    assert difference(standings(past), "a", "d")[0] == pytest.approx(1.5, abs=0.1)


def test_models_that_never_met_are_compared_through_a_third():
    """With less certainty than those that did."""
    pairs = [(task, model) for task, model in everyone(20) if model in ("ab" if int(task[5:]) < 10 else "bc")]
    found = standings(planted(pairs, levels(20)))
    between, spread = difference(found, "a", "c")
    assert between == pytest.approx(1.5, abs=0.1)
    assert spread > difference(found, "a", "b")[1]


def test_models_with_nothing_in_common_are_uncertain():
    """Two tasks that share no model say nothing of each other's."""
    found = standings(planted([("t", "a"), ("t", "b"), ("u", "c"), ("u", "d")], {"t": 0.0, "u": 0.0}))
    assert difference(found, "a", "c")[1] > 2.5
    assert difference(found, "a", "b")[1] < 1.2


def test_the_more_tasks_the_more_certain():
    few, many = (standings(planted(everyone(tasks), levels(tasks), noise=0.5)) for tasks in (3, 60))
    assert difference(many, "a", "b")[1] < 0.3 * difference(few, "a", "b")[1]


@pytest.mark.parametrize("noise", [0.2, 1.5])
def test_the_spread_is_learnt_from_many_results(noise):
    found = standings(planted(everyone(200), dict.fromkeys(levels(200), 0.0), noise=noise))
    assert found.spread == pytest.approx(noise, rel=0.15)


def test_the_spread_of_few_results_is_what_is_usual():
    """Two results that happen to agree do not make experience exact."""
    found = standings(planted([("t", "a"), ("t", "b")], {"t": 0.0}))
    assert found.spread == pytest.approx(standings(planted([("t", "a"), ("t", "d")], {"t": 1.0})).spread, rel=0.05)
    assert found.spread > 0.3


def test_perfect_and_hopeless_results_are_finite():
    """Few test examples make them common: 0 and 1 have no log-odds."""
    found = standings([PastResult("t", "a", 1.0), PastResult("t", "b", 0.0), PastResult("t", "c", 0.5)])
    assert np.isfinite(found.mean).all()
    assert found.mean[0] > found.mean[2] > found.mean[1]
    assert found.mean[0] - found.mean[1] < 2 * math.log(999)


def test_repeated_results_of_a_task_count_each():
    once = planted(everyone(2), levels(2), noise=0.3)
    one, two = standings(once), standings([*once, *once])
    assert difference(two, "a", "b")[1] < difference(one, "a", "b")[1]


def test_the_order_of_the_results_does_not_matter():
    past = planted(everyone(5), levels(5), noise=0.3)
    assert standings(past).mean == pytest.approx(standings(past[::-1]).mean)


def test_evidence_stands_in_the_order_of_the_models_asked_for():
    past = planted(everyone(10), levels(10))
    found = standings(past)
    (evidence,) = experience_evidence(past, ["d", "new", "a"])
    assert evidence.values[[0, 2]] == pytest.approx(found.mean[[3, 0]])
    assert np.isnan(evidence.values[1])
    assert not evidence.level_known
    kept = evidence.covariance[np.ix_([0, 2], [0, 2])]
    assert kept == pytest.approx(found.covariance[np.ix_([3, 0], [3, 0])] + found.spread**2 * np.eye(2))


def test_models_that_are_no_candidates_still_inform_the_others():
    """They tie the tasks together."""
    pairs = [(task, model) for task, model in everyone(20) if model in ("ab" if int(task[5:]) < 10 else "bc")]
    (evidence,) = experience_evidence(planted(pairs, levels(20)), ["a", "c"])
    assert evidence.values[0] - evidence.values[1] == pytest.approx(1.5, abs=0.1)


@pytest.mark.parametrize("models", [[], ["a"], ["new", "newer"], ["a", "new"]])
def test_fewer_than_two_known_candidates_learn_nothing(models):
    assert experience_evidence(planted(everyone(3), levels(3)), models) == []


def test_nobody_has_experience_at_first():
    assert experience_evidence([], ["a", "b"]) == []

"""Draws from Optuna's estimator."""

import pytest

from automl_tl.search.parzen import Observation, ParzenEstimator
from automl_tl.search.space import Situation
from automl_tl.search.space_reader import parse_space

SPACE = parse_space("""
modality: image
strategies:
  full_finetune:
    learning_rate: {kind: log_float, low: 1e-4, high: 1e-1, default: 1e-2}
    augment: {kind: categorical, choices: [none, light]}
  linear_probe:
    when: {classes: {below: 5}}
    inverse_regularisation: {kind: log_float, low: 1e-2, high: 1e2, default: 1}
""")
SITUATIONS = {"a": Situation("resnet", 1000, 100, 10), "b": Situation("vit", 10**8, 100, 3)}


def estimator(observations=(), seed=0):
    return ParzenEstimator(SPACE, SITUATIONS, observations, seed=seed, startup=5)


def observed(rate, value, model="a"):
    return Observation(model, "full_finetune", {"learning_rate": rate, "augment": "none"}, value)


def test_draws_obey_the_conditions():
    """The strategy for few classes only where classes are few."""
    one = estimator()
    drawn = [one.draw() for _ in range(40)]
    assert {model for model, _, _ in drawn} == {"a", "b"}
    assert {model for model, strategy, _ in drawn if strategy == "linear_probe"} == {"b"}


def test_it_learns_from_what_it_was_given():
    """With good values at low rates, draws lie there."""
    rates = [10 ** (-4 + 3 * at / 29) for at in range(30)]
    seen = [observed(rate, 1 - 10 * rate) for rate in rates]
    drawn = [estimator(seen, seed).draw() for seed in range(12)]
    assert sorted(parameters.get("learning_rate", 1) for _, _, parameters in drawn)[6] < 3e-3


def test_the_same_seed_draws_the_same():
    """Whatever was drawn elsewhere."""
    seen = [observed(0.001 * at, at / 10) for at in range(1, 9)]
    assert [estimator(seen, 4).draw() for _ in range(2)] == [estimator(seen, 4).draw()] * 2


@pytest.mark.parametrize(
    "observation",
    [
        Observation("gone", "full_finetune", {"learning_rate": 0.01, "augment": "none"}, 0.5),
        Observation("a", "linear_probe", {"inverse_regularisation": 1.0}, 0.5),
        Observation("a", "full_finetune", {"learning_rate": 5.0, "augment": "none"}, 0.5),
        Observation("a", "full_finetune", {"augment": "none"}, 0.5),
    ],
)
def test_what_lies_outside_the_space_is_passed_over(observation):
    """It teaches nothing and breaks nothing."""
    assert estimator([observation])._study.trials == []


def test_what_runs_has_no_value_yet():
    """The estimator keeps away from it."""
    assert [trial.state.name for trial in estimator([observed(0.01, None)])._study.trials] == ["RUNNING"]

"""Cheap draws near the best results."""

from automl_tl.search.near_the_best import NearTheBest
from automl_tl.search.parzen import Observation
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


def draws(count, observations=(), seed=0):
    one = NearTheBest(SPACE, SITUATIONS, observations, seed=seed, startup=5)
    return [one.draw() for _ in range(count)]


def observed(rate, value, model="a"):
    return Observation(model, "full_finetune", {"learning_rate": rate, "augment": "none"}, value)


SEEN = [observed(10 ** (-4 + 3 * at / 29), 1 - at / 30) for at in range(30)]


def test_draws_obey_conditions_and_ranges():
    """With results and without; the strategy for few classes comes only where classes are few."""
    for drawn in (draws(60), draws(60, SEEN)):
        assert {model for model, _, _ in drawn} == {"a", "b"}
        assert {model for model, strategy, _ in drawn if strategy == "linear_probe"} <= {"b"}
        for model, strategy, parameters in drawn:
            entries = SPACE.strategy(strategy).active(SITUATIONS[model])
            assert set(parameters) == {entry.name for entry in entries}
            assert all(entry.contains(parameters[entry.name]) for entry in entries)


def test_most_draws_lie_near_the_best():
    """Low rates were good: most draws are of that model, that choice and low rates."""
    near = [
        model == "a" and parameters.get("augment") == "none" and parameters["learning_rate"] < 1e-3
        for model, _, parameters in draws(100, SEEN)
    ]
    assert 40 < sum(near) < 95


def test_a_few_results_teach_nothing():
    """Before ``startup`` of them the draws are those without any."""
    assert draws(10, SEEN[:4]) == draws(10)
    assert draws(10, SEEN[:5]) != draws(10)


def test_what_failed_or_lies_outside_the_space_is_left_out():
    """Values that are not known yet, strategies that do not apply, and models that are not searched."""
    foreign = [Observation("a", "linear_probe", {}, 2.0), observed(0.1, 2.0, "c"), observed(0.1, None)]
    assert draws(20, [*foreign, *SEEN]) == draws(20, SEEN)


def test_the_same_seed_draws_the_same():
    """And another one does not."""
    assert draws(5, SEEN, 4) == draws(5, SEEN, 4) != draws(5, SEEN, 5)

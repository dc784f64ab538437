"""What untried configurations may reach."""

import numpy as np
import pytest
from scipy.stats import norm

from automl_tl.search import surrogate as surrogate_module
from automl_tl.search.parzen import Observation
from automl_tl.search.space import Situation
from automl_tl.search.space_reader import parse_space
from automl_tl.search.surrogate import Surrogate

SPACE = parse_space("""
modality: image
strategies:
  full_finetune:
    learning_rate: {kind: log_float, low: 1e-4, high: 1e-1, default: 1e-2}
    augment: {kind: categorical, choices: [none, light]}
  lora:
    learning_rate: {kind: log_float, low: 1e-4, high: 1e-1, default: 1e-2}
""")
SITUATIONS = {model: Situation("resnet", 1000, 100, 10) for model in "ab"}


def configuration(model="a", rate=0.01, value=None, strategy="full_finetune"):
    parameters = {"learning_rate": rate} | ({"augment": "none"} if strategy == "full_finetune" else {})
    return Observation(model, strategy, parameters, value)


def surrogate(observations, probes=None, **options):
    probes = probes if probes is not None else {"a": 0.8, "b": 0.5}
    return Surrogate(SPACE, SITUATIONS, observations, probes, **options)


def test_without_results_every_model_stands_at_its_probe():
    """A model without a probe stands at the median of the others."""
    mean, deviation = surrogate([]).predict([configuration("a"), configuration("b")])
    assert mean == pytest.approx([0.8, 0.5])
    assert deviation == pytest.approx([0.02, 0.02])
    assert surrogate([], {"a": 0.8}).predict([configuration("b")])[0] == pytest.approx([0.8])


def test_it_comes_near_what_was_seen_and_doubts_what_was_not():
    """Near a result the mean is the result and the deviation small; far away less so."""
    seen = [configuration(rate=rate, value=value) for rate, value in ((1e-4, 0.7), (1e-2, 0.9), (1e-1, 0.6))]
    one = surrogate(seen)
    mean, deviation = one.predict([configuration(rate=1e-2), configuration(rate=1e-4), configuration("b")])
    assert mean[0] > 0.81
    assert mean[1] < 0.77
    assert deviation[0] < deviation[2]


@pytest.mark.parametrize("unit", [2.0**-8, 2.0**17])
def test_figures_in_another_unit_give_the_same_answers_in_that_unit(unit):
    """Gains are small here, so that the least spread is what they are held against."""
    values = {1e-4: 0.81, 1e-2: 0.82, 1e-1: 0.805}
    answers = []
    for scale in (1.0, unit):
        seen = [configuration(rate=rate, value=value * scale) for rate, value in values.items()]
        one = surrogate(seen, {"a": 0.8 * scale, "b": 0.5 * scale}, unit=scale)
        mean, deviation = one.predict([configuration(rate=3e-3), configuration("b")])
        answers.append([*mean / scale, *deviation / scale])
    assert answers[0] == pytest.approx(answers[1], rel=1e-12)


def test_a_gain_with_one_model_raises_hope_for_the_other_a_little():
    """What fine-tuning adds everywhere is shared, most of it is not."""
    seen = [configuration(rate=rate, value=0.9) for rate in (1e-3, 1e-2)] + [configuration("b", value=0.5)]
    mean, _ = surrogate(seen).predict([configuration("a", 3e-3), configuration("b", 3e-3)])
    assert 0.85 < mean[0] <= 0.92
    assert 0.48 < mean[1] < 0.6


def test_models_with_the_same_ranges_are_compared_at_once(monkeypatch):
    """However large they are: the time of an answer must not grow with the number of models."""
    situations = {model: Situation("resnet", 1000 + size, 100, 10) for size, model in enumerate("abcd")}
    seen = [configuration(model, value=0.1 * rank) for rank, model in enumerate("abcd")]
    compared, squares = [], surrogate_module._squares
    monkeypatch.setattr(
        surrogate_module, "_squares", lambda entry, *sides: compared.append(entry.name) or squares(entry, *sides)
    )
    Surrogate(SPACE, situations, seen, {})
    assert sorted(compared) == ["augment", "learning_rate"]


def test_ranges_that_depend_on_the_model_stay_its_own():
    """The same two rates are further apart where the range is narrower."""
    space = parse_space("""
modality: image
strategies:
  full_finetune:
    learning_rate:
      - {kind: log_float, low: 1e-3, high: 1e-2, default: 1e-3, when: {model_parameters: {below: 2000}}}
      - {kind: log_float, low: 1e-5, high: 1e-1, default: 1e-3}
""")
    situations = {"narrow": Situation("r", 1000, 100, 10), "wide": Situation("r", 9000, 100, 10)}
    seen = [Observation(model, "full_finetune", {"learning_rate": 1e-3}, 0.9) for model in situations]
    tried = [Observation(model, "full_finetune", {"learning_rate": 2e-3}, None) for model in situations]
    near = Surrogate(space, situations, seen, {"narrow": 0.5, "wide": 0.5})._distances(tried, seen)
    assert near[0, 0] == pytest.approx(np.log10(2) ** 2)
    assert near[1, 1] == pytest.approx((np.log10(2) / 4) ** 2)


def test_expected_improvement_is_the_formula():
    """Jones et al., eq. 15, from mean and deviation."""
    one = surrogate([configuration(value=0.85)])
    candidates = [configuration(rate=1e-3), configuration("b", strategy="lora")]
    mean, deviation = one.predict(candidates)
    z = (mean - 0.86) / deviation
    expected = (mean - 0.86) * norm.cdf(z) + deviation * norm.pdf(z)
    assert one.expected_improvement(candidates, 0.86) == pytest.approx(expected)
    assert np.all(expected >= 0)


def test_observations_of_models_that_left_are_passed_over():
    """They would need a range that nobody knows."""
    mean, _ = surrogate([configuration("gone", value=0.1)]).predict([configuration("a")])
    assert mean == pytest.approx([0.8])


def test_the_kernel_is_the_sum_of_its_parts():
    """Known answers: itself 1, another choice, a rate a third away, another strategy, another model."""
    one = configuration(rate=1e-2)
    light = Observation("a", "full_finetune", {"learning_rate": 1e-2, "augment": "light"}, None)
    away, lora, other = configuration(rate=1e-3), configuration(strategy="lora"), configuration("b", rate=1e-2)
    missing = Observation("a", "full_finetune", {"augment": "none"}, None)
    found = surrogate([])._kernel([one], [one, light, away, lora, other, missing])
    near = [np.exp(-0.5 * square / 0.3**2) for square in (0.3**2, (1 / 3) ** 2)]
    wanted = [1.0, 0.6 + 0.4 * near[0], 0.6 + 0.4 * near[1], 0.15 + 0.35, 0.15 + 0.1 + 0.2, 1.0]
    assert found == pytest.approx(np.array([wanted]))

"""Draws around what is known to work."""

import math

import numpy as np
import pytest

from automl_tl.search.prior import around_default, draw, model_weights, share_of_prior
from automl_tl.search.space import Parameter, Situation
from automl_tl.search.space_reader import parse_space

RATE = Parameter("k", "learning_rate", "log_float", 1e-3, low=1e-4, high=1e-2)
BATCH = Parameter("k", "batch_size", "categorical", 16, choices=(8, 16, 32))
UPDATES = Parameter("k", "updates", "int", 12, low=10, high=20)


def test_the_prior_fades_and_never_goes():
    """Known answers: 1 at first, half after 20, 0.3 at last."""
    assert [share_of_prior(n) for n in (0, 20, 28, 1000)] == pytest.approx([1.0, 0.5, 0.3, 0.3])


def test_draws_lie_around_the_default_and_inside_the_range():
    """On the log scale the median is the default; about two thirds lie within a fifth of the range."""
    rng = np.random.default_rng(0)
    rates = np.log10([float(around_default(RATE, rng)) for _ in range(2000)])
    assert rates.min() >= -4
    assert rates.max() <= -2
    assert np.median(rates) == pytest.approx(-3, abs=0.05)
    assert np.mean(np.abs(rates + 3) < 0.4) == pytest.approx(0.69, abs=0.04)
    whole = {around_default(UPDATES, rng) for _ in range(300)}
    assert whole <= set(range(10, 21))
    assert all(isinstance(each, int) for each in whole)


def test_the_default_choice_is_drawn_half_of_the_time():
    """The others share the rest."""
    rng = np.random.default_rng(0)
    drawn = [around_default(BATCH, rng) for _ in range(2000)]
    assert drawn.count(16) / 2000 == pytest.approx(0.5, abs=0.04)
    assert drawn.count(8) / 2000 == pytest.approx(0.25, abs=0.04)
    assert around_default(Parameter("k", "augment", "categorical", "none", choices=("none",)), rng) == "none"


def test_models_are_weighed_half_by_the_ranking():
    """Known answers; where one probability is unknown, all count alike."""
    assert model_weights(["a", "b"], {"a": 0.9, "b": 0.1}) == pytest.approx({"a": 0.7, "b": 0.3})
    assert model_weights(["a", "b"], {"a": 0.9, "b": math.nan}) == pytest.approx({"a": 0.5, "b": 0.5})
    assert model_weights(["a", "b"], {"a": 0.0, "b": 0.0}) == pytest.approx({"a": 0.5, "b": 0.5})


def test_strategies_of_the_portfolio_are_drawn_more_often():
    """Two recipes there and one place in the space: three of four draws."""
    space = parse_space("""
modality: image
strategies:
  full_finetune: {warmup: {kind: float, low: 0.0, high: 0.5, default: 0.1}}
  lora: {warmup: {kind: float, low: 0.0, high: 0.5, default: 0.1}}
portfolio: [{strategy: full_finetune}, {strategy: full_finetune, warmup: 0.2}]
""")
    rng = np.random.default_rng(0)
    situation = {"a": Situation("r", 1, 10, 2)}
    drawn = [draw(space, situation, {"a": 1.0}, rng) for _ in range(1000)]
    share = np.mean([strategy == "full_finetune" for _, strategy, _ in drawn])
    assert share == pytest.approx(0.75, abs=0.05)
    assert all(0 <= parameters["warmup"] <= 0.5 for _, _, parameters in drawn)

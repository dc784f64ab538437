"""When sampling ends: budget, clock or stability."""

import numpy as np
import pytest
import torch

from automl_tl.explain.game import Game
from automl_tl.explain.maskers.column import Column
from automl_tl.explain.network import Network
from automl_tl.explain.samplers.base import Estimate
from automl_tl.explain.samplers.choose import choose_sampler
from automl_tl.explain.samplers.run import Sampling, is_stable, run_sampler, run_together


class Rough(torch.nn.Module):
    """A sum of columns, and with ``bumps`` something that no regression foresees."""

    def __init__(self, bumps):
        super().__init__()
        self.bumps = bumps

    def forward(self, batch):
        columns = batch["columns"].float()
        total = columns @ torch.arange(columns.shape[1], dtype=torch.float32)
        return (total + self.bumps * torch.sin(total * 37.0))[:, None]


class Same:
    def logits(self, features):
        return features


def game(n_columns, bumps=0.0, remaining=lambda: float("inf")):
    class Model:
        backbone = Rough(bumps)
        head = Same()

    masker = Column(np.ones(n_columns), np.zeros((1, n_columns)), [f"c{i}" for i in range(n_columns)])
    return Game([(masker, Network(Model()))], remaining=remaining)


def test_a_sum_is_stable_at_once():
    """No more is asked than stability takes to be seen."""
    easy = game(20)
    sampling = Sampling(easy, choose_sampler(easy, [0], max_evals=1000, seed=0), [0])
    run_together([sampling])
    assert sampling.stopped == "stable"
    assert easy.evaluations < 150
    assert np.allclose(sampling.sampler.estimate().values[:, 0], np.arange(20), atol=1e-4)


def test_a_rough_game_uses_its_budget():
    """Stability is not reached, the budget is."""
    hard = game(20, bumps=50.0)
    sampling = Sampling(hard, choose_sampler(hard, [0], max_evals=200, seed=0), [0])
    run_together([sampling])
    assert sampling.stopped == "budget"
    assert hard.evaluations == 200


def test_all_coalitions_are_complete():
    """Nothing is left to ask."""
    small = game(5, bumps=50.0)
    sampling = Sampling(small, choose_sampler(small, [0], max_evals=100, seed=0), [0])
    run_together([sampling])
    assert sampling.stopped == "complete"


def test_the_clock_leaves_what_is_there_with_its_error():
    """Time ends after the second round."""
    left = [1.0]
    hard = game(20, bumps=50.0, remaining=lambda: left[0])
    sampling = Sampling(hard, choose_sampler(hard, [0], max_evals=4000, seed=0), [0])
    rounds = []

    def heard():
        rounds.append(1)
        if len(rounds) == 2:
            left[0] = 0.0

    run_together([sampling], heard)
    estimate = sampling.sampler.estimate()
    assert sampling.stopped == "deadline"
    assert np.isfinite(estimate.errors).all()
    ends = hard.recall(np.array([[False] * 20, [True] * 20]))
    assert estimate.values.sum() == pytest.approx(float(ends[1, 0] - ends[0, 0]), abs=1e-9)


def test_games_side_by_side_are_the_games_by_themselves():
    """Common batches change nothing but speed."""
    apart = []
    for seed in range(3):
        one = game(12, bumps=5.0)
        apart.append(run_sampler(one, choose_sampler(one, [0], max_evals=60, seed=seed), [0]).values)
    shared = game(12, bumps=5.0).players[0][1]
    games = [Game([(game(12).masker, shared)]) for _ in range(3)]
    samplings = [Sampling(g, choose_sampler(g, [0], max_evals=60, seed=s), [0]) for s, g in enumerate(games)]
    run_together(samplings)
    for expected, sampling in zip(apart, samplings, strict=True):
        assert np.allclose(expected, sampling.sampler.estimate().values, atol=1e-4)


def test_stability_needs_agreement_and_small_errors():
    """Both conditions, and an estimate at all."""
    values, errors = np.array([[1.0], [2.0], [3.0]]), np.full((3, 1), 0.01)
    assert is_stable(Estimate(values, errors, 0.97))
    assert not is_stable(Estimate(values, errors, 0.5))
    assert not is_stable(Estimate(values, errors, float("nan")))
    assert not is_stable(Estimate(values, errors * 100, 0.97))
    assert not is_stable(None)


def test_every_answer_must_be_stable_that_counts():
    """A second output with errors of its own size keeps sampling going; one a millionth as large does not."""
    values, errors = np.array([[1.0, 3.0], [2.0, 1.0], [3.0, 2.0]]), np.array([[0.01, 1.0]] * 3)
    assert not is_stable(Estimate(values, errors, 0.97))
    assert is_stable(Estimate(values * [1, 1e-6], errors * [1, 1e-6], 0.97))

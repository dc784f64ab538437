"""A ranking is stored row by row and read by page."""

import math

import pytest

from automl_tl.errors import NotFound
from automl_tl.pipeline.events import RankingReady
from automl_tl.probe.cost import ModelCost
from automl_tl.store.pages import PageRequest
from automl_tl.transferability.base import RankedModel, Ranking


def _row(model, rank, **values):
    """Return a row of which every figure is known: NaN would not equal itself."""
    return RankedModel(
        model, rank, 0.5, 0.4, 0.6, probability_best=0.3, expected_regret=0.0, prior_shift=0.0, **values
    )


RANKING = Ranking(
    models=(
        RankedModel(
            *("starter:a", 1, 0.9, 0.8, 1.0, {"logme": 1.5}),
            probability_best=0.7,
            expected_regret=0.01,
            contender=True,
            prior_shift=-0.1,
            parameters=1000,
            probe_seconds=2.5,
            resolved_revision="abc",
        ),
        _row("starter:b", 2, notes={"logme": "too few rows"}),
        _row("hf:x/y", 0, error="no network"),
    ),
    scorers=("logme", "knn"),
    n_probe=120,
    baselines={"knn": "starter:b"},
)


def test_a_ranking_comes_back_as_it_was_and_watchers_hear_of_it(shop):
    shop.job("job-1")
    shop.ledger.rankings.record(shop.lease(), RANKING)
    assert shop.ledger.rankings.get("default", "job-1") == RANKING
    assert shop.history("job-1")[-1] == ("ranking", RankingReady(2, "starter:a"))


def test_a_second_ranking_replaces_the_first(shop):
    shop.job("job-1")
    lease = shop.lease()
    shop.ledger.rankings.record(lease, RANKING)
    shop.ledger.rankings.record(lease, Ranking(RANKING.models[2:], (), 0))
    assert shop.ledger.rankings.get("default", "job-1").models == RANKING.models[2:]
    assert shop.history("job-1")[-1][1] == RankingReady(0, "")


def test_an_unknown_probability_stays_unknown(shop):
    shop.job("job-1")
    shop.ledger.rankings.record(shop.lease(), Ranking((RankedModel("a:b", 1, 0.0, 0.0, 0.0),), (), 0))
    assert math.isnan(shop.ledger.rankings.get("default", "job-1").models[0].probability_best)


def test_rows_are_read_by_page_best_first(shop):
    shop.job("job-1")
    shop.ledger.rankings.record(shop.lease(), RANKING)
    first = shop.ledger.rankings.list("default", "job-1", PageRequest(2))
    rest = shop.ledger.rankings.list("default", "job-1", PageRequest(2, first.next_token))
    assert (*first.items, *rest.items) == RANKING.models
    assert rest.next_token == ""


def test_before_there_is_a_ranking(shop):
    shop.job("job-1")
    assert shop.ledger.rankings.list("default", "job-1", PageRequest()).items == ()
    with pytest.raises(NotFound, match="no ranking yet"):
        shop.ledger.rankings.get("default", "job-1")


def test_a_cost_comes_back_with_its_unknown_figures(shop):
    shop.job("job-1")
    cost = ModelCost(parameters=7, flops=2e6, latency_ms=1.5, notes={"trial_seconds": "no time left"})
    shop.ledger.rankings.record(shop.lease(), Ranking((RankedModel("a:b", 1, 0.0, 0.0, 0.0, cost=cost),), (), 0))
    back = shop.ledger.rankings.get("default", "job-1").models[0].cost
    assert (back.parameters, back.flops, back.latency_ms, back.notes) == (7, 2e6, 1.5, cost.notes)
    assert math.isnan(back.trial_seconds)

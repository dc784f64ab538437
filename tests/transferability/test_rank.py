"""One ranking out of many samples, whatever goes wrong with some of them."""

import math
from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import NotFound
from automl_tl.probe.cost import ModelCost
from automl_tl.testing.scorer import clustered_sample
from automl_tl.transferability.rank import rank
from automl_tl.zoo.card import ImageInput, ModelCard


def card(model, parameters=10, **prior):
    source, name = model.split(":")
    return ModelCard(source, name, "image", "net", "net", ImageInput(), parameters, prior=prior)


@pytest.fixture
def samples():
    """Three models that separate the same labels well, somewhat and not at all."""
    strengths = {"timm:poor": 0.2, "timm:good": 4.0, "timm:fair": 1.5}
    return {model: clustered_sample(n=90, separation=value) for model, value in strengths.items()}


def test_orders_by_how_well_the_classes_separate(samples):
    """Best first, ranks from 1, every score in its own column."""
    ranking = rank(samples, {}, {})
    assert [row.model for row in ranking.models] == ["timm:good", "timm:fair", "timm:poor"]
    assert [row.rank for row in ranking.models] == [1, 2, 3]
    assert set(ranking.models[0].scores) == {"linear_probe", "knn", "logme", "hscore", "frechet"}
    assert ranking.n_probe == 90


def test_bounds_enclose_the_score_and_tell_winners_apart(samples):
    """A clear winner wins nearly every resample; probabilities add up to one."""
    ranking = rank(samples, {}, {})
    for row in ranking.models:
        assert row.low <= row.score <= row.high
    assert ranking.models[0].probability_best > 0.95
    assert sum(row.probability_best for row in ranking.models) == pytest.approx(1.0)


def test_equal_models_share_the_win_and_the_smaller_stands_first():
    """Between equals the cheaper model is the better choice."""
    sample = clustered_sample()
    cards = {
        "timm:large": card("timm:large", 100, imagenet1k_top1=70.0),
        "timm:small": card("timm:small", 10, imagenet1k_top1=70.0),
    }
    ranking = rank({"timm:large": sample, "timm:small": sample}, {}, cards)
    assert [row.model for row in ranking.models] == ["timm:small", "timm:large"]
    assert [row.probability_best for row in ranking.models] == [0.5, 0.5]


def test_failures_stand_at_the_end_with_their_reason(samples):
    """A model that could not be loaded stops nobody."""
    ranking = rank(samples, {"hf:away": "no network"}, {})
    last = ranking.models[-1]
    assert (last.model, last.rank, last.error) == ("hf:away", 0, "no network")
    assert math.isnan(last.score)
    assert len(ranking.usable()) == 3


def test_a_model_with_unusable_embeddings_becomes_a_failure(samples):
    """NaN embeddings leave no score, and the reason is told."""
    spoilt = replace(samples["timm:fair"], features=np.full((90, 8), np.nan, np.float32))
    ranking = rank({**samples, "timm:fair": spoilt}, {}, {})
    row = next(row for row in ranking.models if row.model == "timm:fair")
    assert row.rank == 0
    assert "NaN" in row.error


def test_a_missing_fingerprint_is_noted_and_costs_only_its_column(samples):
    """The similarity column stays empty for that model."""
    bare = replace(samples["timm:good"], fingerprint=None)
    ranking = rank({**samples, "timm:good": bare}, {}, {})
    assert ranking.models[0].model == "timm:good"
    assert "fingerprint" in ranking.models[0].notes["frechet"]
    assert "frechet" not in ranking.models[0].scores


def test_baselines_tell_what_simpler_rules_would_choose(samples):
    """The published prior, the largest model and k-NN alone."""
    cards = {
        "timm:poor": card("timm:poor", 10, imagenet1k_top1=90.0),
        "timm:good": card("timm:good", 20, imagenet1k_top1=70.0),
        "timm:fair": card("timm:fair", 99),
    }
    ranking = rank(samples, {}, cards)
    assert ranking.baselines == {"static": "timm:poor", "largest": "timm:fair", "knn": "timm:good"}


def test_without_priors_the_static_choice_is_the_largest_model(samples):
    """What people do who look at nothing."""
    cards = {model: card(model, number) for number, model in enumerate(samples)}
    assert rank(samples, {}, cards).baselines["static"] == list(samples)[-1]


def test_only_the_scores_asked_for_are_computed(samples):
    """In the order of their votes."""
    ranking = rank(samples, {}, {}, scorers=["knn", "linear_probe"])
    assert ranking.scorers == ("linear_probe", "knn")
    assert set(ranking.models[0].scores) == {"linear_probe", "knn"}


def test_opt_in_scores_are_computed_and_vote_when_asked_for(samples):
    """The default ranking does not pay for them."""
    assert "leep" not in rank(samples, {}, {}).scorers
    ranking = rank(samples, {}, {}, scorers=["leep", "lda"])
    assert set(ranking.models[0].scores) == {"leep", "lda"}
    assert ranking.models[0].model == "timm:good"


def test_a_model_without_source_head_gets_a_note_beside_models_with_one(samples):
    """LEEP does not apply to it; its other scores count."""
    bare = replace(samples["timm:good"], source_probs=None)
    ranking = rank({**samples, "timm:good": bare}, {}, {}, scorers=["leep", "knn"])
    row = next(row for row in ranking.models if row.model == "timm:good")
    assert "not applicable" in row.notes["leep"]
    assert set(row.scores) == {"knn"}


def test_an_unknown_score_is_refused(samples):
    """A typing error must not silently shrink the ensemble."""
    with pytest.raises(NotFound, match="nope"):
        rank(samples, {}, {}, scorers=["nope"])


def test_same_seed_gives_the_same_ranking(samples):
    """Bounds included."""
    assert rank(samples, {}, {}, seed=4) == rank(samples, {}, {}, seed=4)


def test_rows_carry_what_the_probe_learnt(samples):
    """Seconds, commit and size are shown beside the scores."""
    ranking = rank(
        samples,
        {},
        {"timm:good": card("timm:good", 123)},
        probe_seconds={"timm:good": 1.5},
        revisions={"timm:good": "abc"},
        bootstrap=0,
    )
    best = ranking.models[0]
    assert (best.parameters, best.probe_seconds, best.resolved_revision) == (123, 1.5, "abc")
    assert best.low < best.score < best.high


def test_nothing_usable_gives_a_ranking_of_failures():
    """The caller decides what to do then."""
    ranking = rank({}, {"hf:a": "gone"}, {})
    assert ranking.usable() == ()
    assert ranking.baselines == {}


def test_costs_stand_in_the_rows_of_ranked_and_of_failed_models(samples):
    """A model that was out for its latency shows what it was."""
    costs = {"timm:good": ModelCost(latency_ms=3.0), "hf:slow": ModelCost(latency_ms=90.0)}
    rows = {row.model: row for row in rank(samples, {"hf:slow": "too slow"}, {}, costs=costs).models}
    assert rows["timm:good"].cost == costs["timm:good"]
    assert rows["hf:slow"].cost == costs["hf:slow"]
    assert rows["timm:fair"].cost is None

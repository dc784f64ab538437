"""The registry of scores and the rows of a ranking."""

import json
import math

import pytest

from automl_tl.json_codec import from_plain, to_plain
from automl_tl.testing.scorer import clustered_sample
from automl_tl.transferability.base import RankedModel, Ranking, default_scorers, judges, scorers
from automl_tl.transferability.rank import rank


def test_the_shipped_scores_are_registered():
    """Found by name without importing their modules first."""
    assert {"logme", "knn", "linear_probe", "hscore", "frechet", "leep", "gbc"} <= set(scorers.names())


def test_the_default_ranking_is_these_five():
    """All others are computed when they are asked for by name."""
    default = set(default_scorers("classification"))
    assert default == {"logme", "knn", "linear_probe", "hscore", "frechet"}


@pytest.mark.parametrize("task", ["regression", "multilabel"])
def test_other_tasks_have_scores_of_their_own(task):
    """Of classes none is asked; similarity looks at no labels."""
    assert set(default_scorers(task)) == {"frechet", "knn_regression", "logme_regression", "ridge_regression"}


def test_the_judge_with_most_weight_comes_first():
    """It decides what embeddings are made of."""
    assert [scorer.name for scorer in judges("classification")] == ["linear_probe", "knn", "ridge_probe"]
    assert [scorer.name for scorer in judges("regression")] == ["ridge_regression", "knn_regression"]


def test_usable_leaves_out_models_that_failed():
    """Rank 0 marks a model that could not be probed."""
    good = RankedModel("starter:a", 1, 0.5, 0.4, 0.6)
    failed = RankedModel("hf:b", 0, math.nan, math.nan, math.nan, error="no network")
    assert Ranking((good, failed), ("knn",), 10).usable() == (good,)


def test_a_ranking_survives_the_way_through_json():
    """Numbers that are missing come back as NaN."""
    ranking = rank({"timm:a": clustered_sample()}, {"hf:b": "gone"}, {}, bootstrap=10)
    again = from_plain(Ranking, json.loads(json.dumps(to_plain(ranking), allow_nan=False)))
    assert again.models[0] == ranking.models[0]
    assert math.isnan(again.models[1].score)
    assert again.models[1].error == "gone"
    assert (again.scorers, again.n_probe) == (ranking.scorers, ranking.n_probe)

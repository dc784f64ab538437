"""The registry of scores and the rows of a ranking."""

import math

from automl_tl.transferability.base import RankedModel, Ranking, scorers


def test_the_shipped_scores_are_registered():
    """Found by name without importing their modules first."""
    assert {"logme", "knn", "linear_probe", "hscore", "frechet"} <= set(scorers.names())


def test_usable_leaves_out_models_that_failed():
    """Rank 0 marks a model that could not be probed."""
    good = RankedModel("starter:a", 1, 0.5, 0.4, 0.6)
    failed = RankedModel("hf:b", 0, math.nan, math.nan, math.nan, error="no network")
    assert Ranking((good, failed), ("knn",), 10).usable() == (good,)

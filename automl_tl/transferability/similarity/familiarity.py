"""What the scores that listen to the model itself ask of its evidence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable
from automl_tl.probe.familiarity import Familiarity
from automl_tl.transferability.base import ProbeSample
from automl_tl.transferability.checks import finite_features

__all__ = ["checked_familiarity", "finite_part"]


def checked_familiarity(sample: ProbeSample) -> Familiarity:
    """Return the evidence of a model whose embeddings are finite; raises ScoreUnavailable without any."""
    finite_features(sample)
    if sample.familiarity is None:
        raise ScoreUnavailable(
            "there is no evidence from the model itself; a job gathers it if this score is among its scorers",
            field="familiarity",
        )
    return sample.familiarity


def finite_part(values: NDArray[np.float64] | None, *, lacks: str) -> NDArray[np.float64]:
    """Return one part of the evidence; raises ScoreUnavailable with what the model lacks."""
    if values is None or not values.size:
        raise ScoreUnavailable(f"not applicable: the model has no {lacks}", field="familiarity")
    if not np.isfinite(values).all():
        raise ScoreUnavailable("the model's evidence holds NaN or infinity", field="familiarity")
    return np.asarray(values, dtype=np.float64)

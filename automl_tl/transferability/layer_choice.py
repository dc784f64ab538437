"""Which layers of a model make the better embedding for this data."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from automl_tl.errors import ScoreUnavailable
from automl_tl.one_thread import on_one_thread
from automl_tl.transferability.base import ProbeSample, judges

__all__ = ["choose_layers"]


def choose_layers(samples: Mapping[str, ProbeSample]) -> str:
    """Return the key of the sample that the task's first judge likes best, of about equal ones the first.

    Another choice of layers must win by more than one standard error of the paired difference, so that the best of
    several noisy figures does not flatter the model. A choice that cannot be judged is passed over.

    Parameters
    ----------
    samples
        The same examples embedded by one model's choices of layers, the model's own choice first.
    """
    own, *others = samples
    with on_one_thread():
        right = {name: _right(sample) for name, sample in samples.items()}
    chosen, most = own, 0.0
    base = right[own]
    for name in others:
        found = right[name]
        if found is None:
            continue
        gain = found - (base if base is not None else np.zeros_like(found))
        mean, error = float(gain.mean()), float(gain.std() / math.sqrt(len(gain)))
        if mean > error and mean > most:
            chosen, most = name, mean
    return chosen


def _right(sample: ProbeSample) -> np.ndarray | None:
    try:
        return judges(sample.task)[0].score(sample).contributions
    except ScoreUnavailable:
        return None

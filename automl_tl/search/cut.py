"""Which candidates are worth tuning after rung 0."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from automl_tl.search.trial import Trial

__all__ = ["promising"]

_MARGIN = 0.15
_STANDARD_ERRORS = 4.0
_FIGURE = "accuracy"


def promising(models: Sequence[str], probes: Mapping[str, Trial], *, n_validation: int) -> tuple[str, ...]:
    """Return the models to tune, in the order given.

    A model is left out if its linear probe could not be made, or is right so much less often than the best one
    that fine-tuning would have to make up for more than it usually does: by more than 0.15, and by more than four
    standard errors of an accuracy on ``n_validation`` examples. The cut is wide on purpose, since a probe says
    little about which of two good models tunes better; models without a known probe are kept.
    """
    known = {model: probes[model].metrics.get(_FIGURE, math.nan) for model in models if model in probes}
    finite = [value for value in known.values() if not math.isnan(value)]
    if not finite:
        return tuple(models)
    best = max(finite)
    error = math.sqrt(best * (1 - best) / max(n_validation, 1))
    floor = best - max(_MARGIN, _STANDARD_ERRORS * error)
    return tuple(model for model in models if known.get(model, best) >= floor)

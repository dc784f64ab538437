"""Builders of trials for the tests of this room."""

from collections.abc import Callable

import pytest

from automl_tl.finetune.workload import CurvePoint
from automl_tl.names import trial_id
from automl_tl.search.trial import Trial, TrialState


@pytest.fixture
def ended_trial() -> Callable[..., Trial]:
    """Build a trial in a final state from values by rung: ``ended_trial(1, [0.5, 0.9])``."""

    def build(number, values, *, state=TrialState.SUCCEEDED, checkpoint="somewhere", **changes) -> Trial:
        rungs = (1 / 9, 1 / 3, 2 / 3, 1.0)
        curve = tuple(
            CurvePoint(at + 1, fraction, float(at), 1.0, {"accuracy": value})
            for at, (fraction, value) in enumerate(zip(rungs, values, strict=False))
        )
        best = max(values, default=float("nan"))
        options = {
            "id": trial_id(number),
            "number": number,
            "model": "local:a",
            "strategy": "full_finetune",
            "parameters": {},
            "seed": 0,
            "origin": "sampler",
            "value": best,
            "metrics": {"accuracy": best} if values else {},
            "seconds": 1.0,
        }
        return Trial(**(options | {"state": state, "curve": curve, "checkpoint": checkpoint} | changes))

    return build

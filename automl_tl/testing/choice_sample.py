"""Why this model, for sample reports: made-up figures of a search of thirty trials."""

from __future__ import annotations

from collections.abc import Sequence

from automl_tl.choice.base import Influence, ModelChoice, Rivalry, SearchInfluences, Share, Surrogate
from automl_tl.choice.costs import cost_points
from automl_tl.finetune.evaluation import Interval
from automl_tl.search.trial import Trial

__all__ = ["sample_choice"]

_TUNED = ("full_finetune", "partial_unfreezing")


def sample_choice(trials: Sequence[Trial], latencies: dict[str, float]) -> ModelChoice:
    """Return a choice among these trials, the fourth of which won."""
    influences = SearchInfluences(
        status="weak",
        reason="24 trials are few: below 30 the order of factors may well be another",
        trials=24,
        surrogate=Surrogate("gaussian_process", 0.81, 0.64),
        influences=(
            Influence("model", Interval(0.061, 0.048, 0.074)),
            Influence("strategy", Interval(0.027, 0.016, 0.038)),
            Influence("learning_rate", Interval(0.019, 0.004, 0.034), _TUNED),
            Influence("frozen_fraction", Interval(0.006, 0.0, 0.014), ("partial_unfreezing",)),
        ),
        base=0.83,
        expected=0.925,
        winner=(
            Share("model", 0.058, "starter:glyph-resnet"),
            Share("strategy", 0.029, "full_finetune"),
            Share("learning_rate", 0.011, "0.0012"),
            Share("layer_decay", -0.003, "0.8"),
            Share("frozen_fraction", 0.0, ""),
        ),
        additivity_gap=1e-16,
        runner_up=trials[4].id,
        difference=(
            Share("model", 0.034, trials[3].model, trials[4].model),
            Share("learning_rate", -0.004, "0.0012", "0.0008"),
        ),
    )
    rivalry = Rivalry(
        trials[3].id, trials[4].id, 60, "validation", Interval(0.033, -0.033, 0.1), 0.6875, "mcnemar", 4, 2
    )
    return ModelChoice(influences, rivalry, cost_points(trials, latencies))

"""A much smaller model beside the winner: if it is as good, it is the better one to use."""

from __future__ import annotations

from collections.abc import Callable

from automl_tl.data.dataset import TargetData
from automl_tl.errors import TrialFailed
from automl_tl.finetune.evaluate import predict_rows
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.fitted import load
from automl_tl.finetune.metrics import Metric
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.straight_run import straight_run
from automl_tl.finetune.trial import LoadModel
from automl_tl.finetune.workload import Workload
from automl_tl.pipeline.final_model import usable_trials
from automl_tl.pipeline.steps.search import Searched
from automl_tl.search.resume import checkpoint_of
from automl_tl.search.rung0 import PROBE_STRATEGY
from automl_tl.search.trial import Trial

__all__ = ["SMALLER_MODEL", "smaller_baseline", "smaller_rival"]

SMALLER_MODEL = "smaller model"
"""Name of the evaluation."""

_MUCH_SMALLER = 2.0


def smaller_rival(searched: Searched, metric: Metric, winner: Trial) -> Trial | None:
    """Return the best trial, by validation, of a model of at most half the winner's size; None without one."""
    cards = searched.workload.cards
    size = cards[winner.model].parameters
    for trial in usable_trials(searched, metric):
        rival = cards[trial.model].parameters if trial.model in cards else 0
        if 0 < rival * _MUCH_SMALLER <= size:
            return trial
    return None


def smaller_baseline(
    rival: Trial,
    winner: Trial,
    whole: Workload,
    load_model: LoadModel,
    target: TargetData,
    *,
    remaining: Callable[[], float],
) -> tuple[str, str, Callable[[], Predictions]]:
    """Return name, description and measurement; a linear probe gets its head on all rows, as the winner did.

    Parameters
    ----------
    whole
        The workload with train and validation merged.
    remaining
        Seconds left: a probe of other layers embeds all rows anew. Without them measuring raises TrialFailed.
    """
    factor = whole.cards[winner.model].parameters / whole.cards[rival.model].parameters
    strategy = rival.strategy.replace("_", " ")
    description = f"{rival.model}, {strategy}: {factor:.1f} times fewer weights"

    def measure() -> Predictions:
        model = None
        if rival.strategy == PROBE_STRATEGY:
            model = straight_run(
                whole,
                model=rival.model,
                recipe=Recipe.from_parameters(rival.strategy, rival.parameters),
                updates=0,
                seed=rival.seed,
                remaining=remaining,
                load_model=load_model,
            )
        elif (checkpoint := checkpoint_of(whole, rival)) is not None:
            model = load(checkpoint)
        if model is None:
            raise TrialFailed(f"the checkpoint of {rival.id} is gone")
        return predict_rows(model, target, target.split.test)

    return SMALLER_MODEL, description, measure

"""Which fine-tuned run and which linear probe of a search stand for the final model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.choice import standard_error
from automl_tl.finetune.decision import Decision, weigh
from automl_tl.finetune.final_plan import Run
from automl_tl.finetune.metrics import Metric, improves, metrics
from automl_tl.finetune.probe_choice import choose_probe, probe_decision
from automl_tl.finetune.recipe import Scalar
from automl_tl.finetune.tasks.base import learning_tasks
from automl_tl.finetune.temperature import at_best_temperature, calibrated_loss, comparable_answers
from automl_tl.finetune.workload import Workload

__all__ = ["BestProbe", "FinishedRun", "best_probe", "best_tuned"]

_LAYERS = "layers"
_LOSS = "log_loss"
_MOST_COMPARED = 4
"""Each is loaded and asked about the validation rows."""
_SHARE = 0.1
"""Of the seconds that are left: a probe that takes more of them to answer is compared with no other one."""


@dataclass(frozen=True)
class FinishedRun:
    """A run with its validation figures and the seconds that its updates took.

    ``looked`` is whether validation was looked at after some updates: time may have been over before.
    """

    run: Run
    metrics: Mapping[str, float]
    seconds: float
    looked: bool = True


@dataclass(frozen=True)
class BestProbe:
    """The best linear probe.

    Attributes
    ----------
    finished
        Its run.
    plain
        Id of the model whose probe on its own embedding is the best, "" where there is none.
    decisions
        How it was chosen: of several such probes, and against the best one of other layers. None of either where
        there was no such choice.
    """

    finished: FinishedRun
    plain: str = ""
    decisions: tuple[Decision, ...] = ()


def best_tuned(
    runs: Sequence[FinishedRun],
    metric: Metric,
    *,
    labels: NDArray[np.int64],
    answers: Callable[[Run], NDArray[np.floating]],
    calibrated: bool = True,
) -> FinishedRun | None:
    """Return the best fine-tuned run: the lowest log loss of those that the metric cannot tell apart.

    Log loss says more of the same few rows than shares of right answers do.

    Parameters
    ----------
    runs
        The best first.
    labels
        Of the validation rows that their figures rest on.
    answers
        Returns a run's probabilities on these rows.
    calibrated
        Whether a temperature will be fitted: without one, log loss is for the run that was trained least, since
        it is the least sure of itself.
    """
    tuned = [each for each in runs if each.run.fine_tuned]
    if not tuned or _LOSS not in tuned[0].metrics:
        return tuned[0] if tuned else None
    if calibrated and metric.of_probabilities:
        return max(
            tuned[:_MOST_COMPARED],
            key=lambda each: metric.signed(metric.value(labels, at_best_temperature(labels, answers(each.run)))),
        )
    highest = max(metric.signed(each.metrics[metric.name]) for each in tuned)
    floor = highest - standard_error(metric, highest, len(labels))
    close = [each for each in tuned if metric.signed(each.metrics[metric.name]) >= floor]
    if len(close) == 1 or not calibrated:
        return min(close, key=lambda each: each.metrics[_LOSS])
    return min(close[:_MOST_COMPARED], key=lambda each: calibrated_loss(labels, answers(each.run)))


def best_probe(
    workload: Workload,
    runs: Sequence[FinishedRun],
    *,
    answers: Callable[[Run], NDArray[np.floating]],
    seed: int,
    remaining: Callable[[], float],
) -> BestProbe | None:
    """Return the best linear probe of a search, None where it has none.

    Training rows that are held out in turn have a say, too, where the model's own embedding is there. Of probes of
    other layers, whose embeddings are not, the first on validation takes its place where its gain there is clear.

    Parameters
    ----------
    runs
        The best by validation first.
    answers
        Returns a run's probabilities on the validation rows.
    remaining
        Seconds left, of which the choice takes a small part.
    """
    probes = [each for each in runs if not each.run.fine_tuned]
    plain = {each.run: each for each in probes if each.run.recipe.feature_layers == "model"}
    if not plain:
        return BestProbe(probes[0]) if probes else None
    choice = choose_probe(workload, tuple(plain), seed=seed, remaining=remaining)
    best, metric = plain[choice.runs[0]], metrics.get(workload.metric)
    decisions = []
    if len(choice.runs) > 1:
        decisions.append(probe_decision(metric, choice, next(iter(plain)), seed=seed))
    others = [each for each in probes if each.run not in plain]
    rival = next((each for each in others if improves(metric, each.metrics, best.metrics)), None)
    chosen = best
    if rival is not None:
        decisions.append(
            _layers(
                workload, best.run, rival.run, answers=answers, offered=len(others), seed=seed, remaining=remaining
            )
        )
        chosen = rival if decisions[-1].kept else best
    return BestProbe(chosen, best.run.model, tuple(decisions))


def _layers(
    workload: Workload,
    plain: Run,
    rival: Run,
    *,
    answers: Callable[[Run], NDArray[np.floating]],
    offered: int,
    seed: int,
    remaining: Callable[[], float],
) -> Decision:
    """Decide whether the best of some probes of other layers takes the place of the plain one."""
    settings: dict[str, Scalar] = {
        "model": rival.model,
        "layers": rival.recipe.feature_layers,
        "probes": offered,
    }
    began, limit = time.perf_counter(), _SHARE * remaining()
    before = answers(plain) if limit > 0 else None
    if before is None or time.perf_counter() - began > limit:
        reason = "there was no time to compare it with the probe of the model's embedding"
        return Decision(_LAYERS, False, reason, settings=settings)
    metric, held_out = metrics.get(workload.metric), workload.validation
    calibrated = learning_tasks.get(workload.task).has_temperature
    fair = partial(comparable_answers, metric, held_out.labels, calibrated=calibrated)
    return weigh(
        _LAYERS,
        metric,
        held_out.labels,
        fair(before),
        fair(answers(rival)),
        seed=seed,
        settings=settings,
        groups=held_out.groups,
        offered=offered,
    )

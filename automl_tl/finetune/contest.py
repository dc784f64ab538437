"""Fine-tuned run or linear probe, or both: the choice of the search, which cross-validation may overrule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import TrialFailed
from automl_tl.finetune.cross_validate import folds_of, held_out_answers
from automl_tl.finetune.decision import FEWEST_EXAMPLES, Decision, weigh
from automl_tl.finetune.final_plan import Run
from automl_tl.finetune.metrics import Metric, all_metrics, improves, metrics
from automl_tl.finetune.mixture import PARTS, choose_part, mixed
from automl_tl.finetune.tasks.base import LearningTask, learning_tasks
from automl_tl.finetune.temperature import comparable_answers
from automl_tl.finetune.trial import LoadModel
from automl_tl.finetune.workload import Workload

__all__ = ["FOLDS", "RETRAINING", "Evidence", "Verdict", "against_probe", "folds_wanted"]

FOLDS = 3
_ENOUGH_VALIDATION = 400
"""With this many validation examples a difference of two points is seen without cross-validation."""

RETRAINING = 1.2
"""Seconds of retraining by seconds of the run: as many updates, on a machine that may have become slower."""

_EVEN = 0.5
_NO_MEAN = (PARTS[0], PARTS[-1])
_TOGETHER = "as far as held-out rows can tell, neither loses less alone than the weighted mean of both"
_ALONE = "the fine-tuned model alone loses clearly less on held-out rows than it does with the probe"
_WITHOUT_MEANS = "validation puts every mean of both below the probe"
_CLEARLY = "cross-validation puts it above the linear probe by more than the standard error"
_NO_TIME = "there was no time for cross-validation"
_NO_FOLDS = "no row could be held out without losing its class or its only group"
_BELOW = "no answer with the run in it comes up to the probe there"
_CALIBRATED = "each was calibrated before it was compared"
_BY_LOSS = {
    True: "a mean of both loses less than the probe",
    False: "the linear probe alone loses least",
}


def folds_wanted(validation_rows: int) -> int:
    """Return in how many folds the choice is judged where time allows; 0 if validation tells enough."""
    return FOLDS if validation_rows < _ENOUGH_VALIDATION else 0


@dataclass(frozen=True)
class Evidence:
    """Labels (N,) of held-out rows, the answers (N, C) of probe and fine-tuned run, and where they come from.

    ``groups`` are those of the rows (N,), None without any.
    """

    labels: NDArray[np.int64]
    probe: NDArray[np.floating]
    tuned: NDArray[np.floating]
    source: str = "validation"
    folds: int = 0
    groups: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Verdict:
    """Who answers.

    Attributes
    ----------
    part
        Of the fine-tuned run in the answer: 0 is the probe alone, 1 the run alone, between them both answer.
    fine_tuning
        Whether the run answers at all, and why.
    mixture
        Whether the probe answers beside it; None where that was not in question.
    evidence
        What was looked at last, None if nothing was.
    fold_seconds
        What the slowest fold took, 0 without folds.
    """

    part: float
    fine_tuning: Decision
    mixture: Decision | None = None
    evidence: Evidence | None = None
    fold_seconds: float = 0.0


def against_probe(
    workload: Workload,
    run: Run,
    probe: Run,
    *,
    answers: tuple[NDArray[np.floating], NDArray[np.floating]],
    run_seconds: float,
    seed: int,
    remaining: Callable[[], float],
    load_model: LoadModel,
    mixing: bool = True,
) -> Verdict:
    """Decide between the best fine-tuned run, the best linear probe, and a mean of both.

    The recipe is trained again without each third of the training part in turn, as many of the three as time
    allows, and judged on these rows, which had no part in choosing it. They say how much of the answer is the
    run's. Where validation puts the probe first, the run answers alone only if they clearly speak for it; a mean
    of both is worth taking as soon as it loses less than the probe. Validation rows alone decide where they are
    many, or where there is no time for more.

    Where the metric measures probabilities, answers are compared at their best temperatures if one will be fitted.
    An answer that the job's metric puts below the probe's on the validation part is never chosen, whatever the
    other rows say: of the means of both only those take part that are no worse there.

    Parameters
    ----------
    answers
        Probabilities on the validation part, of the probe and of the run.
    run_seconds
        What the run's updates took; foretells the folds.
    mixing
        Whether both may answer together, which takes the time and the memory of both.
    """
    metric, labels = metrics.get(workload.metric), workload.validation.labels
    evidence, note, seconds = Evidence(labels, *answers, groups=workload.validation.groups), "", 0.0
    task = learning_tasks.get(workload.task)
    fair = partial(comparable_answers, metric, labels, calibrated=task.has_temperature)
    parts = _parts(metric, labels, *answers, fair=fair, mixing=mixing)
    why_not = _obstacle(workload, run_seconds, remaining()) if len(parts) > 1 else _BELOW
    if why_not:
        note = why_not
    else:
        try:
            found = held_out_answers(
                workload,
                run,
                probe,
                folds=FOLDS,
                seed=seed,
                remaining=remaining,
                load_model=load_model,
                expected=RETRAINING * run_seconds,
                after=RETRAINING,
            )
        except TrialFailed as error:
            failed = Decision("fine-tuning", False, f"it failed in cross-validation: {error.message}")
            return Verdict(0.0, failed)
        if found is None:
            note = _NO_TIME if _can_be_held_out(workload, seed) else _NO_FOLDS
        elif len(found.labels) < FEWEST_EXAMPLES:
            note = "too few rows could be held out to say more"
        else:
            evidence = Evidence(
                found.labels, found.probe, found.tuned, "cross-validation", found.folds, found.groups
            )
            seconds = found.seconds
    first, second = (all_metrics(labels, fair(each)) for each in answers)
    leads = improves(metric, second, first)
    judge = _Judge(metric, evidence, leads, parts, task, seed)
    return judge.verdict(mixing, note, seconds)


@dataclass(frozen=True)
class _Judge:
    """What held-out rows say.

    ``leads`` is whether validation puts the fine-tuned run first, ``parts`` are those of the run in an answer that
    validation does not put below the probe's.
    """

    metric: Metric
    evidence: Evidence
    leads: bool
    parts: tuple[float, ...]
    task: LearningTask
    seed: int

    def verdict(self, mixing: bool, note: str, seconds: float) -> Verdict:
        seen, first = self.evidence, "it" if self.leads else "the linear probe"
        said = f"validation puts {first} first"
        if len(seen.labels) < FEWEST_EXAMPLES:
            reason = f"{said}; {note}" if note else said
            return Verdict(float(self.leads), Decision("fine-tuning", self.leads, reason), None, seen, seconds)
        part = choose_part(
            self.metric,
            seen.labels,
            seen.probe,
            seen.tuned,
            parts=self.parts,
            calibrated=self.task.has_temperature,
            seed=self.seed,
            groups=seen.groups,
        )
        weighed = self._weigh("fine-tuning", seen.probe, part or 1.0)
        kept = part > 0 and (part < 1 or self.leads or weighed.kept)
        reason = self._reason(part, kept, said)
        if self.metric.of_probabilities and self.task.has_temperature:
            reason += f"; {_CALIBRATED}"
        decision = replace(weighed, kept=kept, reason=f"{reason}; {note}" if note else reason)
        part = part if kept else 0.0
        return Verdict(part, decision, self._mixture(part) if kept and mixing else None, seen, seconds)

    def _mixture(self, part: float) -> Decision:
        """Return whether the probe answers beside the run; the numbers are those of going from the run to both."""
        offered = part if part < 1 else _EVEN
        weighed = self._weigh("mixture", self.evidence.tuned, offered)
        reason = _TOGETHER if part < 1 else _ALONE if len(self.parts) > len(_NO_MEAN) else _WITHOUT_MEANS
        if part < 1 and len(self.parts) < len(PARTS):
            reason += "; means that validation puts below the probe were left out"
        return replace(weighed, kept=part < 1, reason=reason, settings={**weighed.settings, "part": offered})

    def _weigh(self, step: str, before: NDArray[np.floating], part: float) -> Decision:
        seen = self.evidence
        fair = partial(comparable_answers, self.metric, seen.labels, calibrated=self.task.has_temperature)
        return weigh(
            step,
            self.metric,
            seen.labels,
            fair(before),
            fair(mixed(seen.probe, seen.tuned, part)),
            seed=self.seed,
            evidence=seen.source,
            settings={"folds": seen.folds} if seen.folds else None,
            groups=seen.groups,
        )

    def _reason(self, part: float, kept: bool, said: str) -> str:
        if self.evidence.source == "validation":
            return said if kept == self.leads else f"{said}, but {_BY_LOSS[kept]}"
        if not kept and 1.0 not in self.parts:
            return f"{said}, and cross-validation speaks for no mean of both that validation puts as high"
        if kept == self.leads:
            return f"{said}, and cross-validation does not disagree"
        if kept:
            return f"{said}, but in cross-validation {_BY_LOSS[True]}" if part < 1 else _CLEARLY
        return f"{said}, but in cross-validation {_BY_LOSS[False]}"


def _parts(
    metric: Metric,
    labels: NDArray[np.int64],
    probe: NDArray[np.floating],
    tuned: NDArray[np.floating],
    *,
    fair: Callable[[NDArray[np.floating]], NDArray[np.floating]],
    mixing: bool,
) -> tuple[float, ...]:
    """Return the parts of the run in an answer that these rows do not put below the probe's, 0 first."""
    floor = metric.value(labels, fair(probe))
    offered = PARTS[1:] if mixing else PARTS[-1:]
    no_worse = (
        part for part in offered if not metric.better(floor, metric.value(labels, fair(mixed(probe, tuned, part))))
    )
    return (PARTS[0], *no_worse)


def _obstacle(workload: Workload, run_seconds: float, remaining: float) -> str:
    """Return why there is no cross-validation, or ""."""
    if len(workload.validation) >= _ENOUGH_VALIDATION:
        return f"{len(workload.validation)} validation examples tell enough"
    if 2 * RETRAINING * run_seconds > remaining:
        return f"{_NO_TIME} (about {run_seconds:.0f} s a fold)"
    return ""


def _can_be_held_out(workload: Workload, seed: int) -> bool:
    train = workload.train
    return bool((folds_of(train.labels, FOLDS, seed=seed, groups=train.groups) >= 0).any())

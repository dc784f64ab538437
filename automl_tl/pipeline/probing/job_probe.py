"""How one job lets its candidates see some rows: what is asked of them, in which process, and who hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.costs import CostMeter
from automl_tl.pipeline.probing.inline_runner import InlineProbeRunner
from automl_tl.pipeline.probing.request import LayerTrial, ProbeOutcome, ProbeRequest, Questions
from automl_tl.search.budget import Deadline
from automl_tl.search.runner import LoadModel
from automl_tl.transferability.base import scorers
from automl_tl.zoo.card import ModelCard

__all__ = ["JobProbe", "questions_of"]


class JobProbe:
    """Implements :class:`~automl_tl.pipeline.probing.race.Probe` for a job.

    Parameters
    ----------
    questions
        What to ask the models that will be ranked, or None.
    meter
        Hears what models cost: before they are probed where a limit may keep them out, else of those that will be
        ranked.
    layer_trial
        How a model chooses what its embedding is made of; None leaves it to the card.
    load_model
        Where models come from that are probed in this process; None means their own source.
    """

    def __init__(
        self,
        job: JobContext,
        questions: Questions | None,
        meter: CostMeter,
        *,
        layer_trial: Callable[[ModelCard], LayerTrial | None] = lambda card: None,
        load_model: LoadModel | None = None,
    ) -> None:
        self._job, self._questions, self._meter = job, questions, meter
        self._layer_trial = layer_trial
        self._cards: Mapping[str, ModelCard] = {card.id: card for card in job.candidates}
        self._here = InlineProbeRunner(load_model)
        self._progress = 0.0
        self._any = False

    def __call__(
        self, models: Sequence[str], rows: NDArray[np.int64], *, deadline: Deadline, last: bool, expected: float
    ) -> Iterator[ProbeOutcome]:
        """Yield what each model gave, nothing for those that the deadline cut off; raises Cancelled."""
        job = self._job
        elsewhere = job.prober(expected) if len(models) > 1 else None
        late = self._measured_late(models, last=last)
        requests = [
            self._request(self._cards[model], rows, last=last, left=0 if model == late else len(models) - number)
            for number, model in enumerate(models)
        ]
        heard = 0

        def begun(model: str) -> None:
            share = heard / len(models) if last else 0.5 * heard / len(models)
            self._progress = max(self._progress, min(share, 0.99))
            job.journal.progress(self._progress, f"embedding with {model} ({len(rows)} examples)")

        def asked(what: Sequence[ProbeRequest]) -> Iterator[ProbeOutcome]:
            runner, cancelled = elsewhere or self._here, job.journal.cancelled
            return runner.run(what, job.dataset, job.cache, deadline=deadline, cancelled=cancelled, begun=begun)

        for outcome in asked(requests):
            heard += 1
            if outcome.remark:
                job.journal.warn(outcome.remark)
            self._note_cost(outcome)
            yield outcome
        if late:
            measuring = self._meter.measuring(self._cards[late])
            for outcome in asked([ProbeRequest(self._cards[late], rows, measuring=measuring)]):
                self._note_cost(outcome)

    def _note_cost(self, outcome: ProbeOutcome) -> None:
        if outcome.cost is not None:
            self._meter.take(outcome.model, outcome.cost)

    def _measured_late(self, models: Sequence[str], *, last: bool) -> str:
        """Return the job's very first model where it is measured at the end of this call, else "".

        Somebody waits for it. Where a limit may keep it out, measuring comes first all the same.
        """
        first, self._any = not self._any, True
        return models[0] if first and last and models and not self._meter.keeps_out(self._cards[models[0]]) else ""

    def _request(self, card: ModelCard, rows: NDArray[np.int64], *, last: bool, left: int) -> ProbeRequest:
        measured = left > 0 and (last or self._meter.keeps_out(card))
        return ProbeRequest(
            card,
            rows,
            questions=self._questions if last else None,
            layer_trial=_on(self._layer_trial(card), rows, last=last),
            measuring=self._meter.measuring(card, candidates_left=left) if measured else None,
        )


def _on(trial: LayerTrial | None, rows: NDArray[np.int64], *, last: bool) -> LayerTrial | None:
    """Return how to choose layers by these rows of a trial only: each rung compares models at their best."""
    if trial is None or trial.forced or last:
        return trial
    shown = np.isin(trial.rows, rows)
    return replace(trial, rows=trial.rows[shown], labels=trial.labels[shown])


def questions_of(job: JobContext, rows: NDArray[np.int64]) -> Questions | None:
    """Return what the scores of a job want the models to be asked, on some of these rows; None for nothing."""
    wanted = [scorers.get(name) for name in job.spec.scorers]
    if not any(scorer.needs_familiarity for scorer in wanted):
        return None
    return Questions(rows, job.spec.seed, any(scorer.needs_hidden_words for scorer in wanted))

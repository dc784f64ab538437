"""A usable model as soon as one candidate has been embedded, and better ones as others are, long before search."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import AutomlError
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.model_archive import pack
from automl_tl.finetune.probe_head import solve_head
from automl_tl.finetune.trial import fitted_on_probe
from automl_tl.finetune.workload import LabelledInputs, LinearHead, Workload
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.events import BEST_SO_FAR
from automl_tl.pipeline.incumbent import Incumbent
from automl_tl.pipeline.probing.race import Probe
from automl_tl.pipeline.probing.request import ProbeOutcome
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps.ingest import Ingested
from automl_tl.probe.embeddings import Embeddings
from automl_tl.search.budget import Deadline
from automl_tl.search.model_cache import load_from_source
from automl_tl.search.runner import LoadModel
from automl_tl.zoo.card import ModelCard

__all__ = ["FirstModel"]

_LOG = logging.getLogger(__name__)
_INVERSE_REGULARISATION = 0.1
"""Cross-validation of it would take longer than the embedding of a small data set; of few rows it says this."""
_BEFORE_SEARCH = (Stage.INGEST, Stage.PROBE, Stage.RANK)
_SHARE = 0.05
"""What heads of further candidates may take of the time of probing."""


@dataclass(frozen=True)
class _Offered:
    """The probe that can be read: its figure on so many validation rows, of so many rows that it learned from."""

    value: float
    validation_rows: int
    train_rows: int


class FirstModel:
    """Passes a probe's outcomes on; of the first candidate that can be embedded it publishes a linear probe.

    It is replaced by that of a later candidate which validation rows say is better, as far as a twentieth of the
    time of probing allows, and serves until search has a better one. Jobs that end with the ranking get none.

    Parameters
    ----------
    load_model
        Where the probe's models come from: a small one may still be there, and loading takes as long as embedding.
    clock
        Seconds, for what heads may take.
    """

    def __init__(
        self,
        job: JobContext,
        ingested: Ingested,
        probe: Probe,
        load_model: LoadModel = load_from_source,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._job = job
        self._load_model = load_model
        self._ingested = ingested
        self._probe = probe
        self._wanted = job.spec.stop_after not in _BEFORE_SEARCH
        self._best: _Offered | None = None
        self._clock = clock
        self._began = clock()
        self._spent = 0.0

    def __call__(
        self, models: Sequence[str], rows: NDArray[np.int64], *, deadline: Deadline, last: bool, expected: float
    ) -> Iterator[ProbeOutcome]:
        """Yield what each model gave."""
        for outcome in self._probe(models, rows, deadline=deadline, last=last, expected=expected):
            if self._wanted and outcome.embeddings is not None and self._affordable(deadline):
                began = self._clock()
                self._look(outcome.model, outcome.layers, outcome.embeddings)
                self._spent += self._clock() - began
            yield outcome

    def _affordable(self, deadline: Deadline) -> bool:
        """Whether it is the first, or heads have taken little of the time so far and there is some left."""
        if not self._spent:
            return True
        return not deadline.passed() and self._spent <= _SHARE * (self._clock() - self._began)

    def _look(self, model: str, layers: str, embeddings: Embeddings) -> None:
        """Fit a head and offer it where it is the first or better; a job does not fail for want of this."""
        try:
            card = next(card for card in self._job.candidates if card.id == model)
            used = replace(card, input=replace(card.input, layers=layers or card.input.layers))
            workload = self._workload(used, embeddings)
            head = solve_head(
                workload,
                model,
                inverse_regularisation=_INVERSE_REGULARISATION,
                seed=self._job.spec.seed,
                rough=True,
            )
            found = self._figure(workload, model, head)
            if self._best is None or self._is_better(found, self._best):
                self._offer(workload, card, head)
                self._best = found
        except (AutomlError, ValueError) as error:
            _LOG.warning("no first model from %s: %s", model, error)

    def _is_better(self, found: _Offered, best: _Offered) -> bool:
        """Whether it is, on no fewer rows than the other one learned from and was judged by."""
        as_sure = found.validation_rows >= best.validation_rows and found.train_rows >= best.train_rows
        return as_sure and metrics.get(self._ingested.metric.name).better(found.value, best.value)

    def _offer(self, workload: Workload, card: ModelCard, head: LinearHead) -> None:
        directory = self._job.directory(Stage.PROBE)
        shutil.rmtree(directory / "first_model", ignore_errors=True)  # files of another kind of model
        # The probe's own model is that of the card, whatever layers were chosen.
        fitted = fitted_on_probe(workload, card.id, head, lambda _: self._load_model(card))
        saved = fitted.save(directory / "first_model")
        Incumbent(self._job, Stage.PROBE).offer(pack(saved, directory / BEST_SO_FAR))

    def _figure(self, workload: Workload, model: str, head: LinearHead) -> _Offered:
        """Return what the embedded validation rows say, NaN where there are none."""
        labels, metric = workload.validation.labels, metrics.get(self._ingested.metric.name)
        answers = head.probabilities(workload.validation_features[model])
        return _Offered(metric.value(labels, answers), len(labels), len(workload.train.labels))

    def _workload(self, card: ModelCard, embeddings: Embeddings) -> Workload:
        """Return just what a head needs: the embedded rows of training and validation with their labels."""
        target = self._ingested.target
        rows, held_out = (
            np.intersect1d(part, embeddings.rows) for part in (target.split.train, target.split.validation)
        )
        return Workload(
            modality=target.dataset.modality,
            task=target.task,
            class_names=target.class_names,
            metric=self._ingested.metric.name,
            train=LabelledInputs((), target.labels[rows]),
            validation=LabelledInputs((), target.labels[held_out]),
            cards={card.id: card},
            train_features={card.id: embeddings.select(rows)},
            validation_features={card.id: embeddings.select(held_out)},
            heads={},
            checkpoint_root=self._job.work / "trials",
            threads=self._job.threads,
        )

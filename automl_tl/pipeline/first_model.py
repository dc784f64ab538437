"""A usable model as soon as one candidate has been embedded, long before anything is ranked or searched."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import AutomlError
from automl_tl.finetune.model_archive import pack
from automl_tl.finetune.probe_head import solve_head
from automl_tl.finetune.trial import fitted_on_probe
from automl_tl.finetune.workload import LabelledInputs, Workload
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


class FirstModel:
    """Passes a probe's outcomes on; of the first candidate that can be embedded it publishes a linear probe.

    It serves until search has a better one. Jobs that end with the ranking get none.

    Parameters
    ----------
    load_model
        Where the probe's models come from: a small one may still be there, and loading takes as long as embedding.
    """

    def __init__(
        self, job: JobContext, ingested: Ingested, probe: Probe, load_model: LoadModel = load_from_source
    ) -> None:
        self._job = job
        self._load_model = load_model
        self._ingested = ingested
        self._probe = probe
        self._wanted = job.spec.stop_after not in _BEFORE_SEARCH

    def __call__(
        self, models: Sequence[str], rows: NDArray[np.int64], *, deadline: Deadline, last: bool, expected: float
    ) -> Iterator[ProbeOutcome]:
        """Yield what each model gave."""
        for outcome in self._probe(models, rows, deadline=deadline, last=last, expected=expected):
            if self._wanted and outcome.embeddings is not None:
                self._wanted = False
                self._publish(outcome.model, outcome.layers, outcome.embeddings)
            yield outcome

    def _publish(self, model: str, layers: str, embeddings: Embeddings) -> None:
        """Fit, pack and offer; a job does not fail for want of this."""
        job = self._job
        try:
            card = next(card for card in job.candidates if card.id == model)
            used = replace(card, input=replace(card.input, layers=layers or card.input.layers))
            workload = self._workload(used, embeddings)
            head = solve_head(
                workload, model, inverse_regularisation=_INVERSE_REGULARISATION, seed=job.spec.seed, rough=True
            )
            directory = job.directory(Stage.PROBE)
            # The probe's own model is that of the card, whatever layers were chosen.
            fitted = fitted_on_probe(workload, model, head, lambda _: self._load_model(card))
            saved = fitted.save(directory / "first_model")
            Incumbent(job, Stage.PROBE).offer(pack(saved, directory / BEST_SO_FAR))
        except (AutomlError, ValueError) as error:
            _LOG.warning("no first model from %s: %s", model, error)

    def _workload(self, card: ModelCard, embeddings: Embeddings) -> Workload:
        """Return just what a head needs: the embedded training rows with their labels."""
        target = self._ingested.target
        rows = np.intersect1d(target.split.train, embeddings.rows)
        nothing = LabelledInputs((), target.labels[:0])
        return Workload(
            modality=target.dataset.modality,
            task=target.task,
            class_names=target.class_names,
            metric=self._ingested.metric.name,
            train=replace(nothing, labels=target.labels[rows]),
            validation=nothing,
            cards={card.id: card},
            train_features={card.id: embeddings.select(rows)},
            validation_features={},
            heads={},
            checkpoint_root=self._job.work / "trials",
            threads=self._job.threads,
        )

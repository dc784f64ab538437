"""What every part of AUDIT works with: the final model, the test rows, and how long it may take."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Example, TargetData
from automl_tl.errors import DeadlineReached
from automl_tl.fairness.inherited import Reading
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.fitted import FittedModel
from automl_tl.pipeline.inherited_spec import InheritedSpec
from automl_tl.pipeline.inputs import inputs_of

__all__ = ["AuditBench"]

_FIRST, _MOST = 4, 64
_PART_SECONDS = 0.5


@dataclass(frozen=True)
class AuditBench:
    """The audited model on the sealed test part.

    Attributes
    ----------
    out_of_time
        Whether the time set aside for the audit is used up; it also raises Cancelled when the job was stopped.
    favourable
        The class that is good to get, "" where nobody said.
    inherited
        Own terms, sentences and pairs by which a text model is asked what it inherited.
    veiled
        Whether names of groups must not show cells of single rows; see :func:`automl_tl.data.groups.group_values`.
    """

    target: TargetData
    model: FittedModel
    predictions: Predictions
    seed: int
    out_of_time: Callable[[], bool]
    favourable: str = ""
    inherited: InheritedSpec = field(default_factory=InheritedSpec)
    veiled: bool = False

    @property
    def answers(self) -> NDArray[np.int64]:
        """The most probable class of each test row, int64 (N,)."""
        return np.asarray(self.predictions.probabilities.argmax(axis=1), dtype=np.int64)

    def inputs(self, rows: NDArray[np.int64]) -> Sequence[Example]:
        """Return dataset rows decoded, or on demand where the data set is streamed."""
        return inputs_of(self.target, rows)

    def embed(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the final model's embeddings of dataset rows, float32 (N, D).

        Raises
        ------
        DeadlineReached
            If time runs out before the last row: embeddings of some rows would be another sample.
        """
        return self._chunked(len(rows), lambda part: self.model.embed(self.inputs(rows[part])))

    def answer(self, model: FittedModel, rows: NDArray[np.int64]) -> Predictions:
        """Return a model's answers to dataset rows; raises DeadlineReached as :meth:`embed` does."""
        answers = self._chunked(len(rows), lambda part: model.answers(self.inputs(rows[part])))
        return Predictions(rows, self.target.labels[rows], answers, model.thresholds)

    def timed(self, model: FittedModel) -> Callable[[Sequence[Any]], NDArray[np.float32]]:
        """Return the model's ``answers`` that looks at the clock before every chunk of inputs."""

        def predict(inputs: Sequence[Any]) -> NDArray[np.float32]:
            return self._chunked(len(inputs), lambda part: model.answers(list(inputs[part])))

        return predict

    def reading(self, model: FittedModel) -> Reading:
        """Return how a model's answers are read; numbers are told in standard deviations of the training rows."""
        if model.task != "regression":
            return Reading(model.task, model.thresholds)
        spread = float(np.std(self.target.labels[self.target.split.train]))
        return Reading("regression", unit=spread or 1.0)

    def _chunked(self, count: int, work: Callable[[slice], NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return what work makes of parts of about half a second; between them the clock is looked at."""
        done: list[NDArray[np.float32]] = []
        start, size = 0, _FIRST
        while start < count:
            self.check_time()
            began = time.monotonic()
            done.append(work(slice(start, start + size)))
            start += size
            faster = _PART_SECONDS / max(time.monotonic() - began, 1e-3)
            size = int(min(max(size * min(faster, 4.0), 1), _MOST))
        return np.concatenate(done) if done else np.zeros((0, 0), dtype=np.float32)

    def check_time(self) -> None:
        """Raise DeadlineReached where no time is left."""
        if self.out_of_time():
            raise DeadlineReached("the time set aside for the bias report was used up")

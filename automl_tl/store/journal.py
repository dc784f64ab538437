"""The pipeline's journal, written to the ledger and the blob store."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from automl_tl.errors import DataCorrupted
from automl_tl.finetune.metrics import metrics
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import MetricSpec, Stage
from automl_tl.search.trial import Trial
from automl_tl.store.blobs import BlobStore
from automl_tl.store.leases import Lease
from automl_tl.store.ledger import Ledger
from automl_tl.store.stages import Publication
from automl_tl.transferability.base import Ranking
from automl_tl.transferability.experience import PastResult

__all__ = ["LedgerJournal"]

_PROGRESS_SECONDS = 0.5
_PUBLISH_ATTEMPTS = 3


class LedgerJournal:
    """Implements :class:`automl_tl.pipeline.ports.Journal` for one lease.

    Parameters
    ----------
    direction
        ``maximize`` or ``minimize``: which trial value is better; "" asks the spec, then the metric itself.
    monotonic
        Clock that spaces out progress reports, so that a fast loop does not flood the history.
    """

    def __init__(
        self,
        ledger: Ledger,
        blobs: BlobStore,
        lease: Lease,
        *,
        direction: str = "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._blobs = blobs
        self._lease = lease
        self._direction = direction or _direction_of(lease.spec.metric)
        self._monotonic = monotonic
        self._reported_at = float("-inf")

    def finished_stage(self, stage: Stage) -> bool:
        """Return whether the stage's output is already published."""
        return self._ledger.stages.finished(self._lease, stage)

    def fetch(self, artifact: str, target: Path) -> Path:
        """Copy a published artifact to ``target``, its digest checked; raises NotFound or DataCorrupted."""
        record = self._ledger.artifacts.get(self._lease.project, self._lease.job, artifact)
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._blobs.open(record.sha256, verify=True) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        return target

    def begin(self, stage: Stage) -> None:
        """Record that the stage runs now."""
        self._reported_at = float("-inf")
        self._ledger.stages.begin(self._lease, stage)

    def publish(self, stage: Stage, files: Sequence[ArtifactFile]) -> None:
        """Store the files, then stage row, artifact rows and events in one transaction."""
        for attempt in range(_PUBLISH_ATTEMPTS):
            stored = [
                Publication(file.name, file.kind, file.media_type, self._blobs.put_file(file.path))
                for file in files
            ]
            try:
                self._ledger.publish_stage(self._lease, stage, stored, self._blobs)
                return
            except DataCorrupted:
                # Somebody deleted another job with an equal file in the moment between the two steps.
                if attempt == _PUBLISH_ATTEMPTS - 1:
                    raise

    def record_ranking(self, ranking: Ranking) -> None:
        """Store the ranking's rows and tell watchers."""
        self._ledger.rankings.record(self._lease, ranking)

    def record_trial(self, trial: Trial) -> None:
        """Insert or update a trial's row and tell watchers."""
        self._ledger.trials.record(self._lease, trial, direction=self._direction)

    def trials(self) -> tuple[Trial, ...]:
        """Return every recorded trial in order of number."""
        return self._ledger.trials.all(self._lease)

    def experience(self) -> tuple[PastResult, ...]:
        """Return what earlier jobs of the project found out about models; the same under every lease."""
        return self._ledger.past_results.before(self._lease)

    def progress(self, fraction: float, message: str) -> None:
        """Tell watchers how far the present stage is; reports within half a second of the last one are dropped."""
        now = self._monotonic()
        if fraction < 1.0 and now - self._reported_at < _PROGRESS_SECONDS:
            return
        self._reported_at = now
        self._ledger.stages.progress(self._lease, fraction, message)

    def warn(self, message: str) -> None:
        """Tell watchers something they should know; the job goes on."""
        self._ledger.stages.warn(self._lease, message)

    def cancelled(self) -> bool:
        """Return whether somebody asked the job to stop or the lease was lost."""
        status = self._ledger.leases.status(self._lease)
        return status.cancel_requested or status.lost


def _direction_of(metric: MetricSpec) -> str:
    """Return which way is better; the metrics that are chosen by default are all to be maximised."""
    return metric.direction or (metrics.get(metric.name).direction if metric.name in metrics else "maximize")

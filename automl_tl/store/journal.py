"""The pipeline's journal, written to the ledger and the blob store."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from automl_tl.errors import DataCorrupted, Unavailable
from automl_tl.finetune.metrics import direction_of
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import JobSpec, Stage
from automl_tl.search.trial import Trial
from automl_tl.store.blobs import BlobStore
from automl_tl.store.holding import held_seconds
from automl_tl.store.leases import Lease
from automl_tl.store.ledger import Ledger
from automl_tl.store.offers import Offers
from automl_tl.store.patience import Patience
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
        ``maximize`` or ``minimize``: which trial value is better; "" asks the spec: its metric, else its task.
    monotonic
        Clock that spaces out progress reports, so that a fast loop does not flood the history.
    patience
        How long a ledger or blob store that is away is waited for; then StoreAway is raised.
    """

    def __init__(
        self,
        ledger: Ledger,
        blobs: BlobStore,
        lease: Lease,
        *,
        direction: str = "",
        monotonic: Callable[[], float] = time.monotonic,
        patience: Patience | None = None,
    ) -> None:
        self._ledger = ledger
        self._blobs = blobs
        self._lease = lease
        self._direction = direction or _direction_of(lease.spec)
        self._monotonic = monotonic
        self._patience = patience or Patience()
        self._reported_at = float("-inf")
        self._replaced = ""

    def finished_stage(self, stage: Stage) -> bool:
        """Return whether the stage's output is already published."""
        return self._patience.until_done(lambda: self._ledger.stages.finished(self._lease, stage))

    def fetch(self, artifact: str, target: Path) -> Path:
        """Copy a published artifact to ``target``, its digest checked; raises NotFound or DataCorrupted."""
        find = self._ledger.artifacts.get
        record = self._patience.until_done(lambda: find(self._lease.project, self._lease.job, artifact))
        target.parent.mkdir(parents=True, exist_ok=True)
        return self._patience.until_done(lambda: self._blobs.copy(record.sha256, target))

    def begin(self, stage: Stage) -> None:
        """Record that the stage runs now."""
        self._reported_at = float("-inf")
        self._patience.until_done(lambda: self._ledger.stages.begin(self._lease, stage))

    def publish(self, stage: Stage, files: Sequence[ArtifactFile]) -> None:
        """Store the files, then stage row, artifact rows and events in one transaction."""
        for attempt in range(_PUBLISH_ATTEMPTS):
            stored = [self._store(file) for file in files]
            try:
                self._patience.until_done(
                    partial(self._ledger.publish_stage, self._lease, stage, stored, self._blobs),
                    done=partial(self._was_published, stage),
                )
                return
            except DataCorrupted:
                # Somebody deleted another job with an equal file in the moment between the two steps.
                if attempt == _PUBLISH_ATTEMPTS - 1:
                    raise

    def offer(self, stage: Stage, file: ArtifactFile) -> None:
        """Store a file and publish it in the place of the one before; the last but one is erased then."""
        stored = self._store(file)
        put = Offers(self._ledger.database).put
        replaced = self._patience.until_done(lambda: put(self._lease, stage, stored, self._blobs))
        if self._replaced:
            outdated = [self._replaced]
            self._patience.until_done(lambda: self._ledger.references.erase(outdated, self._blobs))
        self._replaced = replaced

    def record_ranking(self, ranking: Ranking) -> None:
        """Store the ranking's rows and tell watchers."""
        self._patience.until_done(lambda: self._ledger.rankings.record(self._lease, ranking))

    def record_trial(self, trial: Trial) -> None:
        """Insert or update a trial's row and tell watchers."""
        record = self._ledger.trials.record
        self._patience.until_done(lambda: record(self._lease, trial, direction=self._direction))

    def trials(self) -> tuple[Trial, ...]:
        """Return every recorded trial in order of number."""
        return self._patience.until_done(lambda: self._ledger.trials.all(self._lease))

    def experience(self) -> tuple[PastResult, ...]:
        """Return what earlier jobs of the project found out about models; the same under every lease."""
        return self._patience.until_done(lambda: self._ledger.past_results.before(self._lease))

    def held_seconds(self) -> float:
        """Return the seconds for which workers have held the job, under all leases, its trials left out."""
        return self._patience.until_done(lambda: held_seconds(self._ledger.database, self._lease))

    def progress(self, fraction: float, message: str) -> None:
        """Tell watchers how far the present stage is.

        Reports within half a second of the last one are dropped, and so are those that find the ledger away.
        """
        now = self._monotonic()
        if fraction < 1.0 and now - self._reported_at < _PROGRESS_SECONDS:
            return
        self._reported_at = now
        with suppress(Unavailable):
            self._ledger.stages.progress(self._lease, fraction, message)

    def warn(self, message: str) -> None:
        """Tell watchers something they should know; the job goes on."""
        self._patience.until_done(lambda: self._ledger.stages.warn(self._lease, message))

    def cancelled(self) -> bool:
        """Return whether somebody asked the job to stop or the lease was lost; no while the ledger is away."""
        try:
            status = self._ledger.leases.status(self._lease)
        except Unavailable:
            return False
        return status.cancel_requested or status.lost

    def _store(self, file: ArtifactFile) -> Publication:
        blob = self._patience.until_done(lambda: self._blobs.put_file(file.path))
        return Publication(file.name, file.kind, file.media_type, blob)

    def _was_published(self, stage: Stage) -> bool | None:
        return self._ledger.stages.published_by(self._lease, stage) or None


def _direction_of(spec: JobSpec) -> str:
    return spec.metric.direction or direction_of(spec.metric.name, spec.task)

"""Everything a stage may use besides the products of earlier stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from automl_tl.data.dataset import Dataset
from automl_tl.errors import Cancelled
from automl_tl.finetune.trial_files import TrialFiles
from automl_tl.pipeline.deadlines import StageDeadlines
from automl_tl.pipeline.ports import Journal
from automl_tl.pipeline.probing.runner import ProbeRunner
from automl_tl.pipeline.spec import JobSpec, Stage
from automl_tl.pipeline.streaming import Streaming
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.search.runner import TrialRunner
from automl_tl.zoo.card import ModelCard

__all__ = ["JobContext"]


@dataclass(frozen=True)
class JobContext:
    """One job under one lease.

    Attributes
    ----------
    name
        Resource name of the job.
    dataset
        The dataset, unpacked and readable.
    candidates
        Cards of the candidate models after the spec's filter, smallest first.
    journal
        Where progress, rows and artifacts go.
    started
        When the job left the queue.
    deadlines
        When each stage has to be done.
    work
        Directory of this job; survives a crash of the worker.
    cache
        Embeddings by dataset and weights.
    runner
        Makes the trial runner, called once, when search begins; may be slow.
    threads
        CPU threads of one process, a trial's or this one.
    devices
        GPUs of this machine over which the final model's training is divided.
    command
        How a person can repeat the job, for the reproducibility block.
    excluded
        Models that the spec's filter left out, with the reason.
    prober
        Given the seconds of work that this process would need, returns what probes candidates sooner, or None.
    streaming
        From which size on the data is streamed.
    elsewhere
        Where trials on machines with disks of their own publish their files; None where all see the same disk.
    """

    name: str
    spec: JobSpec
    dataset: Dataset
    candidates: tuple[ModelCard, ...]
    journal: Journal
    started: datetime
    deadlines: StageDeadlines
    work: Path
    cache: EmbeddingCache
    runner: Callable[[], TrialRunner]
    threads: int = 1
    devices: int = 1
    command: str = ""
    excluded: Mapping[str, str] = field(default_factory=dict)
    prober: Callable[[float], ProbeRunner | None] = lambda seconds: None
    streaming: Streaming = field(default_factory=Streaming)
    elsewhere: TrialFiles | None = None

    def check(self) -> None:
        """Raise Cancelled if somebody asked the job to stop."""
        if self.journal.cancelled():
            raise Cancelled("the job was asked to stop")

    def directory(self, stage: Stage) -> Path:
        """Return the stage's own directory, made if needed."""
        path = self.work / stage.lower()
        path.mkdir(parents=True, exist_ok=True)
        return path

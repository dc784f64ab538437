"""How soon a model can be downloaded: against the time of feature extraction of the first candidate."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import torch

from automl_tl.cli.demo_data import write_digits
from automl_tl.data.dataset import Dataset
from automl_tl.data.load import load_dataset
from automl_tl.data.sources.file import open_path
from automl_tl.finetune.fitted import load
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.deadlines import StageDeadlines
from automl_tl.pipeline.events import BEST_SO_FAR
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import BudgetSpec, JobSpec, Stage
from automl_tl.pipeline.steps import ingest, probe
from automl_tl.pipeline.steps.probe import search_rows
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.probe.extract import embed
from automl_tl.search.budget import Deadline
from automl_tl.search.inline_runner import InlineRunner
from automl_tl.search.model_cache import load_from_source
from automl_tl.zoo.card import ModelCard
from automl_tl.zoo.catalog import load_catalog
from benchmarks.held_out_data import write_held_out
from benchmarks.silent_journal import SilentJournal
from benchmarks.truth_candidates import make_candidates

__all__ = ["lines"]

_REAL_DATA = "AUTOML_TL_REAL_DATA"
_REPEATS = 3


class _Watch(SilentJournal):
    """Remembers when the first model could be downloaded, and which candidate it is made of."""

    def __init__(self) -> None:
        self.ready = 0.0
        self.model = ""

    def offer(self, stage: Stage, file: ArtifactFile) -> None:
        """Look at the clock, then into the file."""
        if not self.ready and file.name == BEST_SO_FAR:
            self.ready = time.process_time()
            self.model = load(file.path).backbone.card.id


@dataclass(frozen=True)
class Times:
    """CPU seconds from the start of probing to a model, and of extracting all features of its backbone."""

    model: str
    examples: int
    ready: float
    extraction: float


def lines() -> Iterator[str]:
    """Yield the rows of the table."""
    yield "CPU seconds from the start of probing, loading included, until a usable model can be downloaded, over"
    yield "those of loading its backbone and extracting the features of all rows that search may see. One thread,"
    yield f"medians of {_REPEATS} runs; asked <= 1.2. The first rung of halving embeds fewer rows than there are."
    yield ""
    yield "| data | rows | first candidate | extraction, CPU s | model there, CPU s | ratio |"
    yield "|---|---|---|---|---|---|"
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name, dataset, cards in _tasks(Path(folder)):
                runs = [_measure(dataset, cards, Path(folder) / f"{name}-{n}") for n in range(_REPEATS + 1)][1:]
                ready, extraction = (median(getattr(run, key) for run in runs) for key in ("ready", "extraction"))
                ratio = median(run.ready / run.extraction for run in runs)
                yield (
                    f"| {name} | {runs[0].examples} | {runs[0].model.rpartition('/')[2]} | {extraction:.2f} "
                    f"| {ready:.2f} | {ratio:.2f} |"
                )
    finally:
        torch.set_num_threads(threads)


def _tasks(folder: Path) -> Iterator[tuple[str, Dataset, tuple[ModelCard, ...]]]:
    """Yield data sets with candidates: what everybody has, then real photographs and a real backbone."""
    catalog = load_catalog()
    yield "digits", load_dataset(write_digits(folder / "digits")), tuple(catalog.resolve(("starter",), "image"))
    for name, path in write_held_out("text", folder / "texts").items():
        yield name, load_dataset(path), tuple(catalog.resolve(("starter",), "text"))
    real = os.environ.get(_REAL_DATA)
    if real:
        (folder / "flowers").mkdir()
        flowers = load_dataset(open_path(Path(real) / "data" / "flowers.zip", folder / "flowers"))
        mobile = make_candidates(Path(real) / "weights", folder / "candidates")
        yield "flowers", flowers, tuple(catalog.resolve((f"local:{mobile}",), "image", allow_local=True))


def _measure(dataset: Dataset, cards: tuple[ModelCard, ...], folder: Path) -> Times:
    watch = _Watch()
    folder.mkdir()
    job = JobContext(
        name="projects/benchmark/jobs/first-model",
        spec=JobSpec(
            dataset=f"projects/benchmark/datasets/{dataset.digest}",
            budget=BudgetSpec(trials=1),
            stop_after=Stage.FIT,
        ),
        dataset=dataset,
        candidates=cards,
        journal=watch,
        started=datetime.now(UTC),
        deadlines=StageDeadlines.plan(Deadline.after(None), 0.0),
        work=folder,
        cache=EmbeddingCache(folder / "embeddings"),
        runner=InlineRunner,
    )
    ingested = ingest.run(job)
    began = time.process_time()
    probe.run(job, ingested)
    ready, rows = watch.ready - began, search_rows(ingested)
    card = next(card for card in cards if card.id == watch.model)
    began = time.process_time()
    embed(load_from_source(card), dataset, rows, device="cpu")
    return Times(card.id, len(rows), ready, time.process_time() - began)

"""A whole job on shards, streamed and in memory: peak memory with ten times the images, and what comes out."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import torch

from automl_tl.data.load import load_dataset
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.deadlines import StageDeadlines
from automl_tl.pipeline.run import run_pipeline
from automl_tl.pipeline.spec import BudgetSpec, JobSpec, ModelFilter, Stage
from automl_tl.pipeline.streaming import Streaming
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.search.budget import Deadline
from automl_tl.search.inline_runner import InlineRunner
from automl_tl.testing.shards import coloured_images, write_parquet_shards
from automl_tl.zoo.catalog import load_catalog
from benchmarks.measure import one_way, way_and_folder
from benchmarks.memory import peak_megabytes
from benchmarks.silent_journal import SilentJournal

__all__ = ["lines", "long_lines"]

_MODULE = "benchmarks.streamed_job"
_SHORT, _LONG = 3_000, 10_000
_TIMES = 10
_ROWS_PER_SHARD = 2_000
_MODEL = "starter:cells-efficientnet"
_STREAMING = Streaming(above_rows=1, train_rows=1_500, validation_rows=500, test_rows=500, profile_rows=500)
_IN_MEMORY = Streaming(above_rows=10**9, above_bytes=2**50)
_SPACE = """
modality: image
strategies:
  full_finetune:
    updates: {kind: int, low: 59, high: 61, default: 60}
"""


def lines() -> Iterator[str]:
    """Yield the figures of a smaller data set."""
    yield from _lines(_SHORT)


def long_lines() -> Iterator[str]:
    """Yield the figures of 10,000 and 100,000 images."""
    yield from _lines(_LONG)


def _lines(count: int) -> Iterator[str]:
    sizes = _STREAMING.train_rows, _STREAMING.validation_rows, _STREAMING.test_rows
    yield "A job from INGEST to FIT with one candidate and one fine-tuning run, on PNG images of 32 pixels in"
    yield f"Parquet shards of {_ROWS_PER_SHARD} rows; each row of the table is a process of its own, one thread."
    yield "Streamed with samples of {} training, {} validation and {} test rows.".format(*sizes)
    yield "Asked: peak memory independent of N."
    yield ""
    yield "| way | images | peak memory | CPU s | accuracy on test rows |"
    yield "|---|---|---|---|---|"
    peaks = {}
    with tempfile.TemporaryDirectory(prefix="automl-tl-shards-") as folder:
        for images in (count, _TIMES * count):
            shards = -(-images // _ROWS_PER_SHARD)
            write_parquet_shards(Path(folder) / str(images), coloured_images(images), shards=shards)
        for way in ("stream", "memory"):
            for images in (count, _TIMES * count):
                found = one_way(_MODULE, way, Path(folder) / str(images))
                peaks[way, images] = found["peak"]
                yield (
                    f"| {way} | {images} | {found['peak']:.0f} MB | {found['cpu']:.0f} "
                    f"| {found['accuracy']:.3f} of {found['test']:.0f} |"
                )
    grown = {way: peaks[way, _TIMES * count] - peaks[way, count] for way in ("stream", "memory")}
    yield ""
    yield f"Ten times the images take {grown['stream']:+.0f} MB streamed and {grown['memory']:+.0f} MB in memory."


def main() -> None:
    """Run one job in one way and print what it took."""
    way, folder = way_and_folder(_MODULE)
    torch.set_num_threads(1)
    began = time.process_time()
    dataset = load_dataset(folder)
    with tempfile.TemporaryDirectory(prefix="automl-tl-job-") as work:
        job = JobContext(
            name="projects/benchmark/jobs/streamed",
            spec=JobSpec(
                dataset=f"projects/benchmark/datasets/{dataset.digest}",
                models=ModelFilter(names=(_MODEL,)),
                top_k=1,
                search_space_yaml=_SPACE,
                budget=BudgetSpec(trials=1),
                stop_after=Stage.FIT,
            ),
            dataset=dataset,
            candidates=tuple(load_catalog().resolve((_MODEL,), "image")),
            journal=SilentJournal(),
            started=datetime.now(UTC),
            deadlines=StageDeadlines.plan(Deadline.after(None), 0.0),
            work=Path(work),
            cache=EmbeddingCache(Path(work) / "embeddings"),
            runner=InlineRunner,
            streaming=_STREAMING if way == "stream" else _IN_MEMORY,
        )
        result = run_pipeline(job)
    assert result.fitted is not None
    measured = result.fitted.measured
    answer = {
        "cpu": time.process_time() - began,
        "peak": peak_megabytes(),
        "accuracy": measured.evaluations[0].metrics["accuracy"].value,
        "test": len(measured.predictions.rows),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()

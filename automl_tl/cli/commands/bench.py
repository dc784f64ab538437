"""``automl-tl bench``: does the ranking find what fine-tuning finds?"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from automl_tl.cli.durations import format_duration
from automl_tl.cli.exits import INTERRUPTED, Exit
from automl_tl.cli.options import Words
from automl_tl.cli.transfers import fetch_with_bar

if TYPE_CHECKING:
    from automl_tl.data.dataset import Dataset
    from automl_tl.truth.table import Measurement

__all__ = ["command"]

_TABLE = "truth.csv"
_PAGE = "ranking.md"


@click.group()
def command() -> None:
    """Measure on your own data how far rankings can be trusted."""


@command.command("ranking", short_help="Fine-tune every candidate; did the ranking find the best?")
@click.option(
    "--models",
    type=Words(),
    metavar="a,b",
    default="starter",
    show_default=True,
    help="Two candidates or more: sources or models; local:DIR too.",
)
@click.option(
    "--data",
    "paths",
    type=click.Path(),
    multiple=True,
    required=True,
    help="A data set, or its address; repeat it for several of one modality. From two on there are intervals.",
)
@click.option("--target", default="label", show_default=True, help="Column with the label, in every data set.")
@click.option(
    "--rows",
    type=click.IntRange(10),
    default=300,
    show_default=True,
    help="Labelled rows per draw, a fifth of them for validation.",
)
@click.option(
    "--seeds",
    type=click.IntRange(1, 100),
    default=3,
    show_default=True,
    help="Draws of rows per data set; each candidate is fine-tuned on each.",
)
@click.option(
    "--updates",
    type=click.IntRange(0),
    default=0,
    help="Optimiser steps per run.  [default: those of each model's recipe]",
)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Of the processor.")
@click.option("--retry-failed", is_flag=True, help="Measure again what failed before.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("automl-tl-truth"),
    show_default=True,
    help=f"Directory of {_TABLE}, {_PAGE} and cached embeddings.",
)
def ranking(
    models: Sequence[str],
    paths: Sequence[str],
    target: str,
    rows: int,
    seeds: int,
    updates: int,
    threads: int,
    retry_failed: bool,
    out: Path,
) -> None:
    """Fine-tune every candidate on every data set, and see whether rankings foretell the outcome.

    Each candidate is fully fine-tuned by its default recipe on --seeds draws of every data set and measured on the
    data set's test part (column split, else a fifth). Then our ranking, every score alone, a static ranking and a
    random order are held against what came out; the page is printed and kept in --out.

    Takes minutes to days: data sets x candidates x seeds runs. Each is a line of the table as soon as it is done;
    stop at any time, and the same command goes on from there. More --data, --models or --seeds add to the table;
    what is in it is not measured again.

    Example: automl-tl bench ranking --models starter,local:models --data pets.zip --data birds.zip
    """
    from automl_tl.directories import make_directory
    from automl_tl.probe.cache import EmbeddingCache
    from automl_tl.search.model_cache import ModelCache
    from automl_tl.truth.bench import TruthBench
    from automl_tl.truth.page import lines
    from automl_tl.truth.table import TruthTable
    from automl_tl.zoo.catalog import load_catalog

    table = TruthTable(out / _TABLE)
    with tempfile.TemporaryDirectory(prefix="automl-tl-bench-") as folder:
        datasets = _open(paths, target, Path(folder))
        modality = next(iter(datasets.values())).modality
        bench = TruthBench(
            datasets=datasets,
            cards=load_catalog().resolve(models, modality, allow_local=True),
            load_model=ModelCache(),
            cache=EmbeddingCache(out / "embeddings"),
            target=target,
            rows=rows,
            seeds=seeds,
            updates=updates,
            threads=threads,
        )
        bench.check(table)
        make_directory(out)
        told = _narrator(bench.missing(table, retry_failed=retry_failed))
        try:
            for row in bench.fill(table, retry_failed=retry_failed):
                told(row)
            click.echo("ranking the candidates by every method ...", err=True)
            compared = bench.compare(table)
        except KeyboardInterrupt:
            left = bench.missing(table)
            click.echo(f"\nstopped with {left} runs to go; the same command goes on from here", err=True)
            sys.exit(INTERRUPTED)
    page = "\n".join(lines(compared))
    (out / _PAGE).write_text(page + "\n", encoding="utf-8")
    click.echo(page)
    if not compared.truth:
        sys.exit(Exit.JOB_FAILED)


def _narrator(runs: int) -> Callable[[Measurement], None]:
    """Return what tells of each finished run, and how long the others will take."""
    started, done = time.monotonic(), 0

    def tell(row: Measurement) -> None:
        nonlocal done
        done += 1
        outcome = row.error or f"{row.metric} {row.fine_tuned:.3f}, its linear probe {row.probe:.3f}"
        rest = (time.monotonic() - started) / done * (runs - done)
        clock = format_duration(row.seconds) + (f", about {format_duration(rest)} to go" if done < runs else "")
        click.echo(f"[{done}/{runs}] {row.data} seed {row.seed} {row.model}: {outcome} ({clock})", err=True)

    return tell


def _open(paths: Sequence[str], target: str, folder: Path) -> dict[str, Dataset]:
    """Return the data sets by the name of their file or folder; raises DatasetError."""
    from automl_tl.data.load import load_dataset
    from automl_tl.errors import DatasetError

    found: dict[str, Dataset] = {}
    for number, path in enumerate(paths):
        name = _name(path)
        if name in found:
            raise DatasetError(f"--data: two data sets are called {name!r}; rename one of them", field="data")
        workdir = folder / str(number)
        workdir.mkdir()
        found[name] = load_dataset(fetch_with_bar(path, workdir), target=target)
    kinds = sorted({dataset.modality for dataset in found.values()})
    if len(kinds) > 1:
        named = "; ".join(
            f"{kind}: {', '.join(name for name, dataset in found.items() if dataset.modality == kind)}"
            for kind in kinds
        )
        raise DatasetError(
            f"--data: all must be of one modality but these are of {len(kinds)} ({named}); run one bench for each",
            field="data",
        )
    return found


def _name(data: str) -> str:
    """Return ``pets`` for ``data/pets``, ``pets.zip``, ``pets.tar.gz`` and ``s3://bucket/pets.zip``."""
    from automl_tl.data.endings import DATASET_SUFFIXES
    from automl_tl.data.sources.base import scheme_of
    from automl_tl.data.sources.file import path_of

    here = path_of(data).resolve() if scheme_of(data) == "file" else None
    whole = here.name if here else data.rstrip("/").rpartition("/")[2]
    is_file = here.is_file() if here else not data.endswith("/")
    endings = [ending for ending in DATASET_SUFFIXES if is_file and whole.lower().endswith(ending)]
    return whole[: -len(max(endings, key=len))] if endings else whole

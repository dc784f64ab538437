"""``automl-tl bench``: does the ranking find what fine-tuning finds?"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from automl_tl.cli.options import Words

if TYPE_CHECKING:
    from automl_tl.data.dataset import Dataset

__all__ = ["command"]

_TABLE = "truth.csv"
_PAGE = "ranking.md"


@click.group()
def command() -> None:
    """Measure on your own data how far rankings can be trusted."""


@command.command("ranking")
@click.option("--models", type=Words(), metavar="a,b", default="starter", show_default=True, help="As for `run`.")
@click.option(
    "--data",
    "paths",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    help="A data set; give several, all of one modality.",
)
@click.option("--target", default="label", show_default=True, help="Column that holds the label.")
@click.option("--rows", type=click.IntRange(10), default=300, show_default=True, help="Rows to learn from.")
@click.option(
    "--seeds", type=click.IntRange(1, 100), default=3, show_default=True, help="Draws of every data set."
)
@click.option("--updates", type=click.IntRange(0), default=0, help="Optimiser steps.  [default: the recipe's own]")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("automl-tl-truth"),
    show_default=True,
    help=f"Directory of {_TABLE} and {_PAGE}; what is there already is not measured again.",
)
def ranking(
    models: Sequence[str],
    paths: Sequence[Path],
    target: str,
    rows: int,
    seeds: int,
    updates: int,
    threads: int,
    out: Path,
) -> None:
    """Fine-tune every candidate on every data set, and compare rankings with the outcome.

    Takes from minutes to days. Each finished cell (data set x model x seed) is on disk at once; stop at any time,
    and the same command goes on where it stopped.
    """
    from automl_tl.directories import make_directory
    from automl_tl.probe.cache import EmbeddingCache
    from automl_tl.search.model_cache import ModelCache
    from automl_tl.truth.bench import TruthBench
    from automl_tl.truth.page import lines
    from automl_tl.truth.table import TruthTable
    from automl_tl.zoo.catalog import load_catalog

    make_directory(out)
    table = TruthTable(out / _TABLE)
    with tempfile.TemporaryDirectory(prefix="automl-tl-bench-") as folder:
        datasets = _open(paths, Path(folder))
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
        missing = bench.missing(table)
        for number, row in enumerate(bench.fill(table), start=1):
            outcome = row.error or f"{row.metric} {row.fine_tuned:.3f}, its linear probe {row.probe:.3f}"
            click.echo(
                f"[{number}/{missing}] {row.data} seed {row.seed} {row.model}: {outcome} ({row.seconds:.0f} s)",
                err=True,
            )
        page = list(lines(bench.compare(table)))
    (out / _PAGE).write_text("\n".join(page) + "\n", encoding="utf-8")
    click.echo("\n".join(page))
    sys.exit(0)


def _open(paths: Sequence[Path], folder: Path) -> dict[str, Dataset]:
    from automl_tl.data.load import load_dataset
    from automl_tl.data.sources.file import open_path
    from automl_tl.errors import DatasetError

    found: dict[str, Dataset] = {}
    for number, path in enumerate(paths):
        name = path.name.partition(".")[0]
        if name in found:
            raise DatasetError(f"--data: two data sets are called {name!r}; rename one", field="data")
        workdir = folder / str(number)
        workdir.mkdir()
        found[name] = load_dataset(open_path(path, workdir))
    kinds = {dataset.modality for dataset in found.values()}
    if len(kinds) > 1:
        raise DatasetError(
            f"--data: these are of several modalities ({', '.join(sorted(kinds))}); run one bench for each",
            field="data",
        )
    return found

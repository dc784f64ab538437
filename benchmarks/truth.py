"""Rankings against the outcome of fine-tuning, on real data and real weights.

``make bench`` compares with the tables in benchmarks/tables; ``python -m benchmarks.truth --fill`` measures the
cells that are missing there, one by one, for hours. Both need ``AUTOML_TL_REAL_DATA``: a directory with ``data/``
(zip and CSV files) and ``weights/`` (timm pairs NAME.safetensors + NAME.json, encoders in transformers' layout).
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from automl_tl.data.load import load_dataset
from automl_tl.data.sources.file import open_path
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.search.model_cache import ModelCache
from automl_tl.transferability.probe_evidence import STEP_SPREAD
from automl_tl.truth.bench import TruthBench
from automl_tl.truth.page import lines as page_lines
from automl_tl.truth.page import pooled_lines
from automl_tl.truth.step import step_of
from automl_tl.truth.table import TruthTable
from automl_tl.zoo.catalog import load_catalog
from benchmarks.truth_candidates import make_candidates

__all__ = ["lines", "main"]

_REAL_DATA = "AUTOML_TL_REAL_DATA"
_TABLES = Path(__file__).parent / "tables"
_DATA = {
    "image": ("flowers.zip", "cifar10.zip", "pacs_sketch.zip", "omniglot_alphabets.zip", "mnist.zip"),
    "text": ("banking77.csv", "sms_spam.csv", "tweeteval_emotion.csv"),
}
_ROWS, _SEEDS = 300, 3


def lines() -> Iterator[str]:
    """Yield the comparison of every modality, as far as its table is filled."""
    if _REAL_DATA not in os.environ:
        yield f"Not run: {_REAL_DATA} names no directory with real data and weights."
        return
    yield f"{_ROWS} rows to learn from (a fifth of them for validation), at most 600 test rows; full fine-tuning"
    yield "by the default recipe from the linear probe's head, checkpoint chosen on validation. Candidates: the"
    yield "starter zoo, real MobileNets at 96 px, the first 1 to 6 layers of a real sentence encoder."
    found = []
    for modality in _DATA:
        with _bench(modality) as bench:
            table = TruthTable(_table(modality))
            cells = len(bench.cards) * len(bench.datasets) * bench.seeds
            yield ""
            yield f"### {modality}: {cells - bench.missing(table)} of {cells} cells filled"
            yield ""
            found.append(bench.compare(table))
            yield from page_lines(found[-1], level=4)
    yield ""
    yield from pooled_lines(found, level=3)
    step = step_of(TruthTable(_TABLES / "held_out_image.csv"), test_rows=240)
    yield ""
    yield f"What fine-tuning adds to a linear probe on the starter zoo's own held-out image tasks: {step.mean:.2f}"
    yield f"log-odds on average, {step.spread:.2f} from model to model; the ranking reckons with {STEP_SPREAD}."


def main() -> None:
    """Fill the tables, or print the comparison."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth", description=__doc__)
    parser.add_argument("--fill", choices=(*_DATA, "all"), help="measure the missing cells of a modality first")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for modality in _DATA:
        if arguments.fill in (modality, "all"):
            with _bench(modality) as bench:
                table = TruthTable(_table(modality))
                for row in bench.fill(table):
                    print(f"{bench.missing(table)} cells left; {row}", flush=True)
    print("\n".join(lines()))


def _table(modality: str) -> Path:
    return _TABLES / f"truth_{modality}.csv"


@contextmanager
def _bench(modality: str) -> Iterator[TruthBench]:
    real = Path(os.environ[_REAL_DATA])
    with tempfile.TemporaryDirectory(prefix="automl-tl-truth-") as name:
        folder = Path(name)
        datasets = {}
        for file in _DATA[modality]:
            workdir = folder / file
            workdir.mkdir()
            datasets[Path(file).stem] = load_dataset(open_path(real / "data" / file, workdir))
        candidates = make_candidates(real / "weights", folder / "candidates")
        yield TruthBench(
            datasets=datasets,
            cards=load_catalog().resolve(("starter", f"local:{candidates}"), modality, allow_local=True),
            load_model=ModelCache(),
            cache=EmbeddingCache(folder / "embeddings"),
            rows=_ROWS,
            seeds=_SEEDS,
        )


if __name__ == "__main__":
    main()

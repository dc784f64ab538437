"""When a data set is too large to be held in memory, and what a job then looks at instead of all of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset, Split, TargetData
from automl_tl.data.modalities.base import modalities
from automl_tl.data.shards.spool import spool
from automl_tl.errors import InvalidInput
from automl_tl.finetune.strata import strata_of
from automl_tl.finetune.windows import WINDOW_BYTES, Blocks, windows
from automl_tl.pipeline.probing.rungs import nested_order

__all__ = ["ABOVE_VARIABLE", "Streaming", "is_streamed", "narrowed", "some_rows", "sorted_by_class"]

ABOVE_VARIABLE = "AUTOML_TL_STREAM_ABOVE"
"""Environment variable of a worker with the bytes from which on it streams, such as ``4G``."""

_LARGEST_EXAMPLE = 4 << 20
_LOOKED_AT = 32
_LEAST_WINDOW = 256
_SORTED = 0.2
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


@dataclass(frozen=True)
class Streaming:
    """From which size on a job streams, and how large the samples are that it then works with.

    Attributes
    ----------
    above_bytes, above_rows
        A data set is streamed if its decoded inputs would take more bytes than this, or if it has more rows.
    train_rows
        Training rows on which candidates are compared and linear probes are fitted. Fine-tuning draws from all.
    validation_rows, test_rows
        Rows of these parts that are looked at: 5,000 give an accuracy a standard error of 0.7 points at most,
        20,000 one of 0.35.
    profile_rows
        Rows of which sizes and copies are looked at.
    """

    above_bytes: int = 4 * 2**30
    above_rows: int = 250_000
    train_rows: int = 20_000
    validation_rows: int = 5_000
    test_rows: int = 20_000
    profile_rows: int = 5_000

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Streaming:
        """Return the setting of a worker; raises InvalidInput for what is no number of bytes."""
        text = environment.get(ABOVE_VARIABLE, "").strip().upper().removesuffix("B").removesuffix("I")
        if not text:
            return cls()
        number, unit = (text[:-1].strip(), text[-1]) if text[-1] in _UNITS else (text, "")
        if not number.isdigit():
            raise InvalidInput(
                f"{ABOVE_VARIABLE} must be a number of bytes such as 4G but is {environment[ABOVE_VARIABLE]!r}",
                field=ABOVE_VARIABLE,
            )
        return cls(above_bytes=int(number) * _UNITS[unit])


def is_streamed(dataset: Dataset, streaming: Streaming) -> bool:
    """Return whether a data set is streamed; the size of its inputs is foretold by a few of them."""
    count = len(dataset)
    if count > streaming.above_rows:
        return True
    if count * _LARGEST_EXAMPLE <= streaming.above_bytes:
        return False
    rows = np.unique(np.linspace(0, count - 1, _LOOKED_AT).astype(np.int64)).tolist()
    found = modalities.get(dataset.modality).read(dataset, rows)
    sizes = [example.nbytes if isinstance(example, np.ndarray) else len(example) for example in found]
    return float(np.mean(sizes)) * count > streaming.above_bytes


def some_rows(rows: NDArray[np.int64], target: TargetData, most: int, *, seed: int) -> NDArray[np.int64]:
    """Return at most so many of these rows, ascending: every class in proportion, and two of each that has two."""
    if len(rows) <= most:
        return rows
    return np.sort(nested_order(rows, strata_of(target.labels), seed=seed)[:most])


def sorted_by_class(target: TargetData, rows: NDArray[np.int64]) -> bool:
    """Return whether training would see few classes at a time, since shards are sorted by them.

    Compares the classes of the windows that training draws from with those of all rows, by half the sum of
    absolute differences of shares, beyond what chance explains.
    """
    stored = target.dataset.stored
    if stored is None or stored.blocks is None or not len(rows):
        return False
    strata = strata_of(target.labels)[rows]
    classes = int(strata.max()) + 1
    shares = np.bincount(strata, minlength=classes) / len(rows)
    blocks = Blocks(stored.blocks[rows], stored.block_bytes)
    excess = []
    for window in windows(blocks, np.random.default_rng(0), window_bytes=WINDOW_BYTES, least_rows=_LEAST_WINDOW):
        own = np.bincount(strata[window], minlength=classes) / len(window)
        excess.append(0.5 * float(np.abs(own - shares).sum()) - float(np.sqrt(classes / len(window))))
    return float(np.mean(excess)) > _SORTED


def narrowed(
    target: TargetData, streaming: Streaming, path: Path, *, seed: int, check: Callable[[], None]
) -> TargetData:
    """Return the target of which every part is a sample, and whose inputs are decoded on demand.

    The rows are the same for the same seed, wherever the job runs. Where rows of a shard can only be read with
    many others, those of the samples are copied to the file ``path``.

    Parameters
    ----------
    check
        Called now and then; raises Cancelled where the job was asked to stop.
    """
    split = target.split
    sample = Split(
        some_rows(split.train, target, streaming.train_rows, seed=seed),
        some_rows(split.validation, target, streaming.validation_rows, seed=seed),
        some_rows(split.test, target, streaming.test_rows, seed=seed),
        split.source,
    )
    dataset = dataclasses.replace(target.dataset, on_demand=True)
    if dataset.stored is not None and dataset.stored.blocks is not None:
        rows = np.concatenate([sample.train, sample.validation, sample.test])
        dataset = dataclasses.replace(dataset, stored=spool(dataset.stored, rows, path, check=check))
    return dataclasses.replace(target, dataset=dataset, split=sample)

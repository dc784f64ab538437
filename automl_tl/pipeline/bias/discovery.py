"""Where the model fails when nobody names a group: slices of similar inputs, and shortcuts it may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Example
from automl_tl.fairness.findings import SliceReport, SpuriousProbe
from automl_tl.fairness.slices import find_slices
from automl_tl.fairness.spurious import probe_spurious
from automl_tl.fairness.traits import column_traits, file_sizes, input_traits
from automl_tl.pipeline.bias.bench import AuditBench
from automl_tl.pipeline.bias.by_group import decided

__all__ = ["discover"]

_NEAR = 0.8
"""Share of predicted numbers that count as near enough."""


def discover(
    bench: AuditBench, features: NDArray[np.floating], inputs: Sequence[Example], *, show_words: bool
) -> tuple[SliceReport, tuple[SpuriousProbe, ...]]:
    """Return slices and shortcut probes of the test rows.

    A set of labels is right if all of it is. Of numbers the fifth that is furthest off counts as errors; shortcuts
    are looked for where there are classes.

    Parameters
    ----------
    features, inputs
        Embeddings (N, D) and decoded inputs of the test rows.
    show_words
        Whether cards of slices may name words of the texts.
    """
    target, rows = bench.target, bench.predictions.rows
    if target.task == "regression":
        return _far_off(bench, features, inputs if show_words else ()), ()
    labels, answers = _in_words(bench)
    said, named = column_traits(target.dataset, rows, [target.target]), {}
    for column, values in said.items():
        named[column.removeprefix("column ")] = values.tolist()
    columns: dict[str, Any] = {"true class": labels.tolist(), "answer": answers.tolist(), **named}
    texts = [str(text) for text in inputs] if show_words and target.dataset.modality == "text" else None
    slices = find_slices(
        features,
        labels != answers,
        ids=[target.dataset.row_ids[int(row)] for row in rows],
        columns=columns,
        texts=texts,
        seed=bench.seed,
    )
    traits = {**input_traits(inputs), **file_sizes(target.dataset, rows), **said}
    known = [trait for trait in traits if trait.removeprefix("column ") not in target.sensitive]
    probes = probe_spurious(
        {trait: traits[trait] for trait in known}, labels, answers=answers, features=features, seed=bench.seed
    )
    return slices, probes


def _far_off(bench: AuditBench, features: NDArray[np.floating], inputs: Sequence[Example]) -> SliceReport:
    """Return where the largest errors of predicted numbers gather; ``inputs`` may be named, () if they may not."""
    target, rows = bench.target, bench.predictions.rows
    off = np.abs(bench.predictions.probabilities[:, 0] - bench.predictions.labels)
    limit = float(np.quantile(off, _NEAR)) if len(off) else 0.0
    said = column_traits(target.dataset, rows, [target.target])
    found = find_slices(
        features,
        off > limit,
        ids=[target.dataset.row_ids[int(row)] for row in rows],
        columns={name.removeprefix("column "): values.tolist() for name, values in said.items()},
        texts=[str(text) for text in inputs] if inputs and target.dataset.modality == "text" else None,
        seed=bench.seed,
    )
    share = round(100 * (1 - _NEAR))
    meaning = f"An error is here a number that is off by more than {limit:.4g}: the {share} % furthest off."
    return replace(found, meaning=meaning)


def _in_words(bench: AuditBench) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Return what is true of each test row and what the model says, by names."""
    names = bench.target.class_names
    if bench.target.task == "classification":
        told = np.array(names)
        return told[bench.predictions.labels], told[bench.answers]
    truth, said = bench.predictions.labels, decided(bench.predictions, bench.target.task)
    return _sets(truth, names), _sets(said, names)


def _sets(table: NDArray[np.int64], names: Sequence[str]) -> NDArray[np.str_]:
    """Return each row's labels, joined."""
    rows = ([name for name, there in zip(names, row, strict=True) if there] for row in table.tolist())
    return np.array([", ".join(chosen) or "none" for chosen in rows], dtype=np.str_)

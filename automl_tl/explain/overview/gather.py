"""All global explanations of one job, within the time that is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import TargetData
from automl_tl.errors import DatasetError
from automl_tl.explain.base import Explanation
from automl_tl.explain.cases import readable_cases
from automl_tl.explain.clock import Remaining, limited
from automl_tl.explain.explainer import explain_predictions
from automl_tl.explain.model import unit_of
from automl_tl.explain.overview.base import ColumnInfluence, Neighbours, Overview
from automl_tl.explain.overview.by_class import class_maps, class_words
from automl_tl.explain.overview.columns import FEWEST_ROWS, column_influences
from automl_tl.explain.overview.errors import confident_errors
from automl_tl.explain.overview.label_issues import expected_issues, label_issues, out_of_fold_answers
from automl_tl.explain.overview.neighbours import neighbours_of
from automl_tl.explain.overview.units import one_answer_of_each_unit
from automl_tl.explain.quality import ADDITIVITY_LIMITS, relative_gap
from automl_tl.explain.select import stratified_rows
from automl_tl.finetune.evaluation import Predictions

__all__ = ["Evidence", "gather_overview", "metadata_columns"]

_SAMPLES = 40
_PATIENCE = 120.0
"""Seconds for each part of the work where the job has no end."""
_SAMPLING_SHARE = 0.6
_EVALUATIONS = 130
"""For each sample; that is less than usual, but its noise averages out."""
_NEIGHBOURS_SHARE = 0.4
_LABELS_SHARE = 0.3


@dataclass(frozen=True)
class Evidence:
    """What is known when global explanations begin.

    Attributes
    ----------
    predictions
        The final model's answers on the test rows.
    local
        Explanations that were made already.
    train_rows, train_features
        Rows (N,) and embeddings (N, D) that were cached before fine-tuning; None where there are none.
    """

    model: Any
    data: TargetData
    predictions: Predictions
    local: tuple[Explanation, ...] = ()
    train_rows: NDArray[np.int64] | None = None
    train_features: NDArray[np.float32] | None = None


def gather_overview(
    evidence: Evidence,
    *,
    samples: int = _SAMPLES,
    remaining: Remaining = lambda: float("inf"),
    seed: int = 0,
    progress: Callable[[float, str], None] = lambda fraction, message: None,
) -> Overview:
    """Return what many predictions have in common; ``samples`` = 0 explains no further ones."""
    data, predictions = evidence.data, evidence.predictions
    apart, said = one_answer_of_each_unit(predictions, data, seed=seed)
    notes: list[str] = []
    errors, errors_total = confident_errors(predictions, data)
    sources = _sources(evidence, remaining, seed, notes)
    issues, issues_total = label_issues(data, sources)
    progress(0.1, "what columns foretell")
    columns, together = _columns(data, apart, seed, notes)
    progress(0.2, "nearest training examples")
    neighbours, searched = _neighbours(evidence, remaining, seed, notes)
    drawn = _sample(evidence, apart, samples, remaining, seed, progress)
    if len(drawn) < min(samples, len(apart.rows)):
        notes.append(f"{len(drawn)} of {samples} explanations for maps and words by class could be made in time")
    if drawn or columns:
        notes.extend(said)
    return Overview(
        samples=len(drawn),
        class_maps=class_maps(drawn),
        class_words=class_words(drawn),
        columns=columns,
        columns_r2=together,
        neighbours=neighbours,
        errors=errors,
        errors_total=errors_total,
        label_issues=issues,
        label_issues_total=issues_total,
        label_issues_expected=expected_issues(sources, seed=seed),
        neighbours_searched=searched,
        notes=tuple(notes),
        samples_checked=sum(entry.quality is not None for entry in drawn),
        samples_additive=sum(_adds_up(entry, unit_of(evidence.model)) for entry in drawn),
    )


def _adds_up(entry: Explanation, unit: float) -> bool:
    """Return whether base values and contributions give the model's answer, by the limit of the quality check."""
    total = entry.base_values + entry.values.sum(axis=0)
    gap = relative_gap(total, entry.model_outputs, entry.base_values, unit)
    return gap <= ADDITIVITY_LIMITS[entry.precision]


def metadata_columns(data: TargetData, rows: NDArray[np.int64]) -> dict[str, list[str]]:
    """Return every column but the target, the one of the split and ``group_by``, at these rows."""
    left_out = {data.target, data.split.source.removeprefix("column:"), data.group_by}
    return {
        name: [values[int(row)] for row in rows]
        for name, values in data.dataset.columns.items()
        if name not in left_out
    }


def _columns(
    data: TargetData, apart: Predictions, seed: int, notes: list[str]
) -> tuple[tuple[ColumnInfluence, ...], float]:
    metadata, rows = metadata_columns(data, apart.rows), len(apart.rows)
    if metadata and rows < FEWEST_ROWS:
        unit = f"{rows} different values of “{data.group_by}”" if data.group_by else f"{rows} rows"
        notes.append(
            f"what columns foretell was not looked at: the test part has {unit}, {FEWEST_ROWS} are needed"
        )
    return column_influences(metadata, apart.probabilities, seed=seed)


def _neighbours(
    evidence: Evidence, remaining: Remaining, seed: int, notes: list[str]
) -> tuple[tuple[Neighbours, ...], int]:
    """Return the nearest training rows, looked for in a share of the time."""
    left = remaining()
    clock = limited(remaining, _NEIGHBOURS_SHARE * left if np.isfinite(left) else _PATIENCE)
    try:
        found, searched = neighbours_of(evidence.model, evidence.data, evidence.local, remaining=clock, seed=seed)
    except DatasetError as error:
        notes.append(f"nearest training examples were not looked for: {error.message}")
        return (), 0
    if evidence.local and not found:
        notes.append("nearest training examples were not looked for: there was no time")
    return found, searched


def _sample(
    evidence: Evidence,
    apart: Predictions,
    samples: int,
    remaining: Remaining,
    seed: int,
    progress: Callable[[float, str], None],
) -> Sequence[Explanation]:
    """Explain rows of ``apart`` drawn at random from every class, without checks: averages are what counts.

    Those of them that were explained already are taken as they are. Other known explanations stay out: they were
    chosen because the model is wrong there, and would bend the averages.
    """
    known = {entry.row: entry for entry in evidence.local}
    wanted = [int(row) for row in stratified_rows(apart, samples, seed)] if samples else []
    cases, _ = readable_cases(evidence.data, [row for row in wanted if row not in known])
    left = remaining()
    clock = limited(remaining, _SAMPLING_SHARE * left if np.isfinite(left) else _PATIENCE)
    further = explain_predictions(
        evidence.model,
        cases,
        max_evals=_EVALUATIONS,
        remaining=clock,
        seed=seed,
        check=False,
        compare=False,
        progress=lambda fraction, message: progress(0.3 + 0.7 * fraction, f"{message}, for averages"),
    )
    return (*(known[row] for row in wanted if row in known), *further)


def _sources(
    evidence: Evidence, remaining: Remaining, seed: int, notes: list[str]
) -> list[tuple[str, Predictions]]:
    """Return answers to rows that the answering model did not learn from; a share of the time is for them."""
    found = [("test", evidence.predictions)]
    rows, features = evidence.train_rows, evidence.train_features
    if rows is not None and features is not None and len(rows) == len(features):
        data = evidence.data
        labels = data.labels[rows]
        left = remaining()
        clock = limited(remaining, _LABELS_SHARE * left) if np.isfinite(left) else remaining
        answers = out_of_fold_answers(data.task, features, labels, data.n_classes, seed=seed, remaining=clock)
        if answers is not None:
            found.append(("train", Predictions(rows, labels, answers.astype(np.float32))))
        elif np.isfinite(left):
            notes.append(
                "labels of training rows were not looked at: there were too few of them, or too little time"
            )
    return found

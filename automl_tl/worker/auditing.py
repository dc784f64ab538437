"""Audit a finished job by other columns, from the answers to its test part that it published."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from automl_tl.data.dataset import Dataset, group_cells
from automl_tl.errors import InvalidInput, NotFound
from automl_tl.fairness.base import FairnessReport
from automl_tl.finetune.evaluation import Predictions
from automl_tl.json_codec import from_plain
from automl_tl.pipeline.bias.by_group import audit_predictions
from automl_tl.pipeline.bias.units import one_answer_each
from automl_tl.pipeline.spec import JobSpec
from automl_tl.store.blobs import BlobStore
from automl_tl.store.inquiries import Inquiry
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.pages import PageRequest

__all__ = ["audit_job"]

_RESULTS = "test_results"
_MOST_ARTIFACTS = 1000
_MOST_TEXTS = 50


def audit_job(
    inquiry: Inquiry,
    dataset: Dataset,
    class_names: tuple[str, ...],
    *,
    ledger: Ledger,
    blobs: BlobStore,
    directory: DataDirectory,
) -> FairnessReport:
    """Return the comparison of groups by the columns that the question names.

    Where rows belong together it looks at one of each unit, the same ones as the job's own report. Of a job that
    must not show its rows names of groups tell no cell of a single row.

    Raises
    ------
    InvalidInput
        If a column is not in the data set, is what the job predicts, or tells rows apart that must not be shown.
    NotFound
        If the job has not measured its test part.
    """
    question = inquiry.question
    for column in question.sensitive:
        if column == inquiry.spec.target:
            raise InvalidInput(f"{column!r} is what the job predicts, so it names no groups", field="sensitive")
        if column not in dataset.columns:
            known = ", ".join(sorted(set(dataset.columns) - {inquiry.spec.target})) or "none"
            raise InvalidInput(
                f"the data set has no column {column!r:.80}; it has {known:.500}", field="sensitive"
            )
        _check_disclosure(inquiry.spec, column, dataset.columns[column])
    spec = inquiry.spec
    notes: tuple[str, ...] = ()
    predictions = _predictions(inquiry, ledger, blobs, directory)
    if spec.group_by:
        cells = group_cells(dataset, spec.group_by)
        predictions, notes = one_answer_each(predictions, spec.group_by, cells, seed=spec.seed)
    report = audit_predictions(
        predictions,
        {column: dataset.columns[column] for column in question.sensitive},
        class_names,
        favourable=question.favourable or spec.favourable,
        veiled=not spec.include_examples,
        seed=question.seed,
    )
    return replace(report, notes=(*report.notes, *notes))


def _check_disclosure(spec: JobSpec, column: str, cells: Sequence[str]) -> None:
    """Refuse a column whose groups would be single rows or units of a job that must not show them."""
    if spec.include_examples or column in spec.sensitive:
        return
    if column == spec.group_by:
        what = "tells which rows belong together, so that its groups would be single people or things"
    elif _tells_rows_apart(cells):
        what = "has another text in nearly every row, so that its groups would be single rows"
    else:
        return
    raise InvalidInput(
        f"{column!r:.80} {what}, and the job was created without include_examples; name another column, or create "
        "a job with include_examples",
        field="sensitive",
    )


def _tells_rows_apart(cells: Sequence[str]) -> bool:
    """Return whether nearly every row has a text of its own; numbers are cut into ranges, whatever they are."""
    known = [cell.strip() for cell in cells if cell.strip()]
    texts = set(known)
    return len(texts) > _MOST_TEXTS and len(texts) > len(known) / 2 and not all(map(_is_number, texts))


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _predictions(inquiry: Inquiry, ledger: Ledger, blobs: BlobStore, directory: DataDirectory) -> Predictions:
    page = PageRequest(_MOST_ARTIFACTS, "")
    found = ledger.artifacts.list(inquiry.project, inquiry.job, page).items
    digest = next((each.sha256 for each in found if each.kind == _RESULTS), "")
    if not digest:
        raise NotFound(
            f"{inquiry.job_name} has not measured its test part, so there is nothing to audit", field="name"
        )
    place = Path(tempfile.mkdtemp(dir=directory.work, prefix=".auditing-"))
    try:
        plain: Any = json.loads(blobs.copy(digest, place / "results.json").read_text(encoding="utf-8"))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return from_plain(Predictions, plain["predictions"])

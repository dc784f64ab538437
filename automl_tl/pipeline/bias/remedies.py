"""Remedies for the clearest violation, fitted on the final model's embeddings of train and validation rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import TargetData
from automl_tl.data.groups import Groups, group_values
from automl_tl.fairness.base import AttributeReport, FairnessReport
from automl_tl.fairness.findings import NOT_TRIED, Mitigation
from automl_tl.fairness.mitigation import METHODS, mitigate
from automl_tl.fairness.mitigation.data import GroupedRows
from automl_tl.fairness.mitigation.offer import Remedy, changeable, unchangeable
from automl_tl.fairness.summary import violations
from automl_tl.pipeline.bias.bench import AuditBench

__all__ = ["remedies_not_tried", "remedy"]

_OTHER_TASKS = {
    "multilabel": "not offered: remedies choose one class anew, and here sets of labels are predicted",
    "regression": "not offered: remedies choose one class anew, and here numbers are predicted",
}
_LATE = f"{NOT_TRIED}: there was no time left to fit remedies and to verify them"
_ONLY_TOGETHER = (
    "not offered: only a combination of attributes shows the violation, and remedies take one attribute"
)


def remedy(bench: AuditBench, report: FairnessReport, features: NDArray[np.floating]) -> tuple[Remedy, ...]:
    """Return what was tried for the attribute whose violation is least like chance; nothing without one.

    Where there is a violation but nothing can be tried, one entry says why: of combinations of attributes only, of
    figures that no new answer changes directly, or where sets of labels or numbers are predicted.

    Parameters
    ----------
    features
        float (N, D) embeddings of the test rows, one half of which verifies.

    Raises
    ------
    DeadlineReached
        If there is no time to embed the training rows.
    """
    known, reason = _changeable(bench.target, report)
    if not known:
        return tuple(map(Remedy, reason))
    target, test = bench.target, bench.predictions.rows
    entry = min(known, key=lambda each: changeable(each.findings, target.class_names)[0].p_adjusted or 0.0)
    rows = np.sort(np.concatenate([target.split.train, target.split.validation]))
    codes = _codes(target.sensitive[entry.attribute], rows, test, veiled=bench.veiled)
    fit = GroupedRows(bench.embed(rows), target.labels[rows], codes[: len(rows)])
    held_out = GroupedRows(features, target.labels[test], codes[len(rows) :], _own_scores(bench))
    return mitigate(
        entry,
        fit,
        held_out,
        bench.answers,
        target.class_names,
        favourable=bench.favourable,
        methods=METHODS,
        seed=bench.seed,
        out_of_time=bench.out_of_time,
    )


def remedies_not_tried(target: TargetData, report: FairnessReport) -> tuple[Mitigation, ...]:
    """Return what is said of remedies when there is no time to try any; nothing without a violation."""
    known, reason = _changeable(target, report)
    return _not_tried(known, _LATE) if known else reason


def _changeable(
    target: TargetData, report: FairnessReport
) -> tuple[list[AttributeReport], tuple[Mitigation, ...]]:
    """Return the attributes with a violation that new answers change; without any, the entry that says why."""
    found, joint = (
        [entry for entry in entries if violations(entry.findings)]
        for entries in (report.attributes, report.intersections)
    )
    if not (found or joint):
        return [], ()
    if target.task != "classification":
        return [], _not_tried(found or joint, _OTHER_TASKS[target.task])
    if not found:
        return [], _not_tried(joint, _ONLY_TOGETHER)
    known = [entry for entry in found if changeable(entry.findings, target.class_names)]
    return known, () if known else _not_tried(found, "")


def _not_tried(found: Sequence[AttributeReport], reason: str) -> tuple[Mitigation, ...]:
    """Return one entry for the clearest violation; "" as the reason says that no answer changes its rate."""
    entry = min(found, key=lambda each: violations(each.findings)[0].p_adjusted or 0.0)
    finding = violations(entry.findings)[0]
    return (Mitigation("", entry.attribute, finding.rate, False, reason or unchangeable(finding)),)


def _codes(
    values: tuple[str, ...], rows: NDArray[np.int64], test: NDArray[np.int64], *, veiled: bool
) -> NDArray[np.int64]:
    """Return the report's group of each row, first of ``rows`` and then of the ``test`` rows, -1 if in none.

    Groups are made of the test rows as the report made them, and applied to the others: the report's names may be
    numbered, pooled or ranges, so that no cell can be looked up among them.
    """
    tested = group_values(cells := [values[int(row)] for row in test], veiled=veiled)
    known = {cell.strip(): int(code) for cell, code in zip(cells, tested.codes, strict=True) if code >= 0}
    others = [_code(values[int(row)].strip(), known, tested) for row in rows]
    return np.concatenate([np.array(others, dtype=np.int64), tested.codes])


def _code(cell: str, known: dict[str, int], tested: Groups) -> int:
    if cell in known or not cell:
        return known.get(cell, -1)
    try:
        return tested.of_number(float(cell))
    except ValueError:
        return -1


def _own_scores(bench: AuditBench) -> NDArray[np.floating] | None:
    """Return the model's own probability of the second of two classes for the test rows, float (N,).

    It is what the job measured, also of an ensemble or of a mixture with a linear probe.
    """
    chances = bench.predictions.probabilities
    return chances[:, 1] if chances.shape[1] == 2 else None

"""Before and after fine-tuning, and model beside model: one line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from automl_tl.fairness.base import AttributeReport, FairnessReport
from automl_tl.fairness.findings import BiasCell, Inherited, StateChange

__all__ = ["bias_column", "compare_states"]


def compare_states(before: Sequence[Inherited], after: Sequence[Inherited]) -> tuple[StateChange, ...]:
    """Pair tests of the same kind and words; a change counts only where the two intervals do not overlap."""
    later = {(entry.kind, entry.what): entry for entry in after}
    changes = []
    for old in before:
        new = later.get((old.kind, old.what))
        if new is None or old.value is None or new.value is None:
            continue  # a test that was not made has its reason in its own row
        direction = "unclear"
        if None not in (old.low, old.high, new.low, new.high):
            if (new.high or 0.0) < (old.low or 0.0):
                direction = "better"
            elif (new.low or 0.0) > (old.high or 0.0):
                direction = "worse"
        changes.append(StateChange(old.kind, old.what, old.value, new.value, old.verdict, new.verdict, direction))
    return tuple(changes)


def bias_column(
    reports: Mapping[str, FairnessReport],
    inherited: Mapping[str, Sequence[Inherited]] | None = None,
    trials: Mapping[str, str] | None = None,
) -> tuple[BiasCell, ...]:
    """Return one cell per model, for the leaderboard: all audits must be of the same rows to be compared.

    Parameters
    ----------
    inherited
        Counterfactual tests of each model, by its name.
    trials
        Id of the trial behind each model.
    """
    return tuple(
        replace(
            _inherited(_cell(model, report), (inherited or {}).get(model, ())), trial=(trials or {}).get(model, "")
        )
        for model, report in reports.items()
    )


def _inherited(cell: BiasCell, tests: Sequence[Inherited]) -> BiasCell:
    """Return the cell with what its tests say together; a verdict without any violation needs all of them."""
    if not tests:
        return cell
    tried = [test for test in tests if test.value is not None and test.count]
    total = sum(test.count for test in tried)
    changed = sum((test.value or 0.0) * test.count for test in tried) / total if total else None
    violated = max(
        (test for test in tried if test.verdict == "violation"), key=lambda test: test.value or 0.0, default=None
    )
    silent = {test.verdict for test in tests} == {"no_evidence_of_violation"}
    verdict = "no_evidence_of_violation" if silent else "insufficient_evidence"
    if violated is not None:
        return replace(cell, changed=changed, inherited="violation", inherited_worst=violated.what)
    return replace(cell, changed=changed, inherited=verdict)


def _cell(model: str, report: FairnessReport) -> BiasCell:
    entries = [*report.attributes, *report.intersections]
    if not entries:
        return BiasCell(model, "insufficient_evidence", "", "", None)
    headline = report.rate_names[0]
    severity = {"violation": 2, "no_evidence_of_violation": 1}

    def weight(entry: AttributeReport) -> tuple[int, float]:
        return severity.get(entry.verdict, 0), entry.gaps.get(headline) or 0.0

    violated = [entry for entry in entries if entry.verdict == "violation"]
    worst = max(violated or list(report.attributes) or entries, key=weight)
    verdicts = {entry.verdict for entry in report.attributes}
    silent = "insufficient_evidence" if "insufficient_evidence" in verdicts else "no_evidence_of_violation"
    verdict = "violation" if violated else silent
    return BiasCell(
        model, verdict, worst.attribute, worst.worst_group, worst.gaps.get(headline), worst.detectable_gap
    )

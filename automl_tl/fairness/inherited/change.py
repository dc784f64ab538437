"""Before and after fine-tuning, and model beside model: one line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import permutation_test, sem
from scipy.stats import t as student

from automl_tl.fairness.base import AttributeReport, FairnessReport
from automl_tl.fairness.bounds import holm
from automl_tl.fairness.findings import BiasCell, Inherited, StateChange

__all__ = ["bias_column", "compare_states"]

Floats = NDArray[np.float64]

_FLIPS = 9_999


def compare_states(
    before: Sequence[Inherited], after: Sequence[Inherited], *, alpha: float = 0.05, seed: int = 0
) -> tuple[StateChange, ...]:
    """Pair tests of the same kind and words, and compare them sentence by sentence or picture by picture.

    A change counts where chance would hardly favour one state so much: if fine-tuning changed nothing, each
    difference could as well have the other sign (Fisher, The Design of Experiments, 1935, section 21; all ways for
    up to 13 differences, else 9,999 of them at random). Holm over the tests.
    """
    later = {(entry.kind, entry.what): entry for entry in after}
    pairs = [(old, later[old.kind, old.what]) for old in before if (old.kind, old.what) in later]
    # A test that was not made has its reason in its own row.
    pairs = [(old, new) for old, new in pairs if old.value is not None and new.value is not None]
    differences = [_differences(old, new) for old, new in pairs]
    adjusted = holm([_p_value(each, seed) for each in differences])
    return tuple(
        _change(old, new, each, p_value, alpha)
        for (old, new), each, p_value in zip(pairs, differences, adjusted, strict=True)
    )


def _differences(old: Inherited, new: Inherited) -> Floats:
    """Return after minus before of every sentence or picture, () where not the same ones were asked."""
    if len(old.shares) != len(new.shares) or old.count != new.count:
        return np.zeros(0)
    # Equal differences of shares of four digits shall be equal numbers.
    return np.asarray(np.subtract(new.shares, old.shares).round(6))


def _p_value(differences: Floats, seed: int) -> float | None:
    """Return the two-sided p-value of the mean difference over its signs, None without answers to compare."""
    if not len(differences):
        return None
    some = differences[differences != 0]
    if len(some) < 2:
        return 1.0
    tested = permutation_test(
        (some,), np.mean, permutation_type="samples", n_resamples=_FLIPS, vectorized=True, rng=seed
    )
    return float(tested.pvalue)


def _change(
    old: Inherited, new: Inherited, differences: Floats, p_value: float | None, alpha: float
) -> StateChange:
    direction, low, high = "unclear" if len(differences) else "not compared", None, None
    if differences.any():
        mean = float(differences.mean())
        if np.ptp(differences) > 0:
            half = float(student.ppf(0.975, len(differences) - 1) * sem(differences))
            low, high = max(mean - half, -1.0), min(mean + half, 1.0)
        if p_value is not None and p_value <= alpha:
            direction = "better" if mean < 0 else "worse"
    return StateChange(
        old.kind, old.what, old.value, new.value, old.verdict, new.verdict, direction, low, high, p_value
    )


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

    def gap(entry: AttributeReport) -> float:
        return entry.gaps.get(entry.worst_rate) or 0.0

    violated = [entry for entry in entries if entry.verdict == "violation"]
    silent = list(report.attributes) or entries
    unjudged = [entry for entry in silent if entry.verdict == "insufficient_evidence"]
    # The attribute is one that the cell's own verdict is about, else its gap would stand beside another's verdict.
    worst = max(violated or unjudged or silent, key=gap)
    finding = next((each for each in worst.findings if each.rate == worst.worst_rate), None)
    return BiasCell(
        model,
        worst.verdict,
        worst.attribute,
        worst.worst_group,
        worst.gaps.get(worst.worst_rate),
        finding.detectable_gap if finding else worst.detectable_gap,
        rate=worst.worst_rate,
        share=all(group.rates[worst.worst_rate].method == "wilson" for group in worst.groups),
    )

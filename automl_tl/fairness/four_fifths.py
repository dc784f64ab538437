"""The four-fifths rule of thumb, with intervals: the raw rule flags two thirds of fair small samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.base import FourFifths, FourFifthsRow
from automl_tl.fairness.bounds import ratio_bounds
from automl_tl.fairness.metrics import FEW
from automl_tl.fairness.summary import VERDICT_MINIMUM

__all__ = ["THRESHOLD", "four_fifths", "left_open"]

THRESHOLD = 0.8


def four_fifths(
    names: tuple[str, ...],
    selected: NDArray[np.int64],
    sizes: NDArray[np.int64],
    *,
    alpha: float = 0.05,
    comparisons: int = 1,
    answer: str = "",
    pools: Sequence[int] = (),
) -> FourFifths | None:
    """Compare every group's selection rate with the highest one; None with fewer than two groups to compare.

    The intervals (Miettinen & Nurminen 1985) share ``alpha`` among all pairs of groups, because the reference is
    chosen for being the highest, and among ``comparisons`` attributes of the report.

    Parameters
    ----------
    selected, sizes
        int64 (G,): rows that got the favourable answer, and all rows. Groups under 10 rows are listed only, and
        those without any are not.
    answer
        Its name where nobody called it favourable, for the words; "" says "the favourable answer".
    pools
        Which groups hold pooled values: their ratio clears none of these.
    """
    called = f"the answer “{answer}”" if answer else "the favourable answer"
    large = sizes >= FEW
    if large.sum() < 2:
        return None
    shares = np.where(large, selected / np.maximum(sizes, 1), -1.0)
    best = int(shares.argmax())
    pairs = int(large.sum() * (large.sum() - 1) // 2)
    tail = alpha / (pairs * max(comparisons, 1))
    safe = np.maximum(sizes, 1)
    low, high = ratio_bounds(selected, safe, selected[best], safe[best], 2 * tail)
    rows = []
    for group, name in enumerate(names):
        if group == best or not sizes[group]:
            continue
        if not large[group]:
            note = f"not compared: only {sizes[group]} row{'s' * int(sizes[group] != 1)}, fewer than {FEW}"
            rows.append(FourFifthsRow(name, None, None, None, "insufficient_evidence", note))
            continue
        if shares[best] <= 0:
            note = f"not measurable: nobody in any group got {called}"
            rows.append(FourFifthsRow(name, None, None, None, "insufficient_evidence", note))
            continue
        upper = float(high[group])
        ratio = float(shares[group] / shares[best])
        verdict = _verdict(upper, min(int(sizes[group]), int(sizes[best])))
        note = ""
        if ratio < THRESHOLD and verdict != "violation":
            note = "below four fifths, but so it would often be by chance"
        if group in pools and verdict == "no_evidence_of_violation":
            verdict, note = "insufficient_evidence", note or "pooled values, not judged one by one"
        rows.append(
            FourFifthsRow(name, ratio, float(low[group]), upper if math.isfinite(upper) else None, verdict, note)
        )
    return _summed(names[best], 1 - 2 * tail, tuple(rows), called)


def left_open(rule: FourFifths, reason: str) -> FourFifths:
    """Return the rule with insufficient evidence and the reason in place of every violation; figures stay."""
    if rule.verdict != "violation":
        return rule
    rows = tuple(
        replace(row, verdict="insufficient_evidence", note=reason) if row.verdict == "violation" else row
        for row in rule.rows
    )
    text = f"{rule.summary} But {reason}."
    return replace(rule, rows=rows, verdict="insufficient_evidence", summary=text)


def _verdict(upper: float, smallest: int) -> str:
    if upper < THRESHOLD:
        return "violation"
    return "no_evidence_of_violation" if smallest >= VERDICT_MINIMUM else "insufficient_evidence"


def _summed(reference: str, level: float, rows: tuple[FourFifthsRow, ...], called: str) -> FourFifths:
    failed = [row for row in rows if row.verdict == "violation"]
    measured = [row for row in rows if row.ratio is not None]
    if failed:
        worst = min(failed, key=lambda row: row.ratio or 0.0)
        text = (
            f"“{worst.group}” gets {called} {worst.ratio:.2f} times as often as “{reference}”, and "
            f"even the upper end of the interval, {worst.high:.2f}, is below four fifths."
        )
        return FourFifths(reference, level, rows, "violation", text)
    if not measured:
        return FourFifths(reference, level, rows, "insufficient_evidence", "No ratio could be measured.")
    lowest = min(measured, key=lambda row: row.ratio or 0.0)
    high = "without bound" if lowest.high is None else f"{lowest.high:.2f}"
    text = (
        f"Lowest ratio to “{reference}”: {lowest.ratio:.2f} for “{lowest.group}”, interval {lowest.low:.2f} to "
        f"{high}."
    )
    if any(row.verdict == "insufficient_evidence" for row in rows):
        return FourFifths(reference, level, rows, "insufficient_evidence", text)
    return FourFifths(reference, level, rows, "no_evidence_of_violation", text)

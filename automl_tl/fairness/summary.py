"""Verdicts, and the plain sentence on one attribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.base import Difference, GroupRow
from automl_tl.fairness.findings import Finding
from automl_tl.fairness.metrics import FEW

__all__ = ["VERDICT_MINIMUM", "amount", "overall", "silence_of", "summarise", "violations", "words"]

VERDICT_MINIMUM = 30
"""Groups of at least this size are needed before "no evidence of a violation" may be said of them."""
_NEGLIGIBLE = 0.02
"""Groups that together hold less of the rows may be too small without leaving the others without a verdict."""


def silence_of(
    names: Sequence[str],
    sizes: NDArray[np.int64],
    tested: bool,
    *,
    pools: Sequence[int] = (),
    pooled: Sequence[int] = (),
) -> tuple[str, str]:
    """Return what a rate without a significant gap is worth: the verdict, and the reason or the reservation.

    Parameters
    ----------
    pools, pooled
        Which of the groups hold pooled values, and how many rows each of these has; nobody looked at them one by
        one. See :class:`automl_tl.data.groups.Groups`.
    """
    unjudged = sum(size >= VERDICT_MINIMUM for size in pooled)
    if unjudged:
        were = "group was" if unjudged == 1 else "groups were"
        return "insufficient_evidence", f"{unjudged} {were} pooled and not judged"
    apart = ~np.isin(np.arange(len(sizes)), pools)
    large = (sizes >= VERDICT_MINIMUM) & apart
    if large.sum() < 2:
        largest = [str(size) for size in sorted(sizes[apart].tolist(), reverse=True)[:5] if size >= FEW]
        none = f"none has {FEW}" if len(sizes) else "no row is in any"
        have = f"the largest have {', '.join(largest)}" if largest else none
        reason = f"a verdict needs two groups of {VERDICT_MINIMUM} rows; {have}"
        return "insufficient_evidence", reason
    small = [f"each value of “{names[place]}”" for place in np.flatnonzero(~apart).tolist()]
    small += [f"“{names[place]}”" for place in np.flatnonzero(apart & ~large).tolist()]
    share = float(sizes[~large].sum()) / max(int(sizes.sum()), 1)
    listed = ", ".join(small[:5]) + (f" and {len(small) - 5} more" if len(small) > 5 else "")
    if share > _NEGLIGIBLE:
        return "insufficient_evidence", f"fewer than {VERDICT_MINIMUM} rows in {listed}"
    if not tested:
        return "insufficient_evidence", "nothing could be tested"
    return "no_evidence_of_violation", f"says nothing about {listed}: too few rows" if small else ""


def overall(findings: Sequence[Finding], headline: Sequence[str]) -> str:
    """Return the verdict on an attribute: any violation counts, silence only if all headline rates are judged."""
    if any(finding.verdict == "violation" for finding in findings):
        return "violation"
    main = [finding.verdict for finding in findings if finding.rate in headline]
    enough = len(main) == len(headline) > 0 and all(verdict == "no_evidence_of_violation" for verdict in main)
    return "no_evidence_of_violation" if enough else "insufficient_evidence"


def summarise(
    attribute: str,
    groups: Sequence[GroupRow],
    findings: Sequence[Finding],
    headline: Sequence[str],
    shares: Mapping[str, bool],
) -> str:
    """Return the sentence of the report for one attribute; ``shares`` tells percentages from other figures."""
    verdict = overall(findings, headline)
    if verdict == "violation":
        found = violations(findings, headline)
        return _gap_sentence(attribute, groups, found[0], len(found), shares[found[0].rate])
    judged = {finding.rate: finding for finding in findings}
    first = judged.get(headline[0]) if headline else None
    if verdict == "no_evidence_of_violation" and first is not None:
        gap = amount(first.detectable_gap or 1.0, shares[first.rate])
        silent = sum(finding.verdict == "insufficient_evidence" for finding in findings)
        rest = f" {silent} of {len(findings)} rates could not be judged." if silent else ""
        return (
            f"No evidence of a gap between the groups of “{attribute}”. That is not proof that there is none: "
            f"with this many test rows a gap in {words(first.rate)} of about {gap} would probably have been seen, "
            f"a smaller one could have been missed.{rest}"
        )
    blind = next((f for f in findings if f.rate in headline and f.verdict == "insufficient_evidence"), None)
    reason = f"{words(blind.rate)}: {blind.reason}" if blind else "it has no groups with enough rows"
    return f"Not enough data to judge “{attribute}”. {reason[:1].upper()}{reason[1:]}."


def violations(findings: Sequence[Finding], headline: Sequence[str] = ()) -> list[Finding]:
    """Return the violations, those of headline rates first, then the least like chance."""
    found = [finding for finding in findings if finding.verdict == "violation"]
    return sorted(found, key=lambda f: (f.rate not in headline, f.p_adjusted or 0.0, f.p_value or 0.0))


def words(rate: str) -> str:
    """Return a rate's name as people read it."""
    name, _, rest = rate.partition("[")
    plain = name.replace("_", " ")
    return f"{plain} of “{rest[:-1]}”" if rest else plain


def amount(value: float, share: bool) -> str:
    """Return a gap: ``12.0 points`` for shares, else a number."""
    return f"{100 * value:.1f} points" if share else f"{value:.3g}"


def _gap_sentence(attribute: str, groups: Sequence[GroupRow], worst: Finding, count: int, share: bool) -> str:
    row = next(group for group in groups if group.group == worst.group)
    rate, comparison = row.rates[worst.rate], row.comparisons.get(worst.rate)
    difference = comparison.difference if comparison else None
    value = "unknown" if rate.value is None else (f"{100 * rate.value:.1f} %" if share else f"{rate.value:.3g}")
    base = f" on {rate.denominator} rows"
    text = f"Where “{attribute}” is “{worst.group}”, {words(worst.rate)} is {value}{base}"
    if difference is not None and rate.value is not None:
        text += _against(rate.value, difference, share)
    chance = worst.p_adjusted or 0.0
    odds = "less than 1 in 1000" if chance < 0.001 else f"about {chance:.3f}"
    rates = "rate" if count == 2 else "rates"
    differ = "differs" if count == 2 else "differ"
    more = f" {count - 1} further {rates} of this attribute {differ} too." if count > 1 else ""
    return f"{text}. The probability of any gap this large by chance alone is {odds}.{more}"


def _against(value: float, difference: Difference, share: bool) -> str:
    rest = value - difference.value
    shown = f"{100 * rest:.1f} %" if share else f"{rest:.3g}"
    low, high = sorted((abs(difference.low), abs(difference.high)))
    if difference.low < 0 < difference.high:
        low = 0.0
    factor, unit, digits = (100, " points", ".1f") if share else (1, "", ".3g")
    side = "more" if difference.value > 0 else "less"
    return (
        f", against {shown} for all other groups: {factor * abs(difference.value):{digits}}{unit} {side} "
        f"(95 % interval {factor * low:{digits}} to {factor * high:{digits}}{unit})"
    )

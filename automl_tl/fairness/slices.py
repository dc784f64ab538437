"""Where the model fails when nobody names a group: clusters of embeddings with more errors than by chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import InvalidInput
from automl_tl.fairness.bounds import wilson_bounds
from automl_tl.fairness.clusters import Cluster, cluster_p_values, error_blind_clusters
from automl_tl.fairness.enrichment import enrichment
from automl_tl.fairness.findings import SliceCard, SliceReport

__all__ = ["find_slices"]

_FEWEST_ROWS = 60
_FEWEST_ERRORS = 5
_MOST_CARDS = 8
_OVERLAP = 0.5
_EXEMPLARS = 5


def find_slices(
    features: NDArray[np.floating],
    wrong: Sequence[Any] | NDArray[Any],
    *,
    fit_features: NDArray[np.floating] | None = None,
    ids: Sequence[str] | None = None,
    columns: Mapping[str, Sequence[str]] | None = None,
    texts: Sequence[str] | None = None,
    alpha: float = 0.05,
    seed: int = 0,
) -> SliceReport:
    """Find clusters of similar inputs in which errors are more frequent than chance explains.

    Parameters
    ----------
    features
        float (N, D) embeddings of the test rows, finite.
    wrong
        N flags: the model errs on this row.
    fit_features
        float (M, D) embeddings of other rows that place the clusters; None places them by the test rows. Clusters
        never see an error, so both hold the false alarm rate.
    ids
        N ids for the exemplars of a card; None gives row numbers.
    columns, texts
        What a card may say is more frequent inside than outside: values of columns, words of texts.
    alpha
        Probability of any false alarm.
    """
    flags = np.asarray(wrong).astype(bool)
    features = np.asarray(features)
    if features.ndim != 2 or len(features) != len(flags):
        raise InvalidInput(
            f"features must have one row for each of {len(flags)} answers but have the shape {features.shape}",
            field="features",
        )
    rows, errors = len(flags), int(flags.sum())
    reason = _why_not(features, rows, errors)
    if reason:
        return SliceReport((), rows, errors, "insufficient_evidence", reason, alpha)
    clusters = error_blind_clusters(features, fit_features=fit_features, seed=seed)
    if not clusters:
        return SliceReport((), rows, errors, "insufficient_evidence", "The inputs form no clusters.", alpha)
    raw, adjusted = cluster_p_values(clusters, flags, seed=seed)
    names = list(ids) if ids is not None else [str(row) for row in range(rows)]
    chosen = _apart(clusters, raw)
    cards = tuple(
        _card(
            f"slice {number}", clusters[place], flags, (float(raw[place]), float(adjusted[place])), names, alpha,
            enrichment(clusters[place].members, columns or {}, texts),
        )
        for number, place in enumerate(chosen, start=1)
    )  # fmt: skip
    return _report(cards, rows, errors, len(clusters), alpha)


def _why_not(features: NDArray[np.floating], rows: int, errors: int) -> str:
    if rows < _FEWEST_ROWS:
        return f"Only {rows} test rows; clusters need at least {_FEWEST_ROWS}."
    if errors < _FEWEST_ERRORS:
        return f"Only {errors} errors; to tell where they gather, at least {_FEWEST_ERRORS} are needed."
    if errors == rows:
        return "The model errs everywhere."
    if not np.isfinite(features).all():
        return "The embeddings contain NaN or infinity."
    return ""


def _apart(clusters: list[Cluster], raw: NDArray[np.float64]) -> list[int]:
    """Return clusters from the least like chance on, without those that mostly repeat an earlier one."""
    chosen: list[int] = []
    for place in np.argsort(raw, kind="stable").tolist():
        mine = clusters[place].members
        shared = [
            (mine & clusters[other].members).sum() / min(mine.sum(), clusters[other].members.sum())
            for other in chosen
        ]
        if all(share <= _OVERLAP for share in shared):
            chosen.append(place)
        if len(chosen) == _MOST_CARDS:
            break
    return chosen


def _card(
    name: str,
    cluster: Cluster,
    wrong: NDArray[np.bool_],
    p_values: tuple[float, float],
    ids: Sequence[str],
    alpha: float,
    enriched: Mapping[str, float],
) -> SliceCard:
    members = cluster.members
    count, errors = int(members.sum()), int((members & wrong).sum())
    low, high = wilson_bounds(errors, count)
    nearest = np.flatnonzero(members)[np.argsort(cluster.distances[members], kind="stable")][:_EXEMPLARS]
    rest = int((~members).sum())
    return SliceCard(
        name=name,
        count=count,
        errors=errors,
        error_rate=errors / count,
        low=float(low),
        high=float(high),
        rest_error_rate=int((~members & wrong).sum()) / rest if rest else None,
        p_value=p_values[0],
        p_adjusted=p_values[1],
        flagged=p_values[1] <= alpha,
        exemplars=tuple(str(ids[row]) for row in nearest.tolist()),
        enrichment=enriched,
    )


def _report(cards: tuple[SliceCard, ...], rows: int, errors: int, tested: int, alpha: float) -> SliceReport:
    flagged = [card for card in cards if card.flagged]
    if flagged:
        worst = flagged[0]
        text = (
            f"{len(flagged)} of {tested} clusters of similar inputs "
            f"{'holds' if len(flagged) == 1 else 'hold'} more errors than chance explains; in the "
            f"worst the model errs on {worst.errors} of {worst.count} inputs ({100 * worst.error_rate:.0f} %), "
            f"elsewhere on {100 * (worst.rest_error_rate or 0):.0f} %."
        )
        return SliceReport(cards, rows, errors, "violation", text, alpha)
    text = (
        f"None of {tested} clusters of similar inputs holds more errors than chance explains. With {rows} rows "
        f"and {errors} errors a small slice, or one slightly worse, could have been missed."
    )
    return SliceReport(cards, rows, errors, "no_evidence_of_violation", text, alpha)

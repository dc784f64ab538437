"""Shortcuts: does a property of the file go with the label, can the model see it, and do its answers follow it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.bounds import holm
from automl_tl.fairness.findings import SpuriousProbe
from automl_tl.one_thread import on_one_thread

__all__ = ["probe_spurious"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_Measured = tuple[str, float | None, float | None, float | None, float | None, float | None]

_FEWEST = 30
_SHUFFLES = 1999
_FEWEST_SHUFFLES = 399
_WORK = 2_000_000
"""Numbers that are shuffled for one trait: many rows get fewer shuffles, which still pass Holm over ten traits."""
_BLOCK = 1_000_000
_NOTABLE = 0.05
_READABLE = 0.1
_FOLDS = 5
_RIDGE = 1.0


def probe_spurious(
    traits: Mapping[str, Sequence[Any] | NDArray[Any]],
    labels: Sequence[Any] | NDArray[Any],
    *,
    answers: Sequence[Any] | NDArray[Any] | None = None,
    features: NDArray[np.floating] | None = None,
    alpha: float = 0.05,
    seed: int = 0,
) -> tuple[SpuriousProbe, ...]:
    """Test every trait of the inputs as a possible shortcut.

    A trait that goes with the label and that the embedding tells is a warning: the model may have learnt it. One
    that the model's answers follow among rows of the same true class, too, is a shortcut; one that they follow
    without one of the other two is a warning.

    Parameters
    ----------
    traits
        Name -> N numbers (NaN unknown) or N words ("" unknown).
    labels, answers
        N true classes and N answers.
    features
        float (N, D) embeddings.
    alpha
        Probability of any false alarm among the traits, for labels and for answers each.
    """
    truth = np.unique(np.asarray(labels).astype(str), return_inverse=True)[1]
    said = None if answers is None else np.unique(np.asarray(answers).astype(str), return_inverse=True)[1]
    rng = np.random.default_rng(seed)
    measured: list[_Measured] = []
    for name, values in traits.items():
        table, known = _as_table(values)
        enough = known.sum() >= _FEWEST and len(table.T) > 0 and len(np.unique(truth[known])) > 1
        if not enough:
            measured.append((name, None, None, None, None, None))
            continue
        table, label = table[known], truth[known]
        association, p_label = _association(table, label, np.zeros(len(label), dtype=np.int64), rng)
        follows, p_answer = None, None
        if said is not None:
            follows, p_answer = _association(table, said[known], label, rng)
        readable = None if features is None else _readable(np.asarray(features)[known], table, rng)
        measured.append((name, association, p_label, readable, follows, p_answer))
    label_p = holm([entry[2] for entry in measured])
    answer_p = holm([entry[5] for entry in measured])
    return tuple(
        _probe(*entry, adjusted, of_answers, alpha)
        for entry, adjusted, of_answers in zip(measured, label_p, answer_p, strict=True)
    )


def _as_table(values: Sequence[Any] | NDArray[Any]) -> tuple[Floats, NDArray[np.bool_]]:
    """Return a trait as columns of numbers (ranks, or one column per word), and which rows are known."""
    array = np.asarray(values)
    if array.dtype.kind in "fiub":
        numbers = array.astype(np.float64)
        known = np.isfinite(numbers)
        if len(np.unique(numbers[known])) < 2:
            return np.zeros((len(numbers), 0)), known
        ranks = np.zeros(len(numbers))
        _, codes, counts = np.unique(numbers[known], return_inverse=True, return_counts=True)
        ranks[known] = (np.cumsum(counts) - (counts - 1) / 2)[codes]
        return ranks[:, None], known
    words = np.array(["" if value is None else str(value) for value in array.tolist()])
    names = [name for name in np.unique(words).tolist() if name]
    if len(names) < 2:
        return np.zeros((len(words), 0)), words != ""
    return (words[:, None] == np.array(names)).astype(np.float64), words != ""


def _association(table: Floats, codes: Ints, strata: Ints, rng: np.random.Generator) -> tuple[float, float]:
    """Return the share of the trait's variance within strata that lies between codes, and its permutation p-value.

    The correlation ratio on ranks for numbers (Kruskal & Wallis 1952 without strata); for words the mean over
    their columns, which is Cramér's V squared up to a factor of the table's size. Shuffles stay inside strata.
    """
    cells = np.unique(strata * (codes.max() + 1) + codes, return_inverse=True)[1]
    centred = table - _means(table, strata)
    total = float((centred**2).sum())
    if total <= 0:
        return 0.0, 1.0
    member = (cells[:, None] == np.arange(cells.max() + 1)).astype(np.float64)
    member /= np.sqrt(member.sum(axis=0))
    observed = float(((member.T @ centred) ** 2).sum())
    order = np.argsort(strata, kind="stable")
    base = strata[order].astype(np.float64)
    member = member[order]
    shuffles = min(max(_WORK // len(order), _FEWEST_SHUFFLES), _SHUFFLES)
    exceeded, drawn, block = 0, 0, max(1, _BLOCK // len(order))
    while drawn < shuffles:
        count = min(block, shuffles - drawn)
        # Sorting stratum plus a random fraction shuffles within strata.
        moved = order[np.argsort(base + rng.random((count, len(order))), axis=1)]
        between = sum(((column[moved] @ member) ** 2).sum(axis=1) for column in centred.T)
        exceeded += int(np.sum(between >= observed * (1 - 1e-9)))
        drawn += count
    return observed / total, (1 + exceeded) / (1 + shuffles)


def _means(table: Floats, strata: Ints) -> Floats:
    sums = np.zeros((strata.max() + 1, table.shape[1]))
    np.add.at(sums, strata, table)
    return np.asarray((sums / np.bincount(strata)[:, None].clip(1))[strata])


def _readable(features: NDArray[np.floating], table: Floats, rng: np.random.Generator) -> float:
    """Return the cross-validated R2 of a ridge regression of the trait on the embedding, at least 0."""
    folds = rng.permutation(np.arange(len(table)) % _FOLDS)
    left = 0.0
    with on_one_thread():
        for fold in range(_FOLDS):
            train, held = folds != fold, folds == fold
            mean, scale = features[train].mean(axis=0), features[train].std(axis=0)
            scale = np.where(scale > 1e-9, scale, np.inf)
            inner, outer = (features[train] - mean) / scale, (features[held] - mean) / scale
            level = table[train].mean(axis=0)
            kernel = inner @ inner.T
            penalty = _RIDGE * max(float(np.trace(kernel)) / len(kernel), 1e-12)
            weights = np.linalg.solve(kernel + penalty * np.eye(len(kernel)), table[train] - level)
            left += float(((table[held] - level - outer @ inner.T @ weights) ** 2).sum())
    total = float(((table - table.mean(axis=0)) ** 2).sum())
    return max(0.0, 1.0 - left / total) if total > 0 else 0.0


def _probe(
    name: str,
    association: float | None,
    p_value: float | None,
    readable: float | None,
    follows: float | None,
    _: float | None,
    adjusted: float | None,
    of_answers: float | None,
    alpha: float,
) -> SpuriousProbe:
    if association is None or adjusted is None:
        text = f"“{name}” is the same everywhere, or known for fewer than {_FEWEST} inputs."
        return SpuriousProbe(name, None, None, None, None, None, None, "insufficient_evidence", text)
    linked = adjusted <= alpha and association >= _NOTABLE
    used = of_answers is not None and of_answers <= alpha and (follows or 0.0) >= _NOTABLE
    seen = readable is None or readable >= _READABLE
    if linked and used and seen:
        verdict = "shortcut"
        text = f"“{name}” goes with the true class, and among inputs of one class the answers follow it too."
    elif used:
        verdict = "warning"
        but = "the embedding hardly tells it" if linked else "it does not go with the class itself"
        text = f"Among inputs of one true class the answers follow “{name}”, although {but}."
    elif linked and seen:
        verdict = "warning"
        text = f"“{name}” goes with the true class, so the model may have learnt it instead of the content."
    elif linked:
        verdict = "no_evidence"
        text = f"“{name}” goes with the true class, but neither answers nor embedding follow it."
    else:
        verdict, text = "no_evidence", f"Nothing suggests that “{name}” serves as a shortcut."
    return SpuriousProbe(name, association, p_value, adjusted, readable, follows, of_answers, verdict, text)

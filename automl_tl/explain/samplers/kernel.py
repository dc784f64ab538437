"""Paired KernelSHAP: a weighted regression on coalitions and their complements that adds up exactly.

Lundberg & Lee, NeurIPS 2017, theorem 2; Covert & Lee, "Improving KernelSHAP", AISTATS 2021, for the pairs. The
difference v(S) - v(N \\ S) of a pair is free of every interaction of even order, so only it is regressed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from automl_tl.explain.samplers.base import Estimate, Sampler, expected_correlation, rank_correlation

__all__ = ["PairedKernel"]

_ROUND = 24
"""Pairs per round."""
_ENOUGH = 1.6
"""Pairs for each feature from which random ones determine every value."""
_NEARLY_ALL = 0.99


@dataclass(frozen=True)
class _Plan:
    """Which pairs to ask for, in order.

    Attributes
    ----------
    signs
        float64 (M, F): 1 for features that are shown, -1 for those hidden, in one coalition of each pair.
    strata
        int64 (M,): pairs of one size that is taken completely share a stratum; those drawn are the last.
    shares
        float64 (S,): the kernel's weight of each stratum.
    complete
        bool (S,): whether all pairs of the stratum are in the plan.
    """

    signs: NDArray[np.float64]
    strata: NDArray[np.int64]
    shares: NDArray[np.float64]
    complete: NDArray[np.bool_]


class PairedKernel(Sampler):
    """Spends ``max_evals`` (the two ends included) on pairs of coalitions, at least one pair for each feature.

    Sizes whose coalitions all fit into the budget are taken completely, the smallest first; from the others as
    many are drawn as their weight says. Every feature is shown about equally often. Where single features are
    taken completely they come first, the others in random order, so that an interruption leaves a fair sample.
    """

    name = "paired kernel"

    def __init__(self, n_features: int, ends: NDArray[np.float64], *, max_evals: int, seed: int) -> None:
        super().__init__(n_features, ends)
        pairs = max((max_evals - 2) // 2, n_features)
        self._plan = _planned(n_features, pairs, np.random.default_rng(seed))
        self._known = 0
        self._asked = 0
        self._differences: list[NDArray[np.float64]] = []
        self._estimated: tuple[int, Estimate] | None = None

    def ask(self) -> NDArray[np.bool_] | None:
        """Return the pairs of one more round."""
        signs = self._plan.signs
        if self._known >= len(signs):
            return None
        singles = 1.0 if self._plan.complete[0] else _ENOUGH
        size = _ROUND if self._known else max(math.ceil(singles * self.n_features), _ROUND)
        shown = signs[self._known : self._known + size] > 0
        self._asked = len(shown)
        return np.concatenate([shown, ~shown])

    def tell(self, values: NDArray[np.float64]) -> None:
        """Take their outputs."""
        shown, complement = np.split(values, 2)
        self._differences.append(shown - complement)
        self._known += self._asked

    def estimate(self) -> Estimate | None:
        """Return the regression's coefficients; errors come from the residuals of sizes that are not complete."""
        if not self._known:
            return None
        if self._estimated is None or self._estimated[0] != self._known:
            self._estimated = self._known, self._solved()
        return self._estimated[1]

    def _solved(self) -> Estimate:
        differences = np.concatenate(self._differences)
        signs, total = self._plan.signs[: self._known], self.ends[1] - self.ends[0]
        weights, sampled = self._weights()
        values = _constrained(signs, weights, differences, total)
        if not sampled.any():
            exact = bool(self._plan.complete.all()) and self._known == len(self._plan.signs)
            errors = np.zeros_like(values) if exact else np.full_like(values, np.nan)
            return Estimate(values, errors, 1.0 if exact else float("nan"))
        missed = _left_out(signs, weights, differences - signs @ values)
        errors = _errors(signs, weights, missed, sampled)
        stability = self._stability(signs, weights, differences, total, sampled)
        if math.isnan(stability) and sampled.all() and self._known >= _ENOUGH * self.n_features:
            stability = _foretold(weights, differences, missed)
        return Estimate(values, errors, stability)

    def _weights(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return each known pair's weight, and whether it stands for others that were not asked for."""
        plan = self._plan
        strata = plan.strata[: self._known]
        known = np.bincount(strata, minlength=len(plan.shares))
        planned = np.bincount(plan.strata, minlength=len(plan.shares))
        sampled = ~plan.complete | (known < planned)
        return (plan.shares / np.maximum(known, 1))[strata], sampled[strata]

    def _stability(
        self,
        signs: NDArray[np.float64],
        weights: NDArray[np.float64],
        differences: NDArray[np.float64],
        total: NDArray[np.float64],
        sampled: NDArray[np.bool_],
    ) -> float:
        """Return the rank correlation to expect of another draw, from the two halves of the sampled pairs."""
        number = np.cumsum(sampled) - 1
        halves = []
        for parity in (0, 1):
            kept = ~sampled | (number % 2 == parity)
            if np.linalg.matrix_rank(signs[kept]) < self.n_features:
                return float("nan")
            weight = np.where(sampled, 2.0, 1.0) * weights
            halves.append(_constrained(signs[kept], weight[kept], differences[kept], total)[:, 0])
        return expected_correlation(rank_correlation(halves[0], halves[1]))


def _foretold(
    weights: NDArray[np.float64], differences: NDArray[np.float64], missed: NDArray[np.float64]
) -> float:
    """Return how much of each pair's difference the other pairs foretell (R2), NaN if that is not nearly all.

    Where left-out coalitions are foretold by values that add up, no draw can give other values; halves of the
    pairs, too few for every value, need not be asked.
    """
    share = 1 - float(weights @ missed[:, 0] ** 2) / max(float(weights @ differences[:, 0] ** 2), 1e-300)
    return share if share >= _NEARLY_ALL else float("nan")


def _left_out(
    signs: NDArray[np.float64], weights: NDArray[np.float64], residuals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return by how much (M, K) values from all other pairs would miss each pair."""
    root = np.sqrt(weights)[:, None]
    basis = np.linalg.qr(root * (signs[:, :-1] - signs[:, -1:]))[0]
    return np.asarray(residuals / np.maximum(1 - (basis**2).sum(axis=1, keepdims=True), 1e-6))


def _constrained(
    signs: NDArray[np.float64],
    weights: NDArray[np.float64],
    differences: NDArray[np.float64],
    total: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the values (F, K) that fit signs @ values = differences best and sum to ``total``.

    The last feature is replaced by what the others leave, so that the sum is exact to rounding.
    """
    root = np.sqrt(weights)[:, None]
    last = signs[:, -1:]
    design, wanted = signs[:, :-1] - last, differences - last * total
    free = np.linalg.lstsq(root * design, root * wanted, rcond=None)[0]
    return np.concatenate([free, total[None] - free.sum(axis=0, keepdims=True)])


def _errors(
    signs: NDArray[np.float64],
    weights: NDArray[np.float64],
    missed: NDArray[np.float64],
    drawn: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return standard errors (F, K) by the sandwich formula; sizes taken completely carry no sampling error.

    Each pair counts with what the others miss it by (HC3; MacKinnon & White, J. Econometrics 1985): with hardly
    more pairs than features, residuals of the fit itself are small whatever the truth.
    """
    n_features = signs.shape[1]
    centre = np.eye(n_features) - 1 / n_features
    gram = (signs * weights[:, None]).T @ signs
    inverse = centre @ np.linalg.pinv(centre @ gram @ centre) @ centre
    leverage = inverse @ (signs * weights[:, None])[drawn].T
    variance = (leverage**2) @ (missed[drawn] ** 2)
    return np.sqrt(variance) if int(drawn.sum()) > 1 else np.full_like(variance, np.nan)


def _planned(n_features: int, pairs: int, generator: np.random.Generator) -> _Plan:
    """Return the plan of ``pairs`` pairs, or of all that there are."""
    sizes = np.arange(1, n_features // 2 + 1)
    shares = np.array([_size_weight(n_features, int(size)) for size in sizes])
    shares /= shares.sum()
    complete = _complete_sizes(n_features, sizes, shares, pairs)
    parts = [
        np.array([_signs(n_features, members) for members in _all_pairs(n_features, int(size))])
        for size in sizes[:complete]
    ]
    left = pairs - sum(len(part) for part in parts)
    drawn = _draw(n_features, sizes[complete:], shares[complete:], left, generator)
    strata = np.concatenate([np.full(len(part), place) for place, part in enumerate([*parts, drawn])])
    signs = np.concatenate([*parts, drawn])
    order = np.concatenate([np.arange(n_features), n_features + generator.permutation(len(signs) - n_features)])
    if len(signs) < n_features or not complete:
        order = generator.permutation(len(signs))
    n_strata = complete + (1 if len(drawn) else 0)
    rest = [float(shares[complete:].sum())] if len(drawn) else []
    return _Plan(
        signs[order],
        strata[order].astype(np.int64),
        np.array([*shares[:complete], *rest]),
        np.arange(n_strata) < complete,
    )


def _complete_sizes(n_features: int, sizes: NDArray[np.int64], shares: NDArray[np.float64], pairs: int) -> int:
    """Return how many sizes, the smallest first, would get all their pairs anyway.

    With hardly more pairs than features single features are all taken, so that every one has a value. Otherwise
    they are drawn too: taken whole they would use up what larger coalitions, where words that lean on each other
    meet, weigh more for (measured on MiniLM, 30 words, 100 evaluations: correlation with a long run 0.85
    instead of 0.80).
    """
    spent, scarce = 0, pairs < _ENOUGH * n_features
    for place, size in enumerate(sizes):
        count = _pairs_of(n_features, int(size))
        left = pairs - spent
        fair = left * shares[place] / shares[place:].sum()
        if count > left or (not (scarce and place == 0) and fair < count * (1 - 1e-9)):
            return place
        spent += count
    return len(sizes)


def _draw(
    n_features: int,
    sizes: NDArray[np.int64],
    share: NDArray[np.float64],
    pairs: int,
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the signs of ``pairs`` random coalitions, each of a size drawn systematically by its share."""
    if pairs <= 0 or not len(sizes):
        return np.zeros((0, n_features))
    edges = np.cumsum(share) / share.sum()
    places = (np.arange(pairs) + generator.random()) / pairs
    chosen = sizes[np.minimum(np.searchsorted(edges, places, side="right"), len(sizes) - 1)]
    drawn = np.empty((pairs, n_features))
    deck: list[int] = []
    for row, size in enumerate(chosen):
        members: set[int] = set()
        while len(members) < size:
            # A deck of shuffled features is dealt until it is empty, so that each is shown about equally often.
            deck = deck or generator.permutation(n_features).tolist()
            members.add(deck.pop())
        drawn[row] = _signs(n_features, tuple(members))
    return drawn


def _size_weight(n_features: int, size: int) -> float:
    """Return the kernel's weight of all coalitions of this size and of their complements, up to a factor."""
    both = 1 if 2 * size == n_features else 2
    return both * (n_features - 1) / (size * (n_features - size))


def _pairs_of(n_features: int, size: int) -> int:
    count = math.comb(n_features, size)
    return count // 2 if 2 * size == n_features else count


def _all_pairs(n_features: int, size: int) -> list[tuple[int, ...]]:
    found = list(combinations(range(n_features), size))
    return found[: len(found) // 2] if 2 * size == n_features else found


def _signs(n_features: int, members: tuple[int, ...]) -> NDArray[np.float64]:
    signs = np.full(n_features, -1.0)
    signs[list(members)] = 1.0
    return signs

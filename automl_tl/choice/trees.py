"""Extremely randomised trees over configurations, as a sum over their leaves.

Geurts, Ernst, Wehenkel, Extremely randomized trees (Machine Learning 63, 2006). A leaf is a box, so that the
forest is a sum of products of indicators, one per factor: the product game explains it exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.tree import ExtraTreeRegressor

from automl_tl.choice.product_game import Terms
from automl_tl.choice.table import TrialTable

__all__ = ["ExtraTrees", "fit_extra_trees"]

Floats = NDArray[np.float64]
_TREES = 100
_MOST_LEAVES = 6000


@dataclass(frozen=True)
class ExtraTrees:
    """A forest: leaves as boxes (low, high] (T, P + 1), the last column the training's share; values (T,)."""

    low: Floats
    high: Floats
    values: Floats

    def predict(self, table: TrialTable, trained: Floats) -> Floats:
        """Return the expected merits of configurations trained for these shares of a full run."""
        points = np.column_stack([table.encoded, trained])[:, None]
        return np.asarray(((points > self.low) & (points <= self.high)).all(axis=2) @ self.values)

    def terms(self, table: TrialTable) -> Terms:
        """Return the forest on fully trained configurations as a sum over leaves."""
        kept = (self.low[:, -1] < 1.0) & (self.high[:, -1] >= 1.0)
        low, high = self.low[kept, :-1], self.high[kept, :-1]
        inside = _inside(table, table.encoded, low, high)
        return Terms(self.values[kept], inside, _inside(table, table.absent[None], low, high)[0])


def _inside(table: TrialTable, points: Floats, low: Floats, high: Floats) -> Floats:
    """Return for each configuration and factor in which leaves it lies (N, F, T)."""
    within = (points[:, None] > low) & (points[:, None] <= high)
    by_factor = [within[:, :, f.start : f.stop].all(axis=2) for f in table.factors]
    return np.stack(by_factor, axis=1).astype(np.float64)


def fit_extra_trees(table: TrialTable, *, seed: int = 0) -> ExtraTrees:
    """Grow the forest; large tables get fewer trees, so that explaining them takes seconds at most."""
    points = np.column_stack([table.encoded, table.trained]).astype(np.float32)
    merits = np.ascontiguousarray(table.merits, dtype=np.float64)[:, None]
    trees = max(20, min(_TREES, _MOST_LEAVES // len(points)))
    columns = max(1, points.shape[1] // 2)
    # Looking at the same settings and the same small table thousands of times takes longer than growing the trees.
    with config_context(skip_parameter_validation=True):
        forest = [
            ExtraTreeRegressor(max_features=columns, random_state=seed + number).fit(
                points, merits, check_input=False
            )
            for number in range(trees)
        ]
    boxes = [_leaves(tree.tree_) for tree in forest]
    low, high, values = (np.concatenate([box[part] for box in boxes]) for part in range(3))
    return ExtraTrees(low, high, values / trees)


def _leaves(tree: Any) -> tuple[Floats, Floats, Floats]:
    """Return the boxes and values of a tree's leaves."""
    low = np.full((tree.node_count, tree.n_features), -np.inf)
    high = np.full((tree.node_count, tree.n_features), np.inf)
    for node in range(tree.node_count):  # children come after their parents
        left, right, feature = tree.children_left[node], tree.children_right[node], tree.feature[node]
        if left < 0:
            continue
        for child in (left, right):
            low[child], high[child] = low[node], high[node]
        high[left, feature] = min(high[left, feature], tree.threshold[node])
        low[right, feature] = max(low[right, feature], tree.threshold[node])
    ends = tree.children_left < 0
    return low[ends], high[ends], tree.value[ends, 0, 0]

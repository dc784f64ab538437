"""Group-balanced last layers forget the shortcut."""

import numpy as np

from automl_tl.fairness.mitigation.balanced_head import balanced_head, balanced_rows
from automl_tl.fairness.mitigation.reweighing import reweighing


def test_draws_are_balanced():
    """As many of each cell as the rarest has; nothing where there is no group."""
    labels, groups = np.repeat([0, 1, 0, 1], [9, 4, 7, 3]), np.repeat([0, 0, 1, 1], [9, 4, 7, 3])
    rows = balanced_rows(labels, groups, np.random.default_rng(0))
    assert np.unique(groups[rows] * 2 + labels[rows], return_counts=True)[1].tolist() == [3, 3, 3, 3]
    assert len(np.unique(rows)) == 12
    assert len(balanced_rows(labels, np.full(23, -1), np.random.default_rng(0))) == 0


def test_the_gap_narrows_on_new_rows(make_rows, gap_of):
    """Against a head that sees the rows as they are."""
    fit, held = make_rows(1000, 0), make_rows(2000, 1)
    plain, fair = reweighing(fit, 2)(held), balanced_head(fit, 2)(held)
    assert gap_of(held, fair) < gap_of(held, plain) - 0.2

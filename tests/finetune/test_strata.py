"""One stratum per row for every form of labels."""

import numpy as np

from automl_tl.finetune.strata import strata_of


def test_classes_are_their_own_strata():
    """Bit by bit, so that folds stay what they were."""
    labels = np.array([2, 0, 1, 1])
    assert strata_of(labels).tolist() == labels.tolist()


def test_numbers_lie_in_ranges_and_sets_count_for_their_rarest_label():
    """A row without a label is a stratum of its own."""
    assert strata_of(np.arange(20.0)).tolist() == [row // 5 for row in range(20)]
    labels = np.array([[1, 1], [1, 0], [1, 0], [0, 0]])
    assert strata_of(labels).tolist() == [1, 0, 0, 2]

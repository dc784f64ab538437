"""What every masker can say."""

import numpy as np
import torch

from automl_tl.explain.maskers.base import Masker, shown_on


class Two(Masker):
    feature_names = ("a", "b")
    baseline = "nothing"

    def batch(self, masks):
        return {"x": shown_on(torch.device("cpu"), masks).float()}


def test_features_are_counted_and_nothing_else_is_promised():
    """No coarser features and no other baseline unless a masker has them."""
    masker = Two()
    assert masker.n_features == 2
    assert masker.coarser(1) is None
    assert masker.other_baseline() is None
    assert masker.batch(np.array([[True, False]]))["x"].tolist() == [[1.0, 0.0]]


def test_masks_of_any_layout_become_tensors():
    """Reversed views are no trouble."""
    masks = np.array([[True, False], [False, False]])[::-1]
    assert shown_on(torch.device("cpu"), masks).tolist() == [[False, False], [True, False]]

"""From outputs to answers."""

import numpy as np
import pytest

from automl_tl.finetune.links import LINKS


def test_each_link_gives_what_it_says():
    outputs = np.array([[0.0, 0.0], [1000.0, 0.0]])
    assert LINKS["softmax"](outputs).tolist() == [[0.5, 0.5], [1.0, 0.0]]
    assert LINKS["sigmoid"](outputs).tolist() == [[0.5, 0.5], [1.0, 0.5]]
    assert LINKS["identity"](outputs).tolist() == outputs.tolist()


def test_softmax_sums_to_one():
    outputs = np.random.default_rng(0).normal(0, 9, (20, 5))
    assert LINKS["softmax"](outputs).sum(axis=1) == pytest.approx(np.ones(20))

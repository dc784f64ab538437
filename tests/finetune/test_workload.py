"""A linear head computes what its weights say."""

from __future__ import annotations

import numpy as np

from automl_tl.finetune.workload import LinearHead

HEAD = LinearHead(np.array([[1.0, 0.0], [0.0, 2.0]], dtype=np.float32), np.array([0.0, 1.0], dtype=np.float32))


def test_logits_are_the_affine_map():
    np.testing.assert_allclose(HEAD.logits(np.array([[3.0, 4.0]])), [[3.0, 9.0]])


def test_probabilities_are_its_softmax_also_for_huge_logits():
    np.testing.assert_allclose(HEAD.probabilities(np.array([[1.0, 0.0]])), [[0.5, 0.5]])
    np.testing.assert_allclose(HEAD.probabilities(np.array([[1e5, 0.0]])), [[1.0, 0.0]])

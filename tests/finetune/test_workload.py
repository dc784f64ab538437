"""A linear head computes what its weights say."""

from __future__ import annotations

import numpy as np

from automl_tl.finetune.workload import LabelledInputs, LinearHead

HEAD = LinearHead(np.array([[1.0, 0.0], [0.0, 2.0]], dtype=np.float32), np.array([0.0, 1.0], dtype=np.float32))


def test_logits_are_the_affine_map():
    np.testing.assert_allclose(HEAD.logits(np.array([[3.0, 4.0]])), [[3.0, 9.0]])


def test_probabilities_are_its_softmax_also_for_huge_logits():
    np.testing.assert_allclose(HEAD.probabilities(np.array([[1.0, 0.0]])), [[0.5, 0.5]])
    np.testing.assert_allclose(HEAD.probabilities(np.array([[1e5, 0.0]])), [[1.0, 0.0]])


def test_examples_keep_their_groups():
    part = LabelledInputs(("a", "b", "c"), np.array([0, 1, 1]), np.array([7, 7, 8]))
    picked = part.picked(np.array([2, 0]))
    assert (picked.inputs, picked.groups.tolist()) == (("c", "a"), [8, 7])
    assert part.joined(picked).groups.tolist() == [7, 7, 8, 8, 7]
    bare = LabelledInputs(("d",), np.array([0]))
    assert bare.picked(np.array([0])).groups is None
    assert part.joined(bare).groups is None

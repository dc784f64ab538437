"""A classifier is its backbone followed by its head."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.testing.strategy import tiny_image_backbone


def test_its_logits_are_the_heads_logits_of_the_embedding():
    backbone = tiny_image_backbone()
    head = random_head(4, backbone.embedding_size, seed=1)
    classifier = Classifier(backbone, head).eval()
    batch = {"pixels": torch.randn(2, 3, 16, 16)}
    with torch.inference_mode():
        logits, features = classifier(batch).numpy(), backbone(batch).numpy()
    np.testing.assert_allclose(logits, head.logits(features), atol=1e-6)


def test_the_head_comes_back_as_a_copy():
    backbone = tiny_image_backbone()
    head = random_head(4, backbone.embedding_size, seed=1)
    classifier = Classifier(backbone, head)
    copied = classifier.linear_head()
    np.testing.assert_array_equal(copied.weight, head.weight)
    with torch.no_grad():
        classifier.head.weight.zero_()
    np.testing.assert_array_equal(copied.weight, head.weight)


def test_a_random_head_depends_on_its_seed():
    assert not np.array_equal(random_head(2, 9, seed=0).weight, random_head(2, 9, seed=1).weight)
    np.testing.assert_array_equal(random_head(2, 9, seed=1).weight, random_head(2, 9, seed=1).weight)


def test_a_head_that_it_takes_is_the_head_that_it_returns():
    backbone = tiny_image_backbone()
    classifier = Classifier(backbone, random_head(3, backbone.embedding_size, seed=0))
    other = random_head(3, backbone.embedding_size, seed=1)
    classifier.take_head(other)
    np.testing.assert_array_equal(classifier.linear_head().weight, other.weight)


def test_a_forgotten_head_is_drawn_anew_in_its_unit():
    backbone = tiny_image_backbone()
    head = random_head(3, backbone.embedding_size, seed=0)
    classifier = Classifier(backbone, dataclasses.replace(head, link="identity", unit=(50.0, 4.0)))
    classifier.forget_head(seed=1)
    drawn = random_head(3, backbone.embedding_size, seed=1)
    np.testing.assert_allclose(classifier.head.weight.detach().numpy(), drawn.weight, rtol=1e-5)
    assert classifier.linear_head().bias == pytest.approx([50.0] * 3)

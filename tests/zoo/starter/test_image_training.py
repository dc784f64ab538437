"""Supervised pretraining of image networks."""

import dataclasses

import numpy as np
import torch

from automl_tl.zoo.starter.image_training import train_image_network
from automl_tl.zoo.starter.recipes import recipe

PLAN = dataclasses.replace(recipe("textures-regnet"), examples=64, batch=16)


def test_training_is_reproducible():
    """The same seed gives the same weights, another seed others."""
    (first, config), (again, _), (other, _) = (train_image_network(PLAN, seed=s, steps=2) for s in (1, 1, 2))
    assert config["num_classes"] == 16
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not all(torch.equal(first[key], other[key]) for key in first)


def test_the_loss_falls():
    """Thirty updates on few examples already fit them better."""
    losses = []
    train_image_network(PLAN, seed=0, steps=30, progress=lambda step, steps, loss: losses.append(loss))
    assert len(losses) == 30
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


def test_progress_counts_from_one_to_the_end():
    """A display can show a share."""
    seen = []
    train_image_network(PLAN, seed=0, steps=3, progress=lambda step, steps, loss: seen.append((step, steps)))
    assert seen == [(1, 3), (2, 3), (3, 3)]

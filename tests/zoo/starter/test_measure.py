"""Measuring embeddings and fine-tuning."""

import numpy as np

from automl_tl.zoo.starter.cards import starter_directory
from automl_tl.zoo.starter.held_out.base import HeldOutData
from automl_tl.zoo.starter.loading import load_directory
from automl_tl.zoo.starter.measure import fine_tuned_accuracy, probe_accuracy, raw_features, splits

RNG = np.random.default_rng(0)
LABELS = np.arange(300) % 3


def test_splits_are_stratified_and_disjoint():
    """Each class as often as any other, no row on both sides, all rows used."""
    for fit, test in splits(LABELS, 60, 3):
        assert np.bincount(LABELS[fit]).tolist() == [20, 20, 20]
        assert sorted([*fit, *test]) == list(range(300))


def test_a_probe_finds_what_is_there():
    """Features that hold the class give 1, noise gives about chance."""
    telling = np.eye(3)[LABELS] + 0.05 * RNG.normal(size=(300, 3))
    assert probe_accuracy(telling.astype(np.float32), LABELS, train=60) == 1
    noise = RNG.normal(size=(300, 3)).astype(np.float32)
    assert probe_accuracy(noise, LABELS, train=60) < 0.5


def test_raw_features_of_images_and_texts():
    """Pixels as they are up to 16 x 16; words weighted."""
    images = HeldOutData(("a", "b"), [np.full((8, 8, 3), value, np.uint8) for value in (0, 200)], np.array([0, 1]))
    assert raw_features(images, "image").shape == (2, 64)
    texts = HeldOutData(("a", "b"), ["late parcel", "broken kettle"], np.array([0, 1]))
    assert raw_features(texts, "text").shape == (2, 4)


def test_fine_tuning_learns_a_trivial_task():
    """Bright against dark within a few updates."""
    images = [np.full((8, 8, 3), 200 * (number % 2) + number % 7, np.uint8) for number in range(80)]
    data = HeldOutData(("dark", "bright"), images, np.arange(80) % 2)
    backbone = load_directory(starter_directory("glyphs-resnet")).backbone
    assert fine_tuned_accuracy(backbone, data, train=40, updates=8) > 0.9

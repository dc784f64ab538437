"""Every image domain, held to the same rules."""

import numpy as np
import pytest

from automl_tl.zoo.starter.image_sources.base import image_sources

NAMES = ("cells", "glyphs", "scenes", "shapes", "textures")


def test_the_five_domains_are_registered():
    """One file, one registration."""
    assert image_sources.names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_draws_the_same_bytes(name):
    """A model can only be reproduced if its data can."""
    first, labels = image_sources.get(name).sample(40, 5)
    again, same = image_sources.get(name).sample(40, 5)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(labels, same)


@pytest.mark.parametrize("name", NAMES)
def test_another_seed_draws_other_images(name):
    """Fresh examples for the accuracy on the source task come from another seed."""
    first, _ = image_sources.get(name).sample(8, 5)
    other, _ = image_sources.get(name).sample(8, 6)
    assert (first != other).mean() > 0.5


@pytest.mark.parametrize("name", NAMES)
def test_images_are_colour_bytes_of_the_size_asked_for(name):
    """uint8 (N, size, size, 3), at any size."""
    images, labels = image_sources.get(name).sample(3, 0, size=40)
    assert images.shape == (3, 40, 40, 3)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64


@pytest.mark.parametrize("name", NAMES)
def test_classes_are_even_and_named(name):
    """Labels index into the class names, each class as often as any other."""
    source = image_sources.get(name)
    classes = len(source.class_names)
    assert len(set(source.class_names)) == classes
    np.testing.assert_array_equal(np.bincount(source.sample(2 * classes, 0)[1]), 2)


@pytest.mark.parametrize("name", NAMES)
def test_images_show_something(name):
    """No class draws blank pictures."""
    images, _ = image_sources.get(name).sample(120, 1)
    assert np.median(images.std((1, 2, 3))) > 15
    assert (images.std((1, 2, 3)) > 1).all()

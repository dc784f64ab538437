"""Tiny models and data sets of both modalities for the probe's tests."""

import pytest

from automl_tl.data.load import load_dataset
from automl_tl.testing.tiny_models import tiny_image_model, tiny_text_model
from automl_tl.zoo.backbone import LoadedModel


@pytest.fixture
def image_model():
    """A residual network with a source head of 5 classes."""
    return LoadedModel(tiny_image_model(num_classes=5), "a" * 64)


@pytest.fixture
def text_model():
    """An encoder without a source head."""
    return LoadedModel(tiny_text_model(), "b" * 64)


@pytest.fixture
def images(make_image_folder):
    """Twelve drawn shapes."""
    return load_dataset(make_image_folder(per_class=4), target="label")


@pytest.fixture
def texts(text_csv):
    """Thirty-six templated sentences."""
    return load_dataset(text_csv.parent, target="label")

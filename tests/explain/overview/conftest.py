"""A small data set of pictures, and a model of their brightness."""

import numpy as np
import pytest

from automl_tl.finetune.evaluation import Predictions


@pytest.fixture
def data(picture_data):
    """Dark and bright pictures in folders by class."""
    return picture_data({"dark": 40, "bright": 200}, 25)


@pytest.fixture
def predictions(data):
    """Right answers on the test part, but the first."""
    rows = data.split.test
    labels = data.labels[rows]
    probabilities = np.where(labels[:, None] == np.arange(2), 0.9, 0.1).astype(np.float32)
    probabilities[0] = probabilities[0][::-1]
    return Predictions(rows, labels, probabilities)


@pytest.fixture
def brightness(image_model):
    """A model whose embedding is the brightness of the left half."""
    model = image_model()
    model.class_names = ("bright", "dark")

    def embed(inputs):
        return np.array([[np.mean(image), 100.0] for image in inputs], dtype=np.float32)

    model.embed = embed
    return model

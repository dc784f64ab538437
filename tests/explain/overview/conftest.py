"""A small data set of pictures, and a model of their brightness."""

import numpy as np
import pytest
from PIL import Image

from automl_tl.data.load import load_dataset
from automl_tl.data.target import bind_target
from automl_tl.finetune.evaluation import Predictions


@pytest.fixture
def data(tmp_path):
    """Dark and bright pictures in folders by class."""
    rng = np.random.default_rng(0)
    for name, level in (("dark", 40), ("bright", 200)):
        (tmp_path / name).mkdir()
        for number in range(25):
            picture = np.clip(rng.normal(level, 20, (8, 8, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(picture).save(tmp_path / name / f"{number}.png")
    dataset = load_dataset(tmp_path, target="label")
    return bind_target(
        dataset,
        task="classification",
        target="label",
        split_column="",
        group_by="",
        sensitive=(),
        validation_fraction=0.2,
        test_fraction=0.3,
        seed=0,
    )


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

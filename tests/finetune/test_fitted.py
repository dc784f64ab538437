"""A fitted model answers the same in a fresh process, and refuses what it cannot read."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from automl_tl.data.load import load_dataset
from automl_tl.data.on_demand import ExamplesOnDemand
from automl_tl.errors import FailedPrecondition, InvalidInput
from automl_tl.finetune.classifier import random_head
from automl_tl.finetune.conformal import ConformalSets
from automl_tl.finetune.fitted import FittedModel, load
from automl_tl.finetune.trial import fitted_on_probe
from automl_tl.testing.shards import coloured_images, write_parquet_shards


@pytest.fixture
def fitted(workload, model_id, load_tiny) -> FittedModel:
    return fitted_on_probe(workload, model_id, workload.heads[model_id], load_tiny)


def test_a_fresh_process_gives_the_same_probabilities_without_the_service(fitted, workload, tmp_path):
    images = [Image.fromarray(array) for array in workload.validation.inputs[:6]]
    paths = []
    for number, image in enumerate(images):
        paths.append(str(tmp_path / f"{number}.png"))
        image.save(paths[-1])
    model = fitted.save(tmp_path / "model")
    script = (
        "import json, sys\n"
        "from automl_tl.finetune.fitted import load\n"
        "model = load(sys.argv[1])\n"
        "assert not {'ray', 'grpc', 'sqlalchemy', 'sklearn'} & set(sys.modules), sys.modules.keys()\n"
        "print(json.dumps([model.predict(sys.argv[2:]), model.predict_proba(sys.argv[2:]).tolist()]))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(model), *paths], capture_output=True, text=True, check=True, timeout=120
    )
    names, probabilities = json.loads(ran.stdout.splitlines()[-1])
    assert names == fitted.predict(images)
    np.testing.assert_allclose(probabilities, fitted.predict_proba(images), atol=1e-5)


def test_paths_images_and_arrays_are_the_same_input(fitted, workload, tmp_path):
    array = workload.validation.inputs[0]
    image = Image.fromarray(array)
    image.save(tmp_path / "x.png")
    logits = fitted.logits([array, image, tmp_path / "x.png", str(tmp_path / "x.png")])
    np.testing.assert_allclose(logits, np.tile(logits[0], (4, 1)), atol=1e-5)


def test_shapes_and_types_of_the_answers(fitted, workload):
    inputs = list(workload.validation.inputs[:5])
    probabilities = fitted.predict_proba(inputs)
    assert probabilities.shape == fitted.logits(inputs).shape == (5, 3)
    assert fitted.embed(inputs).shape == (5, fitted.backbone.embedding_size)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)
    assert fitted.predict(inputs) == [fitted.class_names[i] for i in probabilities.argmax(axis=1)]
    assert fitted.predict_proba([]).shape == (0, 3)


def test_a_temperature_changes_how_sure_the_model_is_but_not_what_it_says(fitted, workload, tmp_path):
    warm = FittedModel(fitted.backbone, fitted.head, fitted.class_names, temperature=4.0)
    inputs = list(workload.validation.inputs)
    assert warm.predict(inputs) == fitted.predict(inputs)
    assert warm.predict_proba(inputs).max() < fitted.predict_proba(inputs).max()
    assert load(warm.save(tmp_path / "m")).temperature == 4.0


def test_text_given_to_an_fitted_is_refused_in_words(fitted):
    with pytest.raises(InvalidInput, match=r"inputs\[0\]: this model reads images and there is no image file"):
        fitted.predict(["what a lovely day"])


def test_sets_name_the_classes_that_cannot_be_excluded(fitted):
    """The most probable class leads; without calibration there is no promise to keep."""
    images = [np.full((16, 16, 3), value, dtype=np.uint8) for value in (20, 120, 220)]
    with pytest.raises(FailedPrecondition, match="conformal"):
        fitted.predict_sets(images)
    everything = dataclasses.replace(fitted, conformal=ConformalSets("lac", 0.1, 1.0, 20))
    sets = everything.predict_sets(images)
    assert [each[0] for each in sets] == fitted.predict(images)
    assert all(sorted(each) == sorted(fitted.class_names) for each in sets)


def test_an_ensemble_answers_with_the_mean_and_comes_back_from_disk(fitted, tmp_path):
    """Members, sets and temperature are part of the model."""
    images = [np.full((16, 16, 3), value, dtype=np.uint8) for value in (20, 120, 220)]
    other = dataclasses.replace(
        fitted, head=random_head(len(fitted.class_names), fitted.head.weight.shape[1], seed=9)
    )
    both = dataclasses.replace(fitted, members=(other,), conformal=ConformalSets("aps", 0.2, 0.9, 12))
    mean = (fitted.predict_proba(images) + other.predict_proba(images)) / 2
    np.testing.assert_allclose(both.predict_proba(images), mean, atol=1e-6)
    restored = load(both.save(tmp_path / "model"))
    np.testing.assert_allclose(restored.predict_proba(images), mean, atol=1e-6)
    assert restored.conformal == both.conformal
    assert restored.predict_sets(images) == both.predict_sets(images)


def test_the_members_of_an_ensemble_may_have_weights(fitted, tmp_path):
    images = [np.full((16, 16, 3), value, dtype=np.uint8) for value in (20, 120, 220)]
    other = dataclasses.replace(
        fitted, head=random_head(len(fitted.class_names), fitted.head.weight.shape[1], seed=9)
    )
    weighted = dataclasses.replace(fitted, members=(other,), parts=(0.25, 0.75))
    mean = 0.25 * fitted.predict_proba(images) + 0.75 * other.predict_proba(images)
    np.testing.assert_allclose(weighted.predict_proba(images), mean, atol=1e-6)
    directory = weighted.save(tmp_path / "model")
    assert load(directory).parts == (0.25, 0.75)
    np.testing.assert_allclose(load(directory).predict_proba(images), mean, atol=1e-6)
    assert "by weights of 0.25, 0.75" in (directory / "README.md").read_text(encoding="utf-8")
    assert (fitted.beside, weighted.beside) == ("", "with a linear probe beside it (75% of the answer)")
    assert "together with 1 more" in dataclasses.replace(weighted, parts=()).beside


def test_inputs_on_demand_are_answered_some_at_a_time(fitted, tmp_path):
    """As decoded ones are."""
    write_parquet_shards(tmp_path, coloured_images(70, size=16), shards=2)
    examples = ExamplesOnDemand(load_dataset(tmp_path), np.arange(70))
    np.testing.assert_array_equal(fitted.answers(examples), fitted.answers(list(examples)))

"""A fitted model answers the same in a fresh process, and refuses what it cannot read."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from automl_tl.errors import InvalidInput
from automl_tl.finetune.fitted import FittedModel, load
from automl_tl.finetune.trial import fitted_on_probe


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


def test_text_given_to_an_image_model_is_refused_in_words(fitted):
    with pytest.raises(InvalidInput, match=r"inputs\[0\]: this model reads images and there is no image file"):
        fitted.predict(["what a lovely day"])

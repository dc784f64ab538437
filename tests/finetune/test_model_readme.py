"""The README beside a saved model says what it is and tells nothing that is not so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automl_tl.finetune.conformal import ConformalSets
from automl_tl.finetune.fitted import FittedModel, load
from automl_tl.finetune.model_readme import readme
from automl_tl.finetune.trial import fitted_on_probe


@pytest.fixture
def fitted(workload, model_id, load_tiny) -> FittedModel:
    return fitted_on_probe(workload, model_id, workload.heads[model_id], load_tiny)


def with_licence(fitted: FittedModel, licence: str, monkeypatch) -> FittedModel:
    monkeypatch.setattr(fitted.backbone, "card", replace(fitted.card, licence=licence))
    return fitted


def test_it_names_origin_strategy_and_classes(fitted, model_id):
    text = readme(fitted)
    assert f"Made from `{model_id}` by linear probe." in text
    assert "3 classes: `dark`, `light`, `striped`." in text


def test_a_known_licence_is_told_and_an_unknown_one_is_not_invented(fitted, monkeypatch):
    assert "Licence of the pretrained weights: mit." in readme(with_licence(fitted, "mit", monkeypatch))
    assert "not stated by its source" in readme(with_licence(fitted, "", monkeypatch))


def test_of_many_classes_the_first_twenty_are_shown_and_the_others_counted(fitted):
    text = readme(replace(fitted, class_names=tuple(f"class {n}" for n in range(23))))
    assert "`class 19` and 3 more." in text
    assert "`class 20`" not in text


def test_the_examples_it_shows_run(fitted, workload, tmp_path):
    """What a reader copies out of the file must be real calls on the files that lie beside it."""
    from PIL import Image

    directory = fitted.save(tmp_path / "model")
    text = (directory / "README.md").read_text(encoding="utf-8")
    listed = {line.split("`")[1] for line in text.splitlines() if line.startswith("- `")}
    assert {name for name in listed if not (directory / name).exists()} == {"assets/"}  # "for text models"
    pictures = [str(tmp_path / name) for name in ("photo.png", "another.jpg")]
    for path, image in zip(pictures, workload.validation.inputs, strict=False):
        Image.fromarray(image).save(path)
    calls = [line.strip() for line in text.splitlines() if line.strip().startswith("model.predict")]
    assert len(calls) == 2
    for call in calls:
        shown = call.replace('["photo.png", "another.jpg"]', "pictures")
        assert len(eval(shown, {"model": load(directory), "pictures": pictures})) == 2


def test_prediction_sets_and_further_models_are_told_where_there_are_any(fitted):
    plain = readme(fitted)
    assert "predict_sets" not in plain
    assert "members/" not in plain
    text = readme(replace(fitted, conformal=ConformalSets("lac", 0.1, 0.8, 20), members=(fitted,)))
    assert "model.predict_sets([" in text
    assert "`members/`: 1 further models" in text

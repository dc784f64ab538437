"""``fit`` makes a model again from its recipe."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from automl_tl.cli.commands import fit
from automl_tl.data.dataset import Split
from automl_tl.errors import SpecError
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.final_plan import FinalPlan, Run
from automl_tl.finetune.recipe import Recipe
from automl_tl.pipeline import remake
from automl_tl.pipeline.recipe_file import DataPart, ModelPart, Outcome, RecipeFile, recipe_text

MODEL = "starter:glyphs-convnext"


def recipe(model: str = MODEL) -> RecipeFile:
    return RecipeFile(
        (ModelPart(model, "a" * 64),),
        DataPart("d" * 64, 9, "image", "classification", "label"),
        "accuracy",
        0,
        FinalPlan((Run("t1", model, Recipe("linear_probe"), 0, 0),)),
        outcome=Outcome(0.75, "e" * 64),
    )


class SavedModel:
    """Writes what a fitted model would."""

    def save(self, directory):
        directory.mkdir(parents=True)
        (directory / "model.json").write_text("{}")
        return directory


@pytest.fixture
def made(monkeypatch):
    """Replace the making by an answer; returns what it was asked."""
    asked = {}
    answers = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4]], dtype=np.float32)
    predictions = Predictions(np.arange(4), np.array([0, 1, 0, 1]), answers)
    target = SimpleNamespace(groups=None, split=Split(np.arange(1), np.arange(1), np.arange(4)))

    def answer(recipe, dataset, cards, *, load_model, other_data, progress):
        asked.update(cards=cards, other_data=other_data, rows=len(dataset))
        progress("repeating t1")
        return remake.Remade(SavedModel(), target, predictions, None if other_data else True)

    monkeypatch.setattr(remake, "remake", answer)
    return asked


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "recipe.yaml"
    file.write_text(recipe_text(recipe()), encoding="utf-8")
    return file


def test_the_model_lies_where_it_was_asked_for(invoke, made, path, image_folder, tmp_path):
    answer = invoke("fit", image_folder, "--recipe", path, "--out", tmp_path / "out")
    assert answer.exit_code == 0, answer.output
    assert "same answers" in answer.stdout
    assert "test accuracy 0.75" in answer.stdout
    assert "repeating t1" in answer.stderr
    assert {each.name for each in (tmp_path / "out").iterdir()} == {
        "model.zip",
        "recipe.yaml",
        "test_results.json",
    }
    assert list(made["cards"]) == [MODEL]


def test_data_may_lie_in_an_object_store(invoke, made, path, memory_store, image_folder, tmp_path):
    files = {str(file.relative_to(image_folder)): file.read_bytes() for file in image_folder.rglob("*.png")}
    answer = invoke("fit", memory_store(files), "--recipe", path, "--out", tmp_path / "out")
    assert answer.exit_code == 0, answer.output
    assert made["rows"] == len(files)


def test_programs_get_one_json_object(invoke, made, path, image_folder, tmp_path):
    answer = invoke("fit", image_folder, "--recipe", path, "--out", tmp_path / "out", "--json", "--other-data")
    values = json.loads(answer.stdout)
    assert (values["model"], values["metrics"]["accuracy"], values["value_of_the_job"]) == (MODEL, 0.75, 0.75)
    assert values["same_answers"] is None
    assert made["other_data"] is True


def test_a_recipe_that_is_wrong_is_wrong_usage(invoke, path, image_folder):
    path.write_text(path.read_text().replace("metric:", "metrik:"), encoding="utf-8")
    answer = invoke("fit", image_folder, "--recipe", path)
    assert answer.exit_code == 2
    assert "metrik is not known here" in answer.stderr


def test_a_local_model_has_to_be_found_again():
    """The file does not say where it lay: that is nobody's business but its owner's."""
    with pytest.raises(SpecError, match="--models local:DIR"):
        fit._cards(recipe("local:mine"), ())

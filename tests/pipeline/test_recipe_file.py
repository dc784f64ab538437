"""A recipe is read back as it was written, and what is wrong with one is said with its place."""

from __future__ import annotations

import dataclasses

import pytest

from automl_tl.errors import FailedPrecondition, InvalidInput, NotFound, SearchSpaceError
from automl_tl.finetune.final_plan import FinalPlan, Run
from automl_tl.finetune.pace import Shortcut
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.workload import HeadChoice
from automl_tl.pipeline.recipe_file import (
    DataPart,
    ModelPart,
    Outcome,
    RecipeFile,
    SetsPart,
    SplitPart,
    package_versions,
    parse_recipe,
    read_recipe,
    recipe_text,
)

TUNED = Run("t0004", "starter:a", Recipe("full_finetune", learning_rate=1e-5, updates=60), 4, 40)
PROBE = Run("t0002", "starter:b", Recipe("linear_probe"), 0, 0)
RECIPE = RecipeFile(
    models=(ModelPart("starter:a", "a" * 64, layers="mean"), ModelPart("starter:b", "b" * 64, "main")),
    data=DataPart("d" * 64, 90, "image", "classification", "label", "patient", SplitPart("1e3", 0.2, 0.25, 7)),
    metric="accuracy",
    seed=7,
    plan=FinalPlan(
        (TUNED,), share=0.75, retrained=True, shortcuts=(Shortcut(12, 20),), members=(PROBE,), temperature=1.25
    ),
    conformal=SetsPart(0.1, "aps"),
    threads=2,
    compiled=True,
    outcome=Outcome(0.9, "e" * 64),
    versions={"torch": "2.1"},
)
TEXT = recipe_text(RECIPE)


def test_a_recipe_comes_back_as_it_was(tmp_path):
    """Also text that YAML would take for a number, such as a column called 1e3."""
    path = tmp_path / "recipe.yaml"
    path.write_text(TEXT, encoding="utf-8")
    assert read_recipe(path) == RECIPE
    assert parse_recipe(recipe_text(dataclasses.replace(RECIPE, outcome=None))).outcome is None


def test_what_is_left_out_takes_its_default():
    text = TEXT.replace("threads: 2\n", "").replace("  temperature: 1.25\n", "").replace("compiled: true\n", "")
    recipe = parse_recipe(text)
    assert recipe.threads == 1
    assert recipe.compiled is False
    assert recipe.plan.temperature == 1.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seed: 7\nplan", "sede: 7\nplan", r"recipe.yaml:\d+: sede is not known here"),
        ("metric: accuracy\n", "", "lacks the field 'metric'"),
        ("learning_rate: 1.0e-05", "learning_rate: 0", r"plan.runs\[0\].recipe.* learning_rate must be a finite"),
        ("learning_rate: 1.0e-05", "learning_rat: 1", r"plan.runs\[0\].recipe.learning_rat is not known"),
        ("learning_rate: 1.0e-05", "learning_rate: fast", r"plan.runs\[0\].recipe.learning_rate is wrong"),
        ("update: 40", "update: 61", r"plan.runs\[0\].update must lie in \[0, 60\] but is 61"),
        ("share: 0.75", "share: 0", r"plan.share must lie in \(0, 1\]"),
        ("temperature: 1.25", "temperature: -1", "plan.temperature must be above 0"),
        ("update: 12\n    left: 20", "update: 21\n    left: 20", r"shortcuts\[0\] must have .* at most 40"),
        ("update: 12\n    left: 20", "update: -1\n    left: 20", r"update >= 0.* but is -1, 20"),
        ("update: 12\n    left: 20", "update: 12\n    left: 0", r"left >= 1 .* but is 12, 0"),
        ("  parts: []", "  parts: [0.5]", "plan.parts must be 2 numbers above 0"),
        ("alpha: 0.1", "alpha: 1", "conformal.alpha must lie in"),
        ("threads: 2", "threads: 0", "threads must be at least 1"),
        ("devices: 1", "devices: 0", "devices must be at least 1"),
        ("compiled: true", "compiled: 3", "compiled is wrong"),
        ("- id: starter:b", "- id: starter:c", r"plan.members\[0\].model 'starter:b' is not among the models"),
        ("  layers: mean", "  layers: [mean]", r"models\[0\].layers is wrong"),
        ("  split:\n", "  split: no\n  slit:\n", "slit is not known here|split must be a mapping"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_line_and_field(old, new, said):
    assert old in TEXT
    with pytest.raises(InvalidInput, match=said):
        parse_recipe(TEXT.replace(old, new))


def test_a_learning_rate_that_is_wrong_is_found_on_its_line():
    text = TEXT.replace("learning_rate: 1.0e-05", "learning_rate: fast")
    line = next(number for number, each in enumerate(text.splitlines(), 1) if "fast" in each)
    with pytest.raises(InvalidInput, match=f"recipe.yaml:{line}:"):
        parse_recipe(text)


def test_runs_of_two_models_cannot_be_averaged():
    both = dataclasses.replace(RECIPE, plan=dataclasses.replace(RECIPE.plan, runs=(TUNED, PROBE)))
    with pytest.raises(InvalidInput, match="must all be of one model"):
        parse_recipe(recipe_text(both))


def test_other_files_are_refused(tmp_path):
    with pytest.raises(NotFound):
        read_recipe(tmp_path / "recipe.yaml")
    with pytest.raises(InvalidInput, match="no recipe of a model"):
        parse_recipe("modality: image")
    with pytest.raises(SearchSpaceError, match="aliases"):
        parse_recipe("a: &x 1\nb: *x")
    with pytest.raises(FailedPrecondition, match="upgrade"):
        parse_recipe(TEXT.replace("format_version: 1", "format_version: 2"))
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match="is not text"):
        read_recipe(tmp_path / "bytes.yaml")


def test_versions_name_what_decides_the_numbers():
    assert {"python", "torch", "numpy"} <= set(package_versions())


def test_how_heads_are_solved_is_read_back_and_checked():
    """Where there was too little time to choose C for every part anew."""
    models = (dataclasses.replace(RECIPE.models[0], head=HeadChoice(0.1, True, True)), RECIPE.models[1])
    text = recipe_text(dataclasses.replace(RECIPE, models=models))
    assert parse_recipe(text).models == models
    with pytest.raises(InvalidInput, match=r"models\[0\].head.inverse_regularisation.*must be above 0"):
        parse_recipe(text.replace("inverse_regularisation: 0.1", "inverse_regularisation: 0.0", 1))

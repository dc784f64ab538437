"""What is wrong with a job is said before it runs, with field, rule, value and what would do."""

import pytest

from automl_tl.errors import SpecError
from automl_tl.pipeline.columns import ColumnSummary
from automl_tl.pipeline.job_checks import check_job
from automl_tl.pipeline.spec import JobSpec
from automl_tl.testing.tiny_models import write_timm_pair
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput
from automl_tl.zoo.catalog import Catalog

COLUMNS = tuple(
    ColumnSummary(name, count, 0) for name, count in (("label", 3), ("split", 3), ("speaker", 2), ("constant", 1))
)


def card(source, model, modality="image"):
    wants = ImageInput() if modality == "image" else TextInput()
    return ModelCard(
        source, model, modality, "resnet18", "resnet", wants, 1000, 64, "MIT", "", "glyphs", "A model."
    )


CATALOG = Catalog((card("starter", "model-1"), card("timm", "resnet18.a1_in1k"), card("starter", "words", "text")))
SPACE = """
modality: {modality}
strategies:
  full_finetune:
    learning_rate: {{kind: {kind}, low: 1e-5, high: 1e-2, default: 1e-3}}
"""

PAIRS = """
modality: image
strategies:
  contrastive:
    updates: {kind: int, low: 4, high: 8, default: 6}
"""
ANCHOR = "{kind: log_float, low: 1e-4, high: 1.0, default: 1e-2}"
MISSPELT = SPACE.format(modality="image", kind="log_float").replace("full_finetune", "probe_then_fintune")
USELESS = """
modality: image
strategies:
  lora:
    layer_decay: {kind: float, low: 0.5, high: 1.0, default: 0.8}
"""


def check(columns=COLUMNS, **changes):
    check_job(JobSpec(dataset="", **changes), modality="image", columns=columns, row_count=30, catalog=CATALOG)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"target": "speaker", "sensitive": ("label",), "group_by": "split", "split": {"column": "split"}},
        {"models": {"names": ("starter:model-1", "timm:resnet18.a1_in1k")}},
        {"metric": {"name": "log_loss", "direction": "minimize"}},
        {"models": {"max_parameters": 1000, "licences": ("MIT",)}},
        {"metric": {"name": "accuracy"}, "scorers": ("knn", "logme")},
        {"search_space_name": "image"},
        {"task": "multilabel", "metric": {"name": "macro_f1"}, "scorers": ("ridge_regression",)},
        {"search_space_yaml": SPACE.format(modality="image", kind="log_float")},
        {"search_space_yaml": PAIRS},
        {"task": "multilabel", "search_space_yaml": f"{PAIRS}  l2_sp: {{anchor: {ANCHOR}}}"},
    ],
)
def test_a_sound_job_passes(changes):
    check(**changes)


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        (
            {"inherited": {"term_swaps": [{"name": "jobs", "terms": ["a", "b"]}]}},
            "inherited.term_swaps",
            "is for texts, but the dataset is of modality image; leave it out",
        ),
        ({"task": "sorting"}, "task", "one of classification, multilabel, regression but got 'sorting'"),
        ({"task": "regression", "target": "constant"}, "target", "there is nothing to predict"),
        ({"task": "multilabel", "target": "constant"}, "target", "multi-label classification needs at least two"),
        ({"task": "multilabel", "metric": {"name": "accuracy"}}, "metric.name", "accuracy is for classification"),
        ({"task": "multilabel", "scorers": ("knn",)}, "scorers[0]", "knn is not for the task multilabel"),
        ({"target": "labels"}, "target", "did you mean 'label'?"),
        ({"target": "zzz"}, "target", "the dataset has label, split, speaker, constant"),
        ({"target": "constant"}, "target", "has 1 different values"),
        ({"sensitive": ("speaker", "age")}, "sensitive[1]", "no column 'age'"),
        ({"sensitive": ("label",)}, "sensitive[0]", "is the target itself"),
        ({"group_by": "patient"}, "group_by", "no column 'patient'"),
        ({"split": {"column": "part"}}, "split.column", "no column 'part'"),
        ({"split": {"column": "label"}}, "split.column", "is the target itself"),
        ({"metric": {"name": "acuracy"}}, "metric.name", "'acuracy'"),
        ({"metric": {"name": "accuracy", "direction": "minimize"}}, "metric.direction", "can only be maximized"),
        ({"metric": {"name": "log_loss", "direction": "maximize"}}, "metric.direction", "can only be minimized"),
        ({"metric": {"direction": "minimize"}}, "metric.direction", "can only be maximized"),
        ({"models": {"max_parameters": 1}}, "models.max_parameters", "max_parameters = 1 keeps out"),
        ({"models": {"licences": ("GPL-9",)}}, "models.licences", "licences = GPL-9 keeps out"),
        ({"scorers": ("knn", "magic")}, "scorers[1]", "'magic'"),
        ({"models": {"names": ("starter:modle-1",)}}, "models.names", "starter:modle-1"),
        ({"models": {"names": ("starter:words",)}}, "models.names", "text"),
        ({"models": {"names": ("local:/etc",)}}, "models.names", "not through the service"),
        ({"search_space_name": "imgae"}, "search_space_name", "'imgae'"),
        ({"search_space_name": "text"}, "search_space_name", "text"),
        ({"search_space_yaml": "a: ["}, "search_space_yaml", "search_space_yaml:1"),
        ({"search_space_yaml": SPACE.format(modality="image", kind="magic")}, "search_space_yaml", "'magic'"),
        ({"search_space_yaml": SPACE.format(modality="text", kind="log_float")}, "search_space_yaml", "is image"),
        ({"search_space_yaml": MISSPELT}, "search_space_yaml", "did you mean 'probe_then_finetune'"),
        ({"search_space_yaml": USELESS}, "search_space_yaml", "layer_decay is of no use to lora"),
        ({"task": "multilabel", "search_space_yaml": PAIRS}, "search_space_yaml", "contrastive is for"),
        ({"task": "regression", "search_space_yaml": PAIRS}, "search_space_yaml", "strategies: one must be for"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named(changes, field, text):
    with pytest.raises(SpecError) as caught:
        check(**changes)
    assert caught.value.field == field
    assert caught.value.message.startswith(field)
    assert text in caught.value.message


def test_only_the_person_at_this_machine_names_directories(tmp_path):
    write_timm_pair(tmp_path, "first")
    spec = JobSpec(dataset="", models={"names": (f"local:{tmp_path}",)})
    check_job(spec, modality="image", columns=COLUMNS, row_count=30, catalog=CATALOG, allow_local=True)


def column(name="label", unique=3, missing=0, examples=()):
    return ColumnSummary(name, unique, missing, tuple(examples))


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (column(unique=30), "an identifier"),
        (column(unique=5, missing=25), "5 different values in 5 rows"),
        (column(unique=21), "an identifier"),
    ],
)
def test_a_target_that_differs_from_row_to_row_is_refused(target, text):
    with pytest.raises(SpecError, match=text) as caught:
        check((target,))
    assert caught.value.field == "target"


def test_a_target_with_too_many_classes_is_refused():
    with pytest.raises(SpecError, match="max_classes = 1000"):
        check_job(
            JobSpec(dataset=""),
            modality="image",
            columns=(column(unique=1001),),
            row_count=10_000,
            catalog=CATALOG,
        )


def test_many_small_classes_are_left_to_ingest():
    check((column(unique=20),))


@pytest.mark.parametrize(
    ("target", "examples", "unique", "sound"),
    [
        (column(), ("train", "Val", "testing"), 3, True),
        (column(), ("train", "red"), 2, False),
        (column(missing=2), ("train", "red"), 2, True),  # the red rows may be those without a label
        (column(missing=2), ("red", "blue"), 2, False),
        (column(missing=2), ("red", "blue"), 9, True),  # the values that are not shown may name parts
    ],
)
def test_a_split_column_must_name_parts(target, examples, unique, sound):
    columns = (target, column("part", unique, examples=examples))
    if sound:
        check(columns, split={"column": "part"})
        return
    with pytest.raises(SpecError, match="'red' in column 'part' names no part; write one of") as caught:
        check(columns, split={"column": "part"})
    assert caught.value.field == "split.column"

"""A run starts from the head that its recipe asks for, on the layers that it asks for."""

from __future__ import annotations

import numpy as np
import pytest

from automl_tl.errors import TrialFailed
from automl_tl.finetune import prepared
from automl_tl.finetune.fitted import load
from automl_tl.finetune.metrics import all_metrics
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.start import layers_to_read, starting_classifier
from automl_tl.finetune.trial import run_trial
from automl_tl.testing.strategy import tiny_image_backbone
from automl_tl.testing.tiny_models import tiny_text_model


@pytest.fixture
def start(workload, model_id, load_tiny, unlimited):
    def call(recipe, remaining=unlimited):
        return starting_classifier(workload, model_id, recipe, seed=0, load_model=load_tiny, remaining=remaining)

    return call


def test_what_a_recipe_asks_for_is_what_the_network_offers():
    stages, blocks = tiny_image_backbone(), tiny_text_model()
    assert [layers_to_read(stages, name) for name in ("last", "last_4", "head2toe")] == ["last", "last", "stages"]
    assert [layers_to_read(blocks, name) for name in ("last", "last_4", "head2toe")] == ["last", "last", "all"]


def test_a_fine_tuning_run_starts_from_the_cached_probe(start, workload, model_id):
    classifier, same = start(Recipe("full_finetune", feature_layers="head2toe"))
    assert same is workload
    np.testing.assert_array_equal(classifier.linear_head().weight, workload.heads[model_id].weight)


def test_the_layer_of_the_cache_is_not_embedded_again(start, workload):
    never = start(Recipe("linear_probe", feature_layers="last"), remaining=lambda: 0.0)
    assert never[1] is workload


def test_fresh_features_are_those_of_the_layers(start, workload, model_id):
    classifier, read = start(Recipe("linear_probe", feature_layers="head2toe"))
    assert classifier.backbone.layers == "stages"
    width = classifier.backbone.embedding_size
    assert read.train_features[model_id].shape == (36, width)
    assert read.validation_features[model_id].shape == (24, width)
    assert width > workload.train_features[model_id].shape[1]


def test_without_time_there_is_no_probe_of_other_layers(start):
    with pytest.raises(TrialFailed, match="before all inputs were embedded"):
        start(Recipe("linear_probe", feature_layers="head2toe"), remaining=lambda: 0.0)


def test_a_saved_probe_of_all_layers_predicts_from_inputs_what_was_measured(
    workload, model_id, load_tiny, unlimited, tiny_model
):
    outcome = run_trial(
        workload,
        trial="t1",
        model=model_id,
        recipe=Recipe("linear_probe", feature_layers="head2toe"),
        seed=0,
        report=lambda point: True,
        remaining=unlimited,
        load_model=load_tiny,
    )
    fitted = load(outcome.checkpoint)
    assert fitted.card.input.layers == "stages"
    figures = all_metrics(workload.validation.labels, fitted.predict_proba(workload.validation.inputs))
    assert figures == pytest.approx(dict(outcome.best.metrics), abs=1e-4)
    assert tiny_model.backbone.layers == "last"


def test_time_that_is_over_while_images_are_prepared_ends_the_embedding(start, tiny_model, monkeypatch):
    """No more than what was begun is prepared."""
    prepared_images = []
    backbone = type(tiny_model.backbone)
    original = backbone.preprocess
    monkeypatch.setattr(prepared, "_CHUNK", 4)
    monkeypatch.setattr(
        backbone, "preprocess", lambda self, some: prepared_images.append(len(some)) or original(self, some)
    )
    with pytest.raises(TrialFailed, match="before all inputs were embedded"):
        start(Recipe("linear_probe", feature_layers="head2toe"), remaining=lambda: 0.0)
    assert sum(prepared_images) == 4

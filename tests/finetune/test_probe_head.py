"""Heads of a workload: with the recipe's C, the probe's own, or cross-validated."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from automl_tl.finetune import probe_head
from automl_tl.finetune.head import REGULARISATION_GRID
from automl_tl.finetune.probe_head import choose_head, merged, recipe_head, settle_head, settled_head, solve_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.workload import HeadChoice, LabelledInputs


def test_a_recipe_with_c_gets_a_head_with_that_c(workload, model_id):
    head = recipe_head(workload, model_id, Recipe("linear_probe", inverse_regularisation=0.02), seed=0)
    expected = solve_head(workload, model_id, inverse_regularisation=0.02, seed=0)
    np.testing.assert_array_equal(head.weight, expected.weight)


def test_a_recipe_without_c_gets_the_probes_head_or_a_cross_validated_one(workload, model_id):
    recipe = Recipe("full_finetune")
    assert recipe_head(workload, model_id, recipe, seed=0) is workload.heads[model_id]
    bare = dataclasses.replace(workload, heads={})
    chosen, c = choose_head(bare, model_id, seed=0)
    assert c in REGULARISATION_GRID
    np.testing.assert_array_equal(recipe_head(bare, model_id, recipe, seed=0).weight, chosen.weight)


def test_a_metric_that_counts_classes_alike_gets_balanced_heads(workload, model_id):
    rare = dataclasses.replace(
        workload,
        train=dataclasses.replace(
            workload.train, inputs=workload.train.inputs[:14], labels=np.array([0] * 12 + [1, 2])
        ),
        train_features={model_id: workload.train_features[model_id][:14]},
    )
    plain = solve_head(rare, model_id, inverse_regularisation=0.01, seed=0)
    balanced = solve_head(
        dataclasses.replace(rare, metric="balanced_accuracy"), model_id, inverse_regularisation=0.01, seed=0
    )
    features = rare.train_features[model_id]
    assert balanced.probabilities(features)[:, 0].mean() < plain.probabilities(features)[:, 0].mean()


def test_merging_puts_validation_behind_train_and_forgets_the_heads(workload, model_id):
    both = merged(workload)
    assert len(both.train) == len(workload.train) + len(workload.validation)
    np.testing.assert_array_equal(both.train.labels[-24:], workload.validation.labels)
    np.testing.assert_array_equal(both.train_features[model_id][-24:], workload.validation_features[model_id])
    assert both.heads == {}
    assert both.validation is workload.validation


def test_the_penalty_is_chosen_on_other_groups(workload, model_id):
    """Six copies of each of forty images: by rows, learning them by heart looks best; merging keeps the groups."""
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(40), 6)
    labels = rng.integers(0, 2, 40)[patients]
    features = rng.normal(size=(40, 60))[patients] + 0.02 * rng.normal(size=(240, 60))
    features[:, 0] += labels
    rows = LabelledInputs(tuple(range(240)), labels)
    alone = dataclasses.replace(workload, train=rows, train_features={model_id: features}, heads={})
    grouped = dataclasses.replace(alone, train=dataclasses.replace(rows, groups=patients))
    strengths = [choose_head(each, model_id, seed=0)[1] for each in (grouped, alone)]
    assert strengths[0] < strengths[1]
    validation = dataclasses.replace(workload.validation, groups=np.arange(24) + 100)
    both = merged(dataclasses.replace(grouped, validation=validation, validation_features={}))
    np.testing.assert_array_equal(both.train.groups, [*patients, *validation.groups])


def test_a_head_that_is_settled_in_good_time_is_the_chosen_one_and_leaves_other_rows_free(workload, model_id):
    chosen, c = choose_head(workload, model_id, seed=0)
    for remaining in (lambda: math.inf, lambda: 60.0):
        head, choice = settle_head(workload, model_id, seed=0, remaining=remaining)
        np.testing.assert_array_equal(head.weight, chosen.weight)
        assert choice == HeadChoice(c)


def test_a_choice_that_took_long_is_kept_for_all_other_rows(workload, model_id, fake_clock, count_calls):
    """Of 40 seconds, choosing takes a dozen here; folds and retraining would take them again."""
    _, choice = settle_head(workload, model_id, seed=0, remaining=fake_clock(40))
    assert choice == HeadChoice(choose_head(workload, model_id, seed=0)[1], kept=True)
    tried = count_calls("automl_tl.finetune.head.choose_regularisation")
    both = merged(dataclasses.replace(workload, settled={model_id: choice}))
    head, c = choose_head(both, model_id, seed=0)
    assert tried == []
    assert c == choice.inverse_regularisation
    again = recipe_head(both, model_id, Recipe("full_finetune"), seed=0)
    np.testing.assert_array_equal(again.weight, head.weight)


def test_without_time_a_head_that_takes_long_is_a_rough_one_on_all_other_rows_too(workload, model_id, monkeypatch):
    _, choice = settle_head(workload, model_id, seed=0, remaining=lambda: 0.0)
    assert choice == HeadChoice(0.1, kept=True)
    monkeypatch.setattr(probe_head, "is_quick", lambda *shape: False)
    _, choice = settle_head(workload, model_id, seed=0, remaining=lambda: 0.0)
    assert choice == HeadChoice(0.1, rough=True, kept=True)
    weak = dataclasses.replace(choice, inverse_regularisation=1e6)
    whole = solve_head(workload, model_id, inverse_regularisation=1e6, seed=0)
    rough = solve_head(workload, model_id, inverse_regularisation=1e6, seed=0, rough=True)
    assert not np.array_equal(whole.weight, rough.weight)
    settled = dataclasses.replace(workload, settled={model_id: weak})
    for head in (settled_head(workload, model_id, weak, seed=0), choose_head(settled, model_id, seed=0)[0]):
        np.testing.assert_array_equal(head.weight, rough.weight)

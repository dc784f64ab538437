"""Contrastive fine-tuning keeps the contract and ends with a head solved on what it learnt."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from automl_tl.finetune.fitted import load
from automl_tl.finetune.head import choose_regularisation, fit_linear_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.trial import run_trial
from automl_tl.testing.strategy import StrategyContract


class TestContrastive(StrategyContract):
    name = "contrastive"


@pytest.mark.parametrize("inverse_regularisation", [0.0, 0.5])
def test_the_kept_head_is_the_logistic_regression_of_the_kept_backbone(
    workload, model_id, load_tiny, unlimited, inverse_regularisation
):
    recipe = Recipe(
        "contrastive",
        updates=20,
        batch_size=16,
        learning_rate=3e-3,
        inverse_regularisation=inverse_regularisation,
    )
    outcome = run_trial(
        dataclasses.replace(workload, metric="accuracy"),
        trial="t0001",
        model=model_id,
        recipe=recipe,
        seed=0,
        report=lambda point: True,
        remaining=unlimited,
        load_model=load_tiny,
    )
    assert [point.update for point in outcome.curve] == [0, 3, 7, 14, 20]
    assert outcome.best.update > 0
    fitted = load(outcome.checkpoint)
    features, labels = fitted.embed(workload.train.inputs), workload.train.labels
    chosen = inverse_regularisation or choose_regularisation(features, labels, 3, seed=0)
    head = fit_linear_head(features, labels, 3, inverse_regularisation=chosen, seed=0)
    np.testing.assert_allclose(fitted.head.weight, head.weight, rtol=0.05, atol=0.02)

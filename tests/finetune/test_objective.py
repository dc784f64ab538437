"""Cross-entropy is a sum over the batch that its total turns into the usual weighted mean."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.objective import CrossEntropy
from automl_tl.finetune.recipe import Recipe


def test_parts_of_a_batch_add_up_to_the_weighted_mean(workload, tiny_model, model_id):
    classifier = Classifier(tiny_model.backbone, workload.heads[model_id]).eval()
    batch = classifier.backbone.preprocess(workload.train.inputs[:6])
    labels, weights = torch.from_numpy(workload.train.labels[:6]), torch.tensor([1.0, 2.0, 0.5])
    objective = CrossEntropy(label_smoothing=0.1)
    parts = [
        objective.loss(
            objective.outputs(classifier, {"pixels": batch["pixels"][part]}), labels[part], weights
        ).sum()
        for part in (slice(0, 2), slice(2, 6))
    ]
    expected = F.cross_entropy(classifier(batch), labels, weight=weights, label_smoothing=0.1)
    assert (sum(parts) / objective.total(labels, weights)).item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_focal_loss_is_cross_entropy_times_the_power_of_the_doubt():
    logits, labels = torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 0])
    right = logits.softmax(dim=1)[:, 0]
    found = CrossEntropy(focal=2.0).loss(logits, labels, torch.ones(2))
    torch.testing.assert_close(found, (1 - right) ** 2 * -right.log())
    plain = CrossEntropy().loss(logits, labels, torch.ones(2))
    torch.testing.assert_close(CrossEntropy(focal=0.0).loss(logits, labels, torch.ones(2)), plain)


@pytest.mark.parametrize("focal", [0.5, 1.0, 3.0])
def test_the_gradient_of_the_focal_loss_is_finite_where_the_model_is_sure(focal):
    logits = torch.tensor([[200.0, 0.0]], requires_grad=True)
    CrossEntropy(focal=focal).loss(logits, torch.tensor([0]), torch.ones(2)).sum().backward()
    assert torch.isfinite(logits.grad).all()


def test_a_recipe_names_its_loss():
    recipe = Recipe("full_finetune", label_smoothing=0.1, focal=2.0, sampling="balanced")
    assert CrossEntropy.of(recipe) == CrossEntropy(0.1, 2.0, "balanced")


def test_balanced_sampling_shows_rare_classes_as_often():
    labels = np.array([0] * 90 + [1] * 10)
    drawn = CrossEntropy(sampling="balanced").batches(labels, 10, 0)
    assert np.mean([labels[next(drawn)].mean() for _ in range(40)]) == pytest.approx(0.5, abs=0.02)

"""Cross-entropy is a sum over the batch that its total turns into the usual weighted mean."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.objective import CrossEntropy


def test_parts_of_a_batch_add_up_to_the_weighted_mean(workload, tiny_model, model_id):
    classifier = Classifier(tiny_model.backbone, workload.heads[model_id]).eval()
    batch = classifier.backbone.preprocess(workload.train.inputs[:6])
    labels, weights = torch.from_numpy(workload.train.labels[:6]), torch.tensor([1.0, 2.0, 0.5])
    objective = CrossEntropy(label_smoothing=0.1)
    parts = [
        objective.loss(classifier, {"pixels": batch["pixels"][part]}, labels[part], weights)
        for part in (slice(0, 2), slice(2, 6))
    ]
    expected = F.cross_entropy(classifier(batch), labels, weight=weights, label_smoothing=0.1)
    assert (sum(parts) / objective.total(labels, weights)).item() == pytest.approx(expected.item(), rel=1e-5)

"""Validation gives every example its own probabilities, in whatever batches they fit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from automl_tl.errors import TrialFailed
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.prepared import PreparedInputs
from automl_tl.finetune.validate import embed_prepared, predict_prepared, validate

CPU = torch.device("cpu")


@pytest.fixture
def parts(workload, tiny_model, model_id):
    classifier = Classifier(tiny_model.backbone, workload.heads[model_id])
    return classifier, PreparedInputs(tiny_model.backbone, workload.validation.inputs, CPU)


def test_rows_are_in_the_order_of_the_inputs(parts, workload, model_id):
    classifier, inputs = parts
    expected = workload.heads[model_id].probabilities(workload.validation_features[model_id])
    np.testing.assert_allclose(predict_prepared(classifier, inputs, CPU), expected, atol=1e-5)


def test_batches_shrink_until_they_fit(parts, monkeypatch):
    classifier, inputs = parts
    whole = predict_prepared(classifier, inputs, CPU)
    forward = type(classifier).forward

    def narrow(self, batch):
        if len(batch["pixels"]) > 5:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(self, batch)

    monkeypatch.setattr(Classifier, "forward", narrow)
    np.testing.assert_allclose(predict_prepared(classifier, inputs, CPU), whole, atol=1e-5)


def test_nan_outputs_fail_in_words(parts, workload):
    classifier, inputs = parts
    with torch.no_grad():
        classifier.head.bias.fill_(float("nan"))
    with pytest.raises(TrialFailed, match="became NaN"):
        validate(classifier, inputs, workload.validation.labels, CPU)


def test_embeddings_are_in_the_order_of_the_inputs(parts, workload, model_id):
    classifier, inputs = parts
    features = embed_prepared(classifier, inputs, CPU)
    np.testing.assert_allclose(features, workload.validation_features[model_id], atol=1e-4)

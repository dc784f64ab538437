"""Score a classifier on a prepared part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.errors import OutOfMemory, TrialFailed
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.device import autocast, is_out_of_memory
from automl_tl.finetune.metrics import all_metrics
from automl_tl.finetune.prepared import PreparedInputs
from automl_tl.zoo.backbone import Batch

__all__ = ["embed_prepared", "predict_prepared", "validate"]

_BATCH = 64


def predict_prepared(classifier: Classifier, inputs: PreparedInputs, device: torch.device) -> NDArray[np.float32]:
    """Return answers float32 (N, C), probabilities or numbers; leaves the classifier in evaluation mode.

    Raises
    ------
    OutOfMemory
        If not even one example fits into memory.
    """
    width = classifier.head.out_features
    return _forward(classifier, classifier.answers, width, inputs, device)


def embed_prepared(classifier: Classifier, inputs: PreparedInputs, device: torch.device) -> NDArray[np.float32]:
    """Return embeddings float32 (N, D); leaves the classifier in evaluation mode and raises the same error."""
    width = classifier.head.in_features
    return _forward(classifier, lambda batch: classifier.backbone(batch).float(), width, inputs, device)


def _forward(
    classifier: Classifier,
    compute: Callable[[Batch], torch.Tensor],
    width: int,
    inputs: PreparedInputs,
    device: torch.device,
) -> NDArray[np.float32]:
    classifier.eval()
    order = inputs.evaluation_order()
    outputs = np.zeros((len(inputs), width), dtype=np.float32)
    start, size = 0, _BATCH
    while start < len(order):
        indices = order[start : start + size]
        try:
            with torch.inference_mode(), autocast(device):
                values = compute(inputs.batch(indices))
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if size == 1:
                raise OutOfMemory("out of memory: not even one example fits; try a smaller model") from error
            size //= 2
            continue
        outputs[indices] = values.cpu().numpy()
        start += len(indices)
    return outputs


def validate(
    classifier: Classifier, inputs: PreparedInputs, labels: NDArray[Any], device: torch.device
) -> dict[str, float]:
    """Return every metric by name.

    Raises
    ------
    TrialFailed
        If an answer is NaN; of probabilities its arg max would still be some class, and could look right.
    """
    probabilities = predict_prepared(classifier, inputs, device)
    if not np.isfinite(probabilities).all():
        raise TrialFailed("the model's outputs became NaN; try a smaller learning_rate", field="learning_rate")
    return all_metrics(labels, probabilities)

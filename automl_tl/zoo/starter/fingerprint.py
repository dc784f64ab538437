"""The moments of a source domain in a model's own embedding space."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.data.dataset import Example
from automl_tl.zoo.backbone import Backbone
from automl_tl.zoo.card import Fingerprint

__all__ = ["embed_examples", "moments"]


def embed_examples(
    backbone: Backbone, examples: Sequence[Example], *, batch: int = 128
) -> tuple[NDArray[np.float32], NDArray[np.int64] | None]:
    """Return embeddings (N, D) and the source head's decisions (N,), None without a source head."""
    embeddings: list[NDArray[np.float32]] = []
    decisions: list[NDArray[np.int64]] = []
    backbone.eval()
    with torch.inference_mode():
        for start in range(0, len(examples), batch):
            inputs = backbone.preprocess(examples[start : start + batch])
            embeddings.append(backbone(inputs).numpy())
            logits = backbone.source_logits(inputs)
            if logits is not None:
                decisions.append(logits.argmax(1).numpy())
    return np.concatenate(embeddings), np.concatenate(decisions) if decisions else None


def moments(embeddings: NDArray[np.float32]) -> Fingerprint:
    """Return mean (D,) and covariance (D, D, divided by N - 1) of embeddings (N, D), N >= 2."""
    exact = embeddings.astype(np.float64)
    covariance = np.atleast_2d(np.cov(exact, rowvar=False))
    return Fingerprint(exact.mean(0).astype(np.float32), covariance.astype(np.float32), len(embeddings))

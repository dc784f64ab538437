"""Embed examples of a source domain, for its fingerprint and for accuracy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.data.dataset import Example
from automl_tl.zoo.backbone import Backbone

__all__ = ["embed_examples"]


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

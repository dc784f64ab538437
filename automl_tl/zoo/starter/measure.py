"""How useful a model's embedding or its fine-tuning is on a held-out task."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from automl_tl.zoo.backbone import Backbone
from automl_tl.zoo.starter.held_out.base import HeldOutData

__all__ = ["fine_tuned_accuracy", "probe_accuracy", "raw_features", "splits"]

_STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0)


def splits(labels: NDArray[np.int64], train: int, repeats: int) -> Iterator[tuple[NDArray, NDArray]]:
    """Yield stratified (training, test) row indices, ``train`` rows for training and all others for testing."""
    from sklearn.model_selection import StratifiedShuffleSplit

    drawn = StratifiedShuffleSplit(repeats, train_size=train, test_size=len(labels) - train, random_state=0)
    yield from drawn.split(np.zeros(len(labels)), labels)


def probe_accuracy(
    features: NDArray[np.float32], labels: NDArray[np.int64], *, train: int, repeats: int = 3
) -> float:
    """Return the mean test accuracy of a linear probe on ``train`` rows: standardised, strength by 3-fold."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    scores = []
    for fit, test in splits(labels, train, repeats):
        probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
        search = GridSearchCV(probe, {"logisticregression__C": _STRENGTHS}, cv=3)
        scores.append(search.fit(features[fit], labels[fit]).score(features[test], labels[test]))
    return float(np.mean(scores))


def raw_features(data: HeldOutData, modality: str) -> NDArray[np.float32]:
    """Return what needs no model: pixels enlarged or reduced to 16 x 16, or word counts weighted by TF-IDF."""
    if modality == "text":
        from sklearn.feature_extraction.text import TfidfVectorizer

        return TfidfVectorizer(max_features=2000).fit_transform(data.examples).toarray().astype(np.float32)
    from PIL import Image

    side = min(16, len(data.examples[0]))
    grey = [Image.fromarray(np.asarray(example)).convert("L").resize((side, side)) for example in data.examples]
    return np.stack([np.asarray(image, np.float32).ravel() for image in grey])


def fine_tuned_accuracy(
    backbone: Backbone, data: HeldOutData, *, train: int, updates: int, seed: int = 0, batch: int = 32
) -> float:
    """Return test accuracy after full fine-tuning on ``train`` rows; the backbone is changed.

    AdamW with cosine decay, rate 1e-3 for the backbone and 3e-3 for a fresh linear head.
    """
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    fit, test = next(splits(data.labels, train, 1))
    head = nn.Linear(backbone.embedding_size, len(data.class_names))
    groups = [{"params": backbone.parameters(), "lr": 1e-3}, {"params": head.parameters(), "lr": 3e-3}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, updates)
    inputs = backbone.preprocess([data.examples[row] for row in fit])
    labels = torch.from_numpy(data.labels[fit])
    backbone.train()
    for _ in range(updates):
        rows = torch.from_numpy(rng.choice(len(fit), batch, replace=False))
        loss = F.cross_entropy(head(backbone({key: value[rows] for key, value in inputs.items()})), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    backbone.eval()
    return _accuracy(backbone, head, data, test)


def _accuracy(backbone: Backbone, head: nn.Module, data: HeldOutData, rows: NDArray[np.int64]) -> float:
    right = 0
    with torch.inference_mode():
        for start in range(0, len(rows), 256):
            part = rows[start : start + 256]
            decided = head(backbone(backbone.preprocess([data.examples[row] for row in part]))).argmax(1)
            right += int((decided.numpy() == data.labels[part]).sum())
    return right / len(rows)

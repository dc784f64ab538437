"""The classical baseline: what no pretrained model at all can do with the same examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.feature_extraction.text import TfidfVectorizer

from automl_tl.data.dataset import Example
from automl_tl.errors import TrialFailed
from automl_tl.finetune.clock import no_limit, share_of
from automl_tl.finetune.tasks.base import task_of_labels
from automl_tl.finetune.workload import LabelledInputs, LinearHead

__all__ = ["Classical", "fit_classical", "grey_pixels"]

_SIDE = 16
_MOST_WORDS = 4096
_FOR_CHOOSING = 0.6
"""Of the seconds left: the head itself takes as long as a fold or two of the three that choose its C."""
_WORDS = r"(?u)\b\w+\b|[^\w\s]"


@dataclass(frozen=True)
class Classical:
    """A linear model on hand-made features: grey pixels of images, TF-IDF of texts."""

    description: str
    head: LinearHead
    vectoriser: Any = None

    def predict_proba(self, inputs: Sequence[Example]) -> NDArray[np.float32]:
        """Return the answers float32 (N, C) to decoded inputs: probabilities, or numbers."""
        return self.head.probabilities(_features(inputs, self.vectoriser))


def fit_classical(
    data: LabelledInputs,
    n_classes: int,
    *,
    modality: str,
    seed: int,
    balanced: bool = False,
    remaining: Callable[[], float] = no_limit,
) -> Classical:
    """Fit the baseline with C by cross-validation.

    Images: 16 x 16 grey pixels. Texts: TF-IDF of words and word pairs (at most 4096 of them), sublinear counts.

    ``remaining`` are the seconds left. C is chosen by what can be tried in six tenths of them, so that the head
    itself is fitted in time.

    Raises
    ------
    TrialFailed
        If time is over before the head is fitted.
    """
    vectoriser, task = None, task_of_labels(data.labels)
    description = f"{task.classical} on {_SIDE} x {_SIDE} grey pixels"
    if modality == "text":
        description = f"{task.classical} on TF-IDF of words and word pairs"
        vectoriser = TfidfVectorizer(
            ngram_range=(1, 2), sublinear_tf=True, max_features=_MOST_WORDS, token_pattern=_WORDS
        )
        vectoriser.fit([str(text) for text in data.inputs])
    features = _features(data.inputs, vectoriser)
    chosen = task.choose(
        features,
        data.labels,
        n_classes,
        seed=seed,
        balanced=balanced,
        remaining=share_of(remaining, _FOR_CHOOSING),
    )
    if remaining() <= 0:
        raise TrialFailed("the time was used up before the classical baseline was fitted", field="budget")
    head = task.solve(
        features, data.labels, n_classes, inverse_regularisation=chosen, seed=seed, balanced=balanced
    )
    return Classical(description, head, vectoriser)


def grey_pixels(image: Example) -> NDArray[np.float32]:
    """Return an image's 16 x 16 grey version in [0, 1], float32 (256,)."""
    small = Image.fromarray(np.asarray(image)).convert("L").resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
    return np.asarray(small, dtype=np.float32).ravel() / 255.0


def _features(inputs: Sequence[Example], vectoriser: Any) -> NDArray[np.float32]:
    if vectoriser is None:
        return np.stack([grey_pixels(image) for image in inputs])
    return vectoriser.transform([str(text) for text in inputs]).toarray().astype(np.float32)

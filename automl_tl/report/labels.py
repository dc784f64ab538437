"""What a report says of each label, where rows have several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.measures.weighted import average_precision

__all__ = ["LabelFigure", "label_figures"]

_DECIDED = 0.5


@dataclass(frozen=True)
class LabelFigure:
    """One label on the test part.

    ``support`` rows have it, ``predicted`` rows were said to; ``precision`` is the share of those that are right,
    ``recall`` the share of the rows with the label that were found; figures that are not defined are NaN.
    """

    name: str
    support: int
    predicted: int
    precision: float
    recall: float
    f1: float
    average_precision: float
    threshold: float


def label_figures(predictions: Predictions, names: Sequence[str]) -> tuple[LabelFigure, ...]:
    """Return the figures of every label in the order of ``names``."""
    thresholds = predictions.thresholds or (_DECIDED,) * len(names)
    return tuple(_figure(predictions, place, name, thresholds[place]) for place, name in enumerate(names))


def _figure(predictions: Predictions, place: int, name: str, threshold: float) -> LabelFigure:
    true = predictions.labels[:, place] == 1
    scores = predictions.probabilities[:, place].astype(np.float64)
    told = scores >= threshold
    hits, support, predicted = (int(each.sum()) for each in (true & told, true, told))
    return LabelFigure(
        name=name,
        support=support,
        predicted=predicted,
        precision=_share(hits, predicted),
        recall=_share(hits, support),
        f1=_share(2 * hits, support + predicted),
        average_precision=float(average_precision(scores, true, np.ones((1, len(true))))[0]),
        threshold=float(threshold),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")

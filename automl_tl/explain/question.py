"""What is asked of a prediction: which outputs are explained, and what the model answers in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.tasks.base import target_tasks
from automl_tl.explain.model import ExplainableModel, link_of, unit_of
from automl_tl.finetune.links import LINKS

__all__ = ["Question", "question_for"]

_MOST_LABELS = 8
"""That are explained; the answer names all that are decided for."""

_DECIDED = 0.5


@dataclass(frozen=True)
class Question:
    """The explained outputs of one prediction.

    Attributes
    ----------
    indices, names
        K outputs: the predicted class and the runner-up; the labels, most probable first; or the number.
    predicted, runner_up
        In words; the runner-up is "" for a number.
    probability
        Of the first output, NaN for a number.
    link, temperature, unit
        How outputs become answers.
    decided
        Outputs that the answer names, in order: the predicted class, or every label at or above its threshold; ()
        for a number.
    """

    indices: tuple[int, ...]
    names: tuple[str, ...]
    predicted: str
    runner_up: str
    probability: float
    link: str = "softmax"
    temperature: float = 1.0
    unit: float = 1.0
    decided: tuple[int, ...] = ()

    def answer(self, outputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the first output's probability, or the number in units of its deviation, (B,) of (B, C)."""
        if self.link == "identity":
            return outputs[:, self.indices[0]] / self.unit
        return LINKS[self.link](outputs / self.temperature)[:, self.indices[0]]

    def is_right(self, truth: tuple[int, ...] | None) -> bool | None:
        """Return whether the answer names just the true outputs; None where they are not known, or of a number."""
        return None if truth is None or self.link == "identity" else self.decided == truth


def question_for(model: ExplainableModel, outputs: NDArray[np.float64]) -> Question:
    """Return what to explain of a prediction with these outputs (C,)."""
    link, names = link_of(model), model.class_names
    if link == "identity":
        value = f"{outputs[0]:.4g}"
        return Question((0,), (_name(names, 0),), value, "", float("nan"), link, model.temperature, unit_of(model))
    answers = LINKS[link](outputs[None] / model.temperature)[0]
    order = np.argsort(-outputs, kind="stable")
    if link == "sigmoid":
        return _labels(model, answers, order)
    chosen = tuple(int(index) for index in order[:2])
    chosen = chosen * 2 if len(chosen) == 1 else chosen
    shown = tuple(_name(names, index) for index in chosen)
    return Question(
        chosen,
        shown,
        shown[0],
        shown[1],
        float(answers[chosen[0]]),
        link,
        model.temperature,
        decided=chosen[:1],
    )


def _labels(model: ExplainableModel, answers: NDArray[np.float64], order: NDArray[np.int64]) -> Question:
    chosen = tuple(int(index) for index in order[:_MOST_LABELS])
    limits = tuple(getattr(model, "thresholds", ())) or (_DECIDED,) * len(answers)
    decided = answers >= np.array(limits)
    others = order[~decided[order]]
    names = model.class_names
    return Question(
        chosen,
        tuple(_name(names, index) for index in chosen),
        # In the words of the true labels, so that nobody has to compare two ways to write the same set.
        target_tasks.get("multilabel").describe(decided, names),
        _name(names, int(others[0])) if len(others) else "",
        float(answers[chosen[0]]),
        "sigmoid",
        model.temperature,
        decided=tuple(np.flatnonzero(decided).tolist()),
    )


def _name(names: tuple[str, ...], index: int) -> str:
    return names[index] if 0 <= index < len(names) else ""

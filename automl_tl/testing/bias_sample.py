"""Parts of a bias report beyond groups, for the sample reports: real methods on digits, made-up models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.base import FairnessReport
from automl_tl.fairness.findings import BiasCell, Mitigation
from automl_tl.fairness.inherited import association_tests, compare_states, photometric_changes, term_swap
from automl_tl.fairness.reliability import measure_reliability
from automl_tl.fairness.slices import find_slices
from automl_tl.fairness.spurious import probe_spurious

__all__ = ["with_image_bias", "with_text_bias"]


def with_image_bias(
    report: FairnessReport,
    images: NDArray[np.float64],
    true: NDArray[np.int64],
    pred: NDArray[np.int64],
    seed: int,
) -> FairnessReport:
    """Return the report with slices, shortcuts, photometric changes, finalists, remedies and reliability."""
    rng = np.random.default_rng(seed)
    pixels = images.reshape(len(images), -1)
    # A slice that the page must show: errors gather among the fives.
    wrong = (true != pred) | ((true == 5) & (rng.random(len(true)) < 0.6))
    slices = find_slices(
        pixels,
        wrong,
        ids=[f"digits/{row:04d}.png" for row in range(len(true))],
        columns={"true class": [str(label) for label in true]},
        seed=seed,
    )
    traits = {
        "brightness": pixels.mean(axis=1),
        "file size": pixels.std(axis=1) + rng.normal(size=len(true)),
        "aspect ratio": np.ones(len(true)),
    }
    pictures = [
        np.clip(image * 16, 0, 255).astype(np.uint8)[:, :, None].repeat(3, axis=2) for image in images[:40]
    ]
    sure = np.clip(1 - 0.35 * rng.random(len(true)) ** 2 - 0.2 * wrong * rng.random(len(true)), 0.3, 0.999)
    chances = np.repeat(((1 - sure) / 9)[:, None], 10, axis=1)
    chances[np.arange(len(true)), pred] = sure
    return replace(
        report,
        slices=slices,
        spurious=probe_spurious(traits, true, answers=pred, features=pixels, seed=seed),
        inherited=(photometric_changes(_by_light, pictures, model="final model"),),
        finalists=(
            BiasCell(
                "starter:glyph-resnet, full_finetune",
                "violation",
                "scanner",
                "degraded",
                0.18,
                0.12,
                "t0004",
                0.08,
                "violation",
                "40 pictures",
            ),
            BiasCell(
                "starter:glyph-vit, full_finetune",
                "insufficient_evidence",
                "scanner",
                "degraded",
                0.11,
                0.2,
                "t0005",
                0.02,
                "no_evidence_of_violation",
            ),
        ),
        mitigation=_remedies(),
        reliability=measure_reliability(chances, true, seed=seed),
    )


def with_text_bias(report: FairnessReport) -> FairnessReport:
    """Return the report with term swaps before and after fine-tuning, and associations."""
    before = [term_swap(_prejudiced(0.3), ("complaint", "praise"), model="before fine-tuning")]
    after = [term_swap(_prejudiced(0.02), ("complaint", "praise"), model="final model")]
    associations = association_tests(_embedded, model="final model")
    return replace(report, inherited=(*after, associations, *before), changes=compare_states(before, after))


def _by_light(images: Sequence[Any]) -> NDArray[np.float64]:
    light = np.array([float(np.mean(image)) for image in images]) / 255
    return np.stack([1 - light, light, 0.9 - light], axis=1)


def _prejudiced(strength: float) -> Any:
    def predict(texts: Sequence[str]) -> NDArray[np.float64]:
        praise = np.array([0.6 - strength * ("old" in text.split()) for text in texts])
        return np.stack([1 - praise, praise], axis=1)

    return predict


def _embedded(texts: Sequence[str]) -> NDArray[np.float64]:
    return np.array([[len(text), text.count("a"), text.count("e"), text.count("o"), 1.0] for text in texts])


def _remedies() -> tuple[Mitigation, ...]:
    before = {"gap": -0.18, "worst": 0.8, "best": 0.98, "accuracy": 0.9}
    return (
        Mitigation(
            "balanced_head",
            "scanner",
            "accuracy",
            True,
            "on held-out rows the gap narrows by 9.0 points; it costs 1.5 points of accuracy",
            before,
            {"gap": -0.09, "worst": 0.865, "best": 0.955, "accuracy": 0.885},
            accuracy_cost=0.015,
            cost_low=-0.01,
            cost_high=0.04,
            p_value=0.02,
            count=120,
            basis="a new head on the model's embeddings, in place of the model's own answer",
        ),
        Mitigation(
            "group_thresholds", "scanner", "accuracy", False, "not offered: it needs two classes and there are 10"
        ),
    )

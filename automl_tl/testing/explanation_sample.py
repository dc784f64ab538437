"""Made-up explanations for sample reports."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from automl_tl.explain.base import Alternative, Explanation, Faithfulness, Quality
from automl_tl.explain.overview.base import (
    ClassMap,
    ClassWords,
    ColumnInfluence,
    ConfidentError,
    LabelIssue,
    Neighbours,
    Overview,
    WordEffect,
)

__all__ = ["image_explanation", "image_overview", "text_explanation", "text_overview"]


def image_explanation(
    row: int, pixels: NDArray[np.float64], truth: str, said: str, rng: np.random.Generator
) -> Explanation:
    """Return an explanation of a digit, weak where the model is wrong."""
    from PIL import Image

    image = np.clip(pixels * 16, 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(image).resize((32, 32), Image.Resampling.BICUBIC).save(buffer, format="PNG")
    signal = (pixels / 16 - 0.25).reshape(-1) * (0.35 + 0.3 * rng.random(64)) + rng.normal(0, 0.02, 64)
    values = np.stack([signal, -0.4 * signal + rng.normal(0, 0.04, 64)], axis=1)
    base = np.array([0.3, 0.1])
    runner_up = truth if truth != said else str((int(said) + 3) % 10)
    return Explanation(
        row=row,
        row_id=f"digits/{row:04d}.png",
        modality="image",
        true_class=truth,
        predicted_class=said,
        runner_up_class=runner_up,
        probability=float(0.93 - 0.3 * (truth != said)),
        feature_names=tuple(f"row {r + 1}, column {c + 1}" for r in range(8) for c in range(8)),
        values=values,
        base_values=base,
        model_outputs=base + values.sum(axis=0),
        grid=(8, 8),
        evaluations=342,
        baseline="blurred image",
        preview_png=buffer.getvalue(),
        faithfulness=_CURVE,
        output_names=(said, runner_up),
        standard_errors=np.full((64, 2), 0.02),
        method="antithetic permutations",
        stopped="budget",
        quality=_quality(truth == said),
        alternatives=_alternatives(signal, rng),
    )


_CURVE = Faithfulness(0.81, 0.22, (0.05, -0.02, 0.11, 0.01, 0.03), "faithful", "blurred image")


def _quality(good: bool) -> Quality:
    other = Faithfulness(0.74, 0.31, (0.02, 0.04, -0.03, 0.05, 0.0), "faithful", "mean colour")
    if good:
        return Quality("faithful", (), 2e-7, 1e-5, (_CURVE, other), 0.91, 0.06, 270)
    reason = "another seed would change the order of parts (rank correlation 0.55)"
    return Quality("weak", (reason,), 3e-7, 1e-5, (_CURVE, other), 0.55, -0.12, 270)


def _alternatives(signal: NDArray[np.float64], rng: np.random.Generator) -> tuple[Alternative, ...]:
    def other(method: str, noise: float, evaluations: int, gap: float) -> Alternative:
        values = signal + rng.normal(0, noise, len(signal))
        figure = Faithfulness(0.5 + gap / 2, 0.5 - gap / 2, _CURVE.random_gaps, "faithful", "blurred image")
        return Alternative(method, values, 1 - noise, evaluations, figure)

    return (
        other("Grad-CAM", 0.4, 3, 0.31),
        other("integrated gradients", 0.1, 96, 0.55),
        other("LIME-style", 0.2, 100, 0.48),
    )


def image_overview(names: tuple[str, ...], mean: NDArray[np.float64]) -> Overview:
    """Return what many digits have in common, given the mean picture of each, float64 (10, 64)."""
    maps = tuple(
        ClassMap(names[digit], 6, (8, 8), mean[digit], mean[digit] - 0.08, mean[digit] + 0.08) for digit in (0, 1)
    )
    neighbour_ids = tuple(f"digits/{number:04d}.png" for number in (612, 701, 644, 590, 733))
    neighbours = (
        Neighbours("digits/0001.png", "1", True, neighbour_ids, ("1", "1", "1", "1", "7"), (0.99,) * 5, 0.8),
        Neighbours("digits/0005.png", "9", False, neighbour_ids, ("5", "9", "5", "5", "5"), (0.93,) * 5, 0.2),
    )
    return Overview(
        samples=30,
        class_maps=maps,
        columns=(
            ColumnInfluence("scanner", 0.081, 0.031, 0.131, 0.006, 240),
            ColumnInfluence("writer_age", -0.004, -0.012, 0.004, 0.005, 240),
        ),
        columns_r2=0.077,
        neighbours=neighbours,
        errors=(ConfidentError(5, "digits/0005.png", "5", "9", 0.97),),
        errors_total=26,
        label_issues=(
            LabelIssue(37, "digits/0037.png", "test", "9", "5", 0.91),
            LabelIssue(812, "digits/0812.png", "train", "1", "7", 0.64),
        ),
        label_issues_total=2,
        label_issues_expected=0.6,
        neighbours_searched=717,
        samples_checked=4,
        samples_additive=30,
    )


def text_overview() -> Overview:
    """Return words by class, without neighbours."""
    praise = (WordEffect("thank", 9, 1.41, 0.9, 1.92), WordEffect("not", 6, -1.2, -1.9, -0.5))
    complaint = (WordEffect("waited", 4, 0.7, 0.1, 1.3), WordEffect("the", 20, 0.02, -0.05, 0.09))
    return Overview(
        samples=30,
        class_words=(ClassWords("praise", 12, praise), ClassWords("complaint", 18, complaint)),
        notes=("nearest training examples were not looked for: there was no time",),
    )


def text_explanation(row: int, text: str, truth: str, said: str, rng: np.random.Generator) -> Explanation:
    """Return an explanation of a text, word by word."""
    words = tuple(text.split())
    tone = {"not": -1.4, "nobody": -1.1, "waited": -0.6, "bad": -0.9, "thank": 1.5, "friendly": 1.2, "quick": 0.7}
    signal = np.array([tone.get(word, 0.0) for word in words]) + rng.normal(0, 0.05, len(words))
    direction = 1.0 if said == "praise" else -1.0
    values = np.stack([direction * signal, -direction * signal], axis=1)
    base = np.array([0.1, -0.1])
    return Explanation(
        row=row,
        row_id=str(row + 1),
        modality="text",
        true_class=truth,
        predicted_class=said,
        runner_up_class="complaint" if said == "praise" else "praise",
        probability=0.88,
        feature_names=words,
        values=values,
        base_values=base,
        model_outputs=base + values.sum(axis=0),
        grid=None,
        evaluations=100,
        baseline="mask token",
        faithfulness=Faithfulness(0.7, 0.3, (0.02, 0.1, -0.04, 0.0, 0.05), "faithful"),
        method="paired kernel",
        stopped="stable",
        notes=("the model reads the first 9 words only; what follows (about 4 words) has no influence",)
        if row == 0
        else (),
    )

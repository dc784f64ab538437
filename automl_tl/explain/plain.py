"""An explanation as plain values: what leaves the process that made it; needs no arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from automl_tl.explain.base import Explanation, Faithfulness, Quality

__all__ = ["Contribution", "PlainCurve", "PlainExplanation", "PlainQuality", "plain_explanation"]


@dataclass(frozen=True)
class Contribution:
    """What one part contributes to each explained output; ``standard_errors`` is () while unknown."""

    part: str
    values: tuple[float, ...]
    standard_errors: tuple[float, ...] = ()


@dataclass(frozen=True)
class PlainCurve:
    """Insertion and deletion under one baseline; see :class:`~automl_tl.explain.base.Faithfulness`."""

    baseline: str
    insertion: float
    deletion: float
    random_gaps: tuple[float, ...]
    verdict: str


@dataclass(frozen=True)
class PlainQuality:
    """All checks; None is what was not measured. See :class:`~automl_tl.explain.base.Quality`."""

    verdict: str
    reasons: tuple[str, ...] = ()
    additivity_gap: float | None = None
    additivity_limit: float | None = None
    stability: float | None = None
    randomised_correlation: float | None = None
    curves: tuple[PlainCurve, ...] = ()


@dataclass(frozen=True)
class PlainExplanation:
    """Contributions to one prediction; see :class:`~automl_tl.explain.base.Explanation`.

    ``grid`` is (0, 0) where parts are no patches, ``quality`` None until checks are made, ``final`` false while
    sampling goes on.
    """

    row_id: str
    modality: str
    true_class: str
    predicted_class: str
    runner_up_class: str
    probability: float | None
    output_names: tuple[str, ...]
    base_values: tuple[float, ...]
    model_outputs: tuple[float, ...]
    contributions: tuple[Contribution, ...]
    grid: tuple[int, int] = (0, 0)
    baseline: str = ""
    method: str = ""
    precision: str = "float32"
    evaluations: int = 0
    stopped: str = ""
    notes: tuple[str, ...] = ()
    quality: PlainQuality | None = None
    preview_png: bytes = b""
    final: bool = True


def plain_explanation(entry: Explanation, *, final: bool = True) -> PlainExplanation:
    """Return an explanation as plain values; the picture only at the end."""
    errors = entry.standard_errors
    known = errors is not None and bool((errors == errors).all())  # NaN is not equal to itself
    return PlainExplanation(
        row_id=entry.row_id,
        modality=entry.modality,
        true_class=entry.true_class,
        predicted_class=entry.predicted_class,
        runner_up_class=entry.runner_up_class,
        probability=_known(entry.probability),
        output_names=entry.names,
        base_values=_floats(entry.base_values),
        model_outputs=_floats(entry.model_outputs),
        contributions=tuple(
            Contribution(
                name, _floats(entry.values[row]), _floats(errors[row]) if known and errors is not None else ()
            )
            for row, name in enumerate(entry.feature_names)
        ),
        grid=entry.grid or (0, 0),
        baseline=entry.baseline,
        method=entry.method,
        precision=entry.precision,
        evaluations=entry.evaluations,
        stopped=entry.stopped if final else "",
        notes=entry.notes,
        quality=None if entry.quality is None else _quality(entry.quality),
        preview_png=(entry.preview_png or b"") if final else b"",
        final=final,
    )


def _quality(quality: Quality) -> PlainQuality:
    return PlainQuality(
        quality.verdict,
        quality.reasons,
        _known(quality.additivity_gap),
        _known(quality.additivity_limit),
        _known(quality.stability),
        _known(quality.randomised_correlation),
        tuple(map(_curve, quality.curves)),
    )


def _curve(curve: Faithfulness) -> PlainCurve:
    return PlainCurve(
        curve.baseline, float(curve.insertion), float(curve.deletion), _floats(curve.random_gaps), curve.verdict
    )


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _floats(values: object) -> tuple[float, ...]:
    return tuple(float(value) for value in values)  # type: ignore[attr-defined]

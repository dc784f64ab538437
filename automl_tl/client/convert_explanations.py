"""Questions about predictions to the wire, and explanations from it."""

from __future__ import annotations

from typing import Any

from automl_tl.explain.plain import Contribution, PlainCurve, PlainExplanation, PlainQuality
from automl_tl.v1 import explanations_pb2 as wire

__all__ = ["explanation_from_wire"]


def explanation_from_wire(message: wire.PredictionExplanation) -> PlainExplanation:
    """Return an explanation."""
    return PlainExplanation(
        row_id=message.row_id,
        modality=message.modality,
        true_class=message.true_class,
        predicted_class=message.predicted_class,
        runner_up_class=message.runner_up_class,
        probability=_known(message, "probability"),
        output_names=tuple(message.output_names),
        base_values=tuple(message.base_values),
        model_outputs=tuple(message.model_outputs),
        contributions=tuple(
            Contribution(entry.part, tuple(entry.values), tuple(entry.standard_errors))
            for entry in message.contributions
        ),
        grid=(message.grid_rows, message.grid_columns),
        baseline=message.baseline,
        method=message.method,
        precision=message.precision,
        evaluations=message.evaluations,
        stopped=message.stopped,
        notes=tuple(message.notes),
        quality=_quality(message.quality) if message.HasField("quality") else None,
        preview_png=message.preview_png,
        final=message.final,
    )


def _quality(message: wire.ExplanationQuality) -> PlainQuality:
    return PlainQuality(
        verdict=message.verdict,
        reasons=tuple(message.reasons),
        additivity_gap=_known(message, "additivity_gap"),
        additivity_limit=_known(message, "additivity_limit"),
        stability=_known(message, "stability"),
        randomised_correlation=_known(message, "randomised_correlation"),
        curves=tuple(
            PlainCurve(curve.baseline, curve.insertion, curve.deletion, tuple(curve.random_gaps), curve.verdict)
            for curve in message.curves
        ),
    )


def _known(message: Any, name: str) -> float | None:
    return float(getattr(message, name)) if message.HasField(name) else None

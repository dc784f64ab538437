"""Questions about predictions, and explanations, as the wire has them."""

from __future__ import annotations

import math

from automl_tl.errors import InvalidInput
from automl_tl.explain.plain import Contribution, PlainCurve, PlainExplanation, PlainQuality
from automl_tl.store.inquiries import Question
from automl_tl.v1 import explanations_pb2 as wire

__all__ = ["METHODS", "audit_from_wire", "explanation_to_wire", "question_from_wire"]

METHODS = ("shapley", "integrated_gradients", "grad_cam", "lime")
_MOST_CHARACTERS = 100_000
_MOST_ROW_ID = 1_024
_MOST_COLUMNS = 20
_MOST_BYTES = 3_670_016
_EVALUATIONS = (4, 10_000)
_DEFAULT_SECONDS, _MOST_SECONDS = 60.0, 600.0


def question_from_wire(request: wire.ExplainPredictionRequest) -> Question:
    """Return what is asked; of a picture only that there is one. Raises InvalidInput."""
    kind = request.WhichOneof("input")
    if kind is None:
        raise InvalidInput("one of row_id, text and image must be set", field="input")
    if kind == "row_id" and not 0 < len(request.row_id) <= _MOST_ROW_ID:
        raise InvalidInput(
            f"row_id must have 1 to {_MOST_ROW_ID} characters but has {len(request.row_id)}", field="row_id"
        )
    if kind == "text" and len(request.text) > _MOST_CHARACTERS:
        raise InvalidInput(
            f"text must have at most {_MOST_CHARACTERS} characters but has {len(request.text)}", field="text"
        )
    if kind == "image" and not 0 < len(request.image) <= _MOST_BYTES:
        raise InvalidInput(
            f"image must have 1 to {_MOST_BYTES} bytes but has {len(request.image)}; send a smaller picture",
            field="image",
        )
    method = request.method or METHODS[0]
    if method not in METHODS:
        raise InvalidInput(f"method must be one of {', '.join(METHODS)} but got {method!r:.40}", field="method")
    least, most = _EVALUATIONS
    if request.max_evaluations and not least <= request.max_evaluations <= most:
        raise InvalidInput(
            f"max_evaluations must be 0 or in [{least}, {most}] but got {request.max_evaluations}",
            field="max_evaluations",
        )
    return Question(
        row_id=request.row_id,
        text=request.text if kind == "text" else None,
        method=method,
        max_evals=request.max_evaluations,
        seconds=_seconds(request),
        seed=_seed(request.seed),
    )


def audit_from_wire(request: wire.AuditJobRequest) -> Question:
    """Return the question how groups fare. Raises InvalidInput."""
    columns = list(dict.fromkeys(request.sensitive))
    if not 0 < len(columns) <= _MOST_COLUMNS or not all(0 < len(name) <= _MOST_ROW_ID for name in columns):
        raise InvalidInput(
            f"sensitive must name 1 to {_MOST_COLUMNS} columns of the data set but names {len(columns)}",
            field="sensitive",
        )
    if len(request.favourable) > _MOST_ROW_ID:
        raise InvalidInput(f"favourable must have at most {_MOST_ROW_ID} characters", field="favourable")
    return Question(sensitive=tuple(columns), favourable=request.favourable, seed=_seed(request.seed))


def explanation_to_wire(entry: PlainExplanation) -> wire.PredictionExplanation:
    """Return an explanation."""
    return wire.PredictionExplanation(
        final=entry.final,
        row_id=entry.row_id,
        modality=entry.modality,
        true_class=entry.true_class,
        predicted_class=entry.predicted_class,
        runner_up_class=entry.runner_up_class,
        probability=entry.probability,
        output_names=entry.output_names,
        base_values=entry.base_values,
        model_outputs=entry.model_outputs,
        contributions=map(_contribution, entry.contributions),
        grid_rows=entry.grid[0],
        grid_columns=entry.grid[1],
        baseline=entry.baseline,
        method=entry.method,
        precision=entry.precision,
        evaluations=entry.evaluations,
        stopped=entry.stopped,
        notes=entry.notes,
        quality=None if entry.quality is None else _quality(entry.quality),
        preview_png=entry.preview_png,
    )


def _seconds(request: wire.ExplainPredictionRequest) -> float:
    if not request.HasField("max_wall_time"):
        return _DEFAULT_SECONDS
    seconds = request.max_wall_time.seconds + request.max_wall_time.nanos / 1e9
    if not (math.isfinite(seconds) and 0 < seconds <= _MOST_SECONDS):
        raise InvalidInput(
            f"max_wall_time must be above 0 and at most {_MOST_SECONDS:g} s but got {seconds:g} s",
            field="max_wall_time",
        )
    return float(seconds)


def _seed(seed: int) -> int:
    if not 0 <= seed < 2**31:
        raise InvalidInput(f"seed must be in [0, 2^31) but got {seed}", field="seed")
    return seed


def _contribution(entry: Contribution) -> wire.Contribution:
    return wire.Contribution(part=entry.part, values=entry.values, standard_errors=entry.standard_errors)


def _quality(entry: PlainQuality) -> wire.ExplanationQuality:
    return wire.ExplanationQuality(
        verdict=entry.verdict,
        reasons=entry.reasons,
        additivity_gap=entry.additivity_gap,
        additivity_limit=entry.additivity_limit,
        stability=entry.stability,
        randomised_correlation=entry.randomised_correlation,
        curves=map(_curve, entry.curves),
    )


def _curve(entry: PlainCurve) -> wire.InsertionDeletion:
    return wire.InsertionDeletion(
        baseline=entry.baseline,
        insertion=entry.insertion,
        deletion=entry.deletion,
        random_gaps=entry.random_gaps,
        verdict=entry.verdict,
    )

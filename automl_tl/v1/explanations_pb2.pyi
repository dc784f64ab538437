# Made by `make proto`; do not edit.
# ruff: noqa
# mypy: ignore-errors
import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AuditJobRequest(_message.Message):
    __slots__ = ("name", "sensitive", "favourable", "seed")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SENSITIVE_FIELD_NUMBER: _ClassVar[int]
    FAVOURABLE_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    name: str
    sensitive: _containers.RepeatedScalarFieldContainer[str]
    favourable: str
    seed: int
    def __init__(self, name: _Optional[str] = ..., sensitive: _Optional[_Iterable[str]] = ..., favourable: _Optional[str] = ..., seed: _Optional[int] = ...) -> None: ...

class AuditJobResponse(_message.Message):
    __slots__ = ("progress", "report_json")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    REPORT_JSON_FIELD_NUMBER: _ClassVar[int]
    progress: ExplanationProgress
    report_json: str
    def __init__(self, progress: _Optional[_Union[ExplanationProgress, _Mapping]] = ..., report_json: _Optional[str] = ...) -> None: ...

class ExplainPredictionRequest(_message.Message):
    __slots__ = ("name", "row_id", "text", "image", "method", "max_evaluations", "max_wall_time", "seed")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROW_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    MAX_EVALUATIONS_FIELD_NUMBER: _ClassVar[int]
    MAX_WALL_TIME_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    name: str
    row_id: str
    text: str
    image: bytes
    method: str
    max_evaluations: int
    max_wall_time: _duration_pb2.Duration
    seed: int
    def __init__(self, name: _Optional[str] = ..., row_id: _Optional[str] = ..., text: _Optional[str] = ..., image: _Optional[bytes] = ..., method: _Optional[str] = ..., max_evaluations: _Optional[int] = ..., max_wall_time: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., seed: _Optional[int] = ...) -> None: ...

class ExplainPredictionResponse(_message.Message):
    __slots__ = ("progress", "explanation")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    progress: ExplanationProgress
    explanation: PredictionExplanation
    def __init__(self, progress: _Optional[_Union[ExplanationProgress, _Mapping]] = ..., explanation: _Optional[_Union[PredictionExplanation, _Mapping]] = ...) -> None: ...

class ExplanationProgress(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class PredictionExplanation(_message.Message):
    __slots__ = ("final", "row_id", "modality", "true_class", "predicted_class", "runner_up_class", "probability", "output_names", "base_values", "model_outputs", "contributions", "grid_rows", "grid_columns", "baseline", "method", "precision", "evaluations", "stopped", "notes", "quality", "preview_png")
    FINAL_FIELD_NUMBER: _ClassVar[int]
    ROW_ID_FIELD_NUMBER: _ClassVar[int]
    MODALITY_FIELD_NUMBER: _ClassVar[int]
    TRUE_CLASS_FIELD_NUMBER: _ClassVar[int]
    PREDICTED_CLASS_FIELD_NUMBER: _ClassVar[int]
    RUNNER_UP_CLASS_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_NAMES_FIELD_NUMBER: _ClassVar[int]
    BASE_VALUES_FIELD_NUMBER: _ClassVar[int]
    MODEL_OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    CONTRIBUTIONS_FIELD_NUMBER: _ClassVar[int]
    GRID_ROWS_FIELD_NUMBER: _ClassVar[int]
    GRID_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    EVALUATIONS_FIELD_NUMBER: _ClassVar[int]
    STOPPED_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_PNG_FIELD_NUMBER: _ClassVar[int]
    final: bool
    row_id: str
    modality: str
    true_class: str
    predicted_class: str
    runner_up_class: str
    probability: float
    output_names: _containers.RepeatedScalarFieldContainer[str]
    base_values: _containers.RepeatedScalarFieldContainer[float]
    model_outputs: _containers.RepeatedScalarFieldContainer[float]
    contributions: _containers.RepeatedCompositeFieldContainer[Contribution]
    grid_rows: int
    grid_columns: int
    baseline: str
    method: str
    precision: str
    evaluations: int
    stopped: str
    notes: _containers.RepeatedScalarFieldContainer[str]
    quality: ExplanationQuality
    preview_png: bytes
    def __init__(self, final: bool = ..., row_id: _Optional[str] = ..., modality: _Optional[str] = ..., true_class: _Optional[str] = ..., predicted_class: _Optional[str] = ..., runner_up_class: _Optional[str] = ..., probability: _Optional[float] = ..., output_names: _Optional[_Iterable[str]] = ..., base_values: _Optional[_Iterable[float]] = ..., model_outputs: _Optional[_Iterable[float]] = ..., contributions: _Optional[_Iterable[_Union[Contribution, _Mapping]]] = ..., grid_rows: _Optional[int] = ..., grid_columns: _Optional[int] = ..., baseline: _Optional[str] = ..., method: _Optional[str] = ..., precision: _Optional[str] = ..., evaluations: _Optional[int] = ..., stopped: _Optional[str] = ..., notes: _Optional[_Iterable[str]] = ..., quality: _Optional[_Union[ExplanationQuality, _Mapping]] = ..., preview_png: _Optional[bytes] = ...) -> None: ...

class Contribution(_message.Message):
    __slots__ = ("part", "values", "standard_errors")
    PART_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    STANDARD_ERRORS_FIELD_NUMBER: _ClassVar[int]
    part: str
    values: _containers.RepeatedScalarFieldContainer[float]
    standard_errors: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, part: _Optional[str] = ..., values: _Optional[_Iterable[float]] = ..., standard_errors: _Optional[_Iterable[float]] = ...) -> None: ...

class ExplanationQuality(_message.Message):
    __slots__ = ("verdict", "reasons", "additivity_gap", "additivity_limit", "stability", "randomised_correlation", "curves")
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    ADDITIVITY_GAP_FIELD_NUMBER: _ClassVar[int]
    ADDITIVITY_LIMIT_FIELD_NUMBER: _ClassVar[int]
    STABILITY_FIELD_NUMBER: _ClassVar[int]
    RANDOMISED_CORRELATION_FIELD_NUMBER: _ClassVar[int]
    CURVES_FIELD_NUMBER: _ClassVar[int]
    verdict: str
    reasons: _containers.RepeatedScalarFieldContainer[str]
    additivity_gap: float
    additivity_limit: float
    stability: float
    randomised_correlation: float
    curves: _containers.RepeatedCompositeFieldContainer[InsertionDeletion]
    def __init__(self, verdict: _Optional[str] = ..., reasons: _Optional[_Iterable[str]] = ..., additivity_gap: _Optional[float] = ..., additivity_limit: _Optional[float] = ..., stability: _Optional[float] = ..., randomised_correlation: _Optional[float] = ..., curves: _Optional[_Iterable[_Union[InsertionDeletion, _Mapping]]] = ...) -> None: ...

class InsertionDeletion(_message.Message):
    __slots__ = ("baseline", "insertion", "deletion", "random_gaps", "verdict")
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    INSERTION_FIELD_NUMBER: _ClassVar[int]
    DELETION_FIELD_NUMBER: _ClassVar[int]
    RANDOM_GAPS_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    baseline: str
    insertion: float
    deletion: float
    random_gaps: _containers.RepeatedScalarFieldContainer[float]
    verdict: str
    def __init__(self, baseline: _Optional[str] = ..., insertion: _Optional[float] = ..., deletion: _Optional[float] = ..., random_gaps: _Optional[_Iterable[float]] = ..., verdict: _Optional[str] = ...) -> None: ...

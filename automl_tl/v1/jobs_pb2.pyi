# Made by `make proto`; do not edit.
# ruff: noqa
# mypy: ignore-errors
import datetime

from automl_tl.v1 import artifacts_pb2 as _artifacts_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_UNSPECIFIED: _ClassVar[Stage]
    STAGE_INGEST: _ClassVar[Stage]
    STAGE_PROBE: _ClassVar[Stage]
    STAGE_RANK: _ClassVar[Stage]
    STAGE_SEARCH: _ClassVar[Stage]
    STAGE_FIT: _ClassVar[Stage]
    STAGE_EXPLAIN: _ClassVar[Stage]
    STAGE_AUDIT: _ClassVar[Stage]
    STAGE_REPORT: _ClassVar[Stage]
STAGE_UNSPECIFIED: Stage
STAGE_INGEST: Stage
STAGE_PROBE: Stage
STAGE_RANK: Stage
STAGE_SEARCH: Stage
STAGE_FIT: Stage
STAGE_EXPLAIN: Stage
STAGE_AUDIT: Stage
STAGE_REPORT: Stage

class Job(_message.Message):
    __slots__ = ("name", "spec", "state", "stage", "progress", "message", "stop_reason", "error", "trial_counts", "best_trial", "result", "create_time", "queue_time", "start_time", "end_time", "last_sequence", "cancel_reason")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Job.State]
        STATE_QUEUED: _ClassVar[Job.State]
        STATE_RUNNING: _ClassVar[Job.State]
        STATE_CANCELLING: _ClassVar[Job.State]
        STATE_SUCCEEDED: _ClassVar[Job.State]
        STATE_FAILED: _ClassVar[Job.State]
        STATE_CANCELLED: _ClassVar[Job.State]
    STATE_UNSPECIFIED: Job.State
    STATE_QUEUED: Job.State
    STATE_RUNNING: Job.State
    STATE_CANCELLING: Job.State
    STATE_SUCCEEDED: Job.State
    STATE_FAILED: Job.State
    STATE_CANCELLED: Job.State
    class StopReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STOP_REASON_UNSPECIFIED: _ClassVar[Job.StopReason]
        STOP_REASON_COMPLETED: _ClassVar[Job.StopReason]
        STOP_REASON_BUDGET_TRIALS: _ClassVar[Job.StopReason]
        STOP_REASON_BUDGET_WALL_TIME: _ClassVar[Job.StopReason]
        STOP_REASON_STOP_AFTER: _ClassVar[Job.StopReason]
        STOP_REASON_CANCELLED: _ClassVar[Job.StopReason]
        STOP_REASON_FAILED: _ClassVar[Job.StopReason]
        STOP_REASON_BUDGET_GPU_SECONDS: _ClassVar[Job.StopReason]
        STOP_REASON_BUDGET_MONEY: _ClassVar[Job.StopReason]
    STOP_REASON_UNSPECIFIED: Job.StopReason
    STOP_REASON_COMPLETED: Job.StopReason
    STOP_REASON_BUDGET_TRIALS: Job.StopReason
    STOP_REASON_BUDGET_WALL_TIME: Job.StopReason
    STOP_REASON_STOP_AFTER: Job.StopReason
    STOP_REASON_CANCELLED: Job.StopReason
    STOP_REASON_FAILED: Job.StopReason
    STOP_REASON_BUDGET_GPU_SECONDS: Job.StopReason
    STOP_REASON_BUDGET_MONEY: Job.StopReason
    NAME_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    STOP_REASON_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    TRIAL_COUNTS_FIELD_NUMBER: _ClassVar[int]
    BEST_TRIAL_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    QUEUE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    spec: JobSpec
    state: Job.State
    stage: Stage
    progress: float
    message: str
    stop_reason: Job.StopReason
    error: _status_pb2.Status
    trial_counts: TrialCounts
    best_trial: str
    result: JobResult
    create_time: _timestamp_pb2.Timestamp
    queue_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    last_sequence: int
    cancel_reason: str
    def __init__(self, name: _Optional[str] = ..., spec: _Optional[_Union[JobSpec, _Mapping]] = ..., state: _Optional[_Union[Job.State, str]] = ..., stage: _Optional[_Union[Stage, str]] = ..., progress: _Optional[float] = ..., message: _Optional[str] = ..., stop_reason: _Optional[_Union[Job.StopReason, str]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., trial_counts: _Optional[_Union[TrialCounts, _Mapping]] = ..., best_trial: _Optional[str] = ..., result: _Optional[_Union[JobResult, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., queue_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_sequence: _Optional[int] = ..., cancel_reason: _Optional[str] = ...) -> None: ...

class JobSpec(_message.Message):
    __slots__ = ("dataset", "task", "target", "split", "group_by", "sensitive", "metric", "models", "scorers", "top_k", "search_space_name", "search_space_yaml", "budget", "stop_after", "seed", "explanations", "include_examples", "notes", "labels", "layers", "conformal", "ensemble", "favourable", "compute", "inherited")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    DATASET_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    GROUP_BY_FIELD_NUMBER: _ClassVar[int]
    SENSITIVE_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    SCORERS_FIELD_NUMBER: _ClassVar[int]
    TOP_K_FIELD_NUMBER: _ClassVar[int]
    SEARCH_SPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    SEARCH_SPACE_YAML_FIELD_NUMBER: _ClassVar[int]
    BUDGET_FIELD_NUMBER: _ClassVar[int]
    STOP_AFTER_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    EXPLANATIONS_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    LAYERS_FIELD_NUMBER: _ClassVar[int]
    CONFORMAL_FIELD_NUMBER: _ClassVar[int]
    ENSEMBLE_FIELD_NUMBER: _ClassVar[int]
    FAVOURABLE_FIELD_NUMBER: _ClassVar[int]
    COMPUTE_FIELD_NUMBER: _ClassVar[int]
    INHERITED_FIELD_NUMBER: _ClassVar[int]
    dataset: str
    task: str
    target: str
    split: SplitSpec
    group_by: str
    sensitive: _containers.RepeatedScalarFieldContainer[str]
    metric: MetricSpec
    models: ModelFilter
    scorers: _containers.RepeatedScalarFieldContainer[str]
    top_k: int
    search_space_name: str
    search_space_yaml: str
    budget: Budget
    stop_after: Stage
    seed: int
    explanations: int
    include_examples: bool
    notes: str
    labels: _containers.ScalarMap[str, str]
    layers: str
    conformal: Conformal
    ensemble: bool
    favourable: str
    compute: Compute
    inherited: Inherited
    def __init__(self, dataset: _Optional[str] = ..., task: _Optional[str] = ..., target: _Optional[str] = ..., split: _Optional[_Union[SplitSpec, _Mapping]] = ..., group_by: _Optional[str] = ..., sensitive: _Optional[_Iterable[str]] = ..., metric: _Optional[_Union[MetricSpec, _Mapping]] = ..., models: _Optional[_Union[ModelFilter, _Mapping]] = ..., scorers: _Optional[_Iterable[str]] = ..., top_k: _Optional[int] = ..., search_space_name: _Optional[str] = ..., search_space_yaml: _Optional[str] = ..., budget: _Optional[_Union[Budget, _Mapping]] = ..., stop_after: _Optional[_Union[Stage, str]] = ..., seed: _Optional[int] = ..., explanations: _Optional[int] = ..., include_examples: bool = ..., notes: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., layers: _Optional[str] = ..., conformal: _Optional[_Union[Conformal, _Mapping]] = ..., ensemble: bool = ..., favourable: _Optional[str] = ..., compute: _Optional[_Union[Compute, _Mapping]] = ..., inherited: _Optional[_Union[Inherited, _Mapping]] = ...) -> None: ...

class Inherited(_message.Message):
    __slots__ = ("term_swaps", "stereotype_pairs")
    TERM_SWAPS_FIELD_NUMBER: _ClassVar[int]
    STEREOTYPE_PAIRS_FIELD_NUMBER: _ClassVar[int]
    term_swaps: _containers.RepeatedCompositeFieldContainer[TermSwap]
    stereotype_pairs: _containers.RepeatedCompositeFieldContainer[StereotypePair]
    def __init__(self, term_swaps: _Optional[_Iterable[_Union[TermSwap, _Mapping]]] = ..., stereotype_pairs: _Optional[_Iterable[_Union[StereotypePair, _Mapping]]] = ...) -> None: ...

class TermSwap(_message.Message):
    __slots__ = ("name", "terms", "templates")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    name: str
    terms: _containers.RepeatedScalarFieldContainer[str]
    templates: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., terms: _Optional[_Iterable[str]] = ..., templates: _Optional[_Iterable[str]] = ...) -> None: ...

class StereotypePair(_message.Message):
    __slots__ = ("stereotype", "anti_stereotype")
    STEREOTYPE_FIELD_NUMBER: _ClassVar[int]
    ANTI_STEREOTYPE_FIELD_NUMBER: _ClassVar[int]
    stereotype: str
    anti_stereotype: str
    def __init__(self, stereotype: _Optional[str] = ..., anti_stereotype: _Optional[str] = ...) -> None: ...

class Compute(_message.Message):
    __slots__ = ("accelerator", "gpus_per_trial", "compile")
    ACCELERATOR_FIELD_NUMBER: _ClassVar[int]
    GPUS_PER_TRIAL_FIELD_NUMBER: _ClassVar[int]
    COMPILE_FIELD_NUMBER: _ClassVar[int]
    accelerator: str
    gpus_per_trial: int
    compile: bool
    def __init__(self, accelerator: _Optional[str] = ..., gpus_per_trial: _Optional[int] = ..., compile: bool = ...) -> None: ...

class Conformal(_message.Message):
    __slots__ = ("alpha", "method")
    ALPHA_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    alpha: float
    method: str
    def __init__(self, alpha: _Optional[float] = ..., method: _Optional[str] = ...) -> None: ...

class SplitSpec(_message.Message):
    __slots__ = ("column", "validation_fraction", "test_fraction")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    VALIDATION_FRACTION_FIELD_NUMBER: _ClassVar[int]
    TEST_FRACTION_FIELD_NUMBER: _ClassVar[int]
    column: str
    validation_fraction: float
    test_fraction: float
    def __init__(self, column: _Optional[str] = ..., validation_fraction: _Optional[float] = ..., test_fraction: _Optional[float] = ...) -> None: ...

class MetricSpec(_message.Message):
    __slots__ = ("name", "direction")
    class Direction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        DIRECTION_UNSPECIFIED: _ClassVar[MetricSpec.Direction]
        DIRECTION_MAXIMIZE: _ClassVar[MetricSpec.Direction]
        DIRECTION_MINIMIZE: _ClassVar[MetricSpec.Direction]
    DIRECTION_UNSPECIFIED: MetricSpec.Direction
    DIRECTION_MAXIMIZE: MetricSpec.Direction
    DIRECTION_MINIMIZE: MetricSpec.Direction
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    direction: MetricSpec.Direction
    def __init__(self, name: _Optional[str] = ..., direction: _Optional[_Union[MetricSpec.Direction, str]] = ...) -> None: ...

class ModelFilter(_message.Message):
    __slots__ = ("names", "max_parameters", "licences", "max_latency_ms", "max_memory_mb")
    NAMES_FIELD_NUMBER: _ClassVar[int]
    MAX_PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    LICENCES_FIELD_NUMBER: _ClassVar[int]
    MAX_LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_MEMORY_MB_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    max_parameters: int
    licences: _containers.RepeatedScalarFieldContainer[str]
    max_latency_ms: float
    max_memory_mb: float
    def __init__(self, names: _Optional[_Iterable[str]] = ..., max_parameters: _Optional[int] = ..., licences: _Optional[_Iterable[str]] = ..., max_latency_ms: _Optional[float] = ..., max_memory_mb: _Optional[float] = ...) -> None: ...

class Budget(_message.Message):
    __slots__ = ("max_trials", "max_wall_time", "max_gpu_time", "max_cost", "price_per_device_hour")
    MAX_TRIALS_FIELD_NUMBER: _ClassVar[int]
    MAX_WALL_TIME_FIELD_NUMBER: _ClassVar[int]
    MAX_GPU_TIME_FIELD_NUMBER: _ClassVar[int]
    MAX_COST_FIELD_NUMBER: _ClassVar[int]
    PRICE_PER_DEVICE_HOUR_FIELD_NUMBER: _ClassVar[int]
    max_trials: int
    max_wall_time: _duration_pb2.Duration
    max_gpu_time: _duration_pb2.Duration
    max_cost: float
    price_per_device_hour: float
    def __init__(self, max_trials: _Optional[int] = ..., max_wall_time: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_gpu_time: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_cost: _Optional[float] = ..., price_per_device_hour: _Optional[float] = ...) -> None: ...

class TrialCounts(_message.Message):
    __slots__ = ("pending", "running", "succeeded", "pruned", "failed")
    PENDING_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    SUCCEEDED_FIELD_NUMBER: _ClassVar[int]
    PRUNED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    pending: int
    running: int
    succeeded: int
    pruned: int
    failed: int
    def __init__(self, pending: _Optional[int] = ..., running: _Optional[int] = ..., succeeded: _Optional[int] = ..., pruned: _Optional[int] = ..., failed: _Optional[int] = ...) -> None: ...

class JobResult(_message.Message):
    __slots__ = ("model", "strategy", "trial", "metric", "direction", "final", "baselines", "seconds")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    TRIAL_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    FINAL_FIELD_NUMBER: _ClassVar[int]
    BASELINES_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    model: str
    strategy: str
    trial: str
    metric: str
    direction: MetricSpec.Direction
    final: Evaluation
    baselines: _containers.RepeatedCompositeFieldContainer[Evaluation]
    seconds: float
    def __init__(self, model: _Optional[str] = ..., strategy: _Optional[str] = ..., trial: _Optional[str] = ..., metric: _Optional[str] = ..., direction: _Optional[_Union[MetricSpec.Direction, str]] = ..., final: _Optional[_Union[Evaluation, _Mapping]] = ..., baselines: _Optional[_Iterable[_Union[Evaluation, _Mapping]]] = ..., seconds: _Optional[float] = ...) -> None: ...

class Evaluation(_message.Message):
    __slots__ = ("name", "description", "metrics", "difference")
    class MetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Interval
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Interval, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    metrics: _containers.MessageMap[str, Interval]
    difference: Interval
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., metrics: _Optional[_Mapping[str, Interval]] = ..., difference: _Optional[_Union[Interval, _Mapping]] = ...) -> None: ...

class Interval(_message.Message):
    __slots__ = ("value", "low", "high")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    value: float
    low: float
    high: float
    def __init__(self, value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...

class JobEvent(_message.Message):
    __slots__ = ("sequence", "event_time", "job", "ranking_ready", "trial", "artifact", "warning", "progress", "heartbeat")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    RANKING_READY_FIELD_NUMBER: _ClassVar[int]
    TRIAL_FIELD_NUMBER: _ClassVar[int]
    ARTIFACT_FIELD_NUMBER: _ClassVar[int]
    WARNING_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    event_time: _timestamp_pb2.Timestamp
    job: Job
    ranking_ready: RankingReady
    trial: Trial
    artifact: _artifacts_pb2.Artifact
    warning: Warning
    progress: Progress
    heartbeat: Heartbeat
    def __init__(self, sequence: _Optional[int] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., job: _Optional[_Union[Job, _Mapping]] = ..., ranking_ready: _Optional[_Union[RankingReady, _Mapping]] = ..., trial: _Optional[_Union[Trial, _Mapping]] = ..., artifact: _Optional[_Union[_artifacts_pb2.Artifact, _Mapping]] = ..., warning: _Optional[_Union[Warning, _Mapping]] = ..., progress: _Optional[_Union[Progress, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ...) -> None: ...

class RankingReady(_message.Message):
    __slots__ = ("model_count", "best_model")
    MODEL_COUNT_FIELD_NUMBER: _ClassVar[int]
    BEST_MODEL_FIELD_NUMBER: _ClassVar[int]
    model_count: int
    best_model: str
    def __init__(self, model_count: _Optional[int] = ..., best_model: _Optional[str] = ...) -> None: ...

class Warning(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("stage", "fraction", "message")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    stage: Stage
    fraction: float
    message: str
    def __init__(self, stage: _Optional[_Union[Stage, str]] = ..., fraction: _Optional[float] = ..., message: _Optional[str] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RankedModel(_message.Message):
    __slots__ = ("model", "rank", "score", "score_low", "score_high", "scores", "notes", "probability_best", "parameter_count", "probe_seconds", "resolved_revision", "error", "cost", "expected_regret", "contender", "prior_shift", "layers")
    class ScoresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class NotesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    MODEL_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SCORE_LOW_FIELD_NUMBER: _ClassVar[int]
    SCORE_HIGH_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_BEST_FIELD_NUMBER: _ClassVar[int]
    PARAMETER_COUNT_FIELD_NUMBER: _ClassVar[int]
    PROBE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    RESOLVED_REVISION_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_REGRET_FIELD_NUMBER: _ClassVar[int]
    CONTENDER_FIELD_NUMBER: _ClassVar[int]
    PRIOR_SHIFT_FIELD_NUMBER: _ClassVar[int]
    LAYERS_FIELD_NUMBER: _ClassVar[int]
    model: str
    rank: int
    score: float
    score_low: float
    score_high: float
    scores: _containers.ScalarMap[str, float]
    notes: _containers.ScalarMap[str, str]
    probability_best: float
    parameter_count: int
    probe_seconds: float
    resolved_revision: str
    error: str
    cost: ModelCost
    expected_regret: float
    contender: bool
    prior_shift: float
    layers: str
    def __init__(self, model: _Optional[str] = ..., rank: _Optional[int] = ..., score: _Optional[float] = ..., score_low: _Optional[float] = ..., score_high: _Optional[float] = ..., scores: _Optional[_Mapping[str, float]] = ..., notes: _Optional[_Mapping[str, str]] = ..., probability_best: _Optional[float] = ..., parameter_count: _Optional[int] = ..., probe_seconds: _Optional[float] = ..., resolved_revision: _Optional[str] = ..., error: _Optional[str] = ..., cost: _Optional[_Union[ModelCost, _Mapping]] = ..., expected_regret: _Optional[float] = ..., contender: bool = ..., prior_shift: _Optional[float] = ..., layers: _Optional[str] = ...) -> None: ...

class ModelCost(_message.Message):
    __slots__ = ("parameter_count", "flops", "latency_ms", "examples_per_second", "weight_bytes", "inference_bytes", "training_bytes", "trial_seconds", "device", "notes")
    class NotesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PARAMETER_COUNT_FIELD_NUMBER: _ClassVar[int]
    FLOPS_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    EXAMPLES_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_BYTES_FIELD_NUMBER: _ClassVar[int]
    INFERENCE_BYTES_FIELD_NUMBER: _ClassVar[int]
    TRAINING_BYTES_FIELD_NUMBER: _ClassVar[int]
    TRIAL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    parameter_count: int
    flops: float
    latency_ms: float
    examples_per_second: float
    weight_bytes: int
    inference_bytes: int
    training_bytes: int
    trial_seconds: float
    device: str
    notes: _containers.ScalarMap[str, str]
    def __init__(self, parameter_count: _Optional[int] = ..., flops: _Optional[float] = ..., latency_ms: _Optional[float] = ..., examples_per_second: _Optional[float] = ..., weight_bytes: _Optional[int] = ..., inference_bytes: _Optional[int] = ..., training_bytes: _Optional[int] = ..., trial_seconds: _Optional[float] = ..., device: _Optional[str] = ..., notes: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Trial(_message.Message):
    __slots__ = ("name", "number", "state", "model", "strategy", "parameters_json", "origin", "seed", "value", "metrics", "curve", "seconds", "error", "fraction")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Trial.State]
        STATE_PENDING: _ClassVar[Trial.State]
        STATE_RUNNING: _ClassVar[Trial.State]
        STATE_SUCCEEDED: _ClassVar[Trial.State]
        STATE_PRUNED: _ClassVar[Trial.State]
        STATE_FAILED: _ClassVar[Trial.State]
    STATE_UNSPECIFIED: Trial.State
    STATE_PENDING: Trial.State
    STATE_RUNNING: Trial.State
    STATE_SUCCEEDED: Trial.State
    STATE_PRUNED: Trial.State
    STATE_FAILED: Trial.State
    class MetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_JSON_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    CURVE_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    number: int
    state: Trial.State
    model: str
    strategy: str
    parameters_json: str
    origin: str
    seed: int
    value: float
    metrics: _containers.ScalarMap[str, float]
    curve: _containers.RepeatedCompositeFieldContainer[CurvePoint]
    seconds: float
    error: str
    fraction: float
    def __init__(self, name: _Optional[str] = ..., number: _Optional[int] = ..., state: _Optional[_Union[Trial.State, str]] = ..., model: _Optional[str] = ..., strategy: _Optional[str] = ..., parameters_json: _Optional[str] = ..., origin: _Optional[str] = ..., seed: _Optional[int] = ..., value: _Optional[float] = ..., metrics: _Optional[_Mapping[str, float]] = ..., curve: _Optional[_Iterable[_Union[CurvePoint, _Mapping]]] = ..., seconds: _Optional[float] = ..., error: _Optional[str] = ..., fraction: _Optional[float] = ...) -> None: ...

class CurvePoint(_message.Message):
    __slots__ = ("update", "fraction", "seconds", "train_loss", "metrics")
    class MetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    UPDATE_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    TRAIN_LOSS_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    update: int
    fraction: float
    seconds: float
    train_loss: float
    metrics: _containers.ScalarMap[str, float]
    def __init__(self, update: _Optional[int] = ..., fraction: _Optional[float] = ..., seconds: _Optional[float] = ..., train_loss: _Optional[float] = ..., metrics: _Optional[_Mapping[str, float]] = ...) -> None: ...

class CreateJobRequest(_message.Message):
    __slots__ = ("parent", "job", "job_id", "request_id", "validate_only")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    parent: str
    job: Job
    job_id: str
    request_id: str
    validate_only: bool
    def __init__(self, parent: _Optional[str] = ..., job: _Optional[_Union[Job, _Mapping]] = ..., job_id: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: bool = ...) -> None: ...

class GetJobRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListJobsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "states")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[Job.State]
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[Job.State, str]]] = ...) -> None: ...

class ListJobsResponse(_message.Message):
    __slots__ = ("jobs", "next_page_token")
    JOBS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[Job]
    next_page_token: str
    def __init__(self, jobs: _Optional[_Iterable[_Union[Job, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CancelJobRequest(_message.Message):
    __slots__ = ("name", "reason", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ResumeJobRequest(_message.Message):
    __slots__ = ("name", "budget", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BUDGET_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    budget: Budget
    request_id: str
    def __init__(self, name: _Optional[str] = ..., budget: _Optional[_Union[Budget, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteJobRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class WatchJobRequest(_message.Message):
    __slots__ = ("name", "after_sequence")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AFTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    name: str
    after_sequence: int
    def __init__(self, name: _Optional[str] = ..., after_sequence: _Optional[int] = ...) -> None: ...

class ListRankedModelsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRankedModelsResponse(_message.Message):
    __slots__ = ("ranked_models", "next_page_token")
    RANKED_MODELS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ranked_models: _containers.RepeatedCompositeFieldContainer[RankedModel]
    next_page_token: str
    def __init__(self, ranked_models: _Optional[_Iterable[_Union[RankedModel, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListTrialsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTrialsResponse(_message.Message):
    __slots__ = ("trials", "next_page_token")
    TRIALS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    trials: _containers.RepeatedCompositeFieldContainer[Trial]
    next_page_token: str
    def __init__(self, trials: _Optional[_Iterable[_Union[Trial, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

"""Jobs, trials, rankings and events on the wire."""

import json
import math
from datetime import UTC, datetime, timedelta

from google.rpc import code_pb2, error_details_pb2

from automl_tl.finetune.evaluation import Evaluation, Interval
from automl_tl.finetune.workload import CurvePoint
from automl_tl.pipeline import events
from automl_tl.pipeline.spec import JobSpec, JobState
from automl_tl.probe.cost import ModelCost
from automl_tl.search.trial import Trial, TrialState
from automl_tl.server.convert.jobs import event_to_wire, job_to_wire, ranked_model_to_wire, trial_to_wire
from automl_tl.store.records import EventRecord, JobError, JobRecord, JobResult
from automl_tl.transferability.base import RankedModel
from automl_tl.v1 import jobs_pb2 as wire

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JOB = "projects/default/jobs/job-1"
POINT = CurvePoint(10, 0.5, 1.5, 0.7, {"accuracy": 0.8})


def record(**changes):
    values = {
        "project": "default",
        "job": "job-1",
        "spec": JobSpec(dataset=f"projects/default/datasets/{'a' * 64}"),
        "state": JobState.QUEUED,
        "stage": "",
        "progress": 0.0,
        "message": "",
        "stop_reason": "",
        "error": None,
        "result": None,
        "best_trial": "",
        "cancel_reason": "",
        "create_time": NOW,
        "queue_time": NOW,
        "start_time": None,
        "end_time": None,
        "last_sequence": 1,
    }
    return JobRecord(**{**values, **changes})


def event(payload, **extra):
    return EventRecord(7, NOW, events.kind_of(payload), {**events.encode_payload(payload), **extra})


def test_a_fresh_job_has_no_times_error_or_result():
    message = job_to_wire(record())
    assert (message.name, message.state, message.stage) == (JOB, wire.Job.STATE_QUEUED, wire.STAGE_UNSPECIFIED)
    for name in ("start_time", "end_time", "error", "result"):
        assert not message.HasField(name)


def test_a_finished_job_tells_its_result():
    half = Interval(0.5, 0.4, 0.6)
    result = JobResult(
        "starter:a", "full", "t0003", "accuracy", "maximize",
        Evaluation("final", "x", {"accuracy": half}),
        (Evaluation("majority class", "y", {"accuracy": half}, half),),
    )  # fmt: skip
    message = job_to_wire(
        record(
            state=JobState.SUCCEEDED,
            stop_reason="COMPLETED",
            result=result,
            best_trial="t0003",
            start_time=NOW,
            end_time=NOW + timedelta(seconds=90),
            trial_counts={TrialState.SUCCEEDED: 2, TrialState.PRUNED: 1},
        )
    )
    assert message.stop_reason == wire.Job.STOP_REASON_COMPLETED
    assert message.best_trial == message.result.trial == f"{JOB}/trials/t0003"
    assert (message.trial_counts.succeeded, message.trial_counts.pruned, message.trial_counts.failed) == (2, 1, 0)
    assert message.result.seconds == 90
    assert message.result.direction == wire.MetricSpec.DIRECTION_MAXIMIZE
    assert message.result.final.metrics["accuracy"].low == 0.4
    assert not message.result.final.HasField("difference")
    assert message.result.baselines[0].difference.high == 0.6


def test_a_failed_job_tells_why():
    message = job_to_wire(record(state=JobState.FAILED, error=JobError("INVALID_DATASET", "row 3")))
    info = error_details_pb2.ErrorInfo()
    message.error.details[0].Unpack(info)
    assert (message.error.code, message.error.message) == (code_pb2.INVALID_ARGUMENT, "row 3")
    assert info.reason == "INVALID_DATASET"


def test_a_trial_keeps_everything_and_an_unknown_value_stays_unset():
    trial = Trial("t0002", 2, "a:b", "full", {"b": 1, "a": 0.5}, 3, "sampler", TrialState.RUNNING, curve=(POINT,))
    message = trial_to_wire("default", "job-1", trial)
    assert message.name == f"{JOB}/trials/t0002"
    assert not message.HasField("value")
    assert message.parameters_json == '{"a":0.5,"b":1}'
    assert (message.curve[0].update, dict(message.curve[0].metrics), message.fraction) == (
        10,
        {"accuracy": 0.8},
        0.5,
    )


def test_a_diverged_trial_can_be_told():
    lost = CurvePoint(1, 0.1, 1.0, float("nan"), {"accuracy": float("nan")})
    message = trial_to_wire("default", "job-1", Trial("t0001", 1, "a:b", "full", {}, 0, "x", curve=(lost,)))
    assert math.isnan(message.curve[0].train_loss)


def test_a_ranked_model():
    message = ranked_model_to_wire(RankedModel("a:b", 1, 0.5, 0.4, 0.6, {"knn": 0.7}, {"logme": "too few"}))
    assert (message.model, message.rank, message.score_low, message.score_high) == ("a:b", 1, 0.4, 0.6)
    assert (dict(message.scores), dict(message.notes)) == ({"knn": 0.7}, {"logme": "too few"})
    assert not message.HasField("probability_best")


def test_what_is_unknown_of_a_cost_is_absent():
    cost = ModelCost(
        7, flops=2.5e6, inference_bytes=123.0, device="cpu, 1 thread", notes={"latency_ms": "no time"}
    )
    message = ranked_model_to_wire(RankedModel("a:b", 1, 0.5, 0.4, 0.6, cost=cost)).cost
    assert (message.parameter_count, message.flops, message.inference_bytes) == (7, 2.5e6, 123)
    assert (message.device, dict(message.notes)) == ("cpu, 1 thread", {"latency_ms": "no time"})
    absent = ("latency_ms", "examples_per_second", "weight_bytes", "training_bytes", "trial_seconds")
    assert not any(message.HasField(name) for name in absent)
    assert not ranked_model_to_wire(RankedModel("a:b", 0, 0.0, 0.0, 0.0, error="gone")).HasField("cost")


def test_every_stored_kind_of_event_has_its_message():
    payloads = {
        "job": events.JobChanged(JOB, "FAILED", "PROBE", "FAILED", "row 3"),
        "progress": events.StageProgress("PROBE", 0.5, "3 of 6"),
        "ranking_ready": events.RankingReady(9, "a:b"),
        "trial": events.TrialChanged(
            "t0001", 1, "a:b", "full", "RUNNING", 0.75, 0.5, 2.0, "sampler", "", {"x": 1}
        ),
        "artifact": events.ArtifactPublished("report.html", "report_html", "text/html", 3, "ab" * 32),
        "warning": events.Warned("careful"),
    }
    messages = {name: event_to_wire("default", "job-1", event(payload)) for name, payload in payloads.items()}
    assert {name: message.WhichOneof("event") for name, message in messages.items()} == {n: n for n in payloads}
    assert all((m.sequence, m.event_time.ToDatetime(UTC)) == (7, NOW) for m in messages.values())
    assert messages["job"].job.error.message == "row 3"
    assert messages["job"].job.stop_reason == wire.Job.STOP_REASON_FAILED
    assert messages["progress"].progress.stage == wire.STAGE_PROBE
    assert messages["ranking_ready"].ranking_ready.best_model == "a:b"
    assert json.loads(messages["trial"].trial.parameters_json) == {"x": 1}
    assert messages["trial"].trial.value == 0.75
    assert messages["artifact"].artifact.name == f"{JOB}/artifacts/report.html"
    assert messages["artifact"].artifact.sha256 == b"\xab" * 32


def test_a_trial_event_carries_its_new_points():
    payload = events.TrialChanged("t0001", 1, "a:b", "full", "RUNNING")
    points = [{"update": 10, "fraction": 0.5, "seconds": 1.0, "train_loss": 0.7, "metrics": {"accuracy": 0.8}}]
    message = event_to_wire("default", "job-1", event(payload, curve=points))
    assert [point.update for point in message.trial.curve] == [10]
    assert not message.trial.HasField("value")

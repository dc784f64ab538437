"""Specs survive the wire, and answers of newer services are read as far as they are known."""

import math

from google.rpc import error_details_pb2
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.client import convert
from automl_tl.json_codec import to_plain
from automl_tl.pipeline import events
from automl_tl.pipeline.spec import (
    BudgetSpec,
    ComputeSpec,
    JobSpec,
    JobState,
    MetricSpec,
    ModelFilter,
    SplitSpec,
    Stage,
)
from automl_tl.probe.cost import ModelCost
from automl_tl.server.convert.jobs import ranked_model_to_wire
from automl_tl.transferability.base import RankedModel
from automl_tl.v1 import jobs_pb2

words = st.text("abcdefg-_:/. ", min_size=1, max_size=20)
fractions = st.floats(0.01, 0.49)
specs = st.builds(
    JobSpec,
    dataset=words,
    task=words,
    target=words,
    split=st.builds(SplitSpec, column=words, validation_fraction=fractions, test_fraction=fractions),
    group_by=words,
    sensitive=st.lists(words, max_size=3).map(tuple),
    favourable=st.just("") | words,
    metric=st.builds(MetricSpec, name=words, direction=st.sampled_from(["", "maximize", "minimize"])),
    models=st.builds(
        ModelFilter,
        names=st.lists(words, min_size=1, max_size=3).map(tuple),
        max_parameters=st.integers(0, 2**40),
        licences=st.lists(words.filter(bool), max_size=2).map(tuple),
        max_latency_ms=st.floats(0, 1e6),
        max_memory_mb=st.floats(0, 1e6),
    ),
    scorers=st.lists(words, max_size=3).map(tuple),
    layers=st.sampled_from(["best", "last", "mean", "stages"]),
    top_k=st.integers(1, 20),
    search_space_name=st.just("") | words,
    budget=st.builds(
        BudgetSpec,
        trials=st.integers(1, 10_000),
        wall_seconds=st.integers(0, 10**7).map(float),
        gpu_seconds=st.integers(0, 10**7).map(float),
        money=st.floats(0, 1e6),
        price_per_device_hour=st.floats(0.01, 1e3),
    ),
    compute=st.builds(
        ComputeSpec,
        accelerator=st.sampled_from(["", "H200", "A100-80G"]),
        gpus_per_trial=st.integers(0, 64),
        compile=st.booleans(),
    ),
    stop_after=st.sampled_from(Stage),
    seed=st.integers(0, 2**31 - 1),
    explanations=st.integers(0, 64),
    include_examples=st.booleans(),
    notes=words,
    labels=st.dictionaries(words, words, max_size=3),
)


@given(specs)
def test_a_spec_comes_back_from_the_wire_as_it_was(spec):
    sent = convert.spec_to_wire(spec).SerializeToString()
    assert convert.spec_from_wire(jobs_pb2.JobSpec.FromString(sent)) == spec


def test_a_search_space_document_survives():
    spec = JobSpec(dataset="d", search_space_yaml="strategies: []")
    assert convert.spec_from_wire(convert.spec_to_wire(spec)).search_space_yaml == "strategies: []"


def test_own_lists_on_inherited_bias_survive():
    pairs = [{"stereotype": f"a {n}", "anti_stereotype": f"b {n}"} for n in range(10)]
    swap = {"name": "jobs", "terms": ["nurse", "smith"], "templates": [f"The {{term}} is {n}." for n in range(6)]}
    spec = JobSpec(dataset="d", inherited={"term_swaps": [swap], "stereotype_pairs": pairs})
    assert convert.spec_from_wire(convert.spec_to_wire(spec)) == spec


def test_what_a_service_leaves_unset_takes_the_defaults():
    assert convert.spec_from_wire(jobs_pb2.JobSpec(dataset="d")) == JobSpec(dataset="d")


def test_an_unknown_state_counts_as_running():
    wire = jobs_pb2.Job(spec=jobs_pb2.JobSpec(dataset="d"), state=99, stage=99, stop_reason=99)
    job = convert.job_from_wire(wire)
    assert (job.state, job.stage, job.stop_reason) == (JobState.RUNNING, "", "")


def test_why_a_job_failed_is_told_in_words_and_by_its_reason():
    wire = jobs_pb2.Job(spec=jobs_pb2.JobSpec(dataset="d"), state=jobs_pb2.Job.STATE_FAILED)
    assert convert.job_from_wire(wire).error_reason == ""
    wire.error.message = "one class"
    wire.error.details.add().Pack(error_details_pb2.ErrorInfo(reason="INVALID_DATASET"))
    job = convert.job_from_wire(wire)
    assert (job.error, job.error_reason) == ("one class", "INVALID_DATASET")


def test_a_job_with_a_result_is_read_whole():
    wire = jobs_pb2.Job(
        name="projects/p/jobs/j1",
        state=jobs_pb2.Job.STATE_SUCCEEDED,
        stop_reason=jobs_pb2.Job.STOP_REASON_BUDGET_TRIALS,
        result=jobs_pb2.JobResult(
            model="starter:a",
            direction=jobs_pb2.MetricSpec.DIRECTION_MAXIMIZE,
            final=jobs_pb2.Evaluation(
                name="final", metrics={"accuracy": jobs_pb2.Interval(value=0.9, low=0.8, high=0.95)}
            ),
            baselines=[jobs_pb2.Evaluation(name="from scratch", difference=jobs_pb2.Interval(value=0.1))],
        ),
        trial_counts=jobs_pb2.TrialCounts(succeeded=3, failed=1),
    )
    wire.start_time.FromSeconds(60)
    job = convert.job_from_wire(wire)
    assert job.stop_reason == "BUDGET_TRIALS"
    assert job.trial_counts == {"pending": 0, "running": 0, "succeeded": 3, "pruned": 0, "failed": 1}
    assert job.start_time.isoformat() == "1970-01-01T00:01:00+00:00"
    assert job.end_time is None
    assert job.result.direction == "maximize"
    assert job.result.final.metrics["accuracy"].low == 0.8
    assert job.result.final.difference is None
    assert job.result.baselines[0].difference.value == 0.1


def test_a_trial_without_a_value_has_none():
    trial = convert.trial_from_wire(jobs_pb2.Trial(name="projects/p/jobs/j1/trials/t0001", number=1))
    assert math.isnan(trial.value)
    assert trial.parameters == {}


def test_a_trial_event_tells_how_far_the_trial_is():
    wire = jobs_pb2.JobEvent(
        sequence=7,
        trial=jobs_pb2.Trial(
            name="projects/p/jobs/j1/trials/t0003",
            number=3,
            state=jobs_pb2.Trial.STATE_PRUNED,
            value=0.75,
            parameters_json='{"learning_rate": 0.001}',
            fraction=0.5,
        ),
    )
    payload = convert.event_from_wire(wire).payload
    assert isinstance(payload, events.TrialChanged)
    assert (payload.id, payload.state, payload.value, payload.fraction) == ("t0003", "PRUNED", 0.75, 0.5)
    assert payload.parameters == {"learning_rate": 0.001}


def test_each_kind_of_event_has_its_own_payload():
    kinds = {
        "warning": jobs_pb2.JobEvent(warning=jobs_pb2.Warning(message="m")),
        "ranking": jobs_pb2.JobEvent(ranking_ready=jobs_pb2.RankingReady(model_count=6, best_model="starter:a")),
        "artifact": jobs_pb2.JobEvent(artifact={"name": "n", "sha256": b"\1" * 32}),
        "heartbeat": jobs_pb2.JobEvent(),
    }
    for kind, wire in kinds.items():
        assert convert.event_from_wire(wire).kind == kind
    assert convert.event_from_wire(kinds["artifact"]).payload.sha256 == "01" * 32


figures = st.floats(0, 1e12) | st.just(math.nan)
sizes = st.integers(0, 2**50).map(float) | st.just(math.nan)
costs = st.builds(
    ModelCost,
    parameters=st.integers(0, 2**50),
    **dict.fromkeys(("flops", "latency_ms", "examples_per_second", "trial_seconds"), figures),
    **dict.fromkeys(("weight_bytes", "inference_bytes", "training_bytes"), sizes),
    device=words,
    notes=st.dictionaries(words, words, max_size=2),
)


@given(costs | st.none())
def test_a_cost_comes_back_as_the_service_told_it(cost):
    told = ranked_model_to_wire(RankedModel("a:b", 1, 0.5, 0.4, 0.6, cost=cost)).SerializeToString()
    heard = convert.ranked_model_from_wire(jobs_pb2.RankedModel.FromString(told)).cost
    assert to_plain(heard) == to_plain(cost)


def test_what_the_ranking_says_of_a_row_arrives():
    row = RankedModel(
        *("a:b", 1, 0.5, 0.4, 0.6), probability_best=0.75, expected_regret=0.002, contender=True, prior_shift=-0.1
    )
    heard = convert.ranked_model_from_wire(ranked_model_to_wire(row))
    assert (heard.probability_best, heard.expected_regret, heard.contender) == (0.75, 0.002, True)
    assert heard.prior_shift == -0.1
    unknown = convert.ranked_model_from_wire(jobs_pb2.RankedModel(model="a:b"))
    assert math.isnan(unknown.expected_regret)
    assert not unknown.contender

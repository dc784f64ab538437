"""A spec crosses the wire without loss; what breaks a rule names its field."""

import pytest
from google.protobuf.duration_pb2 import Duration
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.errors import InvalidInput, SpecError
from automl_tl.pipeline.inherited_spec import InheritedSpec, StereotypePairSpec, TermSwapSpec
from automl_tl.pipeline.spec import BudgetSpec, ComputeSpec, JobSpec, MetricSpec, ModelFilter, SplitSpec, Stage
from automl_tl.server.convert.spec import budget_from_wire, spec_from_wire, spec_to_wire
from automl_tl.v1 import jobs_pb2 as wire

DATASET = f"projects/default/datasets/{'a' * 64}"
WORDS = st.text("abc_é", max_size=6)
SPECS = st.builds(
    JobSpec,
    dataset=st.just(DATASET),
    target=st.sampled_from(["label", "class"]),
    split=st.builds(SplitSpec, column=WORDS, validation_fraction=st.sampled_from([0.1, 0.3])),
    group_by=WORDS,
    sensitive=st.lists(WORDS, max_size=3).map(tuple),
    favourable=WORDS,
    metric=st.builds(MetricSpec, name=WORDS, direction=st.sampled_from(["", "maximize", "minimize"])),
    models=st.builds(
        ModelFilter,
        names=st.lists(WORDS, min_size=1, max_size=3).map(tuple),
        max_parameters=st.integers(0, 10**9),
        licences=st.lists(WORDS.filter(bool), max_size=2).map(tuple),
        max_latency_ms=st.sampled_from([0.0, 0.25, 20.0]),
        max_memory_mb=st.sampled_from([0.0, 1.5, 500.0]),
    ),
    scorers=st.lists(WORDS, max_size=2).map(tuple),
    layers=st.sampled_from(["best", "last", "mean", "stages"]),
    top_k=st.integers(1, 20),
    search_space_name=WORDS,
    budget=st.builds(
        BudgetSpec,
        trials=st.integers(1, 100),
        wall_seconds=st.sampled_from([0.0, 0.25, 120.0]),
        gpu_seconds=st.sampled_from([0.0, 600.0]),
        money=st.sampled_from([0.0, 2.5]),
        price_per_device_hour=st.just(1.8),
    ),
    compute=st.builds(
        ComputeSpec,
        accelerator=st.sampled_from(["", "H200", "A100-80G"]),
        gpus_per_trial=st.integers(0, 64),
        compile=st.booleans(),
    ),
    inherited=st.builds(
        InheritedSpec,
        term_swaps=st.lists(
            st.builds(
                TermSwapSpec,
                name=st.sampled_from(["jobs", "ages"]),
                terms=st.just(("nurse", "she|her|her")),
                templates=st.just(tuple(f"The {{term}} came {n} times." for n in range(6))) | st.just(()),
            ),
            max_size=2,
            unique_by=lambda swap: swap.name,
        ).map(tuple),
        stereotype_pairs=st.just(())
        | st.just(tuple(StereotypePairSpec(stereotype=f"a {n}", anti_stereotype=f"b {n}") for n in range(10))),
    ),
    stop_after=st.sampled_from(Stage),
    seed=st.integers(0, 2**31 - 1),
    explanations=st.integers(0, 64),
    include_examples=st.booleans(),
    notes=WORDS,
    labels=st.dictionaries(WORDS, WORDS, max_size=3),
)


@given(SPECS)
def test_a_spec_comes_back_as_it_was(spec):
    assert spec_from_wire(spec_to_wire(spec)) == spec


def test_a_space_in_yaml_comes_back():
    spec = JobSpec(dataset=DATASET, search_space_yaml="modality: image")
    assert spec_from_wire(spec_to_wire(spec)) == spec


def test_what_is_unset_takes_its_default():
    assert spec_from_wire(wire.JobSpec(dataset=DATASET)) == JobSpec(dataset=DATASET)


def test_every_field_of_the_plain_spec_is_on_the_wire():
    plain = set(JobSpec.model_fields)
    assert plain == {field.name for field in wire.JobSpec.DESCRIPTOR.fields}


@pytest.mark.parametrize(
    ("fields", "named", "value"),
    [
        ({"top_k": 0}, "job.spec.top_k", "got 0"),
        ({"top_k": 21}, "job.spec.top_k", "got 21"),
        ({"seed": -1}, "job.spec.seed", "got -1"),
        ({"explanations": 65}, "job.spec.explanations", "got 65"),
        ({"budget": wire.Budget(max_trials=0)}, "job.spec.budget.max_trials", "got 0"),
        ({"budget": wire.Budget(max_wall_time=Duration(seconds=-5))}, "job.spec.budget.max_wall_time", "got -5"),
        ({"budget": wire.Budget(max_gpu_time=Duration(seconds=-5))}, "job.spec.budget.max_gpu_time", "got -5"),
        ({"budget": wire.Budget(max_cost=-1.0)}, "job.spec.budget.max_cost", "got -1"),
        ({"budget": wire.Budget(max_cost=1.0)}, "job.spec.budget", "money needs price_per_device_hour"),
        ({"split": wire.SplitSpec(test_fraction=0.5)}, "job.spec.split.test_fraction", "got 0.5"),
        ({"split": wire.SplitSpec(validation_fraction=0.0)}, "job.spec.split.validation_fraction", "got 0.0"),
        ({"labels": {str(number): "" for number in range(65)}}, "job.spec.labels", "64"),
        ({"search_space_yaml": "x" * 65_537}, "job.spec.search_space_yaml", "65536"),
    ],
)
def test_a_broken_rule_names_field_and_value(fields, named, value):
    with pytest.raises(SpecError) as caught:
        spec_from_wire(wire.JobSpec(dataset=DATASET, **fields))
    assert caught.value.field == named
    assert caught.value.message.startswith(f"{named}: ")
    assert value in caught.value.message
    assert len(caught.value.message) < 300


@pytest.mark.parametrize("fields", [{"stop_after": 99}, {"metric": wire.MetricSpec(direction=9)}])
def test_an_unknown_enum_value_is_refused(fields):
    with pytest.raises(InvalidInput, match="but got the number"):
        spec_from_wire(wire.JobSpec(dataset=DATASET, **fields))


def test_a_budget_alone():
    assert budget_from_wire(wire.Budget(max_trials=3, max_wall_time=Duration(seconds=9))) == BudgetSpec(
        trials=3, wall_seconds=9.0
    )
    with pytest.raises(SpecError) as caught:
        budget_from_wire(wire.Budget(max_trials=0))
    assert caught.value.field == "budget.max_trials"


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ({"max_latency_ms": -1.0}, "max_latency_ms"),
        ({"max_memory_mb": float("nan")}, "max_memory_mb"),
        ({"max_latency_ms": float("inf")}, "max_latency_ms"),
        ({"licences": ["MIT", ""]}, "licences.1"),
    ],
)
def test_a_limit_that_is_none_is_named_as_a_field_of_the_request(limits, field):
    message = wire.JobSpec(dataset=DATASET, models=wire.ModelFilter(**limits))
    with pytest.raises(SpecError) as caught:
        spec_from_wire(message)
    assert caught.value.field == f"job.spec.models.{field}"


@pytest.mark.parametrize(
    ("compute", "field", "told"),
    [
        (wire.Compute(accelerator="nvidia-h200"), "job.spec.compute.accelerator", "'H200', not 'nvidia-h200'"),
        (wire.Compute(accelerator="two words"), "job.spec.compute.accelerator", "as Ray names it"),
        (wire.Compute(gpus_per_trial=65), "job.spec.compute.gpus_per_trial", "less than or equal to 64"),
        (wire.Compute(gpus_per_trial=-1), "job.spec.compute.gpus_per_trial", "greater than or equal to 0"),
    ],
)
def test_what_trials_cannot_run_on_is_refused_by_field(compute, field, told):
    """A type of GPU in other letters than Ray's would be waited for without end."""
    with pytest.raises(SpecError, match=told) as caught:
        spec_from_wire(wire.JobSpec(dataset=DATASET, compute=compute))
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("asked", "field", "told"),
    [
        (wire.Inherited(term_swaps=[wire.TermSwap(terms=["a", "b"])]), "term_swaps.0.name", "Field required"),
        (
            wire.Inherited(
                term_swaps=[wire.TermSwap(name="x", terms=["a", "b"], templates=["{term}"] * 5 + ["b"])]
            ),
            "term_swaps.0.templates.5",
            "has no {term} to fill",
        ),
        (
            wire.Inherited(stereotype_pairs=[wire.StereotypePair()] * 10),
            "stereotype_pairs.0.stereotype",
            "required",
        ),
    ],
)
def test_own_lists_are_refused_by_field(asked, field, told):
    """To the single sentence."""
    with pytest.raises(SpecError, match=told) as caught:
        spec_from_wire(wire.JobSpec(dataset=DATASET, inherited=asked))
    assert caught.value.field == f"job.spec.inherited.{field}"

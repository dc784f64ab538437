"""Options become the spec that they describe, or a worded refusal."""

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.cli.options import build_spec, job_options, ranking_options, service_options
from automl_tl.errors import SpecError
from automl_tl.pipeline.spec import ComputeSpec, JobSpec, Stage


def spec_of(*arguments, decorate=job_options):
    """Return the spec or the exit of a command with these options."""
    caught = []

    @click.command()
    @decorate
    def command(**options):
        caught.append(build_spec(**options))

    answer = CliRunner().invoke(command, list(arguments))
    return caught[0] if caught else answer


@pytest.mark.parametrize("decorate", [job_options, ranking_options])
def test_no_options_are_the_defaults_of_the_spec(decorate):
    assert spec_of(decorate=decorate) == JobSpec(dataset="")


def test_every_option_reaches_its_field():
    spec = spec_of(
        *("--target", "species", "--sensitive", "age, sex", "--group-by", "patient", "--top-k", "5"),
        *("--models", "starter,timm:resnet18.a1_in1k,local:weights/mine", "--budget", "wall=2m,trials=20"),
        *("--metric", "macro_f1", "--seed", "7", "--split-column", "fold", "--explanations", "0"),
        *("--stop-after", "rank", "--scorers", "logme", "--search-space", "image", "--notes", "hello"),
        *("--accelerator", "H200", "--gpus-per-trial", "2", "--compile"),
    )
    assert spec.compute == ComputeSpec(accelerator="H200", gpus_per_trial=2, compile=True)
    assert spec.target == "species"
    assert spec.sensitive == ("age", "sex")
    assert spec.models.names == ("starter", "timm:resnet18.a1_in1k", "local:weights/mine")
    assert (spec.budget.wall_seconds, spec.budget.trials) == (120.0, 20)
    assert (spec.group_by, spec.top_k, spec.metric.name, spec.seed) == ("patient", 5, "macro_f1", 7)
    assert (spec.split.column, spec.explanations, spec.stop_after) == ("fold", 0, Stage.RANK)
    assert (spec.scorers, spec.search_space_name, spec.notes) == (("logme",), "image", "hello")


@pytest.mark.parametrize("decorate", [job_options, ranking_options])
def test_limits_on_models_are_typed_with_units(decorate):
    spec = spec_of(
        *("--max-parameters", "10M", "--max-latency", "20ms", "--max-memory", "0.5GB"),
        *("--licence", "Apache-2.0, MIT"),
        decorate=decorate,
    )
    limits = spec.models
    assert (limits.max_parameters, limits.max_latency_ms, limits.max_memory_mb) == (10_000_000, 20.0, 500.0)
    assert limits.licences == ("Apache-2.0", "MIT")
    assert limits.names == ("starter",)


def test_a_search_space_may_be_a_file(tmp_path):
    (tmp_path / "mine.yaml").write_text("modality: image\n")
    spec = spec_of("--search-space", str(tmp_path / "mine.yaml"))
    assert (spec.search_space_yaml, spec.search_space_name) == ("modality: image\n", "")


def test_own_lists_on_inherited_bias_are_a_file(tmp_path):
    (tmp_path / "own.yaml").write_text("term_swaps:\n  - {name: jobs, terms: [nurse, smith]}\n")
    spec = spec_of("--inherited", str(tmp_path / "own.yaml"))
    assert spec.inherited.term_swaps[0].terms == ("nurse", "smith")
    answer = spec_of("--inherited", str(tmp_path / "none.yaml"))
    assert answer.exit_code == 2
    assert "there is no such file" in answer.output


def test_a_search_space_file_that_is_not_there_is_refused():
    options = {
        "target": "label",
        "split_column": "",
        "group_by": "",
        "models": ("starter",),
        "scorers": (),
        "seed": 0,
    }
    with pytest.raises(SpecError, match=r"gone\.yaml: there is no such file"):
        build_spec(**options, search_space="gone.yaml")
    with pytest.raises(SpecError, match=r"budget\.trials: Input should be less than or equal to 10000, got 20000"):
        build_spec(**options, budget={"trials": 20_000})


@pytest.mark.parametrize(
    "arguments",
    [
        ("--budget", "wall=soon"),
        ("--budget", "gold=3"),
        ("--top-k", "0"),
        ("--seed", "-1"),
        ("--sensitive", "a,,b"),
        ("--stop-after", "lunch"),
        ("--explanations", "65"),
        ("--max-parameters", "many"),
        ("--max-latency", "20"),
        ("--max-memory", "-1GB"),
        ("--licence", "MIT,,ISC"),
    ],
)
def test_wrong_values_are_wrong_usage(arguments):
    answer = spec_of(*arguments)
    assert answer.exit_code == 2
    assert arguments[0] in answer.output


@given(st.integers(1, 10_000), st.integers(1, 10**6))
def test_any_budget_within_bounds_is_taken(trials, wall):
    spec = spec_of("--budget", f"trials={trials},wall={wall}s")
    assert (spec.budget.trials, spec.budget.wall_seconds) == (trials, wall)


def test_the_service_may_be_named_by_the_environment():
    caught = []
    command = click.command()(service_options(lambda **options: caught.append(options)))
    CliRunner().invoke(command, [], env={"AUTOML_TL_ADDRESS": "host:1", "AUTOML_TL_PROJECT": "lab"})
    CliRunner().invoke(command, ["--address", "host:2"], env={"AUTOML_TL_ADDRESS": "host:1"})
    assert caught == [{"address": "host:1", "project": "lab"}, {"address": "host:2", "project": "default"}]

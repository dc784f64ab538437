"""Tables show every row, and nothing a model's name holds is taken for markup."""

import io
import math

import pytest
from rich.console import Console

from automl_tl.cli import tables
from automl_tl.client.types import CatalogModel, Evaluation, Interval, Job, JobResult, Trial
from automl_tl.pipeline.spec import JobSpec, JobState


def text_of(table, width=200):
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(table)
    return console.file.getvalue()


def test_a_result_puts_the_jobs_metric_first_and_signs_differences():
    result = JobResult(
        "starter:a",
        "full",
        metric="macro_f1",
        final=Evaluation("final", "", {"accuracy": Interval(0.9, 0.8, 1.0), "macro_f1": Interval(0.8, 0.7, 0.9)}),
        baselines=(Evaluation("from scratch", "", {}, Interval(0.1, -0.05, 0.2)),),
    )
    shown = text_of(tables.result_table(result))
    assert shown.index("macro_f1") < shown.index("accuracy")
    assert "+0.100 (-0.05..+0.20)" in shown
    assert "this model: starter:a, full; difference: in macro_f1" in shown


def test_an_unknown_interval_is_said():
    alone = Interval(0.9, float("nan"), float("nan"))
    shown = text_of(
        tables.result_table(JobResult("m", "full", "accuracy", final=Evaluation("final", "", {"accuracy": alone})))
    )
    assert "0.900 (interval unknown)" in shown
    assert "nan" not in shown


def test_narrow_tables_keep_what_matters_on_one_line_each():
    figures = dict.fromkeys(("accuracy", "macro_f1", "log_loss"), Interval(0.9, 0.8, 1.0))
    baselines = (Evaluation("majority class", "", figures, Interval(0.1, -0.05, 0.2)),)
    result = JobResult("m", "s", metric="accuracy", final=Evaluation("final", "", figures), baselines=baselines)
    lines = text_of(tables.result_table(result, title="", wide=False), width=80).splitlines()
    assert len(lines) == 4
    assert all(len(line) <= 80 for line in lines)
    assert lines[0].split() == ["accuracy", "macro_f1", "difference"]


@pytest.mark.parametrize(
    ("direction", "difference", "said"),
    [
        ("maximize", Interval(-0.1, -0.2, -0.05), True),
        ("maximize", Interval(-0.1, -0.2, 0.05), False),
        ("maximize", Interval(0.1, 0.05, 0.2), False),
        ("minimize", Interval(0.1, 0.05, 0.2), True),
        ("minimize", Interval(-0.1, -0.2, -0.05), False),
        ("maximize", None, False),
    ],
)
def test_a_baseline_that_is_clearly_better_is_named(direction, difference, said):
    result = JobResult(
        "m", "s", metric="x", direction=direction, baselines=(Evaluation("tf-idf", "", {}, difference),)
    )
    assert ("tf-idf did better" in tables.negative_transfer(result)) is said
    assert ("Negative transfer" in text_of(tables.result_table(result))) is said


@pytest.mark.parametrize(("higher", "first"), [(True, "t0002"), (False, "t0001")])
def test_trials_stand_best_first(higher, first):
    trials = [
        Trial("p/trials/t0001", 1, "SUCCEEDED", "m", "s", value=0.1),
        Trial("p/trials/t0002", 2, "PRUNED", "m", "s", value=0.2),
        Trial("p/trials/t0003", 3, "FAILED", "m", "s"),
    ]
    lines = text_of(tables.trials_table(trials, higher_is_better=higher)).splitlines()
    assert first in lines[1]
    assert "t0003" in lines[3]


def test_jobs_and_models_are_listed():
    job = Job("projects/p/jobs/job-1", JobSpec(dataset="d"), JobState.FAILED, error="[bold] no rows")
    assert "[bold] no rows" in text_of(tables.jobs_table([job]))
    model = CatalogModel("timm:resnet18", "image", 11_700_000)
    assert "11.7 M" in text_of(tables.models_table([model]))


@pytest.mark.parametrize(
    ("number", "text"), [(0, "-"), (240_000, "240 K"), (5_300_000, "5.3 M"), (2 * 10**9, "2.0 G")]
)
def test_counts_for_people(number, text):
    assert tables.count(number) == text


def test_figures_for_people():
    assert (tables.figure(0.12345), tables.figure(math.nan), tables.figure(math.inf)) == ("0.1235", "-", "-") or (
        tables.figure(0.12345) == "0.1234"
    )

"""The end of a job reads the same for programs and for people."""

import io
import json

from rich.console import Console

from automl_tl.cli.outcome import Outcome, read_result, search_trials
from automl_tl.pipeline.events import TrialChanged


def summary(**changes):
    figures = {
        "accuracy": {"value": 0.97, "low": 0.95, "high": 0.98},
        "auc": {"value": None, "low": None, "high": None},
    }
    baseline = {"name": "majority class", "metrics": {"accuracy": {"value": 0.1, "low": 0.1, "high": 0.1}}}
    values = {"model": "starter:a", "strategy": "full", "metric": "accuracy", "final": {"name": "final"}}
    values["final"]["metrics"] = figures
    return {**values, "baselines": [baseline], "of a newer version": 1, **changes}


def test_the_line_holds_every_key_and_is_strict_json():
    outcome = Outcome("j", "SUCCEEDED", result=read_result(summary()), seconds=1.23456, trials=3)
    line = outcome.to_json()
    assert "\n" not in line
    values = json.loads(line, parse_constant=lambda name: 1 / 0)
    assert values["metrics"] == {"accuracy": 0.97, "auc": None}
    assert values["intervals"]["accuracy"] == [0.95, 0.98]
    assert values["baselines"] == {"majority class": {"accuracy": 0.1}}
    assert (values["model"], values["seconds"], values["trials"]) == ("starter:a", 1.235, 3)
    assert {"job", "state", "strategy", "stop_reason", "report", "model_path", "ranking"} <= set(values)


def test_a_job_without_a_result_still_has_a_whole_line():
    values = json.loads(Outcome("j", "FAILED", error="no rows").to_json())
    assert (values["state"], values["error"], values["model"], values["metrics"]) == ("FAILED", "no rows", "", {})


def test_a_summary_without_a_model_is_no_result():
    assert read_result({}) is None
    assert read_result(summary(final=None)).final is None


def test_people_see_the_result_beside_its_baselines_and_the_files():
    console = Console(file=io.StringIO(), width=200, color_system=None)
    paths = {"report": "out/report.html", "model_path": "out/model"}
    outcome = Outcome("j", "SUCCEEDED", "BUDGET_TRIALS", result=read_result(summary()), seconds=65, trials=4)
    Outcome(**{**outcome.__dict__, "paths": paths}).show(console)
    shown = console.file.getvalue()
    assert "succeeded (budget trials), 4 trials in 1m 05s" in shown
    assert "0.970 (0.95..0.98)" in shown
    assert "majority class" in shown
    assert "out/report.html" in shown


def test_incumbents_and_baselines_are_not_search_trials():
    origins = ("probe", "portfolio", "sampler", "baseline")
    trials = [TrialChanged(f"t{n}", n, "m", "s", "SUCCEEDED", origin=origin) for n, origin in enumerate(origins)]
    assert search_trials(trials) == 2

"""A dataset walks through all rooms; what is published is not done again."""

from __future__ import annotations

import html
import json
from dataclasses import replace

import pytest

import automl_tl
from automl_tl.errors import Cancelled
from automl_tl.pipeline.deadlines import StageDeadlines
from automl_tl.pipeline.run import run_pipeline
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps import fit, ingest, probe, report, search
from automl_tl.search.budget import Deadline, StopReason
from automl_tl.search.trial import TrialState
from automl_tl.store.pages import PageRequest
from automl_tl.testing.tiny_models import TINY_WORDS, write_masked_lm_folder


def artifacts(bench):
    page = bench.ledger.artifacts.list("default", "job-1", PageRequest(size=100))
    return {record.artifact: record for record in page.items}


def test_a_job_ends_with_a_model_that_loads_and_a_report(image_bench, tmp_path):
    """Every stage publishes, and the model in the archive answers like the predictions that were measured."""
    job = image_bench.job()
    result = run_pipeline(job)
    published = artifacts(image_bench)
    assert result.stop_reason in (StopReason.BUDGET_TRIALS, StopReason.COMPLETED)
    assert {"profile.json", "ranking.json", "model.zip", "test_results.json", "explanations.json"} <= set(
        published
    )
    assert {"bias_report.json", "report.html", "report.json"} <= set(published)
    archive = job.journal.fetch("model.zip", tmp_path / "model.zip")
    model = automl_tl.load(archive)
    row = int(result.fitted.measured.predictions.rows[0])
    answer = model.predict_proba([job.dataset.root / job.dataset.inputs[row]])[0]
    assert answer == pytest.approx(result.fitted.measured.predictions.probabilities[0], abs=1e-5)


def test_final_model_is_never_below_a_linear_probe_on_validation(image_bench):
    """Rung 0 takes part in the choice."""
    job = image_bench.job()
    run_pipeline(job)
    trials = job.journal.trials()
    probes = [trial.value for trial in trials if trial.origin == "probe"]
    best = next(
        trial for trial in trials if trial.id == image_bench.ledger.jobs.get("default", "job-1").best_trial
    )
    assert probes
    assert best.value >= max(probes)
    assert all(trial.state is not TrialState.PENDING for trial in trials)


def test_stop_after_rank_ends_with_a_ranking_and_nothing_more(make_bench, image_folder):
    """The quick answer to "which model fits" trains nothing."""
    bench = make_bench(image_folder, stop_after="RANK")
    result = run_pipeline(bench.job())
    assert result.stop_reason is StopReason.STOP_AFTER
    assert result.fitted is None
    assert set(artifacts(bench)) == {"profile.json", "probe.json", "ranking.json"}
    assert bench.ledger.trials.all(bench.lease) == ()


def test_a_second_worker_goes_on_where_the_first_stopped(image_bench, monkeypatch):
    """The test part is measured once: a job that broke in its report restores model and figures."""

    def broken(job, products):
        raise RuntimeError("the page printer is on fire")

    with monkeypatch.context() as patch:
        patch.setattr(report, "run", broken)
        with pytest.raises(RuntimeError):
            run_pipeline(image_bench.job("first-machine"))
    before = artifacts(image_bench)
    with monkeypatch.context() as patch:
        patch.setattr(fit, "make_final_model", broken)  # would fail if the model were fitted again
        result = run_pipeline(image_bench.job("second-machine"))
    after = artifacts(image_bench)
    assert {name: record.sha256 for name, record in before.items()}.items() <= {
        name: record.sha256 for name, record in after.items()
    }.items()
    assert "report.html" in after
    assert result.fitted.measured.evaluations[0].name == "final"


def test_fitting_has_what_search_left_of_money(make_bench, image_folder, monkeypatch):
    """A slow winner used up all of it: nothing is trained again, each decision says so, and there is a report."""
    budget = {"trials": 1, "money": 1.0, "price_per_device_hour": 1.0}
    bench, found = make_bench(image_folder, budget=budget), search.run

    def slow(*args):
        searched = found(*args)
        trials = tuple(
            trial if trial.origin == "probe" else replace(trial, seconds=4000.0, value=1.0)
            for trial in searched.result.trials
        )
        winner = next(trial for trial in trials if trial.origin != "probe")
        result = replace(searched.result, trials=trials, best=winner, stop_reason=StopReason.BUDGET_MONEY)
        return replace(searched, result=result)

    monkeypatch.setattr(search, "run", slow)
    result = run_pipeline(bench.job())
    assert result.stop_reason is StopReason.BUDGET_MONEY
    assert "report.html" in artifacts(bench)
    measured = result.fitted.measured
    retraining = measured.decisions[-1]
    assert (retraining.step, retraining.kept) == ("retraining", False)
    assert "used up" in retraining.reason
    assert {"classical", "from scratch"} <= set(measured.skipped)


def test_fitting_is_as_it_was_where_money_is_left(make_bench, image_folder):
    """The limit alone hurries nobody."""
    bench = make_bench(image_folder, budget={"trials": 1, "money": 100.0, "price_per_device_hour": 1.0})
    measured = run_pipeline(bench.job()).fitted.measured
    assert measured.skipped == {}
    assert measured.decisions[-1].kept


def test_a_job_whose_time_is_over_goes_on_with_the_models_it_had(image_bench, monkeypatch):
    """After a crash the clock stands past every deadline, but the models were probed in time."""

    def broken(job, ingested, searched):
        raise RuntimeError("the machine went away")

    with monkeypatch.context() as patch:
        patch.setattr(fit, "run", broken)
        with pytest.raises(RuntimeError):
            run_pipeline(image_bench.job())
    over = Deadline(at=0.0)
    late = replace(image_bench.job(), deadlines=StageDeadlines(*(over,) * 7))
    result = run_pipeline(late)
    assert {row.model for row in result.ranking.usable()} == {"local:first", "local:second"}


def test_a_model_that_came_too_late_stays_out_when_another_worker_goes_on(image_bench):
    """Ranking and trials of the second worker are those of the first."""
    over = Deadline(at=0.0)
    hurried = replace(image_bench.job(), deadlines=StageDeadlines(*(over,) * 7))
    ingested = ingest.run(hurried)
    first = probe.run(hurried, ingested)
    hurried.journal.begin(Stage.PROBE)
    probe.publish(hurried, first)
    second = probe.run(image_bench.job("second-machine"), ingested)
    assert set(second.embeddings) == set(first.embeddings) == {"local:first"}
    assert second.failures == first.failures


def test_a_cancelled_job_stops_before_its_next_stage(image_bench):
    """What is published stays, nothing more is begun."""
    job = image_bench.job()
    calls = iter([False, True])

    class Stubborn:
        def __getattr__(self, name):
            return getattr(job.journal, name)

        def cancelled(self):
            return next(calls, True)

    with pytest.raises(Cancelled):
        run_pipeline(replace(job, journal=Stubborn()))
    assert not job.journal.finished_stage(Stage.PROBE)


def test_raw_inputs_stay_out_of_every_file_without_include_examples(make_bench, text_csv):
    """Words of the texts appear neither in a published file nor in the ledger with its events."""
    bench = make_bench(text_csv, sensitive=("speaker",))
    job = bench.job()
    run_pipeline(job)
    published = [path for path in bench.directory.blobs.rglob("*") if path.is_file()]
    kept = [path for path in bench.directory.root.iterdir() if path.is_file()]
    assert len(published) >= 8
    assert any(path.name.startswith("ledger") for path in kept)
    for path in (*published, *kept):
        content = path.read_bytes()
        if content.startswith(b"PK"):
            continue  # a model archive holds the vocabulary of the pretrained tokenizer
        assert b"guitar" not in content
        assert b"referee" not in content


def test_report_json_says_what_the_job_did(make_bench, text_csv):
    """Metric, baselines with paired differences, groups and digests are there for programs."""
    bench = make_bench(text_csv, sensitive=("speaker",), notes="a note <b>from</b> the user")
    job = bench.job()
    run_pipeline(job)
    content = json.loads(job.journal.fetch("report.json", job.work / "copy.json").read_text(encoding="utf-8"))
    names = [evaluation["name"] for evaluation in content["evaluations"]]
    assert names[:3] == ["final", "majority class", "linear probe"]
    assert {"classical", "from scratch"} <= set(names)
    assert [entry["attribute"] for entry in content["fairness"]["attributes"]] == ["speaker"]
    assert content["reproducibility"]["digests"]["dataset"] == job.dataset.digest
    page = job.journal.fetch("report.html", job.work / "copy.html").read_text(encoding="utf-8")
    assert "a note &lt;b&gt;from&lt;/b&gt; the user" in page


def test_own_terms_sentences_and_pairs_reach_the_report(make_bench, text_csv, tmp_path):
    """From the spec in the ledger to bias report and page: before and after, for finalists, by their names."""
    write_masked_lm_folder(tmp_path / "bert" / "words")
    pairs = [
        {"stereotype": f"{one} and a storm", "anti_stereotype": f"{one} and a goal"} for one in TINY_WORDS[:12]
    ]
    own = {
        "term_swaps": [
            {"name": "weather", "terms": ["storm", "drizzle"], "templates": [f"{{term}} {n}" for n in range(9)]}
        ],
        "stereotype_pairs": pairs,
    }
    bench = make_bench(
        text_csv, inherited=own, models={"names": (f"local:{tmp_path / 'bert'}",)}, budget={"trials": 2}
    )
    job = bench.job()
    result = run_pipeline(job)
    told = json.loads(job.journal.fetch("bias_report.json", tmp_path / "bias.json").read_text(encoding="utf-8"))
    rows = {(entry["kind"], entry["what"], entry["model"]): entry for entry in told["inherited"]}
    swapped = rows["term_swap", "weather", "final model"]
    assert [row["name"] for row in swapped["rows"]] == ["storm", "drizzle"]
    assert swapped["count"] == 18
    scored = rows["stereotype_pairs", "12 sentence pairs", "pretrained model"]
    assert scored["value"] is None or 0 <= scored["value"] <= 1
    assert scored["count"] > 0
    tuned = result.fitted.trial.strategy != "linear_probe"
    assert (("term_swap", "weather", "before fine-tuning") in rows) == tuned
    (cell,) = told["finalists"]
    assert cell["inherited"] in ("violation", "no_evidence_of_violation")
    assert 0 <= cell["changed"] <= 1
    page = job.journal.fetch("report.html", tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Stereotypes against their opposites" in page
    assert swapped["summary"] in html.unescape(page)
    assert '<th scope="col">bias</th>' in page

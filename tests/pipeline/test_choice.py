"""Why this model, gathered from the stages of a small job: tests of what the pipeline adds to the room."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from automl_tl.pipeline.choice import model_choice
from automl_tl.pipeline.steps import fit, ingest, probe, rank, search
from automl_tl.search.budget import Deadline
from automl_tl.testing.search_sample import SearchTruth, sample_search


@pytest.fixture
def early(image_bench):
    job = image_bench.job()
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    ranking = rank.run(job, ingested, probed)
    searched = search.run(job, ingested, probed, ranking)
    return SimpleNamespace(job=job, ingested=ingested, ranking=ranking, searched=searched)


@pytest.fixture
def chosen(early):
    fitted = fit.run(early.job, early.ingested, early.searched)
    return lambda job=early.job, searched=early.searched: model_choice(
        job, early.ingested, early.ranking, searched, fitted
    )


def test_few_trials_are_refused_and_the_rivals_answer_the_same_rows(early, chosen):
    """The validation rows, by both checkpoints."""
    choice = chosen()
    assert choice.influences.status == "too_few_trials"
    assert choice.rivalry.rows == len(early.ingested.target.split.validation)
    assert choice.rivalry.reason == ""
    assert 0 <= choice.rivalry.p_value <= 1
    assert {point.trial for point in choice.costs} <= {trial.id for trial in early.searched.result.trials}


def test_without_time_the_reason_stands_where_the_figures_would_be(early, chosen):
    """Neither surrogate nor comparison; costs are free."""
    passed = Deadline(0.0, lambda: 1.0)
    job = replace(early.job, deadlines=replace(early.job.deadlines, audit=passed))
    trials = (*early.searched.result.trials, *sample_search(SearchTruth(0), 20))
    searched = replace(early.searched, result=replace(early.searched.result, trials=trials))
    choice = chosen(job, searched)
    assert choice.influences.status == "skipped"
    assert "no time was left" in choice.rivalry.reason
    assert choice.costs


def test_time_that_runs_out_in_the_middle_ends_the_surrogate(early, chosen):
    """A clock that is asked a few times says no: the reason, and not a late report."""
    asked = []

    def clock():
        asked.append(1)
        return float(len(asked))

    job = replace(early.job, deadlines=replace(early.job.deadlines, audit=Deadline(12.0, clock)))
    trials = (*early.searched.result.trials, *sample_search(SearchTruth(0), 40))
    searched = replace(early.searched, result=replace(early.searched.result, trials=trials))
    choice = chosen(job, searched)
    assert (choice.influences.status, choice.influences.reason) == (
        "skipped",
        "no time was left to look into the search",
    )
    assert 12 <= len(asked) < 30
    assert chosen(searched=searched).influences.status == "ok"


def test_weights_that_are_gone_are_said_to_be_gone(early, chosen):
    """As on another machine after a crash."""
    trials = tuple(replace(trial, checkpoint="") for trial in early.searched.result.trials)
    result = replace(early.searched.result, trials=trials)
    choice = chosen(searched=replace(early.searched, result=result))
    assert choice.rivalry.difference is None
    assert "not on this machine any more" in choice.rivalry.reason

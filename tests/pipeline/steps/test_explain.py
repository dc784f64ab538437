"""EXPLAIN shows a handful of test examples, or only averages."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps import explain
from automl_tl.search.budget import Deadline


@pytest.mark.parametrize("include", [True, False])
def test_pictures_appear_only_if_the_spec_includes_examples(early, include):
    """Without them an explanation keeps its row, its classes and its figures."""
    job = replace(early.job, spec=early.job.spec.model_copy(update={"include_examples": include}))
    (shown,) = explain.run(job, early.ingested, early.fit()).explanations
    assert (shown.preview_png is not None) is include
    assert bool(len(shown.values)) is include
    assert shown.row in early.ingested.target.split.test


def test_without_time_nothing_is_explained_and_watchers_are_told(early, image_bench):
    """The job goes on to its report."""
    over = Deadline(at=0.0)
    job = replace(early.job, deadlines=replace(early.job.deadlines, explain=over))
    assert explain.run(job, early.ingested, early.fit()).explanations == ()
    history = image_bench.ledger.events.read("default", "job-1").events
    assert any(event.kind == "warning" and "0 of 1" in event.values["message"] for event in history)


def test_the_example_that_came_late_is_named(early, monkeypatch):
    """Whichever it was: side by side on a GPU it need not be the last."""
    whole = explain.explain_predictions
    monkeypatch.setattr(
        explain, "explain_predictions", lambda model, cases, **rest: whole(model, cases[1:], **rest)
    )
    job = replace(early.job, spec=early.job.spec.model_copy(update={"explanations": 2}))
    product = explain.run(job, early.ingested, early.fit())
    (shown,), (late,) = product.explanations, product.failed
    assert late.row != shown.row
    assert late.reason == "there was no time left"


def test_a_published_explanation_is_read_back(early):
    """Resuming does not spend the evaluations twice."""
    fitted = early.fit()
    product = explain.run(early.job, early.ingested, fitted)
    early.job.journal.begin(Stage.EXPLAIN)
    explain.publish(early.job, product)
    again = explain.run(early.job, early.ingested, fitted)
    assert json.dumps([entry.row_id for entry in again.explanations]) == json.dumps(
        [entry.row_id for entry in product.explanations]
    )


def test_what_many_predictions_have_in_common_is_part_of_it(early):
    """Errors, neighbours of what was explained, and averages over a sample; neighbours only with examples."""
    fitted = early.fit()
    shown = replace(early.job, spec=early.job.spec.model_copy(update={"include_examples": True}))
    found = explain.run(shown, early.ingested, fitted, early.searched).overview
    assert found is not None
    assert found.samples >= 1
    assert [entry.row_id for entry in found.neighbours]
    train = {early.ingested.target.dataset.row_ids[int(row)] for row in early.ingested.target.split.train}
    assert {row_id for entry in found.neighbours for row_id in entry.row_ids} <= train
    assert all(entry.row_ids for entry in found.neighbours)
    private = explain.run(early.job, early.ingested, fitted, early.searched).overview
    assert [entry.row_ids for entry in private.neighbours] == [()] * len(found.neighbours)


def test_a_job_that_wants_no_explanations_gets_no_sample(early):
    """Errors and doubtful labels cost nothing and stay."""
    job = replace(early.job, spec=early.job.spec.model_copy(update={"explanations": 0}))
    product = explain.run(job, early.ingested, early.fit(), early.searched)
    assert product.explanations == ()
    assert product.overview is not None
    assert product.overview.samples == 0

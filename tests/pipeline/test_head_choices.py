"""Heads take a part of the time for search, and are the same under every later lease."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from automl_tl.finetune.probe_head import choose_head
from automl_tl.finetune.workload import HeadChoice
from automl_tl.pipeline import head_choices
from automl_tl.pipeline.steps import ingest, probe, search
from automl_tl.search.budget import Deadline


@pytest.fixture
def probed(image_bench):
    """Return a job that has come to search, and what its trials may see."""
    job = image_bench.job()
    ingested = ingest.run(job)
    return job, ingested, probe.run(job, ingested)


def made(probed, seconds=math.inf):
    job, ingested, embedded = probed
    if math.isfinite(seconds):
        job = replace(job, deadlines=replace(job.deadlines, search=Deadline(seconds, clock=lambda: 0.0)))
    return search.make_workload(job, ingested, embedded, tuple(embedded.embeddings))


def test_with_time_enough_the_clock_changes_no_head(probed):
    """C is chosen on the training part, and may be chosen anew on others."""
    workload = made(probed, 60.0)
    assert workload.settled == {}
    for model, head in workload.heads.items():
        np.testing.assert_array_equal(head.weight, choose_head(workload, model, seed=0)[0].weight)


@pytest.mark.parametrize("seconds", [(60.0, -1.0), (-1.0, 60.0), (-1.0, math.inf)])
def test_a_job_that_is_taken_up_again_has_the_heads_its_trials_started_from(probed, seconds):
    """However much time there was then, and is now."""
    first, again = (made(probed, each) for each in seconds)
    assert first.settled == again.settled
    for model, head in first.heads.items():
        np.testing.assert_array_equal(head.weight, again.heads[model].weight)


def test_without_time_every_model_has_a_head_and_nothing_is_chosen(probed, count_calls_of_fits):
    workload = made(probed, -1.0)
    assert set(workload.heads) == set(workload.cards)
    assert set(workload.settled.values()) == {HeadChoice(0.1, kept=True)}
    assert len(count_calls_of_fits) == len(workload.heads)


def test_a_job_that_is_taken_up_again_chooses_nothing(probed, count_calls_of_fits):
    models = len(made(probed).heads)
    count_calls_of_fits.clear()
    made(probed)
    assert len(count_calls_of_fits) == models


def test_the_models_share_half_of_the_time_for_search(probed, monkeypatch):
    clocks, settle = [], head_choices.settle_head

    def watched(*args, remaining, **options):
        clocks.append(remaining())
        return settle(*args, remaining=remaining, **options)

    monkeypatch.setattr(head_choices, "settle_head", watched)
    made(probed, 60.0)
    assert clocks == [15.0, 30.0]  # the clock of this test stands still


def test_a_cancelled_job_chooses_no_penalty(probed, monkeypatch):
    """What it goes on with at most is what it has."""
    job, _, _ = probed
    assert head_choices._remaining(job) == math.inf
    monkeypatch.setattr(type(job.journal), "cancelled", lambda journal: True)
    assert head_choices._remaining(job) == -math.inf


@pytest.fixture
def count_calls_of_fits(monkeypatch):
    """Return a list that grows by one with every fit of a head."""
    from automl_tl.finetune.head import HeadFeatures

    fits, solve = [], HeadFeatures.solve

    def counted(self, *args, **options):
        fits.append(1)
        return solve(self, *args, **options)

    monkeypatch.setattr(HeadFeatures, "solve", counted)
    return fits

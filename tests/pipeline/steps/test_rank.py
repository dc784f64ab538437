"""RANK scores on the training part only."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from automl_tl.errors import FailedPrecondition
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps import ingest, probe, rank


def test_every_candidate_gets_a_place(image_bench):
    """Scores come from the training rows, one column per scorer."""
    job = image_bench.job()
    ingested = ingest.run(job)
    ranking = rank.run(job, ingested, probe.run(job, ingested))
    assert sorted(row.rank for row in ranking.models) == [1, 2]
    assert ranking.n_probe == len(ingested.target.split.train)
    assert {"logme", "knn"} <= set(ranking.models[0].scores)


def test_without_a_usable_candidate_the_job_fails_with_all_reasons(image_bench):
    """The user learns why, and what would work."""
    job = image_bench.job()
    ingested = ingest.run(job)
    probed = replace(probe.run(job, ingested), embeddings={}, failures={"local:first": "it is broken"})
    with pytest.raises(FailedPrecondition, match=r"local:first: it is broken.*starter"):
        rank.run(job, ingested, probed)


def test_the_ranking_is_published_as_rows_and_as_a_file(image_bench):
    """ListRankedModels and ranking.json say the same."""
    job = image_bench.job()
    ingested = ingest.run(job)
    product = rank.run(job, ingested, probe.run(job, ingested))
    job.journal.begin(Stage.RANK)
    rank.publish(job, product)
    plain = json.loads(job.journal.fetch("ranking.json", job.work / "copy.json").read_text(encoding="utf-8"))
    assert [row["model"] for row in plain["models"]] == [row.model for row in product.models]

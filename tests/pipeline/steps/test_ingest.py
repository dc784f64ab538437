"""INGEST binds, splits and profiles."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from automl_tl.errors import DatasetError, SpecError
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps import ingest


def test_it_is_the_same_again_for_the_same_seed(image_bench):
    """Resuming repeats it instead of storing it, so it must not depend on anything else."""
    first, second = (ingest.run(image_bench.job()).target.split for _ in range(2))
    for part in ("train", "validation", "test"):
        assert first.part(part).tolist() == second.part(part).tolist()


def test_the_profile_is_published(image_bench):
    """Balanced classes of 12 show in the profile."""
    job = image_bench.job()
    job.journal.begin(Stage.INGEST)
    ingest.publish(job, ingest.run(job))
    profile = json.loads(job.journal.fetch("profile.json", job.work / "copy.json").read_text(encoding="utf-8"))
    assert profile["rows"] == 36
    assert job.journal.finished_stage(Stage.INGEST)


def test_an_unknown_target_names_the_columns_that_there_are(make_bench, image_folder):
    """The message helps to correct the call."""
    with pytest.raises(DatasetError, match="label"):
        ingest.run(make_bench(image_folder, target="diagnosis").job())


def test_a_direction_against_the_metrics_own_is_refused(make_bench, image_folder):
    """Nobody wants the least accurate model by a slip."""
    bench = make_bench(image_folder, metric={"name": "accuracy", "direction": "minimize"})
    with pytest.raises(SpecError, match="maximize"):
        ingest.run(bench.job())


def test_an_unknown_favourable_class_is_refused_before_anything_is_trained(image_bench):
    """The bias report would only find out at the end."""
    job = image_bench.job()

    def asking(name):
        return replace(job, spec=job.spec.model_copy(update={"favourable": name}))

    with pytest.raises(SpecError, match="circle, cross, square"):
        ingest.run(asking("triangle"))
    assert ingest.run(asking("cross")).target.n_classes == 3

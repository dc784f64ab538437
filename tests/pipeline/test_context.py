"""What a stage may ask of its job."""

from __future__ import annotations

import pytest

from automl_tl.errors import Cancelled
from automl_tl.pipeline.spec import Stage


def test_check_passes_until_somebody_asks_the_job_to_stop(image_bench):
    """A cancel request reaches the pipeline through the journal."""
    job = image_bench.job()
    job.check()
    image_bench.ledger.jobs.cancel("default", "job-1")
    with pytest.raises(Cancelled):
        job.check()


def test_every_stage_has_a_directory_of_its_own(image_bench):
    """Two stages never write over each other's files."""
    job = image_bench.job()
    paths = {job.directory(stage) for stage in Stage}
    assert len(paths) == len(Stage)
    assert all(path.is_dir() and path.is_relative_to(job.work) for path in paths)

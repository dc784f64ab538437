"""REPORT gathers what the rooms made."""

from __future__ import annotations

from dataclasses import replace

from automl_tl.pipeline.steps import audit, explain, report
from automl_tl.search.budget import Deadline


def content_of(early, **changes):
    fitted = early.fit()
    job = replace(early.job, spec=early.job.spec.model_copy(update=changes))
    products = report.Products(
        early.ingested,
        early.ranking,
        early.searched,
        fitted,
        explain.run(job, early.ingested, fitted),
        audit.run(job, early.ingested, early.searched, fitted),
    )
    return report.run(job, products)


def test_the_report_knows_versions_digests_and_the_seed(early):
    """What somebody needs to get the same result."""
    block = content_of(early).reproducibility
    assert block.seed == early.job.spec.seed
    assert {"torch", "timm", "ray", "automl-tl"} <= set(block.versions)
    assert block.digests["dataset"] == early.job.dataset.digest


def test_the_confusion_matrix_counts_every_test_row(early):
    """Rows are true classes."""
    content = content_of(early)
    assert sum(map(sum, content.confusion)) == len(early.ingested.target.split.test)


def test_models_that_failed_are_named_among_the_warnings(early):
    """A reader must see which candidates were never compared."""
    failed = replace(early.ranking.models[-1], rank=0, error="its weights are damaged")
    ranking = replace(early.ranking, models=(*early.ranking.models[:-1], failed))
    content = content_of(replace(early, ranking=ranking))
    assert any("its weights are damaged" in warning for warning in content.warnings)


def test_what_the_clock_cut_off_the_bias_report_is_among_the_warnings(early):
    """Also where no column was sensitive, so that the page compares no groups."""
    early = replace(early, job=replace(early.job, deadlines=replace(early.job.deadlines, audit=Deadline(at=0.0))))
    assert any(warning.startswith("Time ran out before these parts") for warning in content_of(early).warnings)

"""REPORT gathers what the rooms made."""

from __future__ import annotations

import json
from dataclasses import replace

from automl_tl.json_codec import to_plain
from automl_tl.pipeline.steps import audit, explain, fit, ingest, probe, rank, report, search
from automl_tl.report.content import to_json
from automl_tl.report.html import render_html
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


def staff(folder):
    """Name a post and a salary for every drawing: one post and one salary are those of one test row."""
    paths = sorted(folder.rglob("*.png"))
    lines = ["image,label,split,post,salary"]
    for place, path in enumerate(paths):
        part = ("test", "train", "validation", "test")[place % 4]
        post, salary = ("clerk", "driver")[place // 4 % 2], 30_000 + 731.5 * place
        if place == 4:
            post, salary = "Chief Officer Jane Roe", 1_234_567.5
        lines.append(f"{path.relative_to(folder)},{path.parent.name},{part},{post},{salary}")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_no_name_of_a_group_tells_a_single_row_without_examples(make_bench, image_folder):
    """Neither a rare post nor the largest salary is in profile, bias report, page, JSON or card; else all are."""
    job = make_bench(staff(image_folder), sensitive=("post", "salary")).job()
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    ranking = rank.run(job, ingested, probed)
    searched = search.run(job, ingested, probed, ranking)
    fitted = fit.run(job, ingested, searched)
    for allowed in (False, True):
        open_job = replace(job, spec=job.spec.model_copy(update={"include_examples": allowed}))
        again = ingest.run(open_job)
        fairness = audit.run(open_job, again, searched, fitted)
        explained = explain.run(open_job, again, fitted)
        content = report.run(open_job, report.Products(again, ranking, searched, fitted, explained, fairness))
        told = {
            "profile": json.dumps(again.profile.to_json()),
            "bias report": json.dumps(to_plain(fairness)),
            "json": json.dumps(to_json(content)),
            "page": render_html(content),
        }
        secrets = ("Jane Roe", "1.23457e+06", "1234567.5")
        found = {name for name, text in told.items() if any(secret in text for secret in secrets)}
        assert found == (set(told) if allowed else set())
        assert {entry.attribute for entry in fairness.attributes} == {"post", "salary"}
        assert any(cell.attribute for cell in fairness.finalists)

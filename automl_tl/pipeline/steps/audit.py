"""AUDIT: for whom the model fails, on the test part: by group, by slice, by what it brought along."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import TargetData
from automl_tl.errors import DeadlineReached
from automl_tl.fairness.base import FairnessReport
from automl_tl.fairness.findings import Mitigation
from automl_tl.fairness.mitigation.offer import Remedy
from automl_tl.fairness.mitigation.remedy_head import RemedyHead, save_heads
from automl_tl.fairness.reliability import measure_reliability
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.pipeline.bias.bench import AuditBench
from automl_tl.pipeline.bias.by_group import audit_predictions
from automl_tl.pipeline.bias.discovery import discover
from automl_tl.pipeline.bias.finalists import audit_finalists
from automl_tl.pipeline.bias.inheritance import inherited_bias
from automl_tl.pipeline.bias.remedies import remedies_not_tried, remedy
from automl_tl.pipeline.bias.units import one_answer_each
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps.fit import Fitted
from automl_tl.pipeline.steps.ingest import Ingested
from automl_tl.pipeline.steps.search import Searched

__all__ = ["CUT_SHORT", "HEADS_FILE", "publish", "run"]

CUT_SHORT = "time ran out before these parts of the bias report were complete"
"""How the note of a report begins that the clock cut short."""

HEADS_FILE = "remedies.safetensors"
"""The heads of the remedies that are offered, by name; there is none where no head is."""

_FILE = "bias_report.json"
_REMEDIES = "remedies"
_PARTS = (
    "slices of similar inputs that fail, and shortcuts",
    "what the model brought along",
    _REMEDIES,
    "the bias of the finalists",
)
"""What needs the model again, in this order; the clock cuts off the end."""


def run(job: JobContext, ingested: Ingested, searched: Searched, fitted: Fitted) -> FairnessReport:
    """Compare groups, which is free, then what needs the model again, as far as time allows.

    Restores what was published: how far time reaches is not the same twice.
    """
    if job.journal.finished_stage(Stage.AUDIT):
        path = job.journal.fetch(_FILE, job.directory(Stage.AUDIT) / _FILE)
        return from_plain(FairnessReport, json.loads(path.read_text(encoding="utf-8")))
    fitted, notes = _one_row_each(job, ingested.target, fitted)
    report = _by_group(job, ingested, fitted)
    report = replace(report, notes=(*report.notes, *notes))
    predictions = fitted.measured.predictions
    if ingested.target.task == "classification":
        reliability = measure_reliability(predictions.probabilities, predictions.labels, seed=job.spec.seed)
        report = replace(report, reliability=reliability)

    def out_of_time() -> bool:
        job.check()
        return job.deadlines.audit.passed()

    spec = job.spec
    bench = AuditBench(
        ingested.target,
        fitted.model,
        predictions,
        spec.seed,
        out_of_time,
        spec.favourable,
        spec.inherited,
        veiled=not spec.include_examples,
    )
    return _by_model(job, bench, report, searched, fitted)


def _one_row_each(job: JobContext, target: TargetData, fitted: Fitted) -> tuple[Fitted, tuple[str, ...]]:
    """Return what was fitted with the answers to one row of each unit, and the note that says so."""
    groups = target.groups
    if groups is None:
        return fitted, ()
    predictions, notes = one_answer_each(fitted.measured.predictions, target.group_by, groups, seed=job.spec.seed)
    return replace(fitted, measured=replace(fitted.measured, predictions=predictions)), notes


def _by_model(
    job: JobContext, bench: AuditBench, report: FairnessReport, searched: Searched, fitted: Fitted
) -> FairnessReport:
    """Return the report with slices, inheritance, finalists and remedies; the clock may cut it short."""
    job.journal.progress(0.2, "looking for slices of similar inputs that fail")
    rows = bench.predictions.rows
    waiting = list(_PARTS)
    try:
        features = bench.embed(rows)
        inputs = bench.inputs(rows)
        slices, spurious = discover(bench, features, inputs, show_words=job.spec.include_examples)
        report = replace(report, slices=slices, spurious=spurious)
        del waiting[0]
        job.journal.progress(0.5, "testing what the model brought along")
        inherited, changes = inherited_bias(bench, searched, fitted.trial)
        report = replace(report, inherited=inherited, changes=changes)
        del waiting[0]
        job.journal.progress(0.7, "trying remedies")
        report = replace(report, mitigation=_kept(job, remedy(bench, report, features)))
        del waiting[0]
        job.journal.progress(0.8, "auditing the finalists")
        finalists, whole = audit_finalists(bench, searched)
        report = replace(report, finalists=finalists)
        if whole:
            return report
    except DeadlineReached:
        pass
    job.journal.warn("time allowed only a part of the bias report: the comparison of groups is complete")
    return _cut_short(bench.target, report, waiting)


def _kept(job: JobContext, tried: Sequence[Remedy]) -> tuple[Mitigation, ...]:
    """Return what is said of the remedies, after writing the heads that are offered where they are published."""
    heads = {
        found.entry.method: found.predictor
        for found in tried
        if found.entry.offered and isinstance(found.predictor, RemedyHead)
    }
    if heads:
        save_heads(heads, job.directory(Stage.AUDIT) / HEADS_FILE)
    return tuple(replace(found.entry, file=HEADS_FILE if found.entry.method in heads else "") for found in tried)


def _cut_short(target: TargetData, report: FairnessReport, missing: Sequence[str]) -> FairnessReport:
    """Return the report that says what there was no time for, and that remedies were withdrawn if one was due."""
    if _REMEDIES in missing:
        report = replace(report, mitigation=remedies_not_tried(target, report))
    parts = "; ".join(part for part in missing if part != _REMEDIES or report.mitigation)
    return replace(report, notes=(*report.notes, f"{CUT_SHORT}: {parts}"))


def _set_figures(fitted: Fitted) -> dict[str, NDArray[np.float64]]:
    """Return what prediction sets do for each test row: whether they hold the truth, and how large they are."""
    predictions, sets = fitted.measured.predictions, fitted.model.conformal
    if sets is None:
        return {}
    inside = sets.members(predictions.probabilities)
    held = inside[np.arange(len(inside)), predictions.labels]
    return {"misses_of_the_set": 1.0 - held, "size_of_the_set": inside.sum(axis=1).astype(np.float64)}


def _by_group(job: JobContext, ingested: Ingested, fitted: Fitted) -> FairnessReport:
    return audit_predictions(
        fitted.measured.predictions,
        ingested.target.sensitive,
        ingested.target.class_names,
        favourable=job.spec.favourable,
        row_figures=_set_figures(fitted),
        veiled=not job.spec.include_examples,
        seed=job.spec.seed,
    )


def publish(job: JobContext, product: FairnessReport) -> None:
    """Publish the bias report as numbers, and the heads of the remedies that it offers."""
    path = job.directory(Stage.AUDIT) / _FILE
    path.write_text(json.dumps(to_plain(product), indent=2), encoding="utf-8")
    files = [ArtifactFile(_FILE, "bias_report", "application/json", path)]
    # The file of an earlier lease may lie there too; this report's is named in it.
    if any(entry.file for entry in product.mitigation):
        heads = job.directory(Stage.AUDIT) / HEADS_FILE
        files.append(ArtifactFile(HEADS_FILE, "remedies", "application/octet-stream", heads))
    job.journal.publish(Stage.AUDIT, files)

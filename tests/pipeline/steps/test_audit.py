"""AUDIT compares groups on the test part, and looks further while time is left."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from automl_tl import fairness
from automl_tl.errors import DeadlineReached
from automl_tl.fairness.findings import Mitigation
from automl_tl.fairness.mitigation import Remedy, RemedyHead, load_heads
from automl_tl.pipeline.bias.inheritance import AFTER, BEFORE
from automl_tl.pipeline.deadlines import StageDeadlines
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps import audit, fit, ingest, probe, rank, search
from automl_tl.pipeline.steps.audit import CUT_SHORT
from automl_tl.search.budget import Deadline


def late(*given):
    raise DeadlineReached("no time is left")


def violated():
    """Right answers for one side only."""
    sides = ["left", "right"] * 100
    true = [0, 0, 1, 1] * 50
    pred = [t if side == "left" else 1 - t for t, side in zip(true, sides, strict=True)]
    report = fairness.audit(true, pred, {"side": sides}, class_names=("dark", "light"))
    assert report.verdicts["side"] == "violation"
    return report


def with_sides(early):
    """Name a sensitive column."""
    target = early.ingested.target
    values = tuple("left" if row % 2 else "right" for row in range(len(target.labels)))
    return replace(early.ingested, target=replace(target, sensitive={"side": values}))


def test_groups_are_those_of_the_test_rows(early):
    """Counts add up to the test part; the model is looked at too, and examples may be shown."""
    early = replace(
        early, job=replace(early.job, spec=early.job.spec.model_copy(update={"include_examples": True}))
    )
    ingested = with_sides(early)
    report = audit.run(early.job, ingested, early.searched, early.fit())
    (attribute,) = report.attributes
    assert sum(group.count for group in attribute.groups) + attribute.unknown == len(ingested.target.split.test)
    assert {group.group for group in attribute.groups} <= {"left", "right"}
    assert report.slices.verdict == "insufficient_evidence"
    assert report.spurious
    assert {entry.kind for entry in report.inherited} == {"photometric"}
    assert report.reliability.count == report.count
    assert report.finalists[0].attribute == "side"


def test_without_sensitive_columns_groups_are_not_compared(early):
    """What needs no group is still done."""
    report = audit.run(early.job, early.ingested, early.searched, early.fit())
    assert (report.attributes, report.mitigation) == ((), ())
    assert {cell.attribute for cell in report.finalists} == {""}
    assert report.slices is not None


def test_without_time_groups_are_compared_all_the_same(early):
    """What needs the model again is left out, and the job says so."""
    fitted = early.fit()
    job = replace(early.job, deadlines=StageDeadlines.plan(Deadline.after(1e-6), 1e-6))
    report = audit.run(job, with_sides(early), early.searched, fitted)
    assert len(report.attributes) == 1
    assert (report.slices, report.inherited, report.mitigation) == (None, (), ())
    assert report.notes[-1] == (
        f"{CUT_SHORT}: slices of similar inputs that fail, and shortcuts; what the model brought along; "
        "the bias of the finalists"
    )


def test_remedies_that_time_did_not_allow_are_withdrawn_with_a_reason(early, monkeypatch):
    """The comparison of groups found a violation; the report names it and what else is missing."""
    monkeypatch.setattr(audit, "_by_group", lambda *given: violated())
    monkeypatch.setattr(audit, "discover", lambda *given, **options: (None, ()))
    monkeypatch.setattr(audit, "inherited_bias", lambda *given: ((), ()))
    monkeypatch.setattr(audit, "remedy", late)
    report = audit.run(early.job, with_sides(early), early.searched, early.fit())
    (entry,) = report.mitigation
    assert (entry.attribute, entry.offered) == ("side", False)
    assert entry.reason.startswith("not tried: there was no time")
    assert report.notes == (f"{CUT_SHORT}: remedies; the bias of the finalists",)


def test_the_heads_that_are_offered_are_published(early, monkeypatch):
    """They come back as they were measured, and their entries name the file; what is withdrawn is not in it."""
    head = RemedyHead.single(np.eye(3), np.array([0.0, 0.5, 0.0]))
    entries = [
        Mitigation(name, "side", "accuracy", name == "group_dro", "") for name in ("reweighing", "group_dro")
    ]
    monkeypatch.setattr(audit, "_by_group", lambda *given: violated())
    monkeypatch.setattr(audit, "discover", lambda *given, **options: (None, ()))
    monkeypatch.setattr(audit, "inherited_bias", lambda *given: ((), ()))
    monkeypatch.setattr(audit, "remedy", lambda *given: tuple(Remedy(entry, head) for entry in entries))
    monkeypatch.setattr(audit, "audit_finalists", lambda *given: ((), True))
    report = audit.run(early.job, with_sides(early), early.searched, early.fit())
    assert [entry.file for entry in report.mitigation] == ["", "remedies.safetensors"]
    early.job.journal.begin(Stage.AUDIT)
    audit.publish(early.job, report)
    stored = load_heads(early.job.journal.fetch("remedies.safetensors", early.job.work / "again.safetensors"))
    assert set(stored) == {"group_dro"}
    rows = np.random.default_rng(0).normal(size=(50, 3))
    assert (stored["group_dro"].answers(rows) == head.answers(rows)).all()


@pytest.mark.parametrize("whole", [True, False])
def test_finalists_that_time_left_out_are_told_of(early, monkeypatch, whole):
    """They are left out without an error; everything before them is complete. Time may end right after them."""
    fitted, over = early.fit(), []
    monkeypatch.setattr(audit, "audit_finalists", lambda *given: (over.append(True) or (), whole))
    deadlines = replace(early.job.deadlines, audit=SimpleNamespace(passed=lambda: bool(over)))
    report = audit.run(replace(early.job, deadlines=deadlines), with_sides(early), early.searched, fitted)
    assert report.slices is not None
    assert report.notes == (() if whole else (f"{CUT_SHORT}: the bias of the finalists",))


def test_a_later_lease_reads_what_was_published(early):
    """How far time reached is not the same twice."""
    report = audit.run(early.job, with_sides(early), early.searched, early.fit())
    early.job.journal.begin(Stage.AUDIT)
    audit.publish(early.job, report)
    assert audit.run(early.job, with_sides(early), early.searched, None) == report


def test_texts_are_asked_about_people_before_and_after(make_bench, text_csv):
    """Term swaps of the fine-tuned encoder and of the same encoder with a linear probe."""
    job = make_bench(text_csv, sensitive=("speaker",)).job()
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    ranking = rank.run(job, ingested, probed)
    searched = search.run(job, ingested, probed, ranking)
    fitted = fit.run(job, ingested, searched)
    tuned = next((trial for trial in searched.result.trials if trial.strategy == "full_finetune"), fitted.trial)
    report = audit.run(job, ingested, searched, replace(fitted, trial=tuned))
    kinds = [(entry.kind, entry.model) for entry in report.inherited]
    assert kinds[:4] == [("term_swap", AFTER)] * 3 + [("embedding_association", AFTER)]
    assert kinds[4:] == [("term_swap", BEFORE)] * 3 + [("embedding_association", BEFORE)]
    assert len(report.changes) == 4
    assert "text length" in {entry.trait for entry in report.spurious}


def test_prediction_sets_are_compared_by_group(conformal):
    """How often they miss and how large they are."""
    report = audit.run(conformal.job, with_sides(conformal), conformal.searched, conformal.fit())
    assert {"misses_of_the_set", "size_of_the_set"} <= set(report.rate_names)


def of_patients(ingested, size):
    """Say that rows belong together, ``size`` at a time, within each part."""
    target, cells = ingested.target, {}
    for part in ("train", "validation", "test"):
        for place, row in enumerate(target.split.part(part).tolist()):
            cells[row] = f"{part} {place // size}"
    column = tuple(cells.get(row, "") for row in range(len(target.labels)))
    dataset = replace(target.dataset, columns={**target.dataset.columns, "patient": column})
    return replace(ingested, target=replace(target, dataset=dataset, group_by="patient"))


def test_of_rows_that_belong_together_one_is_looked_at(early):
    """In every figure, with a note; the test part's own figures stay those of all rows."""
    fitted, ingested = early.fit(), with_sides(early)
    report = audit.run(early.job, of_patients(ingested, 2), early.searched, fitted)
    rows = len(ingested.target.split.test)
    units = -(-rows // 2)
    assert report.count == report.reliability.count == units
    assert sum(group.count for group in report.attributes[0].groups) == units
    assert report.notes[0].endswith(f"{units} of {rows} rows")
    assert "“patient”" in report.notes[0]
    assert len(fitted.measured.predictions.rows) == rows


def test_units_of_one_row_give_the_report_that_there_was(early):
    """Also where the column names each row."""
    fitted, ingested = early.fit(), with_sides(early)
    alone = audit.run(early.job, of_patients(ingested, 1), early.searched, fitted)
    assert (alone.attributes, alone.reliability, alone.notes) == (
        (plain := audit.run(early.job, ingested, early.searched, fitted)).attributes,
        plain.reliability,
        plain.notes,
    )

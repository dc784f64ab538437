"""AUDIT compares groups on the test part."""

from __future__ import annotations

from dataclasses import replace

from automl_tl.pipeline.steps import audit


def test_groups_are_those_of_the_test_rows(early):
    """Counts add up to the test part; a column of unknowns is counted as such."""
    target = early.ingested.target
    values = tuple("left" if row % 2 else "right" for row in range(len(target.labels)))
    ingested = replace(early.ingested, target=replace(target, sensitive={"side": values}))
    (report,) = audit.run(early.job, ingested, early.fit()).attributes
    assert sum(group.count for group in report.groups) + report.unknown == len(target.split.test)
    assert {group.group for group in report.groups} <= {"left", "right"}


def test_without_sensitive_columns_there_is_nothing_to_compare(early):
    """The report then says that nothing was examined."""
    assert audit.run(early.job, early.ingested, early.fit()).attributes == ()

"""The model that judges the service notices every kind of broken promise."""

from __future__ import annotations

import pytest
from crash_harness.model import Created, Event, Published, Read, Records, violations

ORDER = ("INGEST", "RANK")
GOOD = (
    Event(1, "QUEUED"),
    Event(2, "RUNNING"),
    Event(3, artifact="ingest.bin"),
    Event(4, "RUNNING"),
    Event(5, artifact="rank.bin"),
    Event(6, "SUCCEEDED"),
)


def says(what, epoch=1, worker="w1", **more):
    return {"what": what, "job": "projects/default/jobs/j", "epoch": epoch, "worker": worker, **more}


def records(**changes) -> Records:
    values = {
        "created": [Created("r", "j")],
        "reads": [Read("j", 0, 1, "QUEUED", 1), Read("j", 2, 3, "RUNNING", 3), Read("j", 4, 5, "SUCCEEDED", 6)],
        "watched": [("j", (1, 2, 3, 4, 5, 6))],
        "witnesses": [says("published", stage="INGEST"), says("published", stage="RANK")],
        "histories": {"j": GOOD},
        "stages": {"j": (Published("INGEST", 1), Published("RANK", 1))},
    }
    return Records(**{**values, **changes})


def test_a_service_that_keeps_its_promises_is_not_blamed():
    assert violations(records(), ORDER) == []


def test_reads_that_overlap_may_be_answered_in_any_order():
    reads = [Read("j", 0, 5, "QUEUED", 1), Read("j", 1, 2, "SUCCEEDED", 6)]
    assert violations(records(reads=reads), ORDER) == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"created": [Created("r", "j"), Created("s", "gone")]}, "gone was acknowledged and is not there"),
        ({"created": [Created("r", "j"), Created("r", "k")], "histories": {"j": GOOD, "k": GOOD}}, "made 2 jobs"),
        ({"created": []}, "0 requests made 1 jobs"),
        ({"histories": {"j": (*GOOD[:2], *GOOD[3:])}}, "the sequences are not 1..5"),
        ({"histories": {"j": (Event(1, "RUNNING"), *GOOD[1:])}}, "goes from nothing to RUNNING"),
        ({"histories": {"j": (*GOOD, Event(7, "RUNNING"))}}, "goes from SUCCEEDED to RUNNING"),
        ({"histories": {"j": (*GOOD, Event(7, "SUCCEEDED"))}}, "succeeded more than once"),
        ({"reads": [Read("j", 0, 1, "RUNNING", 1)]}, "told RUNNING at event 1, where the history has QUEUED"),
        ({"reads": [Read("j", 0, 1, "RUNNING", 9)]}, "event 9, which there never was"),
        (
            {"reads": [Read("j", 0, 1, "SUCCEEDED", 6), Read("j", 2, 3, "QUEUED", 1)]},
            "told of event 1 after another one of 6",
        ),
        ({"watched": [("j", (1, 2, 3, 4, 5))]}, "a watcher saw 5 events"),
        ({"watched": [("j", (1, 2, 3, 3, 4, 5, 6))]}, "a watcher saw 7 events"),
        ({"watched": [("j", (1, 3, 2, 4, 5, 6))]}, "a watcher saw 6 events"),
        ({"stages": {"j": (Published("INGEST", 1),)}}, "succeeded with 1 stages"),
        (
            {"stages": {"j": (Published("INGEST", 1), Published("INGEST", 2), Published("RANK", 2))}},
            "has the stages",
        ),
        ({"stages": {"j": (Published("INGEST", 2), Published("RANK", 1))}}, "under the epochs [2, 1]"),
        ({"histories": {"j": (*GOOD[:4], Event(5, artifact="ingest.bin"), GOOD[5])}}, "artifacts came as"),
        ({"witnesses": [says("published", 7, stage="RANK")]}, "published under epoch 7 and is not there"),
        ({"witnesses": [says("fenced"), says("published", stage="RANK")]}, "after it had been refused"),
        ({"witnesses": [says("claimed"), says("claimed", worker="w2")]}, "two workers held epoch 1"),
    ],
)
def test_every_broken_promise_is_told(changes, text):
    found = violations(records(**changes), ORDER)
    assert any(text in violation for violation in found), found

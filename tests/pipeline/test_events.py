"""Events survive the trip through JSON rows."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.pipeline import events
from automl_tl.pipeline.events import decode_payload, encode_payload, kind_of

PAYLOADS = [
    events.JobChanged("projects/default/jobs/job-1", "RUNNING", "PROBE"),
    events.StageProgress("PROBE", 0.5, "3 of 6 models"),
    events.RankingReady(9, "starter:glyph-resnet"),
    events.TrialChanged("t0001", 1, "starter:a", "full", "RUNNING", 0.75, 0.5, 2.0, "sampler", "", {"lr": 0.1}),
    events.ArtifactPublished("report.html", "report_html", "text/html", 3, "00" * 32),
    events.Warned("careful"),
    events.Heartbeat(),
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=kind_of)
def test_a_payload_comes_back_from_json_as_it_was(payload):
    row = json.loads(json.dumps(encode_payload(payload), allow_nan=False))
    assert decode_payload(kind_of(payload), row) == payload


def test_a_missing_value_stays_missing():
    trial = events.TrialChanged("t0001", 1, "starter:a", "full", "PENDING")
    again = decode_payload("trial", json.loads(json.dumps(encode_payload(trial), allow_nan=False)))
    assert again.value != again.value


@given(st.dictionaries(st.text(min_size=9), st.integers()))
def test_keys_of_a_newer_version_are_ignored(extra):
    assert decode_payload("warning", {**extra, "message": "careful"}) == events.Warned("careful")


def test_an_event_names_its_kind():
    assert events.JobEvent(1, datetime.now(UTC), events.Warned("careful")).kind == "warning"


def test_a_download_takes_the_best_model_so_far_until_there_is_a_final_one():
    """And never what only resuming needs."""
    early, late = {"checkpoint", "model_so_far"}, {"checkpoint", "model_so_far", "model", "report_html"}
    assert {kind for kind in early if events.downloaded(kind, early)} == {"model_so_far"}
    assert {kind for kind in late if events.downloaded(kind, late)} == {"model", "report_html"}

"""Times and enums."""

from datetime import UTC, datetime

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.finetune.evaluation import Interval
from automl_tl.pipeline.spec import JobState, Stage
from automl_tl.search.budget import StopReason
from automl_tl.search.trial import TrialState
from automl_tl.server.convert.values import enum_number, enum_word, interval_values, timestamp
from automl_tl.v1 import jobs_pb2


@pytest.mark.parametrize(
    ("plain", "enum", "prefix"),
    [
        (JobState, jobs_pb2.Job.State, "STATE"),
        (StopReason, jobs_pb2.Job.StopReason, "STOP_REASON"),
        (TrialState, jobs_pb2.Trial.State, "STATE"),
        (Stage, jobs_pb2.Stage, "STAGE"),
    ],
)
def test_every_plain_value_has_its_place_on_the_wire(plain, enum, prefix):
    words = [enum_word(enum, prefix, enum_number(enum, prefix, value.value), field="x") for value in plain]
    assert words == [value.value for value in plain]
    assert len(enum.keys()) == len(plain) + 1


def test_nothing_is_unspecified():
    assert enum_number(jobs_pb2.Stage, "STAGE", "") == 0
    assert enum_word(jobs_pb2.Stage, "STAGE", 0, field="stop_after") == ""


def test_an_unknown_number_is_refused_with_what_would_do():
    with pytest.raises(InvalidInput, match=r"STAGE_INGEST, .* but got the number 99") as caught:
        enum_word(jobs_pb2.Stage, "STAGE", 99, field="stop_after")
    assert caught.value.field == "stop_after"


def test_times():
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert timestamp(noon).ToDatetime(UTC) == noon
    assert timestamp(None) is None


def test_an_interval_is_three_figures():
    assert interval_values(Interval(0.5, 0.4, 0.6)) == {"value": 0.5, "low": 0.4, "high": 0.6}

"""The report as JSON."""

import json

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.report.content import SCHEMA, from_json, to_json
from automl_tl.testing.report_sample import sample_image_report, sample_text_report


@pytest.mark.parametrize("sample", [sample_image_report, sample_text_report])
def test_json_round_trip_loses_nothing(sample):
    """Through text and back gives the same JSON."""
    plain = to_json(sample())
    text = json.dumps(plain, allow_nan=False)
    assert to_json(from_json(json.loads(text))) == plain
    assert plain["schema"] == SCHEMA


def test_another_schema_is_refused():
    """The message names both."""
    with pytest.raises(InvalidInput, match="report/9"):
        from_json({**to_json(sample_text_report()), "schema": "automl_tl.report/9"})


def test_a_field_that_does_not_fit_is_named():
    """Path and value are in the message."""
    with pytest.raises(InvalidInput, match=r"report\.seconds"):
        from_json({**to_json(sample_text_report()), "seconds": "long"})


def test_no_raw_example_in_the_json_unless_allowed():
    """Words, pictures and single contributions are gone; ids stay; doing it twice changes nothing."""
    private = to_json(sample_text_report(include_examples=False))
    assert "friendly" not in json.dumps(private)
    assert to_json(from_json(private)) == private
    pictures = to_json(sample_image_report(include_examples=False))
    assert all(entry["preview_png"] is None for entry in pictures["explanations"])
    assert all(entry["values"]["data"] == [] for entry in pictures["explanations"])
    assert pictures["explanations"][0]["row_id"] == "digits/0001.png"
    assert pictures["aggregates"][0]["count"] == 6
    assert to_json(from_json(pictures)) == pictures


def test_look_ups():
    """Evaluations by name, and the metric's direction."""
    content = sample_image_report()
    assert content.evaluation("final").name == "final"
    assert content.evaluation("nothing") is None
    assert content.higher_is_better

"""The fairness types keep their defaults, so that reports of older jobs can be read."""

from automl_tl.fairness.base import AttributeReport, FairnessReport
from automl_tl.json_codec import from_plain


def test_a_report_without_the_newer_fields_can_be_read():
    """Only the first fields are required."""
    plain = {
        "attributes": [
            {"attribute": "sex", "groups": [], "gaps": {"accuracy": None}, "unknown": 3, "summary": "s"}
        ],
        "rate_names": ["accuracy"],
        "count": 3,
    }
    report = from_plain(FairnessReport, plain)
    assert report.attributes == (AttributeReport("sex", (), {"accuracy": None}, 3, "s"),)
    assert report.attributes[0].verdict == "not_enough_data"

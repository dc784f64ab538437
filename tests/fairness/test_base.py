"""The fairness types keep their defaults, so that reports of older jobs can be read."""

import json

import numpy as np

from automl_tl.fairness import audit
from automl_tl.fairness.base import SCHEMA, VERDICTS, AttributeReport, FairnessReport
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
    assert report.attributes[0].verdict == "insufficient_evidence"


def test_json_is_text_with_a_schema_and_comes_back_whole():
    """No NaN, no infinity; equal after the trip."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, 2, 120)
    report = audit(true, rng.integers(0, 2, 120), {"g": rng.choice(["x", "y", ""], 120)}, y_score=rng.random(120))
    plain = json.loads(report.to_json(), parse_constant=lambda word: 1 / 0)
    assert plain["schema"] == SCHEMA
    assert from_plain(FairnessReport, plain) == report


def test_verdicts_cover_attributes_and_intersections():
    """By name, each one of three."""
    rng = np.random.default_rng(1)
    groups = {"a": rng.choice(["x", "y"], 100), "b": rng.choice(["p", "q"], 100)}
    report = audit(rng.integers(0, 2, 100), rng.integers(0, 2, 100), groups)
    assert list(report.verdicts) == ["a", "b", "a \N{MULTIPLICATION SIGN} b"]
    assert set(report.verdicts.values()) | set(report.label_verdicts.values()) <= set(VERDICTS)


def test_the_page_is_one_html_document():
    """Drawn by the room of reports; nothing fetched."""
    page = audit([0, 1] * 40, [0, 1] * 40, {"<b>": ["x", "y", "y", "x"] * 20}).to_html()
    assert page.startswith("<!DOCTYPE html>")
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;" in page

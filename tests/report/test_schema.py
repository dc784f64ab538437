"""The published schema is that of the types, and every report fits it."""

import json
from dataclasses import replace

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.report.content import SCHEMA, from_json, to_json
from automl_tl.report.schema import check_report, make_schema, published_schema
from automl_tl.testing.report_sample import (
    sample_image_report,
    sample_label_report,
    sample_number_report,
    sample_text_report,
)

SAMPLES = {
    "pictures": sample_image_report(),
    "private": sample_image_report(include_examples=False),
    "texts": sample_text_report(),
    "numbers": sample_number_report(),
    "labels": sample_label_report(),
}


def test_the_published_schema_is_up_to_date():
    """After a change of types: ``automl-tl report schema > automl_tl/report/report.schema.json``."""
    assert published_schema() == json.loads(json.dumps(make_schema()))


def test_the_schema_is_a_schema():
    """By the meta-schema of its draft."""
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(published_schema())
    assert published_schema()["properties"]["schema"] == {"const": SCHEMA}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_report_fits(name):
    """As it is written, after a trip through text."""
    check_report(json.loads(json.dumps(to_json(SAMPLES[name]), allow_nan=False)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "automl_tl.report/9"),
        (("trials", 0, "value"), "good"),
        (("ranking", "models"), {}),
        (("job",), 3),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(path, value):
    """The pointer leads to the field."""
    plain = json.loads(json.dumps(to_json(SAMPLES["pictures"])))
    inner = plain
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    with pytest.raises(InvalidInput, match="/" + "/".join(map(str, path))):
        check_report(plain)


def test_fields_of_a_newer_version_are_allowed_and_derived_ones_are_not_read_back():
    """Additions do not break readers; completeness follows from the content."""
    plain = json.loads(json.dumps(to_json(SAMPLES["texts"])))
    plain["something_new"] = {"a": 1}
    plain["completeness"]["filled"] = 10**6
    check_report(plain)
    again = to_json(replace(from_json(plain)))
    assert again["completeness"]["filled"] < 100

"""Rates by group of a job's test predictions."""

import numpy as np
import pytest

from automl_tl.errors import InvalidInput
from automl_tl.finetune.evaluation import Predictions
from automl_tl.pipeline.bias.by_group import audit_predictions

ROWS = np.arange(100, 300)
TRUE = np.arange(200) % 2
SIDE = ["left" if row < 200 else "right" for row in range(300)]


def classes(wrong):
    said = np.where(wrong, 1 - TRUE, TRUE)
    return Predictions(ROWS, TRUE, np.eye(2, dtype=np.float32)[said])


def test_columns_are_read_at_the_predicted_rows():
    """Half of the rows on the left are wrong, none on the right: that is a violation."""
    wrong = (np.arange(200) < 100) & (np.arange(200) % 4 < 2)
    report = audit_predictions(classes(wrong), {"side": SIDE}, ("no", "yes"))
    assert report.verdicts == {"side": "violation"}
    assert [row.count for row in report.attributes[0].groups] == [100, 100]
    assert report.attributes[0].worst_group == "left"


def test_numbers_and_labels_are_compared_as_what_they_are():
    """Errors for numbers, decisions at each label's threshold for sets."""
    values = TRUE + 0.25
    numbers = Predictions(ROWS, values, (values + 0.1)[:, None].astype(np.float32))
    assert audit_predictions(numbers, {"side": SIDE}, ("price",)).task == "regression"
    labels = np.stack([TRUE, 1 - TRUE], axis=1)
    sets = Predictions(ROWS, labels, np.where(labels == 1, 0.4, 0.2).astype(np.float32), (0.3, 0.3))
    report = audit_predictions(sets, {"side": SIDE}, ("a", "b"))
    assert report.task == "multilabel"
    assert report.verdicts["side"] != "violation"


def test_a_favourable_class_that_is_none_is_refused():
    """With the classes there are."""
    with pytest.raises(InvalidInput, match="maybe"):
        audit_predictions(classes(np.zeros(200, bool)), {"side": SIDE}, ("no", "yes"), favourable="maybe")


def test_groups_of_other_parts_have_a_row():
    """Of the data set's values none is lost; veiled, a value of few rows is not told."""
    column = ["front"] * 12 + ["attic"] + SIDE[13:]
    plain, veiled = (
        audit_predictions(classes(np.zeros(200, bool)), {"side": column}, ("no", "yes"), veiled=hidden)
        for hidden in (False, True)
    )
    assert {row.group: row.count for row in plain.attributes[0].groups} == {
        "left": 100,
        "right": 100,
        "front": 0,
        "attic": 0,
    }
    assert [row.group for row in veiled.attributes[0].groups] == ["left", "right", "front"]
    assert "attic" not in veiled.to_json()

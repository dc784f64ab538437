"""Questions are checked field by field; explanations come through whole."""

from datetime import timedelta

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.explain.plain import Contribution, PlainCurve, PlainExplanation, PlainQuality
from automl_tl.server.convert.explanations import explanation_to_wire, question_from_wire
from automl_tl.store.inquiries import Question
from automl_tl.v1 import explanations_pb2 as wire


def request(**fields):
    return wire.ExplainPredictionRequest(**{"name": "projects/default/jobs/job-1", "text": "good", **fields})


def test_defaults():
    """Shapley values within a minute."""
    assert question_from_wire(request()) == Question(text="good", method="shapley", seconds=60.0)


def test_an_empty_text_is_a_text():
    """Its explanation says that it has no word."""
    assert question_from_wire(request(text="")).text == ""


def test_everything_that_can_be_said():
    asked = request(row_id="a.png", method="lime", max_evaluations=50, max_wall_time=timedelta(seconds=5), seed=3)
    assert question_from_wire(asked) == Question("a.png", None, "lime", 50, 5.0, 3)
    assert question_from_wire(request(image=b"png")) == Question()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": None}, "input"),
        ({"row_id": ""}, "row_id"),
        ({"row_id": "x" * 1025}, "row_id"),
        ({"text": "x" * 100_001}, "text"),
        ({"image": b""}, "image"),
        ({"image": b"x" * 3_670_017}, "image"),
        ({"method": "magic"}, "method"),
        ({"max_evaluations": 3}, "max_evaluations"),
        ({"max_evaluations": 10_001}, "max_evaluations"),
        ({"max_evaluations": -1}, "max_evaluations"),
        ({"max_wall_time": timedelta(0)}, "max_wall_time"),
        ({"max_wall_time": timedelta(seconds=601)}, "max_wall_time"),
        ({"max_wall_time": timedelta(seconds=-1)}, "max_wall_time"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_does_not_fit_is_named(fields, field):
    with pytest.raises(InvalidInput) as caught:
        question_from_wire(request(**fields))
    assert caught.value.field == field


def test_unknown_figures_are_absent():
    """Neither 0 nor NaN."""
    bare = PlainExplanation("", "text", "", "3.2", "", None, ("y",), (1.0,), (3.2,), (), final=False)
    message = explanation_to_wire(bare)
    assert not message.HasField("probability")
    assert not message.HasField("quality")
    assert not message.final
    quality = PlainQuality(
        "weak", ("r",), 1e-7, 1e-5, None, None, (PlainCurve("b", 0.7, 0.2, (0.1,), "faithful"),)
    )
    full = PlainExplanation(
        "7", "image", "a", "a", "b", 0.9, ("a", "b"), (0.0, 0.1), (1.0, 2.0),
        (Contribution("row 1, column 1", (1.0, 1.9), (0.1, 0.2)),), (1, 1), "blurred image", "exact",
        quality=quality, preview_png=b"png",
    )  # fmt: skip
    message = explanation_to_wire(full)
    assert (message.grid_rows, message.probability, message.final) == (1, 0.9, True)
    assert message.contributions[0].standard_errors == [0.1, 0.2]
    assert message.quality.HasField("additivity_gap")
    assert not message.quality.HasField("stability")
    assert message.quality.curves[0].random_gaps == [0.1]

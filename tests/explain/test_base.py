"""The explanation type."""

import json
from dataclasses import replace

import numpy as np

from automl_tl.explain.base import Alternative, Explanation, Faithfulness, Quality
from automl_tl.json_codec import from_plain, to_plain

CURVE = Faithfulness(0.8, 0.3, (0.1, -0.1), "faithful", "mask token")


def explanation(values, outputs):
    return Explanation(
        row=1,
        row_id="1",
        modality="text",
        true_class="a",
        predicted_class="a",
        runner_up_class="b",
        probability=0.9,
        feature_names=("w",) * len(values),
        values=np.array(values, dtype=np.float64),
        base_values=np.array([1.0, 2.0]),
        model_outputs=np.array(outputs, dtype=np.float64),
        grid=None,
        evaluations=10,
        baseline="mask token",
        preview_png=b"\x89PNG",
        faithfulness=CURVE,
    )


def test_additivity_gap_is_the_largest_distance():
    """1 + 2 = 3 fits, 2 - 1 = 1 misses 1.5 by a half."""
    assert explanation([[2.0, -1.0]], [3.0, 1.5]).additivity_gap == 0.5


def test_gap_is_insertion_minus_deletion():
    """Larger is better."""
    assert explanation([[0.0, 0.0]], [1.0, 2.0]).faithfulness.gap == 0.5


def test_the_contrast_says_why_this_class_and_not_the_other():
    """The difference of both columns; the only column of a number."""
    both = explanation([[2.0, -1.0], [0.5, 1.0]], [3.0, 1.5])
    assert both.contrast.tolist() == [3.0, -0.5]
    assert both.names == ("a", "b")
    number = replace(both, values=both.values[:, :1], output_names=("price",))
    assert number.contrast.tolist() == [2.0, 0.5]
    assert number.names == ("price",)


def test_json_round_trip():
    """Arrays, picture and checks survive; what was not measured stays NaN."""
    quality = Quality("weak", ("no time",), 1e-7, 1e-5, (CURVE,), stability=0.9, evaluations=12)
    other = Alternative("Grad-CAM", np.array([0.5]), 0.3, 3, CURVE)
    before = replace(
        explanation([[2.0, -1.0]], [3.0, 1.0]),
        quality=quality,
        alternatives=(other,),
        standard_errors=np.array([[0.1, 0.2]]),
        segments=np.array([[0, 0]]),
    )
    after = from_plain(Explanation, json.loads(json.dumps(to_plain(before))))
    assert np.array_equal(after.values, before.values)
    assert np.array_equal(after.standard_errors, before.standard_errors)
    assert np.array_equal(after.segments, before.segments)
    assert after.preview_png == before.preview_png
    assert after.faithfulness == before.faithfulness
    assert after.quality.reasons == ("no time",)
    assert np.isnan(after.quality.randomised_correlation)
    assert after.alternatives[0].faithfulness == CURVE


def test_reports_of_earlier_versions_can_be_read():
    """Fields that did not exist are filled with what they stood for."""
    plain = to_plain(explanation([[2.0, -1.0]], [3.0, 1.0]))
    kept = {key: plain[key] for key in plain if key not in ("quality", "output_names", "method", "alternatives")}
    kept["faithfulness"].pop("baseline")
    old = from_plain(Explanation, kept)
    assert old.names == ("a", "b")
    assert old.quality is None

"""The explanation type."""

import json

import numpy as np

from automl_tl.explain.base import Explanation, Faithfulness
from automl_tl.json_codec import from_plain, to_plain


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
        faithfulness=Faithfulness(0.8, 0.3, (0.1, -0.1), "faithful"),
    )


def test_additivity_gap_is_the_largest_distance():
    """1 + 2 = 3 fits, 2 - 1 = 1 misses 1.5 by a half."""
    assert explanation([[2.0, -1.0]], [3.0, 1.5]).additivity_gap == 0.5


def test_gap_is_insertion_minus_deletion():
    """Larger is better."""
    assert explanation([[0.0, 0.0]], [1.0, 2.0]).faithfulness.gap == 0.5


def test_json_round_trip():
    """Arrays and picture survive."""
    before = explanation([[2.0, -1.0]], [3.0, 1.0])
    after = from_plain(Explanation, json.loads(json.dumps(to_plain(before))))
    assert np.array_equal(after.values, before.values)
    assert after.preview_png == before.preview_png
    assert after.faithfulness == before.faithfulness

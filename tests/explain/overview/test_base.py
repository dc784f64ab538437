"""Global explanations travel as JSON."""

import json

import numpy as np

from automl_tl.explain.overview.base import ClassMap, Overview
from automl_tl.json_codec import from_plain, to_plain


def test_json_round_trip():
    """Arrays survive, and an overview of an older report is filled up."""
    one = ClassMap("a", 3, (1, 2), np.array([1.0, 2.0]), np.array([0.5, 1.0]), np.array([1.5, 3.0]))
    before = Overview(samples=3, class_maps=(one,), notes=("x",))
    after = from_plain(Overview, json.loads(json.dumps(to_plain(before))))
    assert np.array_equal(after.class_maps[0].high, one.high)
    assert after.notes == ("x",)
    assert np.isnan(after.columns_r2)
    assert from_plain(Overview, {}).samples == 0

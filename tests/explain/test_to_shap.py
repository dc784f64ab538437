"""Explanations open in the shap library."""

import numpy as np
import shap

from automl_tl.explain.explainer import Case, explain_predictions
from automl_tl.explain.to_shap import to_shap


def test_shap_sees_the_same_numbers(text_model):
    """Values, base values and names are handed over unchanged."""
    (explanation,) = explain_predictions(text_model(), [Case(0, "1", "good bad", "negative")])
    converted = to_shap(explanation)
    assert isinstance(converted, shap.Explanation)
    assert np.array_equal(converted.values, explanation.values)
    assert np.array_equal(converted.base_values, explanation.base_values)
    assert converted.feature_names == ["good", "bad"]

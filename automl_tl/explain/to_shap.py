"""Hand an explanation to the shap library's own plots."""

from __future__ import annotations

from typing import Any

import numpy as np

from automl_tl.explain.base import Explanation

__all__ = ["to_shap"]


def to_shap(explanation: Explanation) -> Any:
    """Return a ``shap.Explanation`` with values (F, 2): predicted class first, then the runner-up."""
    import shap

    return shap.Explanation(
        values=explanation.values,
        base_values=explanation.base_values,
        data=np.array(explanation.feature_names, dtype=object),
        feature_names=list(explanation.feature_names),
        output_names=[explanation.predicted_class, explanation.runner_up_class],
    )

"""The confusion matrix."""

import numpy as np
from sklearn.metrics import confusion_matrix as reference

from automl_tl.finetune.evaluation import Predictions
from automl_tl.report.confusion import confusion_matrix


def test_it_equals_scikit_learn():
    """Rows true, columns predicted, absent classes included."""
    rng = np.random.default_rng(0)
    labels, probabilities = rng.integers(0, 3, 50), rng.random((50, 4)).astype(np.float32)
    ours = confusion_matrix(Predictions(np.arange(50), labels, probabilities), 4)
    assert np.array_equal(ours, reference(labels, probabilities.argmax(1), labels=range(4)))

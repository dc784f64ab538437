"""Made-up explanations look like real ones."""

import numpy as np
import pytest

from automl_tl.testing.explanation_sample import image_explanation, image_overview, text_explanation, text_overview
from automl_tl.testing.report_sample import sample_image_report


@pytest.mark.parametrize("said", ["3", "5"])
def test_a_picture_has_patches_in_its_grid_and_checks(said):
    """One the model is sure of, and a mistake."""
    found = image_explanation(1, np.eye(8) * 16, "3", said, np.random.default_rng(0))
    assert len(found.values) == len(found.feature_names) == 64
    assert found.quality.verdict == ("faithful" if said == "3" else "weak")
    assert found.preview_png.startswith(b"\x89PNG")


def test_a_text_has_its_words():
    """In order."""
    found = text_explanation(0, "we waited long", "complaint", "praise", np.random.default_rng(0))
    assert found.feature_names == ("we", "waited", "long")


def test_overviews_fill_their_sections():
    """Maps of one grid; words with intervals around their means."""
    assert {entry.grid for entry in image_overview(tuple("0123456789"), np.zeros((10, 64))).class_maps} == {(8, 8)}
    words = [word for entry in text_overview().class_words for word in entry.words]
    assert all(word.low <= word.mean <= word.high for word in words)
    assert sample_image_report().overview.label_issues

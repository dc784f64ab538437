"""Heat maps over pictures."""

import re

import numpy as np

from automl_tl.explain.pictures import preview_png
from automl_tl.report.charts.patch_heat import patch_heat, picture


def test_sign_and_strength_are_drawn():
    """One strong patch for, one weaker against, two too small to draw."""
    values = np.array([1.0, -0.5, 0.01, 0.0])
    made = patch_heat(values, (2, 2), limit=1.0, png=None, description="d")
    assert made.count('class="patch for"') == 1
    assert made.count('class="patch against"') == 1
    assert re.findall(r'fill-opacity="([^"]+)"', made) == ["0.8", "0.4"]
    assert "<image" not in made


def test_no_contribution_draws_nothing():
    """Not even a division by zero."""
    assert "patch" not in patch_heat(np.zeros(4), (2, 2), limit=0.0, png=None, description="d")


def test_pictures_keep_their_proportions():
    """A 40 x 20 picture is twice as wide as high."""
    png = preview_png(np.zeros((20, 40, 3), dtype=np.uint8))
    made = picture(png, "a <picture>")
    assert 'viewBox="0 0 168 84"' in made
    assert "data:image/png;base64," in made
    assert "a &lt;picture&gt;" in made

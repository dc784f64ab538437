"""A bias report of its own is one closed page."""

import re

import numpy as np

from automl_tl.fairness import audit
from automl_tl.report.bias_page import render_bias_page


def report():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 2, 300)
    site = rng.choice(["a", "<script>alert(1)</script>", "c"], 300)
    pred = np.where(rng.random(300) < np.where(site == "a", 0.6, 0.95), true, 1 - true)
    return audit(true, pred, {"site": site, "age": rng.normal(50, 9, 300)}, y_score=rng.random(300), favourable=1)


def test_it_loads_and_runs_nothing_and_is_the_same_again():
    """Strict policy, no script, escaped names, equal bytes."""
    page = render_bias_page(report())
    assert page == render_bias_page(report())
    assert "default-src &#39;none&#39;" in page
    assert "<script" not in page
    assert not re.search(r"https?://|@import|url\(", page)


def test_everything_that_was_found_is_there():
    """Rule, labels, intersections, tests with their corrections."""
    page = render_bias_page(report())
    for part in (
        "Four-fifths rule",
        "true labels",
        "Combinations of attributes",
        "Seen from",
        "Holm",
    ):
        assert part in page


def test_without_attributes_it_says_so():
    """Nothing was compared."""
    assert "nothing was compared" in render_bias_page(audit([0, 1], [0, 1], {}))

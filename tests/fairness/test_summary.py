"""Three verdicts and no fourth."""

import pytest

from automl_tl.fairness.base import VERDICTS
from automl_tl.fairness.summary import summarise, verdict_of


@pytest.mark.parametrize(
    ("sizes", "p", "verdict"),
    [
        ((100, 100), 0.01, "evidence_of_a_gap"),
        ((12, 12), 0.01, "evidence_of_a_gap"),
        ((100, 100), 0.2, "no_evidence_of_a_gap"),
        ((100, 29), 0.2, "not_enough_data"),
        ((100,), None, "not_enough_data"),
        ((), None, "not_enough_data"),
    ],
)
def test_verdicts(sizes, p, verdict):
    """An exact test may find a gap in few rows; its silence means nothing there."""
    assert verdict in VERDICTS
    assert verdict_of(sizes, p) == verdict


def test_the_sentence_never_says_fair():
    """Silence is no proof."""
    text = summarise("sex", (), "no_evidence_of_a_gap", "", 0.5, 0.12)
    assert "fair" not in text
    assert "12.0 points" in text
    assert "no rows" in summarise("sex", (), "not_enough_data", "", None, None)

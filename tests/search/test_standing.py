"""What the ranking says of a candidate."""

import math

from automl_tl.search.standing import Standing


def test_nothing_is_known_unless_it_is_said():
    """Unknown is not the same as no."""
    blank = Standing()
    assert math.isnan(blank.probability_best)
    assert math.isnan(blank.pace)
    assert blank.contender is None

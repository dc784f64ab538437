"""What the search comparison says of its table."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.search_accuracy_page import holm, page, sign_flip
from benchmarks.search_accuracy_table import OURS, PROBE, Row, Table


def _row(arm: str, seed: int, right: list[bool]) -> Row:
    return Row("flowers", seed, arm, "starter:a", "full", 1.0, np.array(right))


def test_holm_equals_the_known_example():
    """Three p values by hand: 3 x 0.01, 2 x 0.02, then never less than the one before."""
    assert holm([0.02, 0.5, 0.01]) == pytest.approx([0.04, 0.5, 0.03])


def test_sign_flips_see_a_gain_and_no_gain():
    """Twelve rows that all gain have p = 2^-12; gains and losses in balance have none."""
    assert sign_flip(np.ones(12)) == pytest.approx(2**-12, abs=3e-4)
    assert sign_flip(np.array([1.0, -1.0] * 20)) > 0.3


def test_a_search_that_loses_every_disputed_row_is_told():
    """The sentence counts the draw."""
    rows = [_row(OURS, 0, [False] * 12), _row(PROBE, 0, [True] * 12)]
    assert any("1 are significantly below" in line for line in page(rows))
    rows = [_row(OURS, 0, [True] * 12), _row(PROBE, 0, [False] * 12)]
    assert any("0 are significantly below" in line for line in page(rows))
    assert any("better on 1 of 1" in line for line in page(rows))


def test_a_row_comes_back_from_the_file_as_it_was(tmp_path):
    """Bits that fill no whole byte included."""
    table = Table(tmp_path / "t.csv")
    table.add(_row(OURS, 2, [True, False, True, True, False, False, True, False, True, True]))
    (back,) = table.rows()
    assert (back.data, back.seed, back.arm, back.accuracy) == ("flowers", 2, OURS, 0.6)
    assert back.right.tolist() == [True, False, True, True, False, False, True, False, True, True]
    assert table.has("flowers", 2, OURS)
    assert not table.has("flowers", 1, OURS)

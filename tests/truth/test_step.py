"""The step from probe to fine-tuned model: its mean, and its spread without the test parts' noise."""

import math

import numpy as np
import pytest

from automl_tl.truth.step import step_of
from automl_tl.truth.table import Measurement, TruthTable


def share(log_odds):
    return 1.0 / (1.0 + math.exp(-log_odds))


def row(data, model, seed, probe, step):
    figures = {"fine_tuned": share(probe + step), "probe": share(probe), "validation": 0.5}
    return Measurement(data, model, seed, 300, 120, "accuracy", **figures, seconds=1.0)


def filled(tmp_path, steps, *, seeds=1):
    """A table of two data sets where every model's step is as given."""
    table = TruthTable(tmp_path / "truth.csv")
    for data, level in (("easy", 1.0), ("hard", -1.0)):
        for seed in range(seeds):
            for number, step in enumerate(steps):
                table.add(row(data, f"a:{number}", seed, level + 0.1 * number, step))
    return table


def test_planted_steps_are_found(tmp_path):
    steps = [0.0, 0.5, 1.0, 1.5]
    found = step_of(filled(tmp_path, steps), test_rows=10**9)
    assert found.mean == pytest.approx(0.75, abs=1e-4)
    assert found.spread == pytest.approx(np.std(steps, ddof=1), abs=1e-4)
    assert found.models == 8


def test_what_noise_explains_is_no_spread(tmp_path):
    """Steps that differ by less than 50 test rows could tell have no spread of their own."""
    found = step_of(filled(tmp_path, [0.2, 0.3, 0.4, 0.3]), test_rows=50)
    assert found.spread == 0.0


def test_a_table_that_says_nothing(tmp_path):
    found = step_of(TruthTable(tmp_path / "none.csv"))
    assert math.isnan(found.mean)
    assert found.models == 0

"""Rows that belong together are no independent evidence of bias."""

from __future__ import annotations

import numpy as np

from automl_tl.finetune.evaluation import Predictions
from automl_tl.pipeline.bias.by_group import audit_predictions
from automl_tl.pipeline.bias.units import one_answer_each

UNITS, ROWS = 40, 10
PATIENTS = [f"p{row // ROWS}" for row in range(UNITS * ROWS)]
SIDES = {"side": ["left" if row // ROWS % 2 else "right" for row in range(UNITS * ROWS)]}
"""An attribute of the unit: twenty units on each side."""


def answers(rng: np.random.Generator) -> Predictions:
    """Return answers of a fair model: most rows of a unit are right, or most are wrong, whatever its side."""
    labels = rng.integers(0, 2, UNITS * ROWS)
    share = np.repeat(np.where(rng.random(UNITS) < 0.5, 0.9, 0.1), ROWS)
    said = np.where(rng.random(UNITS * ROWS) < share, 1 - labels, labels)
    return Predictions(np.arange(UNITS * ROWS), labels, np.eye(2, dtype=np.float32)[said])


def test_a_fair_model_whose_errors_go_together_is_seldom_called_unfair():
    """5 % of 200 reports at most, but for chance; with every row as evidence it would be most of them."""
    rng, simulations, few = np.random.default_rng(5), 200, 30

    def accused(found: Predictions) -> bool:
        return audit_predictions(found, SIDES, ("no", "yes")).verdicts["side"] == "violation"

    drawn = [answers(rng) for _ in range(simulations)]
    thinned = [accused(one_answer_each(found, "patient", PATIENTS, seed=n)[0]) for n, found in enumerate(drawn)]
    assert np.mean(thinned) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / simulations)
    assert np.mean([accused(found) for found in drawn[:few]]) > 0.3


def test_what_is_looked_at_is_said():
    """One row of each unit, with its own label and answer; the note tells how many of how many, and of what."""
    found = answers(np.random.default_rng(0))
    kept, (note,) = one_answer_each(found, "patient", PATIENTS, seed=0)
    assert [PATIENTS[row] for row in kept.rows] == [f"p{unit}" for unit in range(UNITS)]
    np.testing.assert_array_equal(kept.labels, found.labels[kept.rows])
    np.testing.assert_array_equal(kept.probabilities, found.probabilities[kept.rows])
    assert "“patient”" in note
    assert note.endswith("40 of 400 rows")


def test_units_of_one_row_change_nothing():
    """The very same answers, and nothing is said."""
    found = answers(np.random.default_rng(0))
    assert one_answer_each(found, "id", [str(row) for row in range(400)], seed=0) == (found, ())

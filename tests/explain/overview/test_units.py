"""Rows that belong together are no independent evidence of what the model looks at."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from automl_tl.explain.overview.columns import column_influences
from automl_tl.explain.overview.units import one_answer_of_each_unit
from automl_tl.finetune.evaluation import Predictions
from automl_tl.report.sections.global_explanations import _foretells

UNITS, ROWS = 40, 10
PATIENTS = tuple(f"p{row // ROWS}" for row in range(UNITS * ROWS))
DATA = SimpleNamespace(group_by="patient", groups=PATIENTS)


def answers(rng):
    """Answers that go together within a patient, whatever else is known of the patient."""
    chance = np.clip(np.repeat(rng.random(UNITS), ROWS) + rng.normal(0, 0.05, UNITS * ROWS), 0, 1)
    told = np.stack([1 - chance, chance], axis=1).astype(np.float32)
    return Predictions(np.arange(UNITS * ROWS), (chance > 0.5).astype(np.int64), told)


def test_a_column_of_units_that_means_nothing_seldom_foretells_the_model():
    """In 5 % of 100 jobs at most, but for chance; with every row as evidence in over a third of them."""
    rng, simulations, few = np.random.default_rng(7), 100, 30

    def foretells(found, ward, seed):
        entries, _ = column_influences({"ward": [ward[row] for row in found.rows]}, found.probabilities, seed=seed)
        return any(_foretells(entry) for entry in entries)

    drawn = [(answers(rng), np.repeat(rng.choice(list("abcd"), UNITS), ROWS)) for _ in range(simulations)]
    apart = [
        foretells(one_answer_of_each_unit(found, DATA, seed=seed)[0], ward, seed)
        for seed, (found, ward) in enumerate(drawn)
    ]
    assert np.mean(apart) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / simulations)
    assert np.mean([foretells(found, ward, seed) for seed, (found, ward) in enumerate(drawn[:few])]) > 0.2


def test_one_row_of_each_unit_with_its_own_answer():
    """The note tells how many of how many, and of what."""
    found = answers(np.random.default_rng(0))
    kept, (note,) = one_answer_of_each_unit(found, DATA, seed=0)
    assert [PATIENTS[row] for row in kept.rows] == [f"p{unit}" for unit in range(UNITS)]
    np.testing.assert_array_equal(kept.labels, found.labels[kept.rows])
    np.testing.assert_array_equal(kept.probabilities, found.probabilities[kept.rows])
    assert "“patient”" in note
    assert note.endswith("40 of 400 rows")


def test_without_units_nothing_changes():
    """Neither without a column that tells them, nor where each has one row."""
    found = answers(np.random.default_rng(0))
    assert one_answer_of_each_unit(found, SimpleNamespace(group_by="", groups=None), seed=0) == (found, ())
    single = replace(found, rows=found.rows[::ROWS], labels=found.labels[::ROWS])
    assert one_answer_of_each_unit(single, DATA, seed=0) == (single, ())

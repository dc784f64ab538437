"""What columns foretell."""

import numpy as np
import pytest

from automl_tl.explain.overview.columns import column_influences

ROWS = 200


@pytest.fixture
def answers():
    """Answers that follow a scanner and a little the age, and noise."""
    rng = np.random.default_rng(0)
    scanner, age = rng.integers(0, 2, ROWS), rng.integers(20, 80, ROWS)
    logit = 3.0 * scanner + 0.02 * age + rng.normal(0, 0.5, ROWS)
    probability = 1 / (1 + np.exp(-logit + 2))
    columns = {
        "scanner": ["new" if value else "old" for value in scanner],
        "age": [str(value) for value in age],
        "site": [f"s{value}" for value in rng.integers(0, 4, ROWS)],
        "id": [f"row-{value}" for value in range(ROWS)],
        "constant": ["same"] * ROWS,
    }
    return columns, np.stack([1 - probability, probability], axis=1)


def test_the_column_behind_the_answers_is_found(answers):
    """Its interval excludes zero and chance; a column that means nothing does not."""
    found, together = column_influences(*answers)
    by_name = {entry.column: entry for entry in found}
    assert found[0].column == "scanner"
    assert by_name["scanner"].low > by_name["scanner"].chance > 0 or by_name["scanner"].chance < 0.05
    assert by_name["scanner"].share > 0.5
    assert by_name["site"].share < 0.05
    assert by_name["site"].low < 0.02
    assert together == pytest.approx(sum(entry.share for entry in found))


def test_ids_and_constants_are_left_out(answers):
    """Neither can be learnt from."""
    found, _ = column_influences(*answers)
    assert {entry.column for entry in found} == {"scanner", "age", "site"}


def test_twins_share_their_influence(answers):
    """Shapley values split between columns that say the same."""
    columns, told = answers
    found, _ = column_influences({"one": columns["scanner"], "two": columns["scanner"]}, told)
    assert found[0].share == pytest.approx(found[1].share, abs=0.01)


def test_of_many_columns_the_strongest_stay(answers):
    """Five at most."""
    columns, told = answers
    rng = np.random.default_rng(1)
    many = {f"noise{i}": [str(v) for v in rng.integers(0, 3, ROWS)] for i in range(9)} | {
        "scanner": columns["scanner"]
    }
    found, _ = column_influences(many, told)
    assert len(found) == 5
    assert found[0].column == "scanner"


def test_unknown_values_are_values(answers):
    """An empty cell is a category of its own, and a missing number the mean."""
    columns, told = answers
    holes = {name: ["" if i % 7 == 0 else v for i, v in enumerate(columns[name])] for name in ("scanner", "age")}
    found, _ = column_influences(holes, told)
    assert {entry.column for entry in found} == {"scanner", "age"}


@pytest.mark.parametrize("rows", [0, 10])
def test_too_few_rows_say_nothing(answers, rows):
    """Below thirty."""
    columns, told = answers
    assert column_influences({k: v[:rows] for k, v in columns.items()}, told[:rows])[0] == ()


def test_constant_answers_have_no_variance(answers):
    """Nothing to foretell."""
    found, together = column_influences(answers[0], np.full((ROWS, 2), 0.5))
    assert found == ()
    assert np.isnan(together)

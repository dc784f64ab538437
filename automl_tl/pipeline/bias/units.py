"""One row of each unit: what the bias report looks at where rows belong together."""

from __future__ import annotations

from collections.abc import Sequence

from automl_tl.finetune.evaluation import Predictions

__all__ = ["one_answer_each"]


def one_answer_each(
    predictions: Predictions, column: str, cells: Sequence[str], *, seed: int
) -> tuple[Predictions, tuple[str, ...]]:
    """Return the answers to one random row of each unit, and the note that says so.

    Errors within a unit go together: twenty pictures of one patient are no twenty pieces of evidence, and tests
    that take them for such find differences between groups where there are none.

    Parameters
    ----------
    column, cells
        Name of the column that tells the units, and its value for every row of the data set.

    Returns
    -------
    The same answers and no note where no unit has a second row.
    """
    kept = predictions.one_of_each(cells, seed=seed)
    if kept is predictions:
        return predictions, ()
    note = (
        f"rows with the same “{column}” resemble each other and are no independent evidence, so that one row of "
        f"each, drawn at random, is looked at: {len(kept.rows)} of {len(predictions.rows)} rows"
    )
    return kept, (note,)

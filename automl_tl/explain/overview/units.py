"""One answer of each unit: what columns, maps and words are made of where rows belong together."""

from __future__ import annotations

from automl_tl.data.dataset import TargetData
from automl_tl.data.units import one_row_each
from automl_tl.finetune.evaluation import Predictions

__all__ = ["one_answer_of_each_unit"]


def one_answer_of_each_unit(
    predictions: Predictions, data: TargetData, *, seed: int
) -> tuple[Predictions, tuple[str, ...]]:
    """Return the answers to one random row of each unit of ``group_by``, and the note that says so.

    What is the same in all rows of a patient goes with all that the model says of them: with ten pictures of each
    any column of patients foretells the model, and intervals over pictures are too narrow.

    Returns
    -------
    The same answers and no note without ``group_by``, and where no unit has a second row.
    """
    if not data.group_by:
        return predictions, ()
    cells, rows = data.dataset.columns[data.group_by], predictions.rows
    kept = one_row_each([cells[int(row)] for row in rows], seed=seed)
    if len(kept) == len(rows):
        return predictions, ()
    note = (
        f"rows with the same “{data.group_by}” resemble each other, so that columns, maps and words are looked at "
        f"in one row of each, drawn at random: {len(kept)} of {len(rows)} rows"
    )
    return predictions.at(kept), (note,)

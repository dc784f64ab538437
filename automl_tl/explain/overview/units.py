"""One answer of each unit: what columns, maps and words are made of where rows belong together."""

from __future__ import annotations

from automl_tl.data.dataset import TargetData
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
    groups = data.groups
    kept = predictions if groups is None else predictions.one_of_each(groups, seed=seed)
    if kept is predictions:
        return predictions, ()
    note = (
        f"rows with the same “{data.group_by}” resemble each other, so that columns, maps and words are looked at "
        f"in one row of each, drawn at random: {len(kept.rows)} of {len(predictions.rows)} rows"
    )
    return kept, (note,)

"""Shards of one model add up to what one pass gives."""

from __future__ import annotations

import numpy as np

from automl_tl.distributed.probe_tasks import united
from automl_tl.probe.embeddings import Embeddings


def part(rows: list[int], *, seconds: float = 1.0, probs: bool = True) -> Embeddings:
    chosen = np.array(rows, dtype=np.int64)
    features = np.stack([chosen, 10 * chosen], axis=1).astype(np.float32)
    return Embeddings("local:a", chosen, features, features / 2 if probs else None, seconds, "digest")


def test_rows_stand_ascending_and_once_each():
    """Shards may both hold what was cached before; the seconds add up."""
    whole = united([part([4, 7, 9]), part([1, 4, 8], seconds=0.5)])
    assert whole.rows.tolist() == [1, 4, 7, 8, 9]
    assert np.array_equal(whole.features, part([1, 4, 7, 8, 9]).features)
    assert np.array_equal(whole.source_probs, whole.features / 2)
    assert whole.seconds == 1.5


def test_source_probabilities_are_there_for_every_row_or_not_at_all():
    """Half of them would be of no use."""
    assert united([part([1]), part([2], probs=False)]).source_probs is None


def test_the_arrays_are_copies():
    """What comes out of the object store would hold its memory."""
    one = part([1, 2])
    assert not np.shares_memory(united([one]).features, one.features)

"""What the finalists' scores can be told of all training rows of a data set that is streamed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import TargetData
from automl_tl.names import digest_json
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.probing.inline_runner import InlineProbeRunner
from automl_tl.pipeline.spec import Stage
from automl_tl.transferability.base import default_scorers, scorers
from automl_tl.transferability.statistics import StatisticsScorer, SufficientStatistics
from automl_tl.zoo.card import ModelCard
from automl_tl.zoo.card_json import card_to_json

__all__ = ["load_statistics", "save_statistics", "statistics_of_all"]


def statistics_of_all(
    job: JobContext, target: TargetData, rows: NDArray[np.int64], cards: Sequence[ModelCard], *, one_row: float
) -> dict[str, SufficientStatistics]:
    """Return the moments of each model's embeddings of all these rows, by id: one pass that keeps no embeddings.

    It is everybody or nobody, since scores of different numbers of rows do not compare; nobody where no score of
    the job can use them, or time does not allow the last of them. What was found is kept in the job's directory.

    Parameters
    ----------
    rows
        int64 (N,), labelled rows; single-label classification.
    cards
        Finalists, with the layers that were chosen for them.
    one_row
        Seconds of embedding one row, all finalists together.

    Raises
    ------
    Cancelled
        If somebody asked the job to stop.
    """
    names = job.spec.scorers or default_scorers(target.task)
    if target.task != "classification" or not any(
        isinstance(scorers.get(each), StatisticsScorer) for each in names
    ):
        return {}
    paths = {card.id: _path(job, card, len(rows)) for card in cards}
    found = {model: load_statistics(path) for model, path in paths.items() if path.is_file()}
    missing = [card for card in cards if card.id not in found]
    runner = (job.prober(one_row * len(rows)) if missing else None) or InlineProbeRunner()
    for card in missing:
        job.journal.progress(0.99, f"statistics of all {len(rows)} training rows with {card.id}")
        for outcome in runner.statistics(
            [card],
            target.dataset,
            rows,
            target.labels,
            deadline=job.deadlines.probe,
            cancelled=job.journal.cancelled,
        ):
            if outcome.statistics is not None:
                save_statistics(outcome.statistics, paths[card.id])
                found[card.id] = outcome.statistics
        if card.id not in found:
            job.journal.warn(
                f"the scores are those of the sample: time, or {card.id}, did not allow statistics of all "
                f"{len(rows)} training rows"
            )
            return {}
    return found


def save_statistics(statistics: SufficientStatistics, path: Path) -> None:
    """Write statistics as an .npz file."""
    parts: Mapping[str, Any] = {
        each.name: getattr(statistics, each.name) for each in dataclasses.fields(statistics)
    }
    temporary = path.with_suffix(".tmp.npz")
    np.savez(temporary, **parts)
    temporary.replace(path)


def load_statistics(path: Path) -> SufficientStatistics:
    """Read what :func:`save_statistics` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        parts = {name: stored[name] for name in stored.files}
    fourth, dimensions = float(parts.pop("fourth")), int(parts.pop("dimensions"))
    return SufficientStatistics(**parts, fourth=fourth, dimensions=dimensions)


def _path(job: JobContext, card: ModelCard, rows: int) -> Path:
    key = digest_json([card_to_json(card), job.dataset.digest, job.spec.seed, rows])
    return job.directory(Stage.PROBE) / f"moments-{key[:16]}.npz"

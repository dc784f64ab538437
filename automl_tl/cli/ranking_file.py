"""Read ``ranking.json`` without the heavy rooms that write it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from automl_tl.client.types import RankedModel
from automl_tl.json_codec import from_plain

__all__ = ["read_ranking"]


@dataclass(frozen=True)
class _RankingFile:
    models: tuple[RankedModel, ...]


def read_ranking(path: Path) -> tuple[RankedModel, ...]:
    """Return the rows of a published ranking; figures that are null become NaN, unknown keys are ignored."""
    return from_plain(_RankingFile, json.loads(path.read_text(encoding="utf-8"))).models

"""Read ``ranking.json`` without the heavy rooms that write it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from automl_tl.client.types import RankedModel
from automl_tl.json_codec import from_plain

__all__ = ["RankingFile", "read_ranking"]


@dataclass(frozen=True)
class RankingFile:
    """A published ranking: its rows, and which model simpler rules would choose, by rule."""

    models: tuple[RankedModel, ...]
    baselines: Mapping[str, str] = field(default_factory=dict)


def read_ranking(path: Path) -> RankingFile:
    """Return a published ranking; figures that are null become NaN, unknown keys are ignored."""
    return from_plain(RankingFile, json.loads(path.read_text(encoding="utf-8")))

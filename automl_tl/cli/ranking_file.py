"""Read ``ranking.json`` without the heavy rooms that write it."""

from __future__ import annotations

import json
import math
from pathlib import Path

from automl_tl.client.types import RankedModel

__all__ = ["read_ranking"]

_FIGURES = ("score", "low", "high", "probability_best")


def read_ranking(path: Path) -> tuple[RankedModel, ...]:
    """Return the rows of a published ranking; figures that are null become NaN, unknown keys are ignored."""
    known = RankedModel.__dataclass_fields__
    rows = []
    for values in json.loads(path.read_text(encoding="utf-8"))["models"]:
        row = {name: value for name, value in values.items() if name in known and value is not None}
        scores = {name: math.nan if value is None else value for name, value in row.pop("scores", {}).items()}
        rows.append(RankedModel(**{**dict.fromkeys(_FIGURES, math.nan), **row}, scores=scores))
    return tuple(rows)

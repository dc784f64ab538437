"""A Ranking as JSON and back."""

from __future__ import annotations

from typing import Any

from automl_tl.json_codec import from_plain, to_plain
from automl_tl.transferability.base import Ranking

__all__ = ["ranking_from_json", "ranking_to_json"]


def ranking_to_json(ranking: Ranking) -> dict[str, Any]:
    """Return JSON-able values; NaN becomes null."""
    return to_plain(ranking)


def ranking_from_json(values: dict[str, Any]) -> Ranking:
    """Return the ranking that :func:`ranking_to_json` wrote; raises InvalidInput."""
    return from_plain(Ranking, values)

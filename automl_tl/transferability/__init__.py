"""Room 4, the Ranking: which pretrained model fits the target, before any fine-tuning."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automl_tl.transferability.compute import score
    from automl_tl.transferability.statistics import score_statistics, sufficient_statistics

__all__ = ["score", "score_statistics", "sufficient_statistics"]

_HOMES = {
    "score": "compute",
    "score_statistics": "statistics",
    "sufficient_statistics": "statistics",
}


def __getattr__(name: str) -> Any:
    """Import a public function at its first use, so that the room's types stay cheap to import."""
    if name in _HOMES:
        return getattr(import_module(f"automl_tl.transferability.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Room 4, the Ranking: which pretrained model fits the target, before any fine-tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automl_tl.transferability.compute import score

__all__ = ["score"]


def __getattr__(name: str) -> Any:
    """Import ``score`` at first use, so that the room's types stay cheap to import."""
    if name == "score":
        from automl_tl.transferability.compute import score

        return score
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Why the model says so: Shapley values of single predictions with their checks, and what many have in common.

``explain`` is loaded when it is first used: reports read this room's types without loading torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automl_tl.explain.public import Explanations, explain

__all__ = ["Explanations", "explain"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("automl_tl.explain.public"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

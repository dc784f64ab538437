"""Why the model says so: Shapley values of single predictions with their checks, and what many have in common.

``explain`` is loaded when it is first used: reports read this room's types without loading torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automl_tl.explain.public import Explanations, explain
    from automl_tl.explain.with_columns import WithColumns

_HOMES = {
    "Explanations": "automl_tl.explain.public",
    "WithColumns": "automl_tl.explain.with_columns",
    "explain": "automl_tl.explain.public",
}
__all__ = ["Explanations", "WithColumns", "explain"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

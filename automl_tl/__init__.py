"""Choose and fine-tune pretrained models when labelled data is scarce, with evidence.

The public names are loaded when they are first used, so that importing the package loads neither torch nor ray.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automl_tl.client import Client
    from automl_tl.finetune.fitted import FittedModel, load
    from automl_tl.pipeline.spec import JobSpec

__all__ = ["Client", "FittedModel", "JobSpec", "load"]

_HOMES = {
    "Client": "automl_tl.client",
    "FittedModel": "automl_tl.finetune.fitted",
    "JobSpec": "automl_tl.pipeline.spec",
    "load": "automl_tl.finetune.fitted",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

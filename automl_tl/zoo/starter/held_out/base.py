"""What a held-out task must give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Example
from automl_tl.registry import Registry

__all__ = ["HeldOutData", "HeldOutTask", "held_out_tasks"]


@dataclass(frozen=True)
class HeldOutData:
    """Decoded inputs and their labels, int64 (N,), indices into ``class_names``."""

    class_names: tuple[str, ...]
    examples: Sequence[Example]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class HeldOutTask:
    """A task that no starter model was trained on.

    Attributes
    ----------
    name
        Key of the task, such as ``digits``.
    modality
        ``image`` or ``text``.
    description
        One sentence: what is told apart.
    load
        Returns the data; the same bytes at every call.
    """

    name: str
    modality: str
    description: str
    load: Callable[[], HeldOutData]


def _load_builtin() -> None:
    for name in ("images", "texts"):
        import_module(f"automl_tl.zoo.starter.held_out.{name}")


held_out_tasks: Registry[HeldOutTask] = Registry("starter_held_out_task", _load_builtin)

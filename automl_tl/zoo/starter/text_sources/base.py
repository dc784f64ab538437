"""What a text source domain must be able to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from automl_tl.registry import Registry

__all__ = ["TextSource", "part", "text_sources"]


@dataclass(frozen=True)
class TextSource:
    """A labelled domain of texts.

    Attributes
    ----------
    name
        Key of the domain, such as ``documentation``.
    description
        One sentence for the model card.
    class_names
        Names of the classes; labels index into them.
    draw
        ``draw(labels, fresh, rng) -> texts``, one text per label; ``fresh`` texts are kept out of training where
        the domain is a finite collection.
    """

    name: str
    description: str
    class_names: tuple[str, ...]
    draw: Callable[[Sequence[int], bool, np.random.Generator], list[str]]

    def sample(self, n: int, seed: int, *, fresh: bool = False) -> tuple[list[str], NDArray[np.int64]]:
        """Return ``n`` texts and their labels (n,); the same seed gives the same texts.

        Classes are as even as ``n`` allows. ``fresh`` draws texts that training never sees.
        """
        rng = np.random.default_rng(seed)
        labels = rng.permutation(np.arange(n, dtype=np.int64) % len(self.class_names))
        return self.draw(labels.tolist(), fresh, rng), labels


def part(texts: Sequence[str], fresh: bool) -> tuple[str, ...]:
    """Return every tenth text if ``fresh``, else all the others."""
    return tuple(text for index, text in enumerate(texts) if (index % 10 == 9) == fresh)


def _load_builtin() -> None:
    for name in ("documentation", "messages", "symbols"):
        import_module(f"automl_tl.zoo.starter.text_sources.{name}")


text_sources: Registry[TextSource] = Registry("starter_text_source", _load_builtin)

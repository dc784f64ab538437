"""What a text source domain must be able to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from automl_tl.registry import Registry

__all__ = ["TextPair", "TextSource", "even_labels", "part", "text_sources"]


TextPair = tuple[str, str]


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
    pair
        ``pair(n, rng) -> (pairs, labels)``: n times two different texts that a good embedding puts side by side,
        such as two spans of one text, never of a fresh one; and their labels.
    """

    name: str
    description: str
    class_names: tuple[str, ...]
    draw: Callable[[Sequence[int], bool, np.random.Generator], list[str]]
    pair: Callable[[int, np.random.Generator], tuple[list[TextPair], NDArray[np.int64]]]

    def sample(self, n: int, seed: int, *, fresh: bool = False) -> tuple[list[str], NDArray[np.int64]]:
        """Return ``n`` texts and their labels (n,); the same seed gives the same texts.

        Classes are as even as ``n`` allows. ``fresh`` draws texts that training never sees.
        """
        rng = np.random.default_rng(seed)
        labels = even_labels(n, len(self.class_names), rng)
        return self.draw(labels.tolist(), fresh, rng), labels

    def pairs(self, n: int, seed: int) -> tuple[list[TextPair], NDArray[np.int64]]:
        """Return ``n`` pairs of texts that belong together and their labels (n,); the same for the same seed."""
        return self.pair(n, np.random.default_rng(seed))


def even_labels(n: int, n_classes: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return ``n`` labels in random order, each class as often as any other, up to one."""
    return rng.permutation(np.arange(n, dtype=np.int64) % n_classes)


def part(texts: Sequence[str], fresh: bool) -> tuple[str, ...]:
    """Return every tenth text if ``fresh``, else all the others."""
    return tuple(text for index, text in enumerate(texts) if (index % 10 == 9) == fresh)


def _load_builtin() -> None:
    for name in ("documentation", "messages"):
        import_module(f"automl_tl.zoo.starter.text_sources.{name}")


text_sources: Registry[TextSource] = Registry("starter_text_source", _load_builtin)

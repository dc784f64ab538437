"""What a reader should know about one input, in sentences: nothing is left out in silence."""

from __future__ import annotations

from typing import Any

from automl_tl.data.dataset import Example
from automl_tl.explain.maskers.base import Masker
from automl_tl.explain.maskers.joint import Joint
from automl_tl.explain.maskers.pixels import PixelMasker
from automl_tl.explain.maskers.word_id import WordId, cut_off
from automl_tl.explain.model import ExplainableModel, members_of
from automl_tl.explain.with_columns import Mixed

__all__ = ["notes_on"]

_SHAPE_TOLERANCE = 1.05
_SAME_COLOUR = 1e-4


def notes_on(
    example: Example | Mixed, masker: Masker, model: ExplainableModel, *, lead_alone: bool = False
) -> tuple[str, ...]:
    """Return the notes on one input; ``lead_alone`` for values of an ensemble's leading model alone."""
    if isinstance(example, Mixed) and isinstance(masker, Joint):
        inside = notes_on(example.example, masker.parts[0], model, lead_alone=lead_alone)
        return (*_of_columns(masker), *inside)
    found: list[str] = []
    if isinstance(masker, WordId):
        found += _on_text(masker)
    if isinstance(masker, PixelMasker) and not isinstance(example, str):
        found += _on_picture(example, masker)
    if members_of(model):
        whose = "its leading model alone, not of the joint answer" if lead_alone else "its joint answer"
        found.append(f"the model is an ensemble of {1 + len(members_of(model))}; values are those of {whose}")
    return tuple(found)


def _of_columns(masker: Joint) -> list[str]:
    return [f"explained together with {masker.parts[1].n_features} columns of metadata, in one game"]


def _on_text(masker: WordId) -> list[str]:
    found = []
    if not masker.n_features:
        found.append("the text has no word, so there is nothing to share the answer out to")
    if masker.n_features == 1:
        found.append("the text has one part, which takes the whole difference")
    rest = cut_off(masker.words, masker.text)
    if rest:
        found.append(
            f"the model reads the first {len(masker.words)} words only; "
            f"what follows (about {len(rest.split())} words) has no influence"
        )
    if masker.n_features < len(masker.words):
        found.append(
            f"a long text: its {len(masker.words)} words were grouped into {masker.n_features} parts, "
            "by sentence where a sentence matters little"
        )
    return found


def _on_picture(example: Any, masker: PixelMasker) -> list[str]:
    height, width = example.shape[:2]
    seen_height, seen_width = masker.pixels.shape[1:]
    stretched = (height / width) / (seen_height / seen_width)
    found = []
    if max(stretched, 1 / stretched) > _SHAPE_TOLERANCE:
        found.append(f"the model sees the middle of the picture ({width} x {height} pixels) only")
    if float((masker.pixels - masker.hidden).abs().max()) <= _SAME_COLOUR:
        found.append("the picture has one colour: with parts hidden it looks the same, so that none counts")
    if masker.n_features < 2:
        found.append("the picture has one part, which takes the whole difference")
    return found

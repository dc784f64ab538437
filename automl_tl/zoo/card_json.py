"""Model cards as JSON; loads no torch."""

from __future__ import annotations

import dataclasses
from typing import Any

from automl_tl.errors import InvalidInput
from automl_tl.zoo.card import LAST_LAYER, ImageInput, ModelCard, TextInput

__all__ = ["card_from_json", "card_to_json"]

_TUPLES = ("size", "mean", "std")


def card_to_json(card: ModelCard) -> dict[str, Any]:
    """Return the card as JSON-able values.

    ``location`` is left out, it names a path of this machine; so is ``layers`` where it says ``last``: what was
    saved or cached under a card before there was a choice keeps its bytes and its key.
    """
    values = {field.name: getattr(card, field.name) for field in dataclasses.fields(card)}
    del values["location"]
    values["input"] = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in dataclasses.asdict(card.input).items()
    }
    if card.input.layers == LAST_LAYER:
        del values["input"]["layers"]
    values["prior"] = dict(card.prior)
    return values


def card_from_json(values: dict[str, Any]) -> ModelCard:
    """Return the card that :func:`card_to_json` wrote; raises InvalidInput naming the first field that is off."""
    known = {field.name for field in dataclasses.fields(ModelCard)}
    _refuse_unknown(values, known, "model card")
    required = ("source", "model", "modality", "architecture", "family", "input")
    missing = [name for name in required if name not in values]
    if missing:
        raise InvalidInput(f"model card: the field {missing[0]!r} is missing", field=missing[0])
    kind: Any = ImageInput if values["modality"] == "image" else TextInput
    _refuse_unknown(values["input"], {field.name for field in dataclasses.fields(kind)}, "model card input")
    entries = {key: tuple(value) if key in _TUPLES else value for key, value in values["input"].items()}
    return ModelCard(**{**values, "input": kind(**entries)})


def _refuse_unknown(values: Any, known: set[str], what: str) -> None:
    if not isinstance(values, dict):
        raise InvalidInput(f"{what} must be a JSON object but got {type(values).__name__}", field=what)
    unknown = sorted(set(values) - known)
    if unknown:
        names = ", ".join(sorted(known))
        raise InvalidInput(f"{what}: unknown field {unknown[0]!r}; known: {names}", field=unknown[0])

"""The starter models' cards, read from the package without loading torch."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from pathlib import Path
from typing import Any

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.card import ModelCard
from automl_tl.zoo.card_json import card_from_json

__all__ = ["CARD_FILE", "SOURCE_NAME", "read_card", "read_record", "starter_cards", "starter_directory"]

SOURCE_NAME = "starter"
CARD_FILE = "card.json"
_MODELS = Path(__file__).parent / "models"
_CARD_FIELDS = {field.name for field in dataclasses.fields(ModelCard)}


def starter_directory(name: str) -> Path:
    """Return the directory of the shipped model ``name``; raises ModelUnavailable with the known names."""
    known = [card.model for card in starter_cards()]
    if name not in known:
        raise ModelUnavailable(f"there is no starter model {name!r}; known: {', '.join(known)}", field="model")
    return _MODELS / name


@cache
def starter_cards() -> tuple[ModelCard, ...]:
    """Return the cards of all shipped models, sorted by name; reads JSON only."""
    return tuple(read_card(path.parent) for path in sorted(_MODELS.glob(f"*/{CARD_FILE}")))


def read_card(directory: Path) -> ModelCard:
    """Return the card that lies in a model directory; raises ModelUnavailable or InvalidInput."""
    record = read_record(directory)
    return card_from_json({key: value for key, value in record.items() if key in _CARD_FIELDS})


def read_record(directory: Path) -> dict[str, Any]:
    """Return everything ``card.json`` says.

    Besides the fields of ModelCard that is ``config`` (how to build the backbone), ``recipe``, ``seed``,
    ``source_accuracy``, ``data`` and ``weights_digest``. Raises ModelUnavailable if it cannot be read.
    """
    path = directory / CARD_FILE
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{directory.name}: {CARD_FILE} cannot be read: {error}") from error
    if not isinstance(record, dict):
        raise ModelUnavailable(f"{directory.name}: {CARD_FILE} must hold a JSON object")
    return record

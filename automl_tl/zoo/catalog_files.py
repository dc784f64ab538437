"""Where the catalog lies and how its YAML files become model cards; loads no torch."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from automl_tl import strict_yaml
from automl_tl.errors import InvalidInput, SearchSpaceError
from automl_tl.zoo.card import ModelCard
from automl_tl.zoo.card_json import card_from_json

__all__ = ["architecture_family", "catalog_cards", "read_catalog_file", "search_spaces_directory"]

_FILE_KEYS = {"source", "modality", "notes", "models"}


def search_spaces_directory() -> Path:
    """Return the directory of catalogs and search spaces: inside an installed package, or beside it in a checkout.

    Raises
    ------
    SearchSpaceError
        If the installation lacks it.
    """
    package = Path(__file__).resolve().parents[1]
    for candidate in (package / "search_spaces", package.parent / "search_spaces"):
        if candidate.is_dir():
            return candidate
    raise SearchSpaceError("the installation has no search_spaces directory; install the package again")


@cache
def catalog_cards(source: str) -> tuple[ModelCard, ...]:
    """Return the cards that the catalog files list for one source, in their order."""
    files = sorted((search_spaces_directory() / "catalog").glob("*.yaml"))
    return tuple(card for file in files for card in read_catalog_file(file) if card.source == source)


def read_catalog_file(path: Path) -> tuple[ModelCard, ...]:
    """Read one catalog file.

    Raises
    ------
    SearchSpaceError
        Naming the file, the model and the field that breaks a rule.
    """
    document = strict_yaml.load_file(path)
    if not isinstance(document, dict) or not isinstance(document.get("models"), list):
        raise SearchSpaceError(f"{path.name}: a catalog needs source, modality and a list called models")
    unknown = sorted(set(document) - _FILE_KEYS)
    if unknown:
        known = ", ".join(sorted(_FILE_KEYS))
        raise SearchSpaceError(f"{path.name}: unknown key {unknown[0]!r}; known: {known}", field=unknown[0])
    shared = {"source": document.get("source"), "modality": document.get("modality")}
    cards = tuple(
        _card(path.name, number, {**shared, **_entry(path.name, number, entry)})
        for number, entry in enumerate(document["models"], start=1)
    )
    names = [card.model for card in cards]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SearchSpaceError(f"{path.name}: the model {twice[0]!r} is listed twice", field="model")
    return cards


def architecture_family(architecture: str) -> str:
    """Return the leading word of an architecture name with its version: ``mobilenetv2_100`` -> ``mobilenetv2``."""
    match = re.match(r"[a-z]+?v\d+|[a-z]+", architecture.lower().removeprefix("tf_"))
    return match.group() if match else architecture


def _entry(file: str, number: int, entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise SearchSpaceError(f"{file}: model {number} must be a mapping but got {entry!r}", field="models")
    return entry


def _card(file: str, number: int, values: dict[str, Any]) -> ModelCard:
    if values["modality"] not in ("image", "text"):
        raise SearchSpaceError(
            f"{file}: modality must be image or text but got {values['modality']!r}", field="modality"
        )
    try:
        return card_from_json(values)
    except (InvalidInput, TypeError, ValueError) as error:
        message = f"{file}: model {number} ({values.get('model', '?')}): {error}"
        raise SearchSpaceError(message, field=f"models[{number - 1}]") from error

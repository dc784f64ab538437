"""Which candidate models there are, and how names that people write become cards; loads no torch."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from automl_tl.errors import SpecError
from automl_tl.names import parse_model_id
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput
from automl_tl.zoo.catalog_files import architecture_family, catalog_cards
from automl_tl.zoo.local_models import local_cards

__all__ = ["Catalog", "load_catalog"]

_HUB_MODALITY = {"timm": "image", "hf": "text"}


@dataclass(frozen=True)
class Catalog:
    """Every listed candidate, by source in the order of preference."""

    listed: tuple[ModelCard, ...]

    def cards(self, modality: str | None = None) -> tuple[ModelCard, ...]:
        """Return the listed cards, all of them or those of one modality."""
        return tuple(card for card in self.listed if modality in (None, card.modality))

    def sources(self) -> tuple[str, ...]:
        """Return the names of the listed sources."""
        return tuple(dict.fromkeys(card.source for card in self.listed))

    def resolve(self, names: Sequence[str], modality: str, *, allow_local: bool = False) -> list[ModelCard]:
        """Return the cards that these names stand for, each once, in order.

        Parameters
        ----------
        names
            A source (``starter``, ``timm``, ``hf``), an id (``timm:resnet18.a1_in1k``; hub models need not be
            listed) or ``local:DIR``. Empty means ``starter``.
        modality
            Of the dataset; a source contributes only its models of this modality.
        allow_local
            Whether ``local:DIR`` may name a directory of this machine: never for names that a client sent.

        Raises
        ------
        SpecError
            Naming the name that cannot be resolved and what would do.
        """
        found: dict[str, ModelCard] = {}
        for name in names or ("starter",):
            for card in self._resolve_one(name.strip(), modality, allow_local):
                found.setdefault(card.id, card)
        if not found:
            sources = ", ".join(dict.fromkeys(card.source for card in self.cards(modality))) or "none"
            raise SpecError(
                f"models {', '.join(names)} hold no {modality} model; sources that do: {sources}", field="models"
            )
        return list(found.values())

    def _resolve_one(self, name: str, modality: str, allow_local: bool) -> Sequence[ModelCard]:
        if name in self.sources():
            return [card for card in self.cards(modality) if card.source == name]
        if ":" not in name:
            raise SpecError(f"there is no model source {name!r}; {_HINT}{self._close(name)}", field="models")
        if name.startswith("local:"):
            return _resolve_local(name, modality, allow_local)
        source, model = parse_model_id(name, field="models")
        card = next((card for card in self.listed if card.id == name), None)
        if card is None:
            if source not in _HUB_MODALITY:
                raise SpecError(f"there is no model {name!r}; {_HINT}{self._close(name)}", field="models")
            card = _unlisted(source, model)
        if card.modality != modality:
            raise SpecError(f"{name} is for {card.modality} data but the dataset is {modality}", field="models")
        return [card]

    def _close(self, name: str) -> str:
        ids = {card.id.split(":", 1)[1]: card.id for card in self.listed} | {
            card.id: card.id for card in self.listed
        }
        close = difflib.get_close_matches(name, ids, n=3)
        return f"; did you mean {', '.join(dict.fromkeys(ids[match] for match in close))}?" if close else ""


_HINT = "write starter, timm, hf, an id such as timm:resnet18.a1_in1k, or local:DIR"


def load_catalog() -> Catalog:
    """Return the starter zoo and everything under ``search_spaces/catalog``; raises SearchSpaceError."""
    from automl_tl.zoo.starter.cards import starter_cards

    return Catalog((*starter_cards(), *catalog_cards("timm"), *catalog_cards("hf")))


def _resolve_local(name: str, modality: str, allow_local: bool) -> Sequence[ModelCard]:
    if not allow_local:
        raise SpecError(
            f"{name!r} names a directory; local models can be used with `automl-tl run` and `automl-tl rank`"
            " but not through the service",
            field="models",
        )
    cards = local_cards(Path(name.removeprefix("local:")).expanduser(), modality)
    return [card for card in cards if card.modality == modality]


def _unlisted(source: str, model: str) -> ModelCard:
    """Return a card for a hub model that the catalog does not list; the source completes it at loading."""
    build: Callable[[], ImageInput | TextInput] = ImageInput if source == "timm" else TextInput
    architecture = model.split(".")[0] if source == "timm" else ""
    family = architecture_family(architecture) if architecture else ""
    return ModelCard(source, model, _HUB_MODALITY[source], architecture, family, build())

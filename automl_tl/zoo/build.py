"""Build a backbone from its saved config, whichever library it belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.backbone import Backbone
from automl_tl.zoo.card import ModelCard

__all__ = ["backbone_from_config"]


def backbone_from_config(card: ModelCard, config: dict[str, Any], assets: Path) -> Backbone:
    """Return the architecture with random weights.

    Parameters
    ----------
    card
        The model's card.
    config
        ``Backbone.config`` of the saved model; its ``library`` decides which class builds it.
    assets
        Directory that ``Backbone.save_assets`` wrote.

    Raises
    ------
    ModelUnavailable
        If the library is unknown or cannot build the architecture.
    """
    library = config.get("library", "")
    if library == "timm":
        from automl_tl.zoo.timm_backbone import TimmBackbone

        return TimmBackbone.from_config(card, config, assets)
    if library == "transformers":
        from automl_tl.zoo.transformers_backbone import TransformersBackbone

        return TransformersBackbone.from_config(card, config, assets)
    message = f"{card.id}: library must be timm or transformers but got {library!r}"
    raise ModelUnavailable(message, field="library")

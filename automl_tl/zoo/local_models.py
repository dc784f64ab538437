"""Find and describe the models that lie in a directory of this machine; loads no torch.

A model is

- a folder in transformers' layout: ``config.json`` with ``model_type``, a tokenizer and ``model.safetensors``,
- a folder in timm's hub layout: ``config.json`` with ``architecture`` and ``model.safetensors``,
- a folder in the starter zoo's layout: ``card.json`` and the files beside it,
- or a file ``NAME.safetensors`` with timm's parameter names and ``NAME.json`` beside it, whose keys are ``arch``,
  ``num_classes``, ``input_size``, ``mean``, ``std`` and, optional, ``pad_type``, ``interpolation``,
  ``crop_pct``, ``licence``, ``params``, ``pretraining``, ``sha256``, ``kwargs``.

``NAME.fingerprint.safetensors`` (``fingerprint.safetensors`` in a folder) holds moments of the source domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from automl_tl.errors import InvalidInput, ModelUnavailable, SpecError
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput
from automl_tl.zoo.catalog_files import architecture_family
from automl_tl.zoo.starter.cards import read_card
from automl_tl.zoo.transformers_files import read_json, text_input
from automl_tl.zoo.weight_header import count_parameters

__all__ = ["describe_local", "fingerprint_path", "local_cards", "timm_settings"]

_SUFFIX = ".safetensors"
_FINGERPRINT = "fingerprint.safetensors"


def local_cards(directory: Path, modality: str) -> list[ModelCard]:
    """Return a card for every model in a directory, or for the directory if it is one.

    Parameters
    ----------
    directory
        As the user wrote it.
    modality
        Given to a model whose description is damaged, so that it is listed with its reason when loaded.

    Raises
    ------
    SpecError
        If the directory is missing or holds no model.
    """
    if not directory.is_dir():
        raise SpecError(f"local:{directory} is not a directory", field="models")
    cards: dict[str, ModelCard] = {}
    for place in _places(directory):
        card = _card_or_placeholder(place, modality)
        if card.id in cards:
            card = replace(card, model=_clean(f"{place.parent.name}-{card.model}"))
        cards[card.id] = card
    if not cards:
        raise SpecError(
            f"local:{directory} holds no model: expected folders with config.json and model.safetensors, or"
            " NAME.safetensors with NAME.json",
            field="models",
        )
    return list(cards.values())


def describe_local(place: Path) -> ModelCard:
    """Return the card of one model folder or weight file; raises ModelUnavailable with the reason."""
    if place.is_file():
        return _timm_card(place, place, _pair_description(place))
    if (place / "card.json").is_file():
        return _starter_card(place)
    config = read_json(place / "config.json")
    if isinstance(config.get("architecture"), str):
        return _timm_card(place, place / "model.safetensors", _hub_description(config))
    return _transformers_card(place, config)


def timm_settings(place: Path) -> dict[str, Any]:
    """Return ``weights`` (path), ``num_classes``, ``kwargs`` and ``sha256`` of a timm model's place."""
    if place.is_file():
        description, weights = _pair_description(place), place
    else:
        description, weights = _hub_description(read_json(place / "config.json")), place / "model.safetensors"
    kwargs = dict(description.get("kwargs") or {})
    if description.get("pad_type"):
        kwargs["pad_type"] = description["pad_type"]
    return {
        "weights": weights,
        "num_classes": int(description.get("num_classes") or 0),
        "kwargs": kwargs,
        "sha256": str(description.get("sha256") or ""),
    }


def fingerprint_path(place: Path) -> Path:
    """Return where the fingerprint of a model's place lies, present or not."""
    return place / _FINGERPRINT if place.is_dir() else place.with_name(f"{place.stem}.{_FINGERPRINT}")


def _places(directory: Path) -> Iterator[Path]:
    """Yield model folders and weight files: the directory itself, what it holds, and pairs one level below."""
    if _is_model_folder(directory):
        yield directory
        return
    for entry in sorted(directory.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if _is_model_folder(entry):
                yield entry
            else:
                yield from (file for file in sorted(entry.iterdir()) if _is_weight_file(file))
        elif _is_weight_file(entry):
            yield entry


def _is_model_folder(path: Path) -> bool:
    return (path / "config.json").is_file() or (path / "card.json").is_file()


def _is_weight_file(path: Path) -> bool:
    return path.is_file() and path.suffix == _SUFFIX and not path.name.endswith(_FINGERPRINT)


def _card_or_placeholder(place: Path, modality: str) -> ModelCard:
    try:
        return describe_local(place)
    except ModelUnavailable:
        wanted = ImageInput() if modality == "image" else TextInput()
        return ModelCard("local", _name(place), modality, "", "", wanted, location=str(place))


def _name(place: Path) -> str:
    return _clean(place.resolve().name if place.is_dir() else place.stem)


def _clean(name: str) -> str:
    return re.sub(r"[^\w.+-]", "-", name).strip("-") or "model"


def _pair_description(weights: Path) -> dict[str, Any]:
    path = weights.with_suffix(".json")
    if not path.is_file():
        raise ModelUnavailable(f"{weights.name} needs {path.name} beside it (arch, num_classes, input_size ...)")
    return read_json(path)


def _hub_description(config: dict[str, Any]) -> dict[str, Any]:
    published = config.get("pretrained_cfg") or {}
    return {
        **published,
        "arch": config.get("architecture"),
        "num_classes": config.get("num_classes", published.get("num_classes")),
        "kwargs": config.get("model_args") or {},
    }


def _timm_card(place: Path, weights: Path, description: dict[str, Any]) -> ModelCard:
    architecture = description.get("arch")
    if not isinstance(architecture, str) or not architecture:
        raise ModelUnavailable(
            f"the description of {place.name} lacks 'arch', the timm architecture", field="arch"
        )
    licence = str(description.get("licence") or description.get("license") or "")
    return ModelCard(
        source="local",
        model=_name(place),
        modality="image",
        architecture=architecture,
        family=architecture_family(architecture),
        input=_image_input(place, description),
        parameters=int(description.get("params") or count_parameters(weights)),
        licence=licence.split(" ")[0],
        domain=str(description.get("pretraining") or description.get("domain") or ""),
        description=str(description.get("description") or ""),
        location=str(place),
    )


def _image_input(place: Path, description: dict[str, Any]) -> ImageInput:
    default = ImageInput()
    size = description.get("input_size", default.size)
    sides = [size, size] if isinstance(size, int) else list(size)[-2:]
    mean, std = (list(description.get(key, getattr(default, key))) for key in ("mean", "std"))
    numbers = [*sides, *mean, *std]
    if len(sides) != 2 or len(mean) != 3 or len(std) != 3 or not all(isinstance(n, int | float) for n in numbers):
        raise ModelUnavailable(
            f"the description of {place.name} needs input_size (one side or H and W) and three values each for"
            " mean and std",
            field="input_size",
        )
    return ImageInput(
        size=(int(sides[0]), int(sides[1])),
        mean=(mean[0], mean[1], mean[2]),
        std=(std[0], std[1], std[2]),
        interpolation=str(description.get("interpolation") or default.interpolation),
        crop_fraction=float(description.get("crop_pct") or default.crop_fraction),
    )


def _transformers_card(place: Path, config: dict[str, Any]) -> ModelCard:
    model_type = config.get("model_type")
    if not isinstance(model_type, str):
        raise ModelUnavailable(f"{place.name}/config.json names neither model_type nor architecture")
    single = place / "model.safetensors"
    return ModelCard(
        source="local",
        model=_name(place),
        modality="text",
        architecture=model_type,
        family=model_type,
        input=text_input(place),
        parameters=count_parameters(single) if single.is_file() else 0,
        location=str(place),
    )


def _starter_card(place: Path) -> ModelCard:
    try:
        card = read_card(place)
    except (InvalidInput, TypeError) as error:
        raise ModelUnavailable(f"{place.name}/card.json: {error}", field="card.json") from error
    return replace(card, source="local", model=_name(place), location=str(place))

"""A model on disk: ``model.safetensors``, ``model.json``, ``assets/``, a README, ``members/`` of an ensemble."""

from __future__ import annotations

import dataclasses
import json
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from automl_tl.errors import DataCorrupted, FailedPrecondition, InvalidInput, NotFound
from automl_tl.finetune.conformal import ConformalSets
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.model_archive import unpack
from automl_tl.finetune.model_readme import readme
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.tasks.base import learning_tasks
from automl_tl.finetune.workload import LinearHead
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.names import digest_file
from automl_tl.zoo.build import backbone_from_config
from automl_tl.zoo.card_json import card_from_json, card_to_json

__all__ = ["FORMAT", "FORMAT_VERSION", "read_model", "write_model"]

FORMAT = "automl-tl model"
FORMAT_VERSION = 1

_WEIGHTS = "model.safetensors"
_DESCRIPTION = "model.json"
_ASSETS = "assets"
_MEMBERS = "members"
_BACKBONE = "backbone."
_LARGEST_DESCRIPTION = 32 << 20


def write_model(model: FittedModel, directory: Path) -> Path:
    """Write the model beside ``directory`` first and then put it in place, replacing an older one.

    Whoever reads ``directory`` sees the old model or the new one, never half of one.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    fresh = directory.parent / f".{directory.name}.{uuid.uuid4().hex}"
    try:
        _write_files(model, fresh)
        _replace(directory, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return directory


def read_model(path: Path) -> FittedModel:
    """Load from a directory or a .zip; raises as :func:`automl_tl.finetune.fitted.load` says."""
    if path.is_dir():
        return _read_directory(path)
    if not path.is_file():
        raise NotFound(f"there is no model directory or .zip file {str(path)!r}", field="path")
    with tempfile.TemporaryDirectory(prefix="automl-tl-model-") as scratch:
        return _read_directory(unpack(path, Path(scratch) / "model"))


def _write_files(model: FittedModel, directory: Path) -> None:
    assets = directory / _ASSETS
    assets.mkdir(parents=True)
    model.backbone.save_assets(assets)
    save_file(_tensors(model), str(directory / _WEIGHTS))
    if not any(assets.iterdir()):
        assets.rmdir()
    for number, member in enumerate(model.members, 1):
        _write_files(member, directory / _MEMBERS / str(number))
    files = {
        str(file.relative_to(directory)): digest_file(file)
        for file in sorted(directory.rglob("*"))
        if file.is_file()
    }
    (directory / _DESCRIPTION).write_text(json.dumps(_describe(model, files), indent=2) + "\n", encoding="utf-8")
    (directory / "README.md").write_text(readme(model), encoding="utf-8")


def _tensors(model: FittedModel) -> dict[str, torch.Tensor]:
    """Return float32 copies: tied weights would otherwise share memory, which safetensors refuses."""
    state = model.backbone.state_dict()
    tensors = {
        f"{_BACKBONE}{name}": (value.float() if value.is_floating_point() else value)
        .detach()
        .cpu()
        .clone()
        .contiguous()
        for name, value in state.items()
    }
    tensors["head.weight"] = torch.from_numpy(model.head.weight.copy())
    tensors["head.bias"] = torch.from_numpy(model.head.bias.copy())
    return tensors


def _describe(model: FittedModel, files: dict[str, str]) -> dict[str, Any]:
    recipe = None if model.recipe is None else {"strategy": model.recipe.strategy, **model.recipe.parameters()}
    card = card_to_json(model.card)
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "task": model.task,
        "modality": model.modality,
        "class_names": list(model.class_names),
        "preprocessing": card["input"],
        "temperature": model.temperature,
        "thresholds": list(model.thresholds),
        "unit": list(model.head.unit),
        "members": len(model.members),
        "parts": list(model.parts),
        "conformal": None if model.conformal is None else to_plain(model.conformal),
        "recipe": recipe,
        "card": card,
        "config": model.backbone.config,
        "notes": dict(model.notes),
        "sha256": files,
    }


def _replace(directory: Path, fresh: Path) -> None:
    if not directory.exists():
        fresh.rename(directory)
        return
    old = directory.parent / f".{directory.name}.{uuid.uuid4().hex}"
    directory.rename(old)
    fresh.rename(directory)
    shutil.rmtree(old, ignore_errors=True)


def _read_directory(directory: Path) -> FittedModel:
    described = _read_description(directory)
    _check_files(directory, described.get("sha256"))
    try:
        card = card_from_json(described["card"])
        backbone = backbone_from_config(card, described["config"], directory / _ASSETS)
        recipe = described["recipe"]
        facts: dict[str, Any] = {
            "class_names": tuple(str(name) for name in described["class_names"]),
            "task": str(described["task"]),
            "recipe": None if recipe is None else Recipe(**recipe),
            "temperature": float(described["temperature"]),
            "thresholds": tuple(float(each) for each in described.get("thresholds", ())),
            "notes": dict(described["notes"]),
            "parts": tuple(float(each) for each in described.get("parts", ())),
            "conformal": _read_sets(described.get("conformal")),
        }
        members = int(described.get("members", 0))
        mean, deviation = (float(each) for each in described.get("unit", (0.0, 1.0)))
        task = learning_tasks.get(facts["task"])
    except (KeyError, TypeError, ValueError, InvalidInput, NotFound) as error:
        raise DataCorrupted(f"{_DESCRIPTION}: not as it was written ({error!r}); download it again") from error
    head = _load_weights(backbone, directory / _WEIGHTS, len(facts["class_names"]))
    head = dataclasses.replace(head, link=task.link, unit=(mean, deviation))
    backbone.eval()
    others = tuple(_read_directory(directory / _MEMBERS / str(number)) for number in range(1, members + 1))
    return FittedModel(backbone=backbone, head=head, members=others, **facts)


def _read_sets(plain: Any) -> ConformalSets | None:
    return None if plain is None else from_plain(ConformalSets, plain)


def _read_description(directory: Path) -> dict[str, Any]:
    file = directory / _DESCRIPTION
    if not file.is_file():
        raise InvalidInput(f"{str(directory)!r} is not a saved model: it has no {_DESCRIPTION}", field="path")
    if file.stat().st_size > _LARGEST_DESCRIPTION:
        raise DataCorrupted(f"{_DESCRIPTION} has more than {_LARGEST_DESCRIPTION} bytes; download the model again")
    try:
        described = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DataCorrupted(f"{_DESCRIPTION} is not JSON ({error}); download the model again") from error
    if not isinstance(described, dict) or described.get("format") != FORMAT:
        raise InvalidInput(f"{str(directory)!r} is not a saved model: format must be {FORMAT!r}", field="path")
    version = described.get("format_version")
    if version != FORMAT_VERSION:
        raise FailedPrecondition(
            f"the model has format_version {version!r} but this package reads {FORMAT_VERSION}; upgrade automl-tl",
            field="format_version",
        )
    return described


def _check_files(directory: Path, digests: Any) -> None:
    if not isinstance(digests, dict) or _WEIGHTS not in digests:
        raise DataCorrupted(f"{_DESCRIPTION} holds no sha256 of {_WEIGHTS}; download the model again")
    for name, digest in digests.items():
        file = directory / name
        if ".." in Path(name).parts or Path(name).is_absolute() or not file.is_file():
            raise DataCorrupted(f"the model's file {name!r} is missing; download the model again")
        found = digest_file(file)
        if found != digest:
            raise DataCorrupted(
                f"{name}: SHA-256 is {found} but {_DESCRIPTION} says {digest}: the file is damaged or was "
                "changed; download the model again"
            )


def _load_weights(backbone: Any, file: Path, n_classes: int) -> LinearHead:
    try:
        tensors = load_file(str(file))
        weight, bias = tensors.pop("head.weight"), tensors.pop("head.bias")
        backbone.load_state_dict({name.removeprefix(_BACKBONE): value for name, value in tensors.items()})
    except (SafetensorError, KeyError, RuntimeError) as error:
        raise DataCorrupted(
            f"{file.name} does not fit {_DESCRIPTION} ({error}); download the model again"
        ) from error
    if weight.shape != (n_classes, backbone.embedding_size) or bias.shape != (n_classes,):
        raise DataCorrupted(
            f"{file.name}: the head has shape {tuple(weight.shape)} but {_DESCRIPTION} says {n_classes} classes "
            f"on {backbone.embedding_size} features; download the model again"
        )
    return LinearHead(weight=weight.numpy(), bias=bias.numpy())

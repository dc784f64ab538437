"""Open a starter model's directory: architecture from its card, half-precision weights, fingerprint."""

from __future__ import annotations

from pathlib import Path

from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.build import backbone_from_config
from automl_tl.zoo.fingerprints import read_fingerprint
from automl_tl.zoo.starter.cards import read_card, read_record
from automl_tl.zoo.weights import read_weights

__all__ = ["FINGERPRINT_FILE", "WEIGHTS_FILE", "load_directory"]

WEIGHTS_FILE = "model.safetensors"
FINGERPRINT_FILE = "fingerprint.safetensors"


def load_directory(directory: Path) -> LoadedModel:
    """Return the model that lies in a starter directory, on the CPU in float32 and in evaluation mode.

    Raises
    ------
    ModelUnavailable
        If a file is missing or unreadable, or the weights are not those the card was written for.
    """
    record, card = read_record(directory), read_card(directory)
    backbone = backbone_from_config(card, record["config"], directory)
    weights = read_weights(directory / WEIGHTS_FILE, expected_digest=record["weights_digest"])
    backbone.load_native_state_dict(weights.tensors)  # type: ignore[operator]
    fingerprint = read_fingerprint(directory / FINGERPRINT_FILE)
    return LoadedModel(backbone.eval(), weights.digest, fingerprint=fingerprint)

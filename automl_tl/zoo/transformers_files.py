"""What the JSON files of a transformers directory say about an encoder; loads no torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.card import TextInput

__all__ = ["read_json", "text_input"]

_LONGEST = 512
_DEFAULT_LENGTH = 128


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object; raises ModelUnavailable naming the file."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelUnavailable(f"{path.name} cannot be read: {error.strerror}", field=path.name) from None
    except ValueError as error:
        raise ModelUnavailable(f"{path.name} is not JSON: {error}", field=path.name) from None
    if not isinstance(values, dict):
        raise ModelUnavailable(f"{path.name} must hold a JSON object", field=path.name)
    return values


def text_input(directory: Path) -> TextInput:
    """Return how an encoder wants its texts, from the sentence-transformers files where it has them.

    Without them: mean pooling and at most 128 tokens, never more than the encoder has positions for.
    """
    sentence = directory / "sentence_bert_config.json"
    pooling = directory / "1_Pooling" / "config.json"
    length = read_json(sentence).get("max_seq_length") if sentence.is_file() else None
    positions = read_json(directory / "config.json").get("max_position_embeddings")
    # RoBERTa-like encoders keep two positions for padding.
    room = positions - 2 if isinstance(positions, int) and positions > 2 else _LONGEST
    wanted = length if isinstance(length, int) and length > 0 else _DEFAULT_LENGTH
    by_cls = pooling.is_file() and bool(read_json(pooling).get("pooling_mode_cls_token"))
    return TextInput(max_length=min(wanted, room, _LONGEST), pooling="cls" if by_cls else "mean")

"""Fingerprints of this user's models, by the weights they belong to: whatever source loads these finds its own.

They lie in ``$AUTOML_TL_FINGERPRINTS``, else in ``automl-tl/fingerprints`` below ``$XDG_DATA_HOME``, else below
``~/.local/share``. A client of a service can neither name nor write one: its operator makes them with
``automl-tl zoo fingerprint`` on a machine of the workers, under their user or with that variable.
"""

from __future__ import annotations

import logging
import os
import tempfile
from dataclasses import replace
from pathlib import Path

from automl_tl.directories import make_directory
from automl_tl.errors import InvalidInput, ModelUnavailable
from automl_tl.names import digest_json
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import Fingerprint
from automl_tl.zoo.card_json import card_to_json
from automl_tl.zoo.fingerprints import read_fingerprint, write_fingerprint

__all__ = ["fingerprint_directory", "keep_fingerprint", "stored_fingerprint_path", "with_stored_fingerprint"]

_LOG = logging.getLogger(__name__)
_VARIABLE = "AUTOML_TL_FINGERPRINTS"


def fingerprint_directory() -> Path:
    """Return the directory of kept fingerprints, present or not."""
    if named := os.environ.get(_VARIABLE):
        return Path(named).expanduser()
    data_home = Path(os.environ.get("XDG_DATA_HOME", ""))
    # The XDG specification wants a relative path to be ignored.
    return (
        data_home if data_home.is_absolute() else Path("~/.local/share").expanduser()
    ) / "automl-tl/fingerprints"


def stored_fingerprint_path(loaded: LoadedModel) -> Path:
    """Return where the fingerprint of these weights lies, present or not.

    Inputs that are prepared in another way (size, crop, pooling ...) lie elsewhere in the embedding space, so what
    the card says of them is part of the name.
    """
    prepared = digest_json(card_to_json(loaded.backbone.card)["input"])
    return fingerprint_directory() / f"{loaded.weights_digest}-{prepared[:16]}.safetensors"


def keep_fingerprint(fingerprint: Fingerprint, loaded: LoadedModel) -> Path:
    """Keep a fingerprint in place of the one before and return its file; readers see the old one or the new one.

    Raises
    ------
    InvalidInput
        If nothing can be written there.
    """
    path = stored_fingerprint_path(loaded)
    make_directory(path.parent)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as folder:
            new = Path(folder) / path.name
            write_fingerprint(fingerprint, new)
            new.replace(path)
    except OSError as error:
        raise InvalidInput(
            f"the fingerprint cannot be written to {path.parent} ({error.strerror}); set {_VARIABLE} to another"
            " directory"
        ) from None
    return path


def with_stored_fingerprint(loaded: LoadedModel) -> LoadedModel:
    """Return the model with the fingerprint kept for it; without one, with what it came with.

    A damaged file is left out with a warning: a model does not need its fingerprint.
    """
    path = stored_fingerprint_path(loaded)
    try:
        return replace(loaded, fingerprint=read_fingerprint(path)) if path.is_file() else loaded
    except (ModelUnavailable, OSError) as error:
        _LOG.warning("the fingerprint kept for %s is left out: %s", loaded.backbone.card.id, error)
        return loaded

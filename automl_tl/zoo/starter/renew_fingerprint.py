"""Make the fingerprint of a pretrained starter model again: ``python -m automl_tl.zoo.starter.renew_fingerprint``.

Needed when a fingerprint holds more than it did; the weights stay as they are, and the source examples are drawn
from the seed that the model's card names.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from automl_tl.zoo.fingerprints import make_fingerprint, write_fingerprint
from automl_tl.zoo.starter.cards import read_record, starter_cards, starter_directory
from automl_tl.zoo.starter.fingerprint import embed_examples
from automl_tl.zoo.starter.loading import FINGERPRINT_FILE, load_directory
from automl_tl.zoo.starter.pretrain import fresh_examples
from automl_tl.zoo.starter.recipes import recipe

__all__ = ["main", "renew_fingerprint"]


def renew_fingerprint(directory: Path) -> Path:
    """Write the fingerprint of the model in a starter directory anew and return its path.

    Raises
    ------
    ModelUnavailable
        If the directory holds no starter model.
    NotFound
        If there is no recipe for it.
    """
    record = read_record(directory)
    seed = int(record["seed"])
    examples, labels = fresh_examples(recipe(record["model"]), seed)
    embeddings, _ = embed_examples(load_directory(directory).backbone, examples)
    path = directory / FINGERPRINT_FILE
    write_fingerprint(make_fingerprint(embeddings, labels, seed=seed), path)
    return path


def main() -> None:
    """Renew the fingerprints of all shipped models."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    torch.set_num_threads(1)
    for card in starter_cards():
        print(renew_fingerprint(starter_directory(card.model)), flush=True)


if __name__ == "__main__":
    main()

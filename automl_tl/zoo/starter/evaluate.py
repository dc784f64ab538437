"""Measure the shipped starter models on tasks they never saw: ``python -m automl_tl.zoo.starter.evaluate``.

Prints the tables of docs/starter_zoo.md. Every model stands beside its own random initialisation and beside
what needs no model at all.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.zoo.card import ModelCard
from automl_tl.zoo.starter.cards import starter_cards, starter_directory
from automl_tl.zoo.starter.fingerprint import embed_examples
from automl_tl.zoo.starter.held_out.base import HeldOutData, held_out_tasks
from automl_tl.zoo.starter.image_sources.base import image_sources
from automl_tl.zoo.starter.loading import load_directory
from automl_tl.zoo.starter.measure import fine_tuned_accuracy, probe_accuracy, raw_features

__all__ = ["domain_picture", "main", "probe_table", "tuning_table"]

_TRAIN = (200, 400)


def probe_table(modality: str) -> str:
    """Return a Markdown table: linear-probe accuracy in % with 200 / 400 training rows, per model and task."""
    tasks = {name: held_out_tasks.get(name) for name in held_out_tasks}
    data = {name: task.load() for name, task in tasks.items() if task.modality == modality}
    rows = [_header(data)]
    for card in starter_cards():
        if card.modality == modality:
            rows.append(_row(card.model, _model_cells(card, data, pretrained=True)))
            rows.append(_row(f"{card.model}, random weights", _model_cells(card, data, pretrained=False)))
    plain = {name: _cell(raw_features(one, modality), one) for name, one in data.items()}
    rows.append(_row("no model: pixels" if modality == "image" else "no model: TF-IDF", plain))
    return "\n".join(rows)


def tuning_table(train: int = 200, updates: int = 120) -> str:
    """Return a Markdown table: test accuracy on digits after fine-tuning, pretrained and from scratch."""
    data = held_out_tasks.get("digits").load()
    rows = [f"| model | fine-tuned on {train} digits, {updates} updates | from scratch |", "|---|---|---|"]
    for card in starter_cards():
        if card.modality == "image":
            scores = []
            for pretrained in (True, False):
                backbone = load_directory(starter_directory(card.model)).backbone
                if not pretrained:
                    backbone.reinitialise(0)
                scores.append(fine_tuned_accuracy(backbone, data, train=train, updates=updates))
            rows.append(f"| {card.model} | {scores[0]:.1%} | {scores[1]:.1%} |")
    return "\n".join(rows)


def domain_picture(columns: int = 24) -> NDArray[np.uint8]:
    """Return a contact sheet (rows * 32, columns * 32, 3): one row of drawn examples per image domain, by name."""
    rows = [image_sources.get(name).sample(columns, 0)[0] for name in image_sources]
    return np.concatenate([np.concatenate(list(row), axis=1) for row in rows], axis=0)


def _model_cells(card: ModelCard, data: Mapping[str, HeldOutData], *, pretrained: bool) -> dict[str, str]:
    backbone = load_directory(starter_directory(card.model)).backbone
    if not pretrained:
        backbone.reinitialise(0)
    return {name: _cell(embed_examples(backbone, one.examples)[0], one) for name, one in data.items()}


def _cell(features: NDArray[np.float32], data: HeldOutData) -> str:
    return " / ".join(f"{100 * probe_accuracy(features, data.labels, train=train):.1f}" for train in _TRAIN)


def _header(data: Mapping[str, HeldOutData]) -> str:
    return "| model | " + " | ".join(data) + " |\n|---|" + "---|" * len(data)


def _row(name: str, cells: Mapping[str, str]) -> str:
    return f"| {name} | " + " | ".join(cells.values()) + " |"


def main() -> None:
    """Print all tables, or write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("image", "text", "tuning"), help="print one table only")
    parser.add_argument("--picture", type=Path, help="write a contact sheet of the image domains here instead")
    arguments = parser.parse_args()
    if arguments.picture is not None:
        from PIL import Image

        Image.fromarray(domain_picture()).save(arguments.picture, optimize=True)
        return
    only = arguments.only
    torch.set_num_threads(1)
    for modality in ("image", "text"):
        if only in (None, modality):
            print(probe_table(modality), end="\n\n", flush=True)
    if only in (None, "tuning"):
        print(tuning_table())


if __name__ == "__main__":
    main()

"""The starter zoo's held-out tasks as data sets on disk, in the form in which a user would bring them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from automl_tl.zoo.starter.held_out.base import HeldOutData, held_out_tasks

__all__ = ["write_held_out"]


def write_held_out(modality: str, out: Path) -> dict[str, Path]:
    """Write the held-out tasks of a modality below ``out``, if missing, and return the paths by name."""
    found = {}
    for name in held_out_tasks.names():
        task = held_out_tasks.get(name)
        if task.modality != modality:
            continue
        path = out / name.replace(" ", "-")
        if not path.exists():
            write = _write_images if modality == "image" else _write_texts
            write(task.load(), path)
        found[path.name] = path
    return found


def _write_images(data: HeldOutData, path: Path) -> None:
    for number, (example, label) in enumerate(zip(data.examples, data.labels, strict=True)):
        folder = path / data.class_names[label]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.asarray(example)).save(folder / f"{number:05d}.png")


def _write_texts(data: HeldOutData, path: Path) -> None:
    path.mkdir(parents=True)
    with (path / "texts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(
            [str(text), data.class_names[label]] for text, label in zip(data.examples, data.labels, strict=True)
        )

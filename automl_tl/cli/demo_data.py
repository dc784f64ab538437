"""The demo's two data sets, from what every installation carries: scikit-learn's digits, Python's docstrings."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DIGITS_NOTES", "DOCSTRINGS_NOTES", "degrade", "write_digits", "write_docstrings"]

DIGITS_NOTES = (
    "Demo data: the handwritten digits of scikit-learn (UCI Optical Recognition of Handwritten Digits, test "
    "part), 8 x 8 pixels. The column 'scanner' is made up: half of the images, drawn at random within each digit, "
    "were degraded on purpose (slightly blurred, less contrast, noise) and marked as scanner B, so that the bias "
    "report has a gap to find. Scanner A's images are as they were."
)

DOCSTRINGS_NOTES = (
    "Demo data: first sentences of docstrings of six packages of the Python standard library; the label is the "
    "package. The starter zoo's text encoders were not pretrained on these packages. The column 'length' tells "
    "whether a text has less than 80 characters."
)

TRAIN, TEST = 200, 800
_PER_PACKAGE = 70
_TEXT_CHARACTERS = 240
_SHORT = 80


def write_digits(directory: Path, *, seed: int = 0) -> Path:
    """Write the digits as PNG files with a manifest and return ``directory``.

    ``manifest.csv`` has the columns image, label, split and scanner: 200 train and 800 test images, both with the
    ten digits in equal parts (up to rounding) and both scanners in half of each digit's images.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    rng = np.random.default_rng(seed)
    parts = _stratified_parts(digits.target, {"train": TRAIN, "test": TEST}, rng)
    (directory / "images").mkdir(parents=True, exist_ok=True)
    rows = []
    for split, chosen in parts.items():
        scanners = _alternating(digits.target[chosen], rng)
        for row, scanner in zip(chosen, scanners, strict=True):
            pixels = np.rint(digits.images[row] / 16.0 * 255.0).astype(np.uint8)
            if scanner == "B":
                pixels = degrade(pixels, rng)
            name = f"images/{row:04d}.png"
            Image.fromarray(pixels, mode="L").save(directory / name)
            rows.append((name, str(digits.target[row]), split, scanner))
    _write_csv(directory / "manifest.csv", ("image", "label", "split", "scanner"), sorted(rows))
    return directory


def write_docstrings(path: Path, *, seed: int = 0) -> Path:
    """Write a CSV of docstrings with the columns text, label (the package) and length (short, long); return it.

    At most 70 texts a package, drawn at random, so that no package outweighs the others much.
    """
    from automl_tl.zoo.starter.text_sources.standard_library import HELD_OUT_PACKAGES, docstrings, windows

    rng = np.random.default_rng(seed)
    rows = set()
    for package in HELD_OUT_PACKAGES:
        texts = sorted({run for text in docstrings(package) for run in windows(text, _TEXT_CHARACTERS)[:1]})
        for place in rng.permutation(len(texts))[:_PER_PACKAGE]:
            text = texts[place]
            rows.add((text, package, "short" if len(text) < _SHORT else "long"))
    _write_csv(path, ("text", "label", "length"), sorted(rows))
    return path


def degrade(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return what a bad scanner makes of a grey image (height, width): slightly blurred, less contrast, noise."""
    image = pixels.astype(np.float64)
    for axis in (0, 1):
        before, after = np.roll(image, 1, axis), np.roll(image, -1, axis)
        image = 0.2 * before + 0.6 * image + 0.2 * after
    image = 96.0 + 0.6 * (image - 96.0) + rng.normal(0.0, 14.0, image.shape)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def _stratified_parts(
    labels: NDArray[np.int64], sizes: dict[str, int], rng: np.random.Generator
) -> dict[str, NDArray[np.int64]]:
    """Draw disjoint parts in which every class has the same number of rows, up to one."""
    classes = np.unique(labels)
    pools = {each: list(rng.permutation(np.flatnonzero(labels == each))) for each in classes}
    parts = {}
    for name, size in sizes.items():
        taken = [pools[classes[place % len(classes)]].pop() for place in range(size)]
        parts[name] = np.sort(np.array(taken, dtype=np.int64))
    return parts


def _alternating(labels: NDArray[np.int64], rng: np.random.Generator) -> list[str]:
    """Return A or B for each row, half and half within each class, in random order."""
    scanners = [""] * len(labels)
    for each in np.unique(labels):
        for place, row in enumerate(rng.permutation(np.flatnonzero(labels == each))):
            scanners[row] = "AB"[place % 2]
    return scanners


def _write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(header)
        writer.writerows(rows)

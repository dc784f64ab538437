"""Change the light and not the thing: does a picture's answer change?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.bounds import clustered_bounds, wilson_bounds
from automl_tl.fairness.findings import Inherited, InheritedRow
from automl_tl.fairness.inherited.reading import CLASSES, Reading

__all__ = ["CHANGES", "photometric_changes"]

Image = NDArray[np.uint8]
Change = Callable[[Image], Image]

_FEWEST = 20
_EDGE = 0.12
_ALPHA = 0.05
_ANSWERS = {
    "classification": "its probability",
    "multilabel": "the probability of the likeliest label",
    "regression": "the number",
}


def _scaled(factor: float) -> Change:
    return lambda image: _clipped(image.astype(np.float64) * factor)


def _tinted(red: float, blue: float) -> Change:
    return lambda image: _clipped(image.astype(np.float64) * np.array([red, 1.0, blue]))


def _contrast(factor: float) -> Change:
    return lambda image: _clipped((image.astype(np.float64) - image.mean()) * factor + image.mean())


def _grey(image: Image) -> Image:
    light = image.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    return _clipped(np.repeat(light[:, :, None], 3, axis=2))


def _turned_hue(image: Image) -> Image:
    """Rotate colours by 30 degrees around the grey axis."""
    cosine, sine = np.cos(np.pi / 6), np.sin(np.pi / 6)
    third, root = 1 / 3, np.sqrt(1 / 3)
    same, ahead, behind = (
        cosine + (1 - cosine) * third,
        third * (1 - cosine) - root * sine,
        third * (1 - cosine) + root * sine,
    )
    turn = np.array([[same, ahead, behind], [behind, same, ahead], [ahead, behind, same]])
    return _clipped(image.astype(np.float64) @ turn.T)


def _blurred_background(image: Image) -> Image:
    """Blur what lies outside an ellipse around the middle."""
    height, width = image.shape[:2]
    reach = max(1, round(0.06 * min(height, width)))
    blurred = _box_blur(_box_blur(image.astype(np.float64), reach), reach)
    y, x = np.ogrid[:height, :width]
    centre = ((y - (height - 1) / 2) / (0.42 * height)) ** 2 + ((x - (width - 1) / 2) / (0.42 * width)) ** 2
    return _clipped(np.where((centre <= 1)[:, :, None], image, blurred))


def _plain_corners(image: Image) -> Image:
    """Paint the corners, where watermarks and dates are, in the picture's mean colour."""
    height, width = image.shape[:2]
    rows, columns = max(1, round(_EDGE * height)), max(1, round(_EDGE * width))
    changed = image.copy()
    colour = image.reshape(-1, image.shape[2]).mean(axis=0).round().astype(np.uint8)
    for vertical in (slice(0, rows), slice(height - rows, height)):
        for horizontal in (slice(0, columns), slice(width - columns, width)):
            changed[vertical, horizontal] = colour
    return changed


CHANGES: Mapping[str, Change] = {
    "darker (x 0.7)": _scaled(0.7),
    "lighter (x 1.3)": _scaled(1.3),
    "warmer light": _tinted(1.12, 0.85),
    "colder light": _tinted(0.85, 1.12),
    "hue turned by 30 degrees": _turned_hue,
    "less contrast": _contrast(0.6),
    "black and white": _grey,
    "background blurred": _blurred_background,
    "corners painted over": _plain_corners,
}
"""What is done to every picture, by name. Lighter, darker and warmer also change how skin looks."""


def photometric_changes(
    predict_proba: Callable[[Sequence[Any]], Any],
    images: Sequence[Image],
    *,
    changes: Mapping[str, Change] = CHANGES,
    model: str = "",
    reading: Reading = CLASSES,
    tolerance: float = 0.1,
    cancelled: Callable[[], bool] | None = None,
) -> Inherited:
    """Return how often the answer flips when only light, colour, background or corners change.

    A change is a violation if more than ``tolerance`` of the answers flip, with the whole 95 % interval, widened
    for the number of changes (Bonferroni), above it. The interval over all changes takes pictures, and not
    pictures times changes, for independent.

    Parameters
    ----------
    predict_proba
        uint8 pictures -> answers (N, C): probabilities, or numbers (N, 1).
    images
        uint8 arrays (height, width, 3).
    reading
        How answers of the model's task are read.
    cancelled
        Asked before every change; what was done so far is returned then.
    """
    what = f"{len(images)} pictures"
    if len(images) < _FEWEST:
        text = f"Only {len(images)} pictures; a verdict needs at least {_FEWEST}."
        return Inherited("photometric", model, what, None, None, None, len(images), "insufficient_evidence", text)
    before = reading.scaled(np.asarray(predict_proba(list(images))))
    own = reading.decided(before)
    rows: list[InheritedRow] = []
    changed: list[NDArray[np.bool_]] = []
    for name, change in changes.items():
        if cancelled is not None and cancelled():
            break
        after = reading.scaled(np.asarray(predict_proba([change(image) for image in images])))
        changed.append(reading.changed(reading.decided(after), own))
        flipped = int(changed[-1].sum())
        moves = np.abs(after - before)
        shift = float(np.take_along_axis(moves, before.argmax(axis=1)[:, None], axis=1).mean())
        low, high = (float(bound) for bound in wilson_bounds(flipped, len(images)))
        sure = float(wilson_bounds(flipped, len(images), _ALPHA / len(changes))[0])
        verdict = "violation" if sure > tolerance else "no_evidence_of_violation"
        note = f"{_ANSWERS.get(reading.task, 'the answer')} moves by {reading.words(shift, places=1)} on average"
        rows.append(InheritedRow(name, flipped / len(images), len(images), low, high, verdict=verdict, note=note))
    return _summed(tuple(rows), changed, model, what, tolerance)


def _summed(
    rows: tuple[InheritedRow, ...],
    changed: Sequence[NDArray[np.bool_]],
    model: str,
    what: str,
    tolerance: float,
) -> Inherited:
    if not rows:
        text = "There was no time for a change."
        return Inherited("photometric", model, what, None, None, None, 0, "insufficient_evidence", text)
    flipped = np.stack(changed, axis=1)
    flips, count = int(flipped.sum()), flipped.size
    low, high = clustered_bounds(flipped)
    bad = sorted((row for row in rows if row.verdict == "violation"), key=lambda row: -(row.value or 0.0))
    start = f"{flips} of {count} answers change though only light, colour, background or corners did."
    if bad:
        named = ", ".join(f"{row.name} ({100 * (row.value or 0.0):.0f} %)" for row in bad[:4])
        text = f"{start} Most of all: {named}."
    else:
        fewest = _fewest_flips(len(flipped), len(rows), tolerance)
        text = (
            f"{start} No change flips clearly more than {100 * tolerance:.0f} % of the answers; of {len(flipped)} "
            f"pictures at least {fewest} would have to flip to show that."
        )
    verdict = "violation" if bad else "no_evidence_of_violation"
    shares = tuple(flipped.mean(axis=1).round(4).tolist())
    return Inherited(
        "photometric", model, what, flips / count, low, high, count, verdict, text, rows=rows, shares=shares
    )


def _fewest_flips(pictures: int, changes: int, tolerance: float) -> int:
    """Return from how many flipped answers on one change is a violation."""
    lowest = wilson_bounds(np.arange(pictures + 1), pictures, _ALPHA / changes)[0]
    return int(np.argmax(lowest > tolerance))


def _box_blur(pixels: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    for axis in (0, 1):
        padded = np.concatenate(
            [np.repeat(pixels.take([0], axis), reach + 1, axis), pixels,
             np.repeat(pixels.take([-1], axis), reach, axis)], axis
        )  # fmt: skip
        total = padded.cumsum(axis=axis)
        size, window = pixels.shape[axis], 2 * reach + 1
        pixels = (total.take(range(window, window + size), axis) - total.take(range(size), axis)) / window
    return pixels


def _clipped(pixels: NDArray[np.floating]) -> Image:
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)

"""Outlines of the fonts that matplotlib ships, as signed distance maps that can be warped and thickened."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["BOX", "font_distances"]

BOX = 64
"""Side of a distance map in pixels."""

_PREFIXES = ("DejaVuSans", "DejaVuSerif", "STIXGeneral", "cmb10", "cmmi10", "cmr10", "cmss10", "cmti10", "cmtt10")
_EXCLUDED = ("DejaVuSansDisplay", "DejaVuSerifDisplay")

# First code points of the Unicode mathematical alphabets that look like writing (fraktur is left out) and the
# matching digits: bold, italic, bold italic, script, bold script, double-struck, sans-serif (4), monospace.
_LETTERS = (0x1D400, 0x1D434, 0x1D468, 0x1D49C, 0x1D4D0, 0x1D538, 0x1D5A0, 0x1D5D4, 0x1D608, 0x1D63C, 0x1D670)
_DIGITS = (0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6)


def _code_points(character: str) -> list[int]:
    code = ord(character)
    if character.isdigit():
        return [code] + [first + code - ord("0") for first in _DIGITS]
    offset = code - ord("A") if character.isupper() else code - ord("a") + 26
    return [code] + [first + offset for first in _LETTERS]


def _font_files() -> list[Path]:
    import matplotlib

    files = sorted((Path(matplotlib.get_data_path()) / "fonts" / "ttf").glob("*.ttf"))
    return [file for file in files if file.stem.startswith(_PREFIXES) and file.stem not in _EXCLUDED]


@cache
def font_distances(characters: str) -> NDArray[np.float32]:
    """Return signed distances (F, BOX, BOX) of every distinct way the fonts draw any of ``characters``.

    The glyph's larger side fills the canvas from -0.8 to 0.8; values are negative inside, in canvas units.
    """
    from matplotlib.ft2font import FT2Font
    from PIL import ImageFont

    maps: dict[bytes, NDArray[np.float32]] = {}
    for file in _font_files():
        known = FT2Font(str(file)).get_charmap()
        font = ImageFont.truetype(str(file), 96)
        for character in characters:
            for code in _code_points(character):
                if code in known:
                    bitmap = _bitmap(font, chr(code))
                    maps.setdefault(bitmap.tobytes(), _signed_distance(bitmap))
    return np.stack(list(maps.values()))


def _bitmap(font: object, character: str) -> NDArray[np.bool_]:
    from PIL import Image, ImageDraw

    left, top, right, bottom = font.getbbox(character)  # type: ignore[attr-defined]
    drawn = Image.new("L", (right - left + 2, bottom - top + 2))
    ImageDraw.Draw(drawn).text((1 - left, 1 - top), character, fill=255, font=font)  # type: ignore[arg-type]
    drawn = drawn.crop(drawn.getbbox() or (0, 0, 1, 1))
    scale = 0.8 * BOX / max(drawn.size)
    width, height = (max(1, round(side * scale)) for side in drawn.size)
    square = Image.new("L", (BOX, BOX))
    square.paste(drawn.resize((width, height)), ((BOX - width) // 2, (BOX - height) // 2))
    return np.asarray(square) > 127


def _signed_distance(bitmap: NDArray[np.bool_]) -> NDArray[np.float32]:
    from scipy.ndimage import distance_transform_edt

    pixels = distance_transform_edt(~bitmap) - distance_transform_edt(bitmap)
    return (pixels * 2 / BOX).astype(np.float32)

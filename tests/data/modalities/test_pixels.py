"""Decoding images."""

import io

import numpy as np
import pytest
from PIL import Image

from automl_tl.data.limits import Limits
from automl_tl.data.modalities.pixels import READ_SIDE, UnreadableImage, check_image, image_size, read_image


def encoded(image, kind="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    stream.seek(0)
    return stream


def gradient(height=4, width=6, channels=3):
    return np.random.default_rng(0).integers(0, 256, (height, width, channels), dtype=np.uint8)


def test_lossless_rgb_is_read_as_it_is():
    """Pixels survive, rows first."""
    pixels = gradient()
    got = read_image(encoded(Image.fromarray(pixels)))
    assert got.dtype == np.uint8
    assert got.flags.c_contiguous
    assert np.array_equal(got, pixels)


def test_grey_and_black_and_white_become_rgb():
    """Three equal channels."""
    grey = gradient(channels=1)[:, :, 0]
    assert np.array_equal(read_image(encoded(Image.fromarray(grey))), np.repeat(grey[:, :, None], 3, 2))
    bits = Image.fromarray(grey > 100)
    assert set(np.unique(read_image(encoded(bits)))) == {0, 255}


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_parts_become_white(mode):
    """Half transparent black over white is middle grey."""
    image = Image.new("RGBA", (3, 1), (0, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    image.putpixel((2, 0), (0, 0, 0, 128))
    assert read_image(encoded(image.convert(mode)))[0, :, 0].tolist() == [0, 255, 127]


def test_a_transparent_palette_colour_becomes_white():
    """GIFs mark one colour of their palette as transparent."""
    image = Image.new("P", (2, 1), 0)
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    got = read_image(encoded(image, "GIF", transparency=1))
    assert got[0].tolist() == [[10, 20, 30], [255, 255, 255]]


def test_sixteen_bit_grey_uses_the_full_range():
    """Black stays black and 65535 becomes 255; nothing wraps around."""
    deep = np.array([[0, 257, 32768, 65535]], dtype=np.uint16)
    for kind in ("PNG", "TIFF"):
        assert read_image(encoded(Image.fromarray(deep), kind))[0, :, 0].tolist() == [0, 1, 128, 255]


def test_floats_in_unit_range_are_scaled():
    """TIFF can hold floats."""
    values = np.array([[0.0, 0.5, 1.0]], dtype=np.float32)
    assert read_image(encoded(Image.fromarray(values), "TIFF"))[0, :, 0].tolist() == [0, 128, 255]


def test_cmyk_photographs_become_rgb():
    """Print shops send them."""
    got = read_image(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG"))
    assert got.shape == (8, 8, 3)
    assert got[0, 0, 0] > 200 > 60 > got[0, 0, 1]


def test_the_orientation_of_the_camera_is_applied():
    """Orientation 6: the picture is turned by a quarter; size and pixels agree about it."""
    pixels = gradient(4, 6)
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(Image.fromarray(pixels), exif=exif)
    assert np.array_equal(read_image(data), np.rot90(pixels, -1))
    data.seek(0)
    assert image_size(data) == (4, 6)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_large_images_are_reduced_and_keep_their_shape(kind):
    """The shorter side becomes READ_SIDE, for formats with and without a shortcut."""
    image = Image.new("RGB", (READ_SIDE * 5, READ_SIDE * 3), (200, 10, 10))
    got = read_image(encoded(image, kind))
    assert got.shape == (READ_SIDE, READ_SIDE * 5 // 3, 3)
    assert np.abs(got.astype(int) - [200, 10, 10]).max() <= 2


def test_the_pixel_limit_holds_before_decoding():
    """The header of a tiny file can promise gigapixels: nothing of it is decoded."""
    data = encoded(Image.new("L", (3000, 3000)))
    with pytest.raises(UnreadableImage, match=r"3000 x 3000 pixels, more than max_pixels = 1000000"):
        read_image(data, Limits(max_pixels=1_000_000))


def test_unusable_files_get_a_reason():
    """Text, empty, truncated, forbidden format: one sentence each."""
    whole = encoded(Image.fromarray(gradient(64, 64)), "JPEG").getvalue()
    assert check_image(io.BytesIO(whole), Limits()) == ""
    assert "known format" in check_image(io.BytesIO(b"hello"), Limits())
    assert "known format" in check_image(io.BytesIO(b""), Limits())
    assert "cannot be decoded" in check_image(io.BytesIO(whole[: len(whole) // 2]), Limits())
    assert "known format" in check_image(
        io.BytesIO(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"), Limits()
    )
    with pytest.raises(UnreadableImage):
        read_image(io.BytesIO(whole[: len(whole) // 2]))


def test_random_damage_never_raises_anything_else():
    """Whatever a damaged file holds, the check answers in words and reading raises UnreadableImage."""
    rng = np.random.default_rng(1)
    for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"):
        whole = encoded(Image.fromarray(gradient(16, 16)), kind).getvalue()
        for _ in range(40):
            data = bytearray(whole)
            for place in rng.integers(0, len(data), 4):
                data[place] = rng.integers(256)
            check_image(io.BytesIO(bytes(data)), Limits(max_pixels=100_000))
            try:
                read_image(io.BytesIO(bytes(data)), Limits(max_pixels=100_000))
            except UnreadableImage:
                continue


def test_a_picture_that_unpacks_to_far_more_than_it_weighs_is_refused():
    """64 million white pixels are 0.2 MB of PNG and 250 MB of memory."""
    bomb = encoded(Image.new("RGB", (7_900, 8_000), "white"))
    reason = check_image(bomb, Limits())
    assert "more than max_ratio = 200" in reason
    bomb = encoded(Image.new("RGB", (7_900, 8_000), "white"))
    assert check_image(bomb, Limits(max_ratio=10_000)) == ""


def test_small_pictures_of_one_colour_are_fine():
    """A white page of four million pixels compresses as well as a bomb does."""
    assert check_image(encoded(Image.new("RGB", (2_000, 2_000), "white")), Limits()) == ""


def test_kinds_that_are_decoded_slowly_must_be_small():
    """Pillow reads a few rare kinds pixel by pixel in Python."""
    large, small = (
        io.BytesIO(b"P6 %d %d 100\n" % size + bytes(3 * size[0] * size[1])) for size in ((999, 999), (9, 9))
    )
    assert "use PNG" in check_image(large, Limits())
    assert check_image(small, Limits()) == ""

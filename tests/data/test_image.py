"""From an image to its square of pixels."""

import io

import numpy as np
import pytest
from PIL import Image

from fer_core.data import image as module
from fer_core.data.image import Frame, to_square, upright


def test_an_image_of_the_stored_size_keeps_its_pixels():
    pixels = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
    assert np.array_equal(to_square(Image.fromarray(pixels), Frame(48, 1))[..., 0], pixels)


@pytest.mark.parametrize("size", [(90, 30), (30, 90)])
def test_the_central_square_of_an_oblong_image_is_used(size):
    image = Image.new("L", size, 0)
    middle = ((size[0] - 30) // 2, (size[1] - 30) // 2)
    image.paste(200, (*middle, middle[0] + 30, middle[1] + 30))
    assert (to_square(image, Frame(30, 1)) == 200).all()


def test_the_crop_is_a_part_of_the_central_square():
    image = Image.new("RGB", (100, 100), (0, 0, 0))
    image.paste((10, 20, 30), (25, 50, 75, 100))
    square = to_square(image, Frame(50, 3, (0.25, 0.5, 0.75, 1.0)))
    assert (square == (10, 20, 30)).all()


def test_an_image_is_turned_as_its_camera_says():
    upright = Image.new("L", (8, 8), 0)
    upright.paste(255, (0, 0, 8, 4))
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by 180 degrees
    buffer = io.BytesIO()
    upright.rotate(180).save(buffer, "PNG", exif=exif)
    turned = to_square(Image.open(io.BytesIO(buffer.getvalue())), Frame(8, 1))
    assert np.array_equal(turned[..., 0], np.asarray(upright))


def test_colour_becomes_grey_and_grey_becomes_rgb():
    red = Image.new("RGB", (4, 4), (255, 0, 0))
    assert (to_square(red, Frame(4, 1)) == 76).all()  # 0.299 of white
    assert (to_square(Image.new("L", (4, 4), 9), Frame(4, 3)) == 9).all()


@pytest.mark.parametrize(
    ("largest", "kind"),
    [(255, np.int32), (4095, np.uint16), (255, np.uint16), (70_000, np.int32)],
)
def test_numbers_of_another_depth_are_refused_and_not_made_black(largest, kind):
    values = np.linspace(0, largest, 64).reshape(8, 8).astype(kind)
    with pytest.raises(ValueError, match="which of them is white"):
        upright(Image.fromarray(values))


def test_sixteen_bits_keep_their_upper_eight():
    deep = Image.fromarray(np.full((4, 4), 0x8040, np.uint16))
    assert (to_square(deep, Frame(4, 1)) == 0x80).all()


def test_shrinking_averages_instead_of_skipping_pixels():
    stripes = np.zeros((96, 96), np.uint8)
    stripes[:, ::2] = 255  # every second column: skipping would give all black or all white
    assert abs(to_square(Image.fromarray(stripes), Frame(24, 1)).astype(int) - 127).max() < 20


def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(module, "MAX_PIXELS", 99)
    with pytest.raises(ValueError, match="10 x 10 pixels"):
        to_square(Image.new("L", (10, 10)), Frame(8, 1))

"""Packing: the pixels of the slow way, boxes, cutters, and bad files reported."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fer_core.data.image import Frame, Row, pack_row
from fer_core.data.index import BOX
from fer_core.data.prepare import pack as packing
from fer_core.data.prepare.cutting import Cut
from fer_core.data.prepare.pack import pack_rows
from fer_core.data.reading import Reading, open_image
from tests.data.made import png

GREY = Frame(24, 1, None)


def reading_of(contents: list[bytes], boxes: list[tuple] | None = None) -> Reading:
    table = pd.DataFrame({"path": [str(number) for number in range(len(contents))]})
    if boxes is not None:
        table[list(BOX)] = np.array(boxes, float)
    return Reading(table, lambda path: contents[int(path)], open_image)


def packed(reading: Reading, frame: Frame = GREY, cutter=None) -> tuple[np.ndarray, pd.DataFrame]:
    with ThreadPoolExecutor(2) as pool:
        return pack_rows(reading, reading.rows, frame, pool, cutter)


class Halves:
    """A cutter that takes the left upper quarter, or the box, and finds no face in the dark."""

    def __init__(self) -> None:
        self.settings = {"part": "half"}
        self.calls: list[list[tuple[str, tuple[int, int]]]] = []

    def __call__(self, images, boxes):
        self.calls.append([(image.mode, image.size) for image in images])
        cuts = []
        for image, box in zip(images, boxes, strict=True):
            dark = not np.asarray(image).any()
            side = min(image.size) // 2
            face = None if dark else image.crop(box or (0, 0, side, side))
            facts = {"faces": 0.0 if dark else 1.0} | ({} if dark else {"roll": 3.5})
            cuts.append(Cut(face, "no face" if dark else "", facts))
        return cuts


@settings(max_examples=25, deadline=None)
@given(
    seeds=st.lists(st.integers(0, 50), min_size=1, max_size=9),
    size=st.sampled_from([8, 24, 40]),
    colour=st.booleans(),
    part=st.integers(1, 5),
)
def test_packing_gives_what_decoding_one_by_one_gives(seeds, size, colour, part):
    contents = [png(seed, 24 + seed % 7, colour) for seed in seeds]
    mode = "RGB" if colour else "L"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "PART", part)
        pixels, found = packed(reading_of(contents), Frame(size, len(mode), None))
    images = [Image.open(io.BytesIO(content)).convert(mode) for content in contents]
    slow = [np.asarray(image.resize((size, size), Image.Resampling.LANCZOS)) for image in images]
    expected = np.stack(slow).reshape(len(seeds), size, size, -1)
    assert np.array_equal(pixels, expected)
    assert found["sha256"].tolist() == [hashlib.sha256(content).hexdigest() for content in contents]
    assert (found["failure"] == "").all()
    assert found["width"].tolist() == [24 + seed % 7 for seed in seeds]
    grey = [np.asarray(Image.fromarray(square.squeeze()).convert("L")) for square in expected]
    assert np.allclose(found["mean"], [square.mean() for square in grey])
    assert np.allclose(found["variance"], [square.var() for square in grey])


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        (b"", "empty"),
        (b"this is a text", "corrupt: not an image"),
        (png(1)[:300], "corrupt: "),
        (png(1)[:-200].replace(b"IDAT", b"IDAX"), "corrupt: "),
        (b"GIF89a", "corrupt: "),
    ],
    ids=["zero bytes", "text", "truncated", "broken chunk", "header only"],
)
@pytest.mark.parametrize("with_cutter", [False, True])
def test_a_bad_image_is_reported_and_the_rest_is_kept(content, failure, with_cutter):
    contents = [png(1), content, png(2)]
    pixels, found = packed(reading_of(contents), cutter=Halves() if with_cutter else None)
    failures = found["failure"].tolist()
    assert failures[0] == failures[2] == ""
    assert failures[1].startswith(failure)
    assert "\n" not in failures[1]
    assert found["sha256"][1] == hashlib.sha256(content).hexdigest()
    assert not pixels[1].any()
    assert found.loc[1, ["mean", "variance"]].isna().all()
    assert pixels[2].any()


def test_a_listed_file_that_is_missing_is_reported(tmp_path):
    def read(path: str) -> bytes:
        return (tmp_path / path).read_bytes()

    reading = Reading(pd.DataFrame({"path": ["absent.png"]}), read)
    assert pack_row(reading, Row("absent.png", None), GREY)[:2] == ("", "corrupt: missing file")


def encoded(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


RAMP = np.add.outer(np.arange(60) * 3, np.arange(80))  # 80 wide, 60 high, no two places alike


@pytest.mark.parametrize(
    ("box", "square"),
    [
        ((10, 20, 30, 40), (10, 20, 30, 40)),
        ((10, 20, 30, 30), (10, 15, 30, 35)),  # made square around its middle
        ((-20, 10, 20, 30), (0, 10, 20, 30)),  # what sticks out is cut off
        ((0, 0, 30, 10), (0, 0, 30, 30)),  # the square is moved inside
        ((70, 50, 200, 90), (70, 50, 80, 60)),
        ((0, 0, 80, 60), (10, 0, 70, 60)),  # no square of 80 px fits
        ((10.5, 20.5, 30.5, 40.5), (10.5, 20.5, 30.5, 40.5)),
    ],
)
def test_a_box_is_clipped_made_square_and_cut_out(box, square):
    content = encoded(RAMP)
    pixels, found = packed(reading_of([content], [box]))
    whole = Image.open(io.BytesIO(content))
    expected = whole.resize((24, 24), Image.Resampling.LANCZOS, box=square)
    assert np.array_equal(pixels[0, ..., 0], np.asarray(expected))
    assert found.loc[0, ["failure", "width", "height"]].tolist() == ["", 80, 60]


@pytest.mark.parametrize(
    ("box", "failure"),
    [
        ((80, 0, 90, 10), "box outside the image"),
        ((-9, -9, 0, 0), "box outside the image"),
        ((5, 5, 5, 9), "box outside the image"),
        ((9, 5, 5, 9), "box outside the image"),
        ((np.nan, 5, 5, 9), "no box"),
    ],
    ids=["right of it", "left of it", "empty", "turned round", "not known"],
)
def test_a_row_without_a_usable_box_fails_and_is_never_the_whole_image(box, failure):
    pixels, found = packed(reading_of([encoded(RAMP)] * 2, [box, (0, 0, 9, 9)]))
    assert found["failure"].tolist() == [failure, ""]
    assert not pixels[0].any()


def test_a_box_belongs_to_the_image_as_its_camera_was_held():
    upright = Image.fromarray(RAMP.astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    upright.rotate(90, expand=True).save(buffer, "PNG", exif=exif)
    box = (50, 5, 70, 25)
    turned, found = packed(reading_of([buffer.getvalue()], [box]))
    straight, _ = packed(reading_of([encoded(RAMP)], [box]))
    assert np.array_equal(turned, straight)
    assert found.loc[0, ["width", "height"]].tolist() == [80, 60]


def test_a_cutter_gets_upright_grey_or_colour_images_and_its_cuts_are_kept(monkeypatch):
    monkeypatch.setattr(packing, "PART", 2)
    contents = [encoded(RAMP), png(1, 40, colour=True), encoded(RAMP * 0), png(2, 24)]
    cutter = Halves()
    pixels, found = packed(reading_of(contents), cutter=cutter)
    parts = [[("L", (80, 60)), ("RGB", (40, 40))], [("L", (80, 60)), ("L", (24, 24))]]
    assert sorted(cutter.calls) == sorted(parts)  # threads may take them in any order
    assert found["failure"].tolist() == ["", "", "no face", ""]
    assert found["faces"].tolist() == [1, 1, 0, 1]
    assert found["roll"].isna().tolist() == [False, False, True, False]
    part = Image.fromarray(RAMP.astype(np.uint8)).crop((0, 0, 30, 30))
    expected = part.resize((24, 24), Image.Resampling.LANCZOS)
    assert np.array_equal(pixels[0, ..., 0], np.asarray(expected))
    assert not pixels[2].any()


def test_a_cutter_is_told_the_box_and_must_find_the_face_where_there_is_none():
    told = []

    class Told(Halves):
        def __call__(self, images, boxes):
            told.extend(boxes)
            return super().__call__(images, boxes)

    boxes = [(-5, 0, 20, 20), (np.nan,) * 4, (90, 0, 99, 9)]
    _, found = packed(reading_of([encoded(RAMP)] * 3, boxes), cutter=Told())
    assert told == [(0, 0, 20, 20), None]
    assert found["failure"].tolist() == ["", "", "box outside the image"]


def test_large_photographs_wait_for_the_cutter_a_few_at_a_time(monkeypatch):
    contents = [encoded(RAMP) for _ in range(5)]
    together, _ = packed(reading_of(contents), cutter=Halves())
    cutter = Halves()
    monkeypatch.setattr(packing, "CUT_PIXELS", 2 * RAMP.size + 1)
    apart, _ = packed(reading_of(contents), cutter=cutter)
    assert [len(call) for call in cutter.calls] == [2, 2, 1]
    assert np.array_equal(apart, together)

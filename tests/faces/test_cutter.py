"""One upright square face per photograph, or a reason."""

import json
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image

from fer_core.errors import FerError
from fer_core.faces.align import eye_roll
from fer_core.faces.cutter import NO_FACE, SEVERAL, FaceCut, FaceCutter, one_thread, overlaps
from fer_core.faces.detect import Detector

SIDES = ("face_left", "face_top", "face_right", "face_bottom")
NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 120), dtype=np.uint8))


@pytest.fixture(scope="module")
def cutter() -> FaceCutter:
    return FaceCutter(device="cpu")


def one(cutter: FaceCutter, image: Image.Image, box=None) -> FaceCut:
    """The cut of one photograph."""
    (answer,) = cutter([image], [box])
    return answer


def square(answer: FaceCut) -> tuple[float, ...]:
    """The box that was cut."""
    return tuple(answer.facts[side] for side in SIDES)


@pytest.fixture(scope="module")
def pair(london) -> Image.Image:
    """A larger face on the left, a smaller one in the middle of the photograph."""
    photo = Image.new("RGB", (1100, 512), (128, 128, 128))
    photo.paste(london[0], (0, 0))
    photo.paste(london[4].resize((400, 400)), (512, 60))
    return photo


def tilted(image: Image.Image, degrees: float) -> Image.Image:
    """Turned clockwise on a canvas of the photograph's own background."""
    return image.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=image.getpixel((2, 2)))


@pytest.mark.parametrize("degrees", [20, -20])
def test_a_photograph_turned_by_20_degrees_comes_back_within_one(london, cutter, degrees):
    straight = cutter(london, [None] * len(london))
    turned = cutter([tilted(image, degrees) for image in london], [None] * len(london))
    rest = [
        after.facts["roll"] - before.facts["roll"] - degrees
        for before, after in zip(straight, turned, strict=True)
    ]
    assert np.abs(rest).max() < 1
    seen = Detector(device="cpu")([answer.image for answer in turned])
    rolls = np.abs([eye_roll(faces.points[0]) for faces in seen])
    assert np.median(rolls) < 1
    assert rolls.max() < 2.5
    sizes = [a.image.width / b.image.width for a, b in zip(turned, straight, strict=True)]
    assert np.allclose(sizes, 1, atol=0.06)


def test_without_alignment_the_pixels_of_the_box_are_untouched(london):
    plain = FaceCutter({"align": False, "margin": "none"}, device="cpu")
    answer = one(plain, london[0])
    assert np.array_equal(np.asarray(answer.image), np.asarray(london[0].crop(square(answer))))
    assert answer.facts["roll"] == pytest.approx(one(FaceCutter(), london[0]).facts["roll"], abs=2)


@pytest.mark.parametrize(("margin", "each"), [("20 px", lambda _: 20), ("30 %", lambda s: 0.3 * s)])
def test_the_margin_is_exact(london, margin, each):
    bare = square(one(FaceCutter({"align": False, "margin": "none"}, device="cpu"), london[1]))
    wide = square(one(FaceCutter({"align": False, "margin": margin}, device="cpu"), london[1]))
    added = round(each(bare[2] - bare[0]))
    assert wide == (bare[0] - added, bare[1] - added, bare[2] + added, bare[3] + added)


def test_facts_and_image_agree_in_grey_and_colour(london, news, cutter):
    images = [london[0], news[0], london[0].convert("L"), news[1]]
    for image, answer in zip(images, cutter(images, [None] * 4), strict=True):
        left, top, right, bottom = square(answer)
        assert answer.failure == ""
        assert answer.image.mode == image.mode
        assert answer.image.size == (right - left, bottom - top) == (right - left, right - left)
        assert answer.facts["faces"] >= 1
        assert 0.7 < answer.facts["face_probability"] <= 1
        assert all(type(value) is float for value in answer.facts.values())


def test_of_several_faces_the_policy_names_one_or_none(pair):
    largest = one(FaceCutter({"several": "largest"}, device="cpu"), pair)
    central = one(FaceCutter({"several": "central"}, device="cpu"), pair)
    none = one(FaceCutter({"several": "exclude"}, device="cpu"), pair)
    assert square(largest)[0] < 512 < 560 < square(central)[0]
    assert (none.image, none.failure, none.facts["faces"]) == (None, SEVERAL, 2)
    assert math.isnan(none.facts["face_left"])


def test_no_face_is_excluded_or_asked_for_by_name(cutter):
    answer = one(cutter, NOISE)
    assert (answer.image, answer.failure, answer.facts["faces"]) == (None, NO_FACE, 0)
    centre = one(FaceCutter({"none": "centre"}, device="cpu"), NOISE)
    assert (centre.failure, centre.facts["faces"]) == ("", 0)
    assert np.array_equal(np.asarray(centre.image), np.asarray(NOISE.crop((15, 0, 105, 90))))
    assert all(math.isnan(centre.facts[name]) for name in (*SIDES, "roll", "face_probability"))


@pytest.mark.parametrize("size", [(1, 1), (500, 3)])
def test_tiny_and_oblong_images_have_no_face(cutter, size):
    assert one(cutter, Image.new("RGB", size)).failure == NO_FACE


def test_a_source_box_says_which_face_is_meant(pair, cutter):
    right = one(cutter, pair, (600, 100, 850, 400))
    left = one(cutter, pair, (100, 100, 400, 450))
    assert square(right)[0] > 512 > square(left)[0]
    assert (right.facts["faces"], left.facts["faces"]) == (2, 2)
    exact = one(FaceCutter({"several": "exclude"}, device="cpu"), pair, (600, 100, 850, 400))
    assert exact.failure == ""
    assert square(exact) == square(right)


def test_a_source_box_without_a_face_is_cut_unturned(pair):
    plain = FaceCutter({"margin": "none"}, device="cpu")
    answer = one(plain, pair, (1000, 400, 1080, 460))
    assert square(answer) == (1000, 390, 1080, 470)
    assert np.array_equal(np.asarray(answer.image), np.asarray(pair.crop((1000, 390, 1080, 470))))
    assert math.isnan(answer.facts["roll"])
    assert math.isnan(answer.facts["face_probability"])
    assert one(plain, NOISE, (10, 20, 40, 50)).image.size == (30, 30)


def test_overlap_is_a_share_of_the_smaller_box():
    boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [90, 0, 99, 9], [0, 0, 40, 40]], float)
    assert overlaps(boxes, (0, 0, 10, 10)).tolist() == [1, 0.5, 0, 1]


def test_threads_and_batches_do_not_change_a_cut(news, cutter):
    images = news[:8]
    together = cutter(images, [None] * 8)
    with ThreadPoolExecutor(2) as pool:
        apart = list(pool.map(lambda image: one(cutter, image), images))
    again = cutter(images, [None] * 8)
    for first, second, single in zip(together, again, apart, strict=True):
        assert first.facts == second.facts
        assert first.failure == single.failure == ""
        assert np.array_equal(np.asarray(first.image), np.asarray(second.image))
        assert first.facts["roll"] == pytest.approx(single.facts["roll"], abs=0.01)
        assert np.allclose(square(first), square(single), atol=1)


def test_the_number_of_threads_is_given_back():
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_settings_are_json_and_complete(cutter):
    assert json.loads(json.dumps(cutter.settings)) == cutter.settings
    assert FaceCutter(cutter.settings, device="cpu").settings == cutter.settings
    assert cutter.settings["min_face"] == 20
    assert cutter.settings["version"] == 1


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"margn": "none"}, "did you mean margin"),
        ({"several": "all"}, "several = 'all'"),
        ({"none": "resize"}, "none = 'resize'"),
        ({"margin": "much"}, "margin 'much'"),
        ({"detector": "haar"}, "detector = 'haar'"),
        ({"min_face": 3}, "min_face = 3"),
        ({"thresholds": [0.6, 2, 0.7]}, "between 0 and 1"),
        ({"version": 2}, "version = 2"),
    ],
)
def test_settings_that_are_not_supported_are_refused(settings, told):
    with pytest.raises(FerError, match=told):
        FaceCutter(settings, device="cpu")

"""Squares of whole pixels, clipped by a rule; turned pixels without black corners."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.errors import FerError
from fer_core.faces.align import Pose, corrected, eye_roll, pose_of, turn
from fer_core.faces.crop import Margin, around, cut, cut_turned, parse_margin, square_box

NONE = Margin(0, 0)


@pytest.mark.parametrize(
    ("text", "pixels"), [("none", 0), ("20 px", 20), ("30 %", 30), ("30%", 30), ("12.5 %", 12)]
)
def test_a_margin_is_a_share_of_the_longer_side_or_pixels(text, pixels):
    assert parse_margin(text).of(100) == pixels


@pytest.mark.parametrize("text", ["", "30", "-5 px", "big", "20 em", "20 px "])
def test_other_margins_are_refused(text):
    with pytest.raises(FerError, match='write a share such as "30 %"'):
        parse_margin(text)


@pytest.mark.parametrize(
    ("box", "margin", "size", "square"),
    [
        ((40, 50, 60, 70), NONE, (200, 100), (40, 50, 60, 70)),
        ((40, 50, 60, 70), Margin(0, 20), (200, 100), (20, 30, 80, 90)),
        ((40, 50, 60, 70), Margin(0.3, 0), (200, 100), (34, 44, 66, 76)),
        ((40.9, 50.1, 59.1, 69.9), NONE, (200, 100), (40, 50, 60, 70)),  # whole pixels
        ((40, 50, 60, 80), NONE, (200, 100), (35, 50, 65, 80)),  # the longer side
        ((40, 50, 61, 80), NONE, (200, 100), (35, 50, 65, 80)),  # 4.5 pixels: left
        ((0, 50, 20, 70), Margin(0, 10), (200, 100), (0, 40, 40, 80)),  # moved right
        ((180, 80, 200, 100), Margin(0, 10), (200, 100), (160, 60, 200, 100)),  # moved left and up
        ((-30, 20, 10, 60), NONE, (200, 100), (0, 20, 40, 60)),  # sticks out: moved, as large
        ((190, 90, 230, 130), NONE, (200, 100), (160, 60, 200, 100)),
        ((40, 10, 120, 90), Margin(0, 50), (200, 100), (30, 0, 130, 100)),  # side of the image
        ((150, 10, 190, 90), Margin(0, 50), (200, 100), (100, 0, 200, 100)),
        ((0, 0, 1, 1), Margin(0, 20), (1, 1), (0, 0, 1, 1)),
        ((0, 0, 500, 3), NONE, (500, 3), (248, 0, 251, 3)),
        ((5, 5, 5, 5), NONE, (20, 20), (4, 4, 5, 5)),  # an empty box is one pixel
    ],
)
def test_the_square_is_exact_at_the_borders(box, margin, size, square):
    assert square_box(box, margin, *size) == square


SIDE = st.integers(1, 300)
PLACE = st.floats(-200, 400, allow_nan=False)


@given(PLACE, PLACE, SIDE, SIDE, SIDE, SIDE, st.floats(0, 1), st.floats(0, 50))
def test_the_square_is_square_inside_and_holds_the_face_when_it_can(
    left, top, box_width, box_height, width, height, share, pixels
):
    box = left, top, left + box_width, top + box_height
    square = square_box(box, Margin(share, pixels), width, height)
    assert square[2] - square[0] == square[3] - square[1] >= 1
    assert square[0] >= 0
    assert square[1] >= 0
    assert square[2] <= width
    assert square[3] <= height
    if max(box_width, box_height) + 2 <= min(width, height):
        for low, limit in ((0, width), (1, height)):
            assert square[low] <= min(max(box[low], 0), limit)
            assert square[low + 2] >= max(min(box[low + 2], limit), 0)


def test_a_cut_copies_pixels():
    image = np.arange(10_000, dtype=np.uint16).astype(np.uint8).reshape(100, 100)
    assert np.array_equal(cut(image, (10, 20, 40, 50)), image[20:50, 10:40])
    assert np.array_equal(cut_turned(image, (10, 20, 40, 50), (25.5, 30.5), 0), image[20:50, 10:40])


@pytest.mark.parametrize("degrees", [90, -90, 180])
def test_a_quarter_turn_moves_whole_pixels(degrees):
    image = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    turned = cut_turned(image, (10, 20, 40, 50), (30, 30), degrees)
    # Undoing a clockwise roll turns the image anticlockwise.
    assert np.array_equal(turned, np.rot90(image, degrees // 90)[20:50, 10:40])


def test_corners_outside_the_photograph_repeat_its_border():
    image = np.full((80, 80), 200, np.uint8)
    assert (cut_turned(image, (0, 0, 80, 80), (20, 30), 33) == 200).all()
    assert (cut_turned(image, (-50, -50, 130, 130), (40, 40), 45) == 200).all()


@given(st.floats(-80, 80), st.floats(-80, 80), st.floats(-180, 180))
def test_a_turn_and_its_opposite_cancel(x, y, degrees):
    there = turn((x, y), (3, -4), degrees)
    assert np.allclose(turn(there, (3, -4), -degrees), (x, y), atol=1e-9)


def points(left: tuple[float, float], right: tuple[float, float]) -> np.ndarray:
    """Five points of which only the eyes matter."""
    return np.array([left, right, (0, 0), (0, 0), (0, 0)], float)


def test_roll_is_positive_when_the_right_eye_is_lower():
    assert eye_roll(points((10, 10), (20, 20))) == pytest.approx(45)
    assert eye_roll(points((10, 20), (20, 10))) == pytest.approx(-45)
    assert eye_roll(points((10, 20), (20, 20))) == 0


def test_the_box_follows_the_turn():
    # Eyes on a vertical line: the face lies to their left before the turn, below them after it.
    pose = pose_of((0, 40, 40, 60), points((50, 40), (50, 60)))
    assert (pose.roll, pose.about) == (90, (50, 50))
    assert np.allclose(pose.box, (30, 70, 70, 90))


@given(st.floats(-60, 60), st.floats(-60, 60))
def test_a_second_look_adds_what_was_left_of_the_roll(first, rest):
    about, eye = (50.0, 50.0), (62.0, 50.0)
    pose = Pose(first, about, (30, 40, 70, 90))
    seen = points(turn((38, 50), about, rest), turn(eye, about, rest))
    better = corrected(pose, pose.box, seen)
    assert better.roll == pytest.approx(first + rest)
    assert better.about == pytest.approx(about)
    # The eyes of the photograph are level once it is turned by the new pose.
    in_photo = turn(turn(eye, about, rest), about, first)
    assert turn(in_photo, better.about, -better.roll) == pytest.approx(eye)


def test_the_square_around_a_box_may_leave_the_photograph():
    assert around((-10, 0, 20, 50)) == (-20, 0, 30, 50)

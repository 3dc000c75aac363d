"""One face on a photograph that comes with matplotlib: this room is tested wherever tests run."""

import numpy as np
import pytest
from facenet_pytorch import MTCNN
from matplotlib import cbook
from PIL import Image

from fer_core.faces.align import eye_roll
from fer_core.faces.cutter import FaceCutter
from fer_core.faces.detect import Detector


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    """Rear Admiral Grace Hopper, 512 × 600, a photograph of the US Navy (public domain)."""
    with Image.open(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)) as image:
        return image.convert("RGB")


def test_the_face_is_found_where_facenet_pytorch_finds_it(portrait):
    (faces,) = Detector(device="cpu")([portrait])
    boxes, _, points = MTCNN(min_face_size=20).detect(portrait, landmarks=True)
    assert len(faces.boxes) == len(boxes) == 1
    assert np.abs(faces.boxes - boxes.astype(float)).max() < 3
    assert np.abs(faces.points - points.astype(float)).max() < 3
    left_eye, right_eye, nose, mouth_left, mouth_right = faces.points[0]
    assert left_eye[0] < nose[0] < right_eye[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(mouth_left[1], mouth_right[1])


def test_a_mirrored_portrait_has_its_face_on_the_other_side(portrait):
    mirrored = portrait.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    here, there = (faces.boxes[0] for faces in Detector(device="cpu")([portrait, mirrored]))
    left, top, right, bottom = here
    expected = [portrait.width - right, top, portrait.width - left, bottom]
    assert np.abs(there - expected).max() < 0.1 * (bottom - top)


@pytest.mark.parametrize("degrees", [0, 25, -25])
def test_a_tilted_face_is_cut_upright_and_square(portrait, degrees):
    tilted = portrait.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=(90, 80, 70))
    (cut,) = FaceCutter(device="cpu")([tilted], [None])
    (found,) = Detector(device="cpu")([cut.image])
    assert cut.image.width == cut.image.height
    assert abs(cut.facts["roll"] - degrees + eye_roll_of(portrait)) < 3
    assert abs(eye_roll(found.points[0])) < 2


def eye_roll_of(portrait: Image.Image) -> float:
    """How far the eyes of the untouched portrait are from level, turned back."""
    (faces,) = Detector(device="cpu")([portrait])
    return -eye_roll(faces.points[0])

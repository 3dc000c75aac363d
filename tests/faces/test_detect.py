"""Faces are found as facenet-pytorch finds them, in any mixture of photographs."""

import warnings

import numpy as np
import pytest
import torch
from PIL import Image

from fer_core.errors import FerError
from fer_core.faces import pictures
from fer_core.faces.detect import Detector, Faces


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(device="cpu")


def reference(images: list[Image.Image], min_face: int = 20) -> list[tuple]:
    """Boxes, probabilities and points by facenet-pytorch, one photograph at a time."""
    from facenet_pytorch import MTCNN

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        mtcnn = MTCNN(min_face_size=min_face)
    return [mtcnn.detect(image.convert("RGB"), landmarks=True) for image in images]


def assert_same(found: list[Faces], expected: list[Faces], pixels: float) -> None:
    """The same faces in the same order, up to `pixels`."""
    for ours, theirs in zip(found, expected, strict=True):
        assert len(ours.boxes) == len(theirs.boxes)
        assert np.allclose(ours.boxes, theirs.boxes, rtol=0, atol=pixels)
        assert np.allclose(ours.points, theirs.points, rtol=0, atol=pixels)
        assert np.allclose(ours.probabilities, theirs.probabilities, rtol=0, atol=1e-4)


@pytest.mark.parametrize("min_face", [20, 60])
def test_the_same_method_finds_what_facenet_pytorch_finds(london, news, min_face):
    images = [*london[:4], *news[:20]]
    found = Detector(min_face, device="cpu", reference=True)(images)
    expected = [
        Faces(np.zeros((0, 4)), np.zeros(0), np.zeros((0, 5, 2)))
        if boxes is None
        else Faces(boxes.astype(float), probabilities.astype(float), points.astype(float))
        for boxes, probabilities, points in reference(images, min_face)
    ]
    assert sum(len(faces.boxes) for faces in found) >= 20
    assert_same(found, expected, 0.01)


def test_whole_faces_are_found_at_the_same_place_as_by_facenet_pytorch(london, detector):
    for faces, (boxes, _, points) in zip(detector(london[:5]), reference(london[:5]), strict=True):
        assert np.abs(faces.boxes[0] - boxes[0].astype(float)).max() < 3
        assert np.abs(faces.points[0] - points[0].astype(float)).max() < 3


def test_the_points_of_a_face_cut_by_the_border_are_nearer_to_where_they_were(london, detector):
    plain = Detector(device="cpu", reference=True)
    whole = detector([image.convert("L") for image in london])
    cuts, truth = [], []
    for image, faces in zip(london, whole, strict=True):
        left, top, right, bottom = faces.boxes[0]
        corner = int(left + 0.06 * (right - left)), int(top)
        cuts.append(image.convert("L").crop((*corner, int(right), int(bottom))))
        truth.append(faces.points[0] - corner)
    errors: dict[str, list[float]] = {"ours": [], "theirs": []}
    for ours, theirs, points in zip(detector(cuts), plain(cuts), truth, strict=True):
        if len(ours.boxes) and len(theirs.boxes):
            errors["ours"].append(np.abs(ours.points[0] - points).mean())
            errors["theirs"].append(np.abs(theirs.points[0] - points).mean())
    assert len(errors["ours"]) >= 3
    assert np.mean(errors["ours"]) < np.mean(errors["theirs"]) / 2


def test_a_face_that_fills_its_photograph_is_found_by_the_second_look(london, detector):
    once = Detector(device="cpu", frame=0)
    tight, truth = [], []
    for image, faces in zip(london, detector(london), strict=True):
        left, top, right, bottom = faces.boxes[0].tolist()
        inset = 0.12 * (right - left)
        box = tuple(map(int, (left + inset, top + inset, right - inset, bottom - inset)))
        tight.append(image.crop(box))
        truth.append(faces.points[0] - box[:2])
    missed = [not len(faces.boxes) for faces in once(tight)]
    again = detector(tight)
    assert sum(missed) >= 3
    assert sum(len(faces.boxes) == 1 for faces in again) >= 9
    for faces, points, image in zip(again, truth, tight, strict=True):
        if len(faces.boxes):
            assert np.abs(faces.points[0] - points).mean() < 0.05 * image.width


def test_what_a_photograph_shows_does_not_depend_on_its_batch(london, news, detector):
    mixed = [news[0], london[0], news[1].resize((420, 400)), london[0].convert("L"), *news[2:9]]
    assert_same(detector(mixed), [detector([image])[0] for image in mixed], 0.01)


def test_the_same_batch_gives_the_same_bits(news, detector):
    for first, second in zip(detector(news[:6]), detector(news[:6]), strict=True):
        for one, other in zip(first, second, strict=True):
            assert np.array_equal(one, other)


def test_batches_are_bounded_by_pixels_and_keep_the_order(news, detector, monkeypatch):
    whole = detector(news[:7])
    monkeypatch.setattr(pictures, "BATCH_PIXELS", 2 * 350 * 350)
    rows = list(pictures.batches([np.asarray(image) for image in news[:7]]))
    assert rows == [[0, 1], [2, 3], [4, 5], [6]]
    assert_same(detector(news[:7]), whole, 0.01)


def test_a_grey_photograph_and_its_rgb_copy_show_the_same(news, detector):
    assert_same(detector([image.convert("RGB") for image in news[:4]]), detector(news[:4]), 0.01)


def test_two_people_side_by_side_are_both_found(london, detector):
    pair = Image.new("RGB", (1024, 512))
    pair.paste(london[0], (0, 0))
    pair.paste(london[4], (512, 0))
    (faces,) = detector([pair])
    assert len(faces.boxes) == 2
    assert sorted(faces.points[:, 2, 0] // 512) == [0, 1]
    areas = (faces.boxes[:, 2:] - faces.boxes[:, :2]).prod(1)
    assert areas[0] >= areas[1]


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 1), np.uint8),
        np.full((3, 500), 255, np.uint8),
        np.full((200, 200, 3), 127, np.uint8),
        np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8),
        np.random.default_rng(1).integers(0, 256, (12, 19), dtype=np.uint8),
    ],
    ids=["one pixel", "3 x 500", "blank", "noise", "small noise"],
)
def test_there_is_no_face_where_there_is_none(pixels, detector):
    (faces,) = detector([pixels])
    assert (faces.boxes.shape, faces.points.shape) == ((0, 4), (0, 5, 2))
    assert faces.probabilities.shape == (0,)


def test_a_photograph_whose_sums_pass_32_bits_is_read_right():
    white = np.full((2200, 4000), 255, np.uint8)
    white[:, 2000:] = 51
    table = pictures.make_pictures([white], torch.device("cpu"))
    assert table.resized(2, 2, 0, 1).flatten().tolist() == [255, 51, 255, 51]


def test_boxes_and_levels_are_averaged_as_adaptive_pooling_does():
    image = np.random.default_rng(0).integers(0, 256, (61, 83, 3), dtype=np.uint8)
    table = pictures.make_pictures([image, image[::-1]], torch.device("cpu"))
    x = torch.from_numpy(np.stack([image, image[::-1]])).permute(0, 3, 1, 2).float()
    pooled = torch.nn.functional.adaptive_avg_pool2d(x, (17, 25))
    assert torch.allclose(table.resized(17, 25, 0, 2), pooled, atol=1e-3)
    crop = table.crops(torch.tensor([1]), torch.tensor([[5, 10, 40, 14]]), 24)
    pooled = torch.nn.functional.adaptive_avg_pool2d(x[1:, :, 10:14, 5:40], 24)
    assert torch.allclose(crop, pooled, atol=1e-3)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"min_face": 5}, "under 12"),
        ({"thresholds": (0.6, 0.7)}, "three"),
        ({"thresholds": (0.6, 0.7, 1.5)}, "between 0 and 1"),
        ({"factor": 1.0}, "shrinks"),
        ({"frame": 3}, "from 0 to 1"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings, told):
    with pytest.raises(FerError, match=told):
        Detector(**settings)


def test_images_that_are_not_8_bit_grey_or_rgb_are_refused(detector):
    with pytest.raises(FerError, match="8-bit"):
        detector([np.zeros((30, 30), np.uint16)])

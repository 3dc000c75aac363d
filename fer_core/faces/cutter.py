"""One upright square face per photograph, or the reason why there is none."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from pydantic import ValidationError

from fer_core.errors import FerError, unknown
from fer_core.faces.align import Pose, corrected, pose_of
from fer_core.faces.crop import (
    Box,
    Margin,
    Square,
    around,
    cut,
    cut_turned,
    parse_margin,
    shrunk,
    square_box,
)
from fer_core.faces.detect import LAST, Detector, Faces
from fer_core.faces.settings import FaceSettings

LOOKS = 3  # at a turned face, at most: the points of a tilted one understate its tilt
VIEW = 2 * LAST  # pixels, at least, of a face that is looked at
STILL = 0.5  # degrees; a face that turned by less is not looked at again
SIDES = ("face_left", "face_top", "face_right", "face_bottom")
NO_MARGIN = Margin(0.0, 0.0)
NO_FACE, SEVERAL = "no face", "several faces"
SAME_FACE = 0.5  # of the smaller of two boxes that both cover


class FaceCut(NamedTuple):
    """A square image of one face, or why there is none ("" where there is one), and its facts."""

    image: Image.Image | None
    failure: str
    facts: dict[str, float]


class FaceCutter:
    """Finds, aligns and cuts one face per photograph; may be called by several threads at once.

    Each call works on one core (or on the GPU), so that its bits do not depend on the number of
    threads. `settings` changes FaceSettings; an unknown name or value is a FerError.

    Which face: with a box from the source, the detected face that covers it best, if they share at
    least half of the smaller of the two; else the box itself, unturned, and the facts
    `face_probability` and `roll` are NaN. Without a box, the only face, or by `several` the largest
    one, the one nearest the centre, or none ("several faces"). No face: excluded ("no face"), or by
    `none` "centre" the central square of the photograph, in which `faces` is 0.

    Facts: faces (detected in the photograph), face_probability, roll (degrees by which the eyes
    were off level, positive clockwise), face_left, face_top, face_right, face_bottom (the square
    that was cut, in pixels of the turned photograph); NaN where there is no face.
    """

    def __init__(self, settings: Mapping[str, Any] | None = None, device: str = "auto") -> None:
        chosen = _validated(settings or {})
        self.settings: dict[str, Any] = chosen.model_dump(mode="json")
        self._chosen, self._margin = chosen, parse_margin(chosen.margin)
        self._detector = Detector(
            chosen.min_face, chosen.thresholds, chosen.factor, chosen.frame, device
        )

    def __call__(self, images: list[Image.Image], boxes: list[Box | None]) -> list[FaceCut]:
        """Return one cut per image (L or RGB); a box says which face of the image is meant."""
        pixels = [np.asarray(image) for image in images]
        with one_thread():
            found = self._detector(pixels)
            chosen = [
                self._choose(faces.boxes, box, image.shape[1], image.shape[0])
                for image, faces, box in zip(pixels, found, boxes, strict=True)
            ]
            poses = {
                row: pose_of(found[row].boxes[face].tolist(), found[row].points[face])
                for row, face in enumerate(chosen)
                if face is not None
            }
            if self._chosen.align:
                self._level(pixels, poses)
        return [
            self._without(pixels[row], boxes[row], len(found[row].boxes))
            if face is None
            else self._face(pixels[row], poses[row], found[row], face)
            for row, face in enumerate(chosen)
        ]

    def _level(self, pixels: list[np.ndarray], poses: dict[int, Pose]) -> None:
        """Correct the poses, in place, by looking at the turned faces until they stay still."""
        rows = list(poses)
        for _ in range(LOOKS):
            better = self._look_again(pixels, {row: poses[row] for row in rows})
            rows = [row for row in better if abs(better[row].roll - poses[row].roll) > STILL]
            poses |= better

    def _look_again(self, pixels: list[np.ndarray], poses: dict[int, Pose]) -> dict[int, Pose]:
        """Return poses corrected by what the detector's last net sees in the turned photographs."""
        answer = {}
        for depth in (2, 3):
            rows = [row for row in poses if pixels[row].ndim == depth]
            views = [_view(pixels[row], poses[row]) for row in rows]
            seen = self._detector.look([patch for patch, _, _ in views]) if views else []
            for row, faces, (_, corner, factor) in zip(rows, seen, views, strict=True):
                for box, points in zip(faces.boxes, faces.points, strict=True):
                    place = ((box.reshape(2, 2) + corner) * factor).flatten().tolist()
                    answer[row] = corrected(poses[row], place, (points + corner) * factor)
        return answer

    def _face(self, image: np.ndarray, pose: Pose, faces: Faces, chosen: int) -> FaceCut:
        height, width = image.shape[:2]
        if self._chosen.align and pose.roll:
            square = square_box(pose.box, self._margin, width, height)
            pixels = cut_turned(image, square, pose.about, pose.roll)
        else:
            left, top, right, bottom = faces.boxes[chosen].tolist()
            square = square_box((left, top, right, bottom), self._margin, width, height)
            pixels = cut(image, square)
        probability = float(faces.probabilities[chosen])
        facts = _facts(len(faces.boxes), probability, pose.roll, square)
        return FaceCut(_picture(pixels), "", facts)

    def _without(self, image: np.ndarray, box: Box | None, count: int) -> FaceCut:
        """Return the cut of a photograph in which no found face is meant."""
        height, width = image.shape[:2]
        if box is not None:
            square = square_box(box, self._margin, width, height)
            return FaceCut(_picture(cut(image, square)), "", _facts(count, square=square))
        if count or self._chosen.none == "exclude":
            return FaceCut(None, SEVERAL if count else NO_FACE, _facts(count))
        whole = square_box((0, 0, width, height), NO_MARGIN, width, height)
        return FaceCut(_picture(cut(image, whole)), "", _facts(0))

    def _choose(self, found: np.ndarray, box: Box | None, width: int, height: int) -> int | None:
        """Return which of the found boxes is meant, or None."""
        if not len(found):
            return None
        if box is not None:
            same = overlaps(found, box)
            return int(same.argmax()) if same.max() >= SAME_FACE else None
        if len(found) == 1 or self._chosen.several == "largest":
            return 0
        if self._chosen.several == "exclude":
            return None
        centres = (found[:, :2] + found[:, 2:]) / 2 - (width / 2, height / 2)
        return int((centres**2).sum(1).argmin())


def _view(image: np.ndarray, pose: Pose) -> tuple[np.ndarray, tuple[int, int], int]:
    """Return a face in the turned photograph, shrunk by a factor: pixels, first pixel, factor."""
    left, top, right, bottom = pose.box
    factor = max(1, min(int(max(right - left, bottom - top)) // VIEW, *image.shape[:2]))
    small = shrunk(image, factor) if factor > 1 else image
    square = around((left / factor, top / factor, right / factor, bottom / factor))
    about = pose.about[0] / factor, pose.about[1] / factor
    return cut_turned(small, square, about, pose.roll), square[:2], factor


def overlaps(boxes: np.ndarray, box: Box) -> np.ndarray:
    """Return the part (k,) of the smaller of `box` and each of `boxes` (k, 4) that both cover."""
    other = np.asarray(box, float)
    low, high = np.maximum(boxes[:, :2], other[:2]), np.minimum(boxes[:, 2:], other[2:])
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    area = (other[2:] - other[:2]).prod()
    return np.maximum(high - low, 0).prod(1) / np.maximum(np.minimum(areas, area), 1e-9)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one core in this thread: cores are for photographs, not for parts of one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _picture(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(pixels))


def _facts(
    count: int,
    probability: float = math.nan,
    roll: float = math.nan,
    square: Square | None = None,
) -> dict[str, float]:
    sides = [math.nan] * 4 if square is None else [float(side) for side in square]
    facts = {"faces": float(count), "face_probability": probability, "roll": roll}
    return facts | dict(zip(SIDES, sides, strict=True))


def _validated(settings: Mapping[str, Any]) -> FaceSettings:
    for name in settings:
        if name not in FaceSettings.model_fields:
            raise unknown("face setting", name, FaceSettings.model_fields)
    try:
        return FaceSettings.model_validate(dict(settings))
    except ValidationError as error:
        fault = error.errors()[0]
        name = ".".join(map(str, fault["loc"]))
        raise FerError(f"face setting {name} = {fault['input']!r}: {fault['msg']}") from error

"""Upright faces: how far the eyes are off level, and where the face is once they are not.

All points are pixels of the photograph, (0, 0) being the corner of its first pixel. A turned
photograph is the same canvas, turned about the point between the eyes until they are level.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fer_core.faces.crop import Box

Point = tuple[float, float]


class Pose(NamedTuple):
    """A face in the photograph turned by -`roll` degrees about `about`: its `box` there.

    `roll` is positive when the eye on the right is the lower one: the head leans clockwise.
    """

    roll: float
    about: Point
    box: Box


def eye_roll(points: np.ndarray) -> float:
    """Return the degrees by which the line from the left eye of the picture to the right one falls.

    `points` (5, 2) as of `Faces`.
    """
    across, down = (points[1] - points[0]).tolist()
    return math.degrees(math.atan2(down, across))


def turn(point: Point, about: Point, degrees: float) -> Point:
    """Return the point turned clockwise on the screen about another one."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = point[0] - about[0], point[1] - about[1]
    return about[0] + cos * x - sin * y, about[1] + sin * x + cos * y


def pose_of(box: Sequence[float], points: np.ndarray) -> Pose:
    """Return the pose of a detected face, its box recomputed for the turned photograph.

    A detector's box stands upright around a tilted face, so its centre is the face's. The centre
    turns; the size stays (within 2.5 % on average in faces turned by 20°).
    """
    roll, about = eye_roll(points), _between_eyes(points)
    return Pose(roll, about, _moved(box, turn(_centre(box), about, -roll)))


def corrected(pose: Pose, box: Sequence[float], points: np.ndarray) -> Pose:
    """Return the pose after a second look at the turned photograph:
    a box and points found in it."""
    rest, seen = eye_roll(points), _between_eyes(points)
    about = turn(seen, pose.about, pose.roll)
    x, y = turn(_centre(box), seen, -rest)
    centre = x + about[0] - seen[0], y + about[1] - seen[1]
    return Pose(pose.roll + rest, about, _moved(box, centre))


def _between_eyes(points: np.ndarray) -> Point:
    x, y = points[:2].mean(0).tolist()
    return x, y


def _centre(box: Sequence[float]) -> Point:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _moved(box: Sequence[float], centre: Point) -> Box:
    width, height = (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
    return centre[0] - width, centre[1] - height, centre[0] + width, centre[1] + height

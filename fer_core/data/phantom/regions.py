"""Where the parts of a face lie in its picture: named boxes for measuring where a model looks."""

from typing import NamedTuple

import numpy as np

from fer_core.data.phantom.anatomy import EMFACS, REGION_OF
from fer_core.data.phantom.faces import Array, Faces
from fer_core.errors import unknown

REGIONS = ("brow", "eyes", "nose", "mouth")


class Region(NamedTuple):
    """A named box in fractions of the picture, [0, 1]: x to the right, y down."""

    name: str
    x0: float
    y0: float
    x1: float
    y1: float


_FRONTAL = {
    "brow": (0.24, 0.23, 0.76, 0.38),
    "eyes": (0.255, 0.38, 0.745, 0.555),
    "nose": (0.42, 0.415, 0.58, 0.615),
    "mouth": (0.325, 0.62, 0.675, 0.89),
}
"""The boxes of an average face that looks straight into a centred camera."""


def moved_regions(emotion: str) -> list[Region]:
    """Return the regions that the action units of `emotion` move, on an average frontal face.

    Neutral moves none. The boxes of each single face are columns of its data set's index.
    """
    if emotion not in EMFACS:
        raise unknown("emotion", emotion, EMFACS)
    moved = {REGION_OF[unit] for unit in EMFACS[emotion]}
    return [Region(name, *_FRONTAL[name]) for name in REGIONS if name in moved]


def region_boxes(faces: Faces) -> dict[str, Array]:
    """Return four boxes of every face in its own picture: columns `brow_x0` to `mouth_y1`, (n,)."""
    p = faces.people
    outer = p.eye_x + 1.35 * p.eye_w
    chin = np.minimum(p.head_h + 0.1, p.mouth_y + 0.36)
    extents = {
        "brow": (outer, p.brow_y - 0.20, p.brow_y + 0.12),
        "eyes": (p.eye_x + 1.2 * p.eye_w, np.full_like(outer, -0.24), np.full_like(outer, 0.12)),
        "nose": (1.6 * p.nose_w, np.full_like(outer, -0.16), p.nose_y + 0.06),
        "mouth": (1.45 * p.mouth_w, p.nose_y + 0.07, chin),
    }
    columns: dict[str, Array] = {}
    for name, (half, top, bottom) in extents.items():
        corners = [_project(faces, u, y) for u in (-half, half) for y in (top, bottom)]
        xs, ys = (np.stack([corner[axis] for corner in corners]) for axis in (0, 1))
        columns[f"{name}_x0"], columns[f"{name}_x1"] = xs.min(axis=0), xs.max(axis=0)
        columns[f"{name}_y0"], columns[f"{name}_y1"] = ys.min(axis=0), ys.max(axis=0)
    order = [f"{name}_{side}" for name in REGIONS for side in ("x0", "y0", "x1", "y1")]
    return {name: columns[name].astype(np.float32) for name in order}


def _project(faces: Faces, u: Array, y: Array) -> tuple[np.ndarray, np.ndarray]:
    """Map points of the face's surface to fractions of the picture, inversely to `canvas.blank`."""
    scene = faces.scene
    radius = faces.people.head_w * 1.08
    angle = np.arcsin(np.clip(u / radius, -1, 1)) + scene.yaw
    x = np.where(scene.yaw == 0, u, radius * np.sin(np.clip(angle, -np.pi / 2, np.pi / 2)))
    cos, sin = np.cos(scene.roll), np.sin(scene.roll)
    across = scene.scale * (x * cos - y * sin) + scene.shift_x
    down = scene.scale * (x * sin + y * cos) + scene.shift_y
    return np.clip((across + 1) / 2, 0, 1), np.clip((down + 1) / 2, 0, 1)

"""What a phantom is made of: people, action units and scenes, as tables of float32 arrays.

Lengths are in face units: half the width of the image at scale 1. x points right, y down, and the
origin is the middle of the face. Colours are RGB in [0, 1]; colour arrays have shape (n, 3), all
others (n,) unless it is said.
"""

from dataclasses import dataclass, fields
from typing import Any, TypeVar

from numpy.typing import NDArray

Array = NDArray[Any]  # float32; numpy's stubs widen it at every step
T = TypeVar("T")

ACTION_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 15, 16, 20, 23, 26)
AU_COLUMN = {unit: column for column, unit in enumerate(ACTION_UNITS)}


@dataclass(frozen=True)
class People:
    """What stays the same in every picture of a person."""

    head_w: Array  # half width and half height of the head
    head_h: Array
    taper: Array  # how much narrower the jaw is than the cheeks
    skin: Array
    hair: Array
    hairline: Array  # height at the middle of the forehead; far above the skull: bald
    fringe: Array  # how fast the hairline falls towards the temples
    parting: Array  # how much it slants
    volume: Array  # how far the hair stands off the skull
    hair_end: Array  # how far below the middle of the face the hair behind the head ends
    brow_thick: Array
    brow_y: Array
    brow_slant: Array  # at rest: positive, the outer end is lower
    brow_arch: Array
    eye_x: Array  # half the distance between the eyes
    eye_w: Array
    eye_h: Array
    iris: Array
    nose_w: Array
    nose_y: Array
    mouth_w: Array
    mouth_y: Array
    lip: Array
    lip_thick: Array
    teeth: Array  # how far a smile opens the lips, 0 to 1
    rest_corner: Array  # at rest: positive, the corners of the mouth are lower
    blush: Array
    beard: Array  # opacity
    glasses: Array  # 0 or 1
    frame: Array
    cloth: Array


@dataclass(frozen=True)
class Scene:
    """What the camera adds: the pose (radians), the light, the background and an occluder."""

    yaw: Array
    roll: Array
    scale: Array
    shift_x: Array
    shift_y: Array
    light: Array  # strength of the gradient, 0 to 1
    light_x: Array  # the direction that the light comes from
    light_y: Array
    backdrop: Array
    occluded: Array  # 0 or 1
    cover_x: Array  # a rounded board: middle, half size, slant (tangent), colour
    cover_y: Array
    cover_w: Array
    cover_h: Array
    cover_slant: Array
    cover: Array


@dataclass(frozen=True)
class Faces:
    """`units` holds the intensities of ACTION_UNITS, (n, 14), each 0 (absent) to 1 (full)."""

    people: People
    units: Array
    scene: Scene

    def __len__(self) -> int:
        return len(self.units)

    def take(self, rows: Any) -> "Faces":
        """Return the faces at `rows` (any numpy index)."""
        return Faces(take(self.people, rows), self.units[rows], take(self.scene, rows))

    def au(self, unit: int) -> Array:
        """Return the intensities of one action unit, (n,)."""
        return self.units[:, AU_COLUMN[unit]]


def take(table: T, rows: Any) -> T:
    """Return the `rows` of a dataclass of arrays."""
    return type(table)(**{f.name: getattr(table, f.name)[rows] for f in fields(table)})  # type: ignore[arg-type]

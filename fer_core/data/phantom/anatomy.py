"""From action units to the shape of a face.

The combinations are the standard ones of EMFACS (Friesen and Ekman 1983; Ekman, Friesen and
Hager 2002): the units that a prototypical expression of each emotion moves.
"""

from dataclasses import dataclass

import numpy as np

from fer_core.data.phantom.faces import Array, Faces

EMFACS: dict[str, tuple[int, ...]] = {
    "angry": (4, 5, 7, 23),
    "disgust": (9, 10, 15, 16),
    "fear": (1, 2, 4, 5, 7, 20, 26),
    "happy": (6, 12),
    "neutral": (),
    "sad": (1, 4, 15),
    "surprise": (1, 2, 5, 26),
}
"""Action units of each emotion."""

REGION_OF: dict[int, str] = {
    1: "brow", 2: "brow", 4: "brow", 5: "eyes", 6: "eyes", 7: "eyes", 9: "nose",
    10: "mouth", 12: "mouth", 15: "mouth", 16: "mouth", 20: "mouth", 23: "mouth", 26: "mouth",
}  # fmt: skip
"""The region that each action unit moves."""


@dataclass(frozen=True)
class Shape:
    """Where the features of a face are once its muscles have moved; (n,) arrays, face units."""

    chin: Array  # height of the chin below the middle of the face
    brow_x: Array
    brow_inner: Array  # height of the inner and of the outer end
    brow_outer: Array
    frown: Array  # strength of the lines between the brows, 0 to 1
    forehead: Array  # of the lines on the forehead
    lid_up: Array  # heights of the upper and lower lid over and under the middle of the eye
    lid_low: Array
    lid_slant: Array  # positive: the outer corner is lower
    pouch: Array  # strength of the line under the eye
    cheek: Array  # how far the cheek is raised
    nose_y: Array
    nose_w: Array
    wrinkle: Array  # strength of the lines over the nose
    fold: Array  # of the folds from the nose to the mouth
    mouth_w: Array
    corner: Array  # positive: the corners are lower than the middle
    open_up: Array  # heights of the opening over and under the line of the mouth
    open_low: Array
    lip_thick: Array
    mouth_y: Array


def shape_of(faces: Faces) -> Shape:
    """Return the shape that the action units give to each face."""
    p, au = faces.people, faces.au
    smile_open = au(12) * au(12) * p.teeth
    squeeze = 1 - 0.75 * au(4)  # the corrugator holds the outer brow down as well
    one_four = au(1) * au(4)
    mourn = one_four * (1 - au(2)) * (1 - au(5))  # the outer brow sinks, the lid droops
    return Shape(
        chin=p.head_h + 0.13 * au(26),
        brow_x=p.eye_x - 0.045 * au(4),
        brow_inner=p.brow_y
        - p.brow_slant
        - 0.11 * au(1)
        + 0.10 * au(4)
        + 0.07 * au(9)
        - 0.115 * one_four,
        brow_outer=p.brow_y
        + p.brow_slant
        - 0.105 * au(2) * (0.35 + 0.65 * squeeze)
        - 0.02 * au(4)
        + 0.03 * au(9)
        + 0.02 * au(6)
        + 0.07 * mourn,
        frown=np.maximum(au(4) - 0.15, 0),
        forehead=au(1) * (0.4 + 0.6 * au(2)),
        lid_up=p.eye_h
        * (0.60 + 0.48 * au(5) - 0.12 * au(7) - 0.04 * au(6) - 0.18 * au(9) - 0.10 * mourn),
        lid_low=p.eye_h * (0.42 + 0.10 * au(5) - 0.30 * au(7) - 0.68 * au(6) - 0.24 * au(9)),
        lid_slant=0.05 * mourn - 0.02,
        pouch=np.clip(0.2 + 0.8 * au(6) + 0.6 * au(7) + 0.5 * au(9), 0, 1),
        cheek=np.maximum(au(6), 0.5 * au(12)),
        nose_y=p.nose_y - 0.045 * au(9),
        nose_w=p.nose_w * (1 + 0.28 * au(9) + 0.08 * au(10)),
        wrinkle=au(9),
        fold=np.clip(0.45 * au(12) + 0.5 * au(9) + 0.4 * au(10), 0, 1),
        mouth_w=p.mouth_w
        * (1 + 0.34 * au(12) + 0.26 * au(20) - 0.26 * au(23) - 0.28 * au(26) * (1 - au(20))),
        corner=p.rest_corner - 0.14 * au(12) + 0.10 * au(15) + 0.07 * au(20) + 0.01 * au(23),
        open_up=0.045 * au(10) + 0.05 * au(26) * (1 - 0.5 * au(20)),
        open_low=0.16 * smile_open + 0.045 * au(16) + 0.23 * au(26) * (1 - 0.4 * au(20)),
        lip_thick=p.lip_thick * (1 - 0.6 * au(23) - 0.25 * au(12) - 0.25 * au(20)),
        mouth_y=p.mouth_y - 0.02 * au(12) - 0.02 * au(10) + 0.02 * au(15),
    )

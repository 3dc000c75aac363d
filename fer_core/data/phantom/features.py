"""Painting the features that action units move: brows, eyes, nose and mouth."""

import numpy as np

from fer_core.data.phantom.anatomy import Shape
from fer_core.data.phantom.canvas import Canvas, ellipse, per_face, smooth
from fer_core.data.phantom.faces import Array, Faces

_BLUSH, _CREASE, _LASH = np.array(
    [(1.0, 0.62, 0.6), (0.66, 0.58, 0.56), (0.10, 0.07, 0.07)], np.float32
)


def _arc(canvas: Canvas, t: Array, height: Array, thick: Array | float) -> Array:
    """Return the cover of a stroke along `height` that tapers to nothing at t = -1 and t = 1."""
    body = np.clip((1 - t * t) * 1.7, 0, 1)
    share = canvas.cover(np.abs(height) - thick * body)
    share *= np.clip(body * 4, 0, 1)
    return share


def paint_cheeks(canvas: Canvas, faces: Faces, shape: Shape) -> None:
    """Paint the blush, higher and stronger where the cheeks are raised."""
    p = faces.people
    canvas = canvas.window(*_box(p.eye_x, 0.62, 0.0, 0.48))
    across = (np.abs(canvas.u) - per_face(p.eye_x + 0.1)) / 0.2
    down = (canvas.y - per_face(0.25 - 0.05 * shape.cheek)) / 0.15
    spot = smooth(1 - (across * across + down * down))
    rose = p.skin * _BLUSH
    canvas.paint(spot, rose, per_face(p.blush + 0.35 * shape.cheek))


def paint_brow_lines(canvas: Canvas, faces: Faces, shape: Shape) -> None:
    """Paint the lines between the brows (AU4) and over them (AU1, AU2)."""
    p = faces.people
    canvas = canvas.window(*_box(p.eye_x, 0.34, -0.66, -0.2))
    u, y = np.abs(canvas.u), canvas.y
    dark = p.skin * 0.55
    t = (y - per_face(shape.brow_inner + 0.03)) / 0.075
    furrow = _arc(canvas, t, u - 0.055, 0.012)
    canvas.paint(furrow, dark, per_face(0.75 * shape.frown))
    t = canvas.u / 0.3
    for height in (0.13, 0.20):
        line = y - per_face(shape.brow_inner - height) + 0.03 * (1 - t * t)
        canvas.paint(_arc(canvas, t, line, 0.010), dark, per_face(0.5 * shape.forehead))


def paint_brows(canvas: Canvas, faces: Faces, shape: Shape) -> None:
    """Paint the brows."""
    p = faces.people
    canvas = canvas.window(*_box(p.eye_x, 0.58, -0.66, -0.1))
    u, y = np.abs(canvas.u), canvas.y
    t = (u - per_face(shape.brow_x)) / per_face(p.eye_w * 1.32)
    middle = (shape.brow_inner + shape.brow_outer) / 2
    slope = (shape.brow_outer - shape.brow_inner) / 2
    line = y - per_face(middle) - per_face(slope) * t
    line += per_face(p.brow_arch) * (1 - t * t)
    thick = per_face(p.brow_thick) * (1 - 0.3 * t)
    ink = p.hair * 0.62 + p.skin * 0.06
    grey = p.hair.mean(axis=1, keepdims=True) > 0.5
    ink = np.where(grey, p.hair * 0.7, ink)
    canvas.paint(_arc(canvas, t, line, thick), ink)


def paint_eyes(canvas: Canvas, faces: Faces, shape: Shape) -> None:
    """Paint the eyes between their lids: white, iris, pupil, light, lashes and crease."""
    p = faces.people
    canvas = canvas.window(*_box(p.eye_x, 0.56, -0.32, 0.16))
    u, y = np.abs(canvas.u), canvas.y + 0.06
    side = np.where(canvas.u < 0, np.float32(-1), np.float32(1))
    x = u - per_face(p.eye_x)
    t = x / per_face(p.eye_w)
    arch = 1 - t * t
    slanted = y - per_face(shape.lid_slant) * t
    over = -per_face(shape.lid_up) * arch
    under = np.maximum(per_face(shape.lid_low), per_face(0.03 - shape.lid_up)) * arch
    dark = p.skin * 0.50
    canvas.paint(_arc(canvas, t / 1.05, slanted - over + 0.05, 0.011), dark, 0.45)
    opening = canvas.cover(np.maximum(over - slanted, slanted - under) * 0.85)
    canvas.paint(opening, (0.985, 0.98, 0.97))
    down = slanted + 0.012
    radius = np.sqrt(x * x + down * down)
    iris = per_face(p.eye_w * 0.56)
    canvas.paint(canvas.cover(radius - iris) * opening, p.iris)
    canvas.paint(canvas.cover(radius - iris * 0.52) * opening, (0.06, 0.05, 0.06))
    light = np.sqrt((x + side * 0.03) ** 2 + (down + 0.035) ** 2)
    canvas.paint(canvas.cover(light - 0.024) * opening, (1.0, 1.0, 1.0), 0.95)
    shadow = smooth(1 - (slanted - over) / 0.05) * opening
    canvas.shade(shadow, -0.22)
    lash = p.skin * 0.10 + _LASH
    canvas.paint(_arc(canvas, t / 1.1, slanted - over, 0.024), lash)
    canvas.paint(_arc(canvas, t, slanted - under, 0.010), dark, 0.6)
    pouch = slanted - under - 0.06
    canvas.paint(_arc(canvas, t, pouch, 0.012), dark, per_face(0.5 * shape.pouch))


def paint_nose(canvas: Canvas, faces: Faces, shape: Shape) -> None:
    """Paint the nose: bridge, wings and nostrils, with the wrinkles of AU9."""
    p = faces.people
    canvas = canvas.window(*_box(p.eye_x, 0.24, -0.2, 0.34))
    u, y = canvas.u, canvas.y
    dark = p.skin * _CREASE
    wide = per_face(shape.nose_w)
    tip = per_face(shape.nose_y)
    across, down = (u - 0.02) / 0.06, (y - tip + 0.12) / 0.26
    canvas.shade(smooth(1 - across * across - down * down), 0.10)
    t = u / (wide * 1.25)
    base = y - tip + 0.035 * t * t
    canvas.paint(_arc(canvas, t, base, 0.017), dark)
    hole = ellipse(np.abs(u) - wide * 0.48, y - tip, 0.026, 0.016)
    canvas.paint(canvas.cover(hole), p.skin * 0.36, 0.8)
    t = (np.abs(u) - 0.06) / 0.07
    for height in (-0.12, -0.05, 0.02):
        crease = y - np.float32(height) - 0.03 * t
        canvas.paint(_arc(canvas, t, crease, 0.012), dark, per_face(0.7 * shape.wrinkle))


def paint_mouth(canvas: Canvas, faces: Faces, shape: Shape) -> None:
    """Paint folds, lips, and what an open mouth shows: teeth and tongue."""
    p = faces.people
    canvas = canvas.window(*_box(p.eye_x, 0.48, 0.12, 0.95))
    u, y = canvas.u, canvas.y
    dark = p.skin * 0.58
    t = (y - per_face(shape.nose_y + 0.10)) / 0.13
    bend = np.abs(u) - per_face(shape.nose_w + 0.11) - 0.06 * t + 0.03 * t * t
    canvas.paint(_arc(canvas, t, bend, 0.012), dark, per_face(0.55 * shape.fold))

    t = u / per_face(shape.mouth_w)
    square = t * t
    arch = 1 - square
    full = np.maximum(1 - square * square, np.minimum(arch, 0))
    line = y - per_face(shape.mouth_y) - per_face(shape.corner) * (square - 0.45)
    over = -per_face(shape.open_up) * full
    under = per_face(shape.open_low) * full
    thick = per_face(shape.lip_thick)
    lips = np.maximum(over - thick * arch - line, line - under - thick * 1.25 * arch)
    canvas.paint(canvas.cover(lips * 0.9), p.lip)
    gape = per_face(np.clip((shape.open_up + shape.open_low) * 40 - 0.4, 0, 1))
    inside = canvas.cover(np.maximum(over - line, line - under) * 0.9) * gape
    canvas.paint(inside, (0.32, 0.09, 0.11))
    tongue = smooth((line - under + 0.11) / 0.05)
    canvas.paint(tongue * inside, (0.80, 0.36, 0.38), 0.9)
    reach = np.minimum(shape.open_up + shape.open_low, 0.075)
    upper = canvas.cover(line - over - per_face(reach))
    canvas.paint(upper * inside, (0.98, 0.97, 0.95))
    lower = canvas.cover(under - line - 0.04)
    bared = np.maximum(faces.au(16), faces.au(20))
    canvas.paint(lower * inside, (0.96, 0.95, 0.93), per_face(bared))
    seam = p.lip * 0.45
    canvas.paint(_arc(canvas, t / 1.06, line - over, 0.013), seam, 0.9)
    canvas.paint(_arc(canvas, t, line - under - thick * 1.6, 0.009), dark, 0.25)


def paint_glasses(canvas: Canvas, faces: Faces) -> None:
    """Paint two rims and a bridge, only where somebody wears glasses."""
    p = faces.people
    if not p.glasses.any():
        return
    canvas = canvas.window(*_box(p.eye_x, 0.66, -0.34, 0.24))
    u, y = np.abs(canvas.u), canvas.y + 0.045
    half = per_face(p.eye_x * 0.8)
    rim = ellipse(u - per_face(p.eye_x + 0.01), y, half, 0.19)
    bridge = np.maximum(u - per_face(p.eye_x * 0.25), np.abs(y + 0.04) - 0.013)
    worn = per_face(p.glasses)
    canvas.paint(canvas.cover(rim), (0.85, 0.93, 0.98), 0.12 * worn)
    stroke = canvas.cover(np.minimum(np.abs(rim) - 0.018, bridge))
    canvas.paint(stroke * worn, p.frame)


def _box(like: Array, half: float, top: float, bottom: float) -> tuple[Array, Array, Array, Array]:
    """Return the same box, symmetric about the nose, for every face."""
    left, right, high, low = (np.full_like(like, v) for v in (-half, half, top, bottom))
    return left, high, right, low

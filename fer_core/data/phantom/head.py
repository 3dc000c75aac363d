"""Painting the head: backdrop, hair, neck, ears, skull, beard."""

import numpy as np

from fer_core.data.phantom.anatomy import Shape
from fer_core.data.phantom.canvas import Canvas, ellipse, per_face, smooth
from fer_core.data.phantom.faces import Array, Faces


def paint_behind(canvas: Canvas, faces: Faces, shape: Shape) -> None:
    """Paint the backdrop, the hair behind the head, shoulders, neck and ears."""
    p, scene = faces.people, faces.scene
    backdrop = scene.backdrop
    fade = canvas.y * -0.06 + 1
    for channel in range(3):
        np.multiply(fade, per_face(backdrop[:, channel]), out=canvas.image[channel])
    _paint_back_hair(canvas, faces)
    end = shape.chin
    wide = np.full_like(end, 9)
    low = canvas.window(-wide, end - 0.35, wide, wide)
    shoulders = ellipse(low.x, low.y - per_face(end + 0.72), 0.98, 0.6)
    low.paint(low.cover(shoulders), p.cloth)
    half = per_face(p.head_w * 0.50)
    neck = np.maximum(np.abs(low.x) - half, low.y - per_face(end + 0.2))
    low.paint(low.cover(neck), p.skin * 0.80)
    turn = np.sin(scene.yaw.astype(np.float64)).astype(np.float32)
    level = canvas.window(-wide, -wide / 50, wide, wide / 50)
    for side in (-1, 1):
        x = level.x - per_face(p.head_w * (side * 0.98 - 0.35 * turn))
        level.paint(level.cover(ellipse(x, level.y, 0.09, 0.135)), p.skin * 0.90)


def _paint_back_hair(canvas: Canvas, faces: Faces) -> None:
    p = faces.people
    across = canvas.x / per_face(p.head_w + p.volume)
    up = canvas.y / per_face(p.head_h + p.volume * 0.9)
    down = np.square(np.maximum(canvas.y, 0) / per_face(p.hair_end))
    reach = np.where(canvas.y < 0, up, down)
    distance = (np.sqrt(across * across + reach * reach) - 1) * 0.6
    grows = (p.hairline > -1).astype(np.float32)
    canvas.paint(canvas.cover(distance), p.hair * 0.78, per_face(grows))


def paint_skull(canvas: Canvas, faces: Faces, shape: Shape) -> Array:
    """Paint the head itself, shaded towards its rim; return how much of each pixel it covers."""
    p = faces.people
    half_h = np.where(canvas.y < 0, per_face(p.head_h), per_face(shape.chin))
    down = canvas.y / half_h
    low = np.clip(down, 0, 1)
    half_w = per_face(p.head_w) * (1 - per_face(p.taper) * low * low * low)
    across = canvas.x / half_w
    square = across * across + down * down
    distance = (np.sqrt(square) - 1) * 0.72
    head = canvas.cover(distance)
    canvas.paint(head, p.skin)
    rim = smooth(distance * 1 / 0.3 + 1)
    canvas.shade(head * rim, -0.16)
    glow = smooth(1 - square * 1.6)
    canvas.shade(glow, 0.05)
    return head


def paint_beard(canvas: Canvas, head: Array, faces: Faces) -> None:
    """Paint a full beard that leaves the mouth free; only where somebody has one."""
    p = faces.people
    if not p.beard.any():
        return
    top = per_face(p.mouth_y + 0.15) - canvas.u * canvas.u * 1.5
    share = canvas.cover(top - canvas.y) * head * per_face(p.beard)
    canvas.paint(share, p.hair * 0.95)


def paint_front_hair(canvas: Canvas, faces: Faces) -> None:
    """Paint the hair over the forehead, with a lighter band."""
    p = faces.people
    half = per_face(p.head_w + p.volume * 0.8)
    top = per_face(p.head_h + p.volume)
    outline = ellipse(canvas.x, canvas.y, half, top)
    u = canvas.u
    square = u * u
    fall = per_face(p.fringe) * square * (0.25 + 1.7 * square)
    line = np.minimum(per_face(p.hairline) + per_face(p.parting) * u + fall, -0.06)
    drop = canvas.y - line
    share = canvas.cover(np.maximum(outline, drop * 0.8))
    canvas.paint(share, p.hair)
    band = np.abs(drop + 0.17) * -9 + 1
    canvas.shade(smooth(band) * share, 0.14)

"""Rendering faces in batches: uint8 pictures from people, action units and scenes."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from fer_core.data.phantom.anatomy import shape_of
from fer_core.data.phantom.canvas import Canvas, blank, per_face
from fer_core.data.phantom.faces import Faces
from fer_core.data.phantom.features import (
    paint_brow_lines,
    paint_brows,
    paint_cheeks,
    paint_eyes,
    paint_glasses,
    paint_mouth,
    paint_nose,
)
from fer_core.data.phantom.head import paint_beard, paint_behind, paint_front_hair, paint_skull

_ROUND = 0.12
BATCH_PIXELS = 16 * 64 * 64  # a batch of this many pixels stays in the processor's cache


def render_faces(faces: Faces, size: int, threads: int | None = None) -> np.ndarray:
    """Render `faces` as uint8 (n, size, size, 3); the same bits for any number of threads."""
    step = max(1, BATCH_PIXELS // (size * size))
    pictures = np.empty((len(faces), size, size, 3), np.uint8)

    def render(start: int) -> None:
        batch = slice(start, start + step)
        pictures[batch] = _render_batch(faces.take(batch), size)

    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        list(pool.map(render, range(0, len(faces), step)))
    return pictures


def _render_batch(faces: Faces, size: int) -> np.ndarray:
    shape = shape_of(faces)
    canvas = blank(faces.scene, faces.people.head_w, size)
    paint_behind(canvas, faces, shape)
    head = paint_skull(canvas, faces, shape)
    paint_cheeks(canvas, faces, shape)
    paint_beard(canvas, head, faces)
    paint_nose(canvas, faces, shape)
    paint_mouth(canvas, faces, shape)
    paint_eyes(canvas, faces, shape)
    paint_brow_lines(canvas, faces, shape)
    paint_front_hair(canvas, faces)
    paint_brows(canvas, faces, shape)
    paint_glasses(canvas, faces)
    _paint_cover(canvas, faces)
    _light(canvas, faces)
    levels = np.clip(canvas.image, 0, 1) * 255 + 0.5
    return np.ascontiguousarray(levels.astype(np.uint8).transpose(1, 2, 3, 0))


def _paint_cover(canvas: Canvas, faces: Faces) -> None:
    """Paint the board that hides part of an occluded face."""
    scene = faces.scene
    if not scene.occluded.any():
        return
    x, y = canvas.x - per_face(scene.cover_x), canvas.y - per_face(scene.cover_y)
    slant = per_face(scene.cover_slant)
    over = np.abs(x - slant * y) - per_face(scene.cover_w)
    down = np.abs(y + slant * x) - per_face(scene.cover_h)
    corner = np.maximum(over, -_ROUND), np.maximum(down, -_ROUND)
    board = np.sqrt((corner[0] + _ROUND) ** 2 + (corner[1] + _ROUND) ** 2) - _ROUND
    canvas.paint(canvas.cover(board) * per_face(scene.occluded), scene.cover)
    canvas.shade(canvas.cover(board + 0.05) * per_face(scene.occluded), 0.10)


def _light(canvas: Canvas, faces: Faces) -> None:
    """Paint a light from one side: brighter towards it, darker away from it."""
    scene = faces.scene
    if not scene.light.any():
        return
    towards = canvas.x * per_face(scene.light_x) + canvas.y * per_face(scene.light_y)
    canvas.shade(towards, per_face(scene.light))

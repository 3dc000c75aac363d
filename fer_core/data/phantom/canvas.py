"""A batch of pictures that shapes are painted on, from their signed distances.

Only additions, multiplications, divisions, square roots, minima and maxima of float32 arrays are
used on pixels. IEEE 754 fixes their results, so the same faces give the same bits everywhere.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fer_core.data.phantom.faces import Array, Scene

_HALF_EDGE = 0.75  # pixels over which an edge fades to each side

Colour = Array | tuple[float, float, float]


def per_face(values: Array) -> Array:
    """Return (n,) as (n, 1, 1), to meet pixels of shape (n, h, w)."""
    return values[:, None, None]


@dataclass(frozen=True)
class Canvas:
    """`image` (3, n, h, w) with the coordinates of its pixels on the face, (n, h, w).

    `x, y` lie in the plane of the head's outline. `u` is the x of the face's surface, which a
    turned head (yaw) moves against the outline. `edge` is how far an edge fades, (n, 1, 1).
    """

    image: Array
    x: Array
    y: Array
    u: Array
    edge: Array

    def cover(self, distance: Array) -> Array:
        """Return how much of each pixel a shape covers: smoothstep over its signed distance."""
        share = distance / (-2 * self.edge)
        share += 0.5
        return smooth(share)

    def paint(self, share: Array, colour: Colour, opacity: float | Array = 1.0) -> None:
        """Lay `colour` (n, 3) over the image where `share` covers it."""
        if not (isinstance(opacity, float) and opacity == 1.0):
            share = share * np.float32(opacity)
        for channel in range(3):
            picture = self.image[channel]
            ink = colour[channel] if isinstance(colour, tuple) else per_face(colour[:, channel])
            step = ink - picture
            step *= share
            picture += step

    def shade(self, share: Array, amount: float | Array) -> None:
        """Multiply the image by 1 + amount where `share` covers it."""
        factor = share * np.float32(amount)
        factor += 1
        np.multiply(self.image, factor, out=self.image)

    def window(self, left: Array, top: Array, right: Array, bottom: Array) -> "Canvas":
        """Return the part of the canvas that holds the box (u and y, face units) of every face."""
        u, y = self.u, self.y
        inside = (u >= per_face(left)) & (u <= per_face(right))
        inside &= (y >= per_face(top)) & (y <= per_face(bottom))
        rows = _span(np.any(inside, axis=(0, 2)))
        columns = _span(np.any(inside, axis=(0, 1)))
        part = (slice(None), rows, columns)
        return replace(
            self, image=self.image[(slice(None), *part)], x=self.x[part], y=y[part], u=u[part]
        )


def blank(scene: Scene, head_w: Array, size: int) -> Canvas:
    """Return an empty canvas of size x size pixels, with the pose of `scene` in its coordinates."""
    n = len(scene.yaw)
    at = ((np.arange(size, dtype=np.float32) + 0.5) * np.float32(2 / size)) - 1
    dx = at[None, None, :] - per_face(scene.shift_x)
    dy = at[None, :, None] - per_face(scene.shift_y)
    cos = per_face(np.cos(scene.roll.astype(np.float64)).astype(np.float32) / scene.scale)
    sin = per_face(np.sin(scene.roll.astype(np.float64)).astype(np.float32) / scene.scale)
    x = dx * cos + dy * sin
    y = dy * cos - dx * sin
    image = np.empty((3, n, size, size), np.float32)
    edge = per_face(np.float32(_HALF_EDGE * 2 / size) / scene.scale)
    return Canvas(image, x, y, _turned(x, head_w, scene.yaw), edge)


def _turned(x: Array, head_w: Array, yaw: Array) -> Array:
    """Return x on the surface of a head, taken as a cylinder, that is turned by `yaw`."""
    if not yaw.any():
        return x
    radius = per_face(head_w * 1.08)
    across = np.clip(x / radius, -1, 1)
    depth = np.sqrt(1 - across * across)
    cos = per_face(np.cos(yaw.astype(np.float64)).astype(np.float32))
    sin = per_face(np.sin(yaw.astype(np.float64)).astype(np.float32))
    return np.where(per_face(yaw) == 0, x, (across * cos - depth * sin) * radius)


def smooth(share: Array) -> Array:
    """Return the smoothstep: 0 below 0, 1 above 1, 3s² - 2s³ between; changes `share` in place."""
    np.clip(share, 0, 1, out=share)
    bend = share * -2
    bend += 3
    share *= share
    share *= bend
    return share


def ellipse(x: Array, y: Array, a: Array | float, b: Array | float) -> Array:
    """Return the distance to an ellipse with half axes a and b, first order: exact at the edge."""
    across, down = x / a, y / b
    radius = np.sqrt(across * across + down * down) + np.float32(1e-6)
    across /= a
    down /= b
    slope = np.sqrt(across * across + down * down) + np.float32(1e-6)
    distance: Array = radius * (radius - 1) / slope
    return distance


def _span(used: Any) -> slice:
    """Return the smallest slice that holds every True, one pixel wider; never empty."""
    where = np.flatnonzero(used)
    if not len(where):
        return slice(0, 1)
    return slice(max(int(where[0]) - 1, 0), int(where[-1]) + 2)

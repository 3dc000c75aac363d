"""Square crops of a face with a margin, never outside the photograph, never stretched."""

import math
import re
from typing import NamedTuple

import cv2
import numpy as np

from fer_core.errors import FerError

Box = tuple[float, float, float, float]
Square = tuple[int, int, int, int]
MARGIN = re.compile(r"(\d+(?:\.\d+)?) ?(%|px)")
REACH = 3  # pixels around a point that cubic interpolation looks at, and one to spare


class Margin(NamedTuple):
    """What is added on each of the four sides: a share of the face's longer side, and pixels."""

    share: float
    pixels: float

    def of(self, side: int) -> int:
        """Return the whole pixels for a face of that longer side."""
        return round(self.share * side + self.pixels)


def parse_margin(text: str) -> Margin:
    """Read "30 %" (of the longer side of the face, on each side), "20 px" or "none"."""
    if text == "none":
        return Margin(0.0, 0.0)
    found = MARGIN.fullmatch(text)
    if not found:
        raise FerError(f'margin {text!r}: write a share such as "30 %", "20 px" or "none"')
    value = float(found[1])
    return Margin(value / 100, 0.0) if found[2] == "%" else Margin(0.0, value)


def square_box(box: Box, margin: Margin, width: int, height: int) -> Square:
    """Return the square (left, top, right, bottom) in whole pixels that is cut for a face.

    1. The face's box is widened to whole pixels; its longer side plus twice the margin is the side.
    2. A side longer than the shorter side of the photograph becomes that.
    3. The square is centred on the face (a pixel to the left and up where it cannot be exact).
    4. Where it sticks out, it is moved back by just as much. Nothing is stretched, filled in or cut
       to an oblong, and a face that fits into the photograph stays inside its square.
    """
    left, top = math.floor(box[0]), math.floor(box[1])
    right, bottom = math.ceil(box[2]), math.ceil(box[3])
    longer = max(right - left, bottom - top, 1)
    side = min(longer + 2 * margin.of(longer), width, height)
    left = min(max((left + right - side) // 2, 0), width - side)
    top = min(max((top + bottom - side) // 2, 0), height - side)
    return left, top, left + side, top + side


def around(box: Box) -> Square:
    """Return the square about a box, in whole pixels; it may reach out of the photograph."""
    side = math.ceil(max(box[2] - box[0], box[3] - box[1], 1))
    left, top = round((box[0] + box[2] - side) / 2), round((box[1] + box[3] - side) / 2)
    return left, top, left + side, top + side


def shrunk(image: np.ndarray, factor: int) -> np.ndarray:
    """Return the means of factor × factor pixels, without what is left over on the
    right and below."""
    height, width = image.shape[0] // factor, image.shape[1] // factor
    whole = np.ascontiguousarray(image[: height * factor, : width * factor])
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)


def cut(image: np.ndarray, square: Square) -> np.ndarray:
    """Return the pixels of a square inside the image, untouched."""
    left, top, right, bottom = square
    return image[top:bottom, left:right]


def cut_turned(
    image: np.ndarray,
    square: Square,
    about: tuple[float, float],
    degrees: float,
) -> np.ndarray:
    """Return the pixels of a square of the image turned by -`degrees` about a point.

    Only the square is computed. Where it shows what was outside the image, the nearest pixel of its
    border is repeated, so that no black corners give the turn away.
    """
    left, top, side = square[0], square[1], square[2] - square[0]
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    # Pixel i is centred on i + 0.5 in the coordinates of boxes and points.
    dx, dy = left + 0.5 - about[0], top + 0.5 - about[1]
    x0 = about[0] + cos * dx - sin * dy - 0.5
    y0 = about[1] + sin * dx + cos * dy - 0.5
    corners = [(x, y) for x in (0, side) for y in (0, side)]
    west, east = _span([x0 + cos * x - sin * y for x, y in corners], image.shape[1])
    north, south = _span([y0 + sin * x + cos * y for x, y in corners], image.shape[0])
    matrix = np.array([[cos, -sin, x0 - west], [sin, cos, y0 - north]])
    return cv2.warpAffine(
        np.ascontiguousarray(image[north:south, west:east]),
        matrix,
        (side, side),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _span(places: list[float], length: int) -> tuple[int, int]:
    """Return the first pixel of the image that the places look at,
    and the one behind the last; never empty."""
    first = min(max(math.floor(min(places)) - REACH, 0), length - 1)
    last = min(max(math.ceil(max(places)) + REACH, first + 1), length)
    return first, last

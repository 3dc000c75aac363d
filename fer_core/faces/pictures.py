"""Area-averaged reductions of photographs and of boxes in them, from summed-area tables.

A table holds at (y, x) the sum of all pixels above and left of that point, so the mean of any
rectangle costs four look-ups, however large it is (Crow 1984, doi 10.1145/800031.808600). The
sums are exact, and a box costs no loop and no copy of its pixels.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

BATCH_PIXELS = 2**21  # of photographs whose tables are held at once
LARGEST_INT32 = 2**31 - 1
WHITE = 255


class Pictures(NamedTuple):
    """Photographs of one size: their summed-area tables (n, channels, width + 1, height + 1).

    The tables lie on their side: reducing the width and then, after a transposition, the height
    copies whole rows of memory and ends upright.
    """

    sums: Tensor

    @property
    def height(self) -> int:
        """Height of each photograph in pixels."""
        return self.sums.shape[3] - 1

    @property
    def width(self) -> int:
        """Width of each photograph in pixels."""
        return self.sums.shape[2] - 1

    def resized(self, height: int, width: int, start: int, stop: int) -> Tensor:
        """Return pictures `start` to `stop` averaged down
        to (n, channels, height, width), float."""
        device = self.sums.device
        left, right = windows(torch.tensor(self.width, device=device), width)
        top, bottom = windows(torch.tensor(self.height, device=device), height)
        columns = _rows(self.sums[start:stop], left, right).transpose(2, 3).contiguous()
        return _rows(columns, top, bottom) / ((bottom - top)[:, None] * (right - left)).float()

    def crops(self, picture: Tensor, boxes: Tensor, size: int) -> Tensor:
        """Return boxes averaged to (k, channels, size, size), float.

        `picture` (k,) says in which picture each box is; `boxes` (k, 4) are left, top, right and
        bottom as whole pixels inside it, at least one pixel wide and high.
        """
        _, channels, columns, rows = self.sums.shape
        left, top, right, bottom = boxes[:, None, :, None, None].unbind(2)
        west, east = (left + edge for edge in windows(right - left, size))
        north, south = (top + edge for edge in windows(bottom - top, size))
        north, south = north.transpose(2, 3), south.transpose(2, 3)
        plane = picture[:, None] * channels + torch.arange(channels, device=picture.device)
        plane = plane[:, :, None, None] * (columns * rows)
        lower, upper = plane + south, plane + north
        west, east = west * rows, east * rows
        sums = self.sums.take(lower + east) - self.sums.take(lower + west)
        sums += self.sums.take(upper + west) - self.sums.take(upper + east)
        return sums / ((south - north) * (east - west) // rows).float()


def _rows(tables: Tensor, first: Tensor, last: Tensor) -> Tensor:
    return tables.index_select(2, last) - tables.index_select(2, first)


def windows(length: Tensor, parts: int) -> tuple[Tensor, Tensor]:
    """Return the first pixel of each of `parts` windows that cover `length` pixels, and the one
    behind the last of each.

    The windows of adaptive average pooling: floor(i · length / parts) up to
    ceil((i + 1) · length / parts). `length` is a number or (..., 1); the last dimension of the
    answer is `parts`.
    """
    step = torch.arange(parts, device=length.device)
    return step * length // parts, ((step + 1) * length + parts - 1) // parts


def make_pictures(images: Sequence[np.ndarray], device: torch.device) -> Pictures:
    """Return the tables of uint8 images of one size,
    grey (height, width) or RGB (height, width, 3)."""
    height, width = images[0].shape[:2]
    depth = cv2.CV_32S if height * width * WHITE <= LARGEST_INT32 else cv2.CV_64F
    planes = [plane for image in images for plane in np.atleast_3d(image).transpose(2, 1, 0)]
    tables = [cv2.integral(np.ascontiguousarray(plane), sdepth=depth) for plane in planes]
    sums = torch.from_numpy(np.stack(tables)).view(len(images), -1, width + 1, height + 1)
    return Pictures(sums.to(device))


def batches(images: Sequence[np.ndarray]) -> Iterator[list[int]]:
    """Yield the rows of images of one shape, no more at a time than BATCH_PIXELS allows."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for row, image in enumerate(images):
        groups.setdefault(image.shape, []).append(row)
    for shape, rows in groups.items():
        step = max(1, BATCH_PIXELS // max(1, shape[0] * shape[1]))
        yield from (rows[start : start + step] for start in range(0, len(rows), step))


def pyramid(shorter: int, cell: int, min_face: int, factor: float) -> list[float]:
    """Return the scales at which a face of `min_face` pixels or more is `cell` pixels wide.

    `shorter` is the photograph's shorter side; there is none where it is under `min_face`.
    """
    scales = []
    scale = cell / min_face
    while shorter * scale >= cell:
        scales.append(scale)
        scale *= factor
    return scales

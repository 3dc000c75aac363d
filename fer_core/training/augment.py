"""Augmentation in batches on the device: one warp for rotation, shift,
zoom and flip, then light."""

import math

import torch
import torch.nn.functional as F

from fer_core.recipe_parts import Augment

# Columns of the table of changes, one row per image.
ANGLE, RIGHT, DOWN, ZOOM, FLIP, BRIGHTNESS, CONTRAST = range(7)


def draw(n: int, augment: Augment, generator: torch.Generator | None) -> torch.Tensor:
    """Return (n, 7) float32 random changes: angle in radians, shifts in fractions of the side, zoom
    factor, flip (1 or -1), brightness added in fractions of white, contrast factor. A value of 0 in
    `augment` gives the change that changes nothing."""
    u = torch.rand(n, 7, generator=generator)
    spread = 2 * u - 1
    spread[:, ANGLE] *= math.radians(augment.rotate)
    spread[:, RIGHT : DOWN + 1] *= augment.shift
    spread[:, ZOOM] = 1 + spread[:, ZOOM] * augment.zoom
    spread[:, FLIP] = 1 - 2 * (u[:, FLIP] < augment.flip).float()
    spread[:, BRIGHTNESS] *= augment.brightness
    spread[:, CONTRAST] = 1 + spread[:, CONTRAST] * augment.contrast
    return spread


def warp(x: torch.Tensor, changes: torch.Tensor, size: int) -> torch.Tensor:
    """Mirror, zoom, turn counter-clockwise and shift each image, and give it `size` px, in one
    bilinear sampling. What comes from outside the image repeats its border.

    The grid maps each output point p to the input point F R (p - 2 s) / z,
    in coordinates from -1 to 1.
    """
    cos, sin = (
        changes[:, ANGLE].cos() / changes[:, ZOOM],
        changes[:, ANGLE].sin() / changes[:, ZOOM],
    )
    right, down, mirror = 2 * changes[:, RIGHT], 2 * changes[:, DOWN], changes[:, FLIP]
    row_x = torch.stack([cos, -sin, sin * down - cos * right], dim=1) * mirror[:, None]
    row_y = torch.stack([sin, cos, -sin * right - cos * down], dim=1)
    theta = torch.stack([row_x, row_y], dim=1)
    return F.grid_sample(
        x, affine_grid(theta, size), mode="bilinear", padding_mode="border", align_corners=False
    )


def affine_grid(theta: torch.Tensor, size: int) -> torch.Tensor:
    """Return what `F.affine_grid(theta, (n, 1, size, size), align_corners=False)` does,
    about eight times faster.

    torch's multiplies a (size², 3) matrix per image, which on a CPU takes longer than
    the sampling itself.
    """
    centres = (2 * torch.arange(size, dtype=theta.dtype, device=theta.device) + 1) / size - 1
    along_y = theta[:, :, 1, None] * centres + theta[:, :, 2, None]
    grid = theta.new_empty(len(theta), size, size, 2)
    for axis in (0, 1):
        torch.addcmul(
            along_y[:, axis, :, None], theta[:, axis, 0, None, None], centres, out=grid[..., axis]
        )
    return grid


def adjust_light(x: torch.Tensor, changes: torch.Tensor) -> torch.Tensor:
    """Scale each image about its own mean by the contrast factor, add the brightness,
    and clip to 0 … 1."""
    contrast = changes[:, CONTRAST].view(-1, 1, 1, 1)
    brightness = changes[:, BRIGHTNESS].view(-1, 1, 1, 1)
    offset = brightness + (1 - contrast) * x.mean(dim=(1, 2, 3), keepdim=True)
    return torch.addcmul(offset, x, contrast).clamp_(0, 1)

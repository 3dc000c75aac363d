"""Augmentation in batches on the device: one warp for all that moves an image, then light and
noise. What is random is drawn on the CPU, so that every device sees the same changes."""

import math
from functools import partial
from typing import Literal

import torch
import torch.nn.functional as F

from fer_core.recipe_parts import Augment
from fer_core.training.rectangles import draw_sides

# Columns of the table of changes, one row per image.
ANGLE, RIGHT, DOWN, ZOOM, FLIP, BRIGHTNESS, CONTRAST = range(7)
SHEAR, TALL, GAIN, WIDTH, HEIGHT, X, Y = range(7, 14)
MOVES = [ANGLE, RIGHT, DOWN, ZOOM, SHEAR, TALL]
STILL = torch.tensor([0.0, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 0])  # changes nothing
CROP_RATIO = (3 / 4, 4 / 3)


def draw(n: int, augment: Augment, generator: torch.Generator | None) -> torch.Tensor:
    """Return (n, 14) float32 random changes: angle in radians, shifts in fractions of the side,
    zoom factor, flip (1 or -1), brightness added in fractions of white, contrast factor; shear in
    radians, vertical zoom over horizontal, factor of brightness, width and height of the window
    that is cut out, in fractions of the side, and its centre, from -1 to 1. A value of 0 in
    `augment` gives the change that changes nothing.

    The first seven numbers of an image are drawn first, and the others only where they are asked
    for: a recipe of before they were there sees the same images.
    """
    u = torch.rand(n, 7, generator=generator)
    changes = STILL.repeat(n, 1)
    spread = changes[:, :7]
    spread[:] = 2 * u - 1
    spread[:, ANGLE] *= math.radians(augment.rotate)
    spread[:, RIGHT : DOWN + 1] *= augment.shift
    spread[:, ZOOM] = _zoom(u[:, ZOOM], augment)
    spread[:, FLIP] = 1 - 2 * (u[:, FLIP] < augment.flip).float()
    spread[:, BRIGHTNESS] *= augment.brightness
    spread[:, CONTRAST] = 1 + spread[:, CONTRAST] * augment.contrast
    _draw_moves(changes, augment, generator)
    _draw_window(changes, augment, generator)
    if augment.gain:
        changes[:, GAIN] += (2 * torch.rand(n, generator=generator) - 1) * augment.gain
    return changes


def _zoom(u: torch.Tensor, augment: Augment) -> torch.Tensor:
    if augment.scale is None:
        return 1 + (2 * u - 1) * augment.zoom
    least, most = augment.scale
    return least + u * (most - least)


def _draw_moves(changes: torch.Tensor, augment: Augment, generator: torch.Generator | None) -> None:
    uniform, n = partial(torch.rand, generator=generator), len(changes)
    if augment.shear:
        changes[:, SHEAR] = (2 * uniform(n) - 1) * math.radians(augment.shear)
    if augment.zoom_apart:
        changes[:, TALL] = _zoom(uniform(n), augment) / changes[:, ZOOM]
    if augment.pad:  # a crop of the image with a border is the image moved
        changes[:, RIGHT : DOWN + 1] += (2 * uniform(n, 2) - 1) * augment.pad
    if augment.move_probability < 1:
        moved = uniform(n, 1) < augment.move_probability
        changes[:, MOVES] = torch.where(moved, changes[:, MOVES], STILL[MOVES])


def _draw_window(
    changes: torch.Tensor, augment: Augment, generator: torch.Generator | None
) -> None:
    n = len(changes)
    if augment.crop is None and augment.enlarge == 1:
        return
    sides = torch.ones(n, 2)
    if augment.crop is not None:
        drawn, fits = draw_sides(n, augment.crop, CROP_RATIO, 1, generator)
        sides[fits] = drawn[fits]
    sides /= augment.enlarge
    changes[:, WIDTH : HEIGHT + 1] = sides
    changes[:, X : Y + 1] = (2 * torch.rand(n, 2, generator=generator) - 1) * (1 - sides)


def sampled_side(augment: Augment, size: int) -> int:
    """Return the side to which larger images are shrunk before the warp: the largest window then
    has `size` px, so that none is coarser than it must be on its account and none is aliased."""
    most = 1 if augment.crop is None else math.sqrt(augment.crop[1])
    return round(size * augment.enlarge / most)


def warp(
    x: torch.Tensor,
    changes: torch.Tensor,
    size: int,
    border: Literal["repeat", "black"] = "repeat",
) -> torch.Tensor:
    """Cut a window out of each image, mirror, shear, zoom, turn counter-clockwise and shift it, and
    give it `size` px, in one bilinear sampling. What comes from outside the image repeats its
    border, or is black; what comes from outside the window is the image that is there.

    The grid maps each output point p to the input point c + W F H Z R (p - 2 s), in coordinates
    from -1 to 1, y down. c: centre of the window, W: its sides, F: mirror, H: (x + y tan(shear),
    y), Z: division by the zooms, R: turn, s: shifts. Without a window these are the `affine` of
    torchvision with a shear along x, but for the way that its angle goes.
    """
    cos, sin = changes[:, ANGLE].cos(), changes[:, ANGLE].sin()
    right, down = 2 * changes[:, RIGHT], 2 * changes[:, DOWN]
    across = changes[:, ZOOM]
    upright = across * changes[:, TALL]
    cos_x, sin_x, cos_y, sin_y = cos / across, sin / across, cos / upright, sin / upright
    row_x = torch.stack([cos_x, -sin_x, sin_x * down - cos_x * right], dim=1)
    row_y = torch.stack([sin_y, cos_y, -sin_y * right - cos_y * down], dim=1)
    row_x = (row_x + changes[:, SHEAR, None].tan() * row_y) * changes[:, FLIP, None]
    theta = torch.stack([row_x, row_y], dim=1) * changes[:, WIDTH : HEIGHT + 1, None]
    theta[:, :, 2] += changes[:, X : Y + 1]
    grid = affine_grid(theta, size)
    out = F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)
    if border == "black":
        out.masked_fill_((grid.abs().amax(dim=-1) > 1)[:, None], 0)
    return out


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
    """Multiply each image by its gain, scale it about its own mean by the contrast factor, add the
    brightness, and clip to 0 … 1."""
    gain = changes[:, GAIN].view(-1, 1, 1, 1)
    contrast = changes[:, CONTRAST].view(-1, 1, 1, 1)
    brightness = changes[:, BRIGHTNESS].view(-1, 1, 1, 1)
    offset = brightness + (1 - contrast) * gain * x.mean(dim=(1, 2, 3), keepdim=True)
    return torch.addcmul(offset, x, contrast * gain).clamp_(0, 1)


def add_noise(x: torch.Tensor, augment: Augment, generator: torch.Generator | None) -> torch.Tensor:
    """Add normal noise to some of the images, (n, channels, side, side) from 0 to 1, in place, and
    clip them; return them.

    `generator` draws the images and a seed, from which their device draws the noise: so many
    numbers of the CPU would keep it waiting.
    """
    picked = torch.rand(len(x), generator=generator) < augment.noise_probability
    seed = int(torch.randint(2**62, (), generator=generator))
    own = torch.Generator(x.device).manual_seed(seed)
    rows = picked.nonzero().flatten().to(x.device)
    noise = torch.randn(len(rows), *x.shape[1:], generator=own, device=x.device)
    x[rows] = noise.mul_(augment.noise).add_(x[rows]).clamp_(0, 1)
    return x

"""Random rectangles: the sides of a crop, and what is erased."""

import math

import torch

from fer_core.recipe_parts import Erase

TRIES = 10  # as in torchvision
ERASED_RATIO = (0.3, 3.3)


def draw_sides(
    n: int,
    area: tuple[float, float],
    ratio: tuple[float, float],
    most: float,
    generator: torch.Generator | None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the sides of random rectangles, (n, 2) in fractions of an image's, and which fit, (n,)
    bool: one with a side above `most` is drawn again, up to ten times in all.

    The area is uniform, and so is the logarithm of the ratio of the first side to the second; as in
    torchvision's RandomResizedCrop and RandomErasing.
    """
    u = torch.rand(n, TRIES, 2, generator=generator)
    root = (area[0] + u[..., 0] * (area[1] - area[0])).sqrt()
    least, largest = map(math.log, ratio)
    longer = ((least + u[..., 1] * (largest - least)) / 2).exp()
    sides = torch.stack([root * longer, root / longer], dim=-1)
    fits = (sides <= most).all(dim=-1)
    return sides[torch.arange(n), fits.int().argmax(dim=1)], fits.any(dim=1)


def erase(x: torch.Tensor, given: Erase, generator: torch.Generator | None) -> torch.Tensor:
    """Return normalised images, (n, channels, side, side), with a rectangle of whole pixels set to
    0 in some of them. An image that no drawn rectangle fits into stays as it is."""
    n, side = len(x), x.shape[-1]
    sides, fits = draw_sides(n, given.area, ERASED_RATIO, 1 - 0.5 / side, generator)
    u = torch.rand(n, 3, generator=generator)
    lengths = (sides * side).round()  # height and width
    starts = (u[:, :2] * (side + 1 - lengths)).floor()
    places = torch.arange(side)
    within = (places >= starts[..., None]) & (places < (starts + lengths)[..., None])
    within &= (fits & (u[:, 2] < given.probability))[:, None, None]
    within = within.to(x.device, non_blocking=True)
    return x.masked_fill((within[:, 0, :, None] & within[:, 1, None, :])[:, None], 0)

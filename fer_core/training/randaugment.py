"""RandAugment in batches on the device. Source: Cubuk et al., RandAugment (2020), with the
operations and strengths of torchvision.

The images of a batch that drew one operation are changed together, those that are moved in one
sampling. The levels are whole numbers from 0 to 255 between the operations, as they are there.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F

from fer_core.recipe_parts import RandAugment
from fer_core.training.augment import affine_grid

BINS = 31
GREY = (0.2989, 0.587, 0.114)  # of torchvision
MOVES = ("shear x", "shear y", "translate x", "translate y", "rotate")


def randaugment(
    x: torch.Tensor, given: RandAugment, generator: torch.Generator | None
) -> torch.Tensor:
    """Return images, (n, 1 or 3, side, side) float32 from 0 to 1, after operations that are drawn
    for each of them: any of the fourteen, each with either sign where it has one."""
    size = (len(x), given.operations)
    kinds = torch.randint(len(OPERATIONS), size, generator=generator)
    signs = 1 - 2 * torch.randint(2, size, generator=generator)
    levels = x.mul(255).round_()
    for kind, sign in zip(kinds.unbind(1), signs.unbind(1), strict=True):
        operate(levels, kind, sign, given.magnitude)
    return levels.div_(255)


def operate(levels: torch.Tensor, kinds: torch.Tensor, signs: torch.Tensor, magnitude: int) -> None:
    """Change images, (n, 1 or 3, side, side) float32 whole numbers from 0 to 255, in place, each by
    the operation of its number in `OPERATIONS`, (n,) on the CPU, with its sign, (n,) 1 or -1."""
    moved = kinds < len(MOVES)
    if moved.any():
        table = _moves(magnitude, levels.shape[-1])
        theta = table[kinds[moved], (signs[moved] < 0).long()].to(levels.device)
        rows = moved.nonzero().flatten().to(levels.device)
        grid = affine_grid(theta, levels.shape[-1])
        own = levels.index_select(0, rows)  # which copies whole rows, as levels[rows] does not
        own = F.grid_sample(own, grid, mode="nearest", align_corners=False)
        levels.index_copy_(0, rows, own)
    for number, change in enumerate(LIGHT.values(), start=len(MOVES)):
        drew = kinds == number
        if drew.any():
            rows = drew.nonzero().flatten().to(levels.device)
            sign = signs[drew].to(levels.device).double().view(-1, 1, 1, 1)
            levels.index_copy_(0, rows, change(levels.index_select(0, rows), sign, magnitude))


def _moves(magnitude: int, side: int) -> torch.Tensor:
    """Return (5, 2, 2, 3) float32 maps from output to input points, from -1 to 1, y down, of each
    move with the signs + and -. The shears are about the upper left corner."""
    table = torch.zeros(len(MOVES), 2, 2, 3)
    table[:, :, 0, 0] = table[:, :, 1, 1] = 1
    for column, sign in enumerate((1, -1)):
        shear_x, shear_y, right, down, turned = table[:, column]
        shear_x[0, 1:] = shear_y[1, ::2] = sign * _strength(0.3, magnitude)
        right[0, 2] = down[1, 2] = -2 / side * int(sign * _strength(150 / 331 * side, magnitude))
        angle = sign * math.radians(_strength(30, magnitude))
        turned[0, 0] = turned[1, 1] = math.cos(angle)
        turned[0, 1], turned[1, 0] = -math.sin(angle), math.sin(angle)
    return table


def _strength(most: float, magnitude: int) -> float:
    return float(torch.linspace(0, most, BINS)[magnitude])


def _factor(sign: torch.Tensor, magnitude: int) -> torch.Tensor:
    return (1 + sign * _strength(0.9, magnitude)).float()


def _blend(x: torch.Tensor, other: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    return x.mul_(factor).add_(other * (1 - factor)).clamp_(0, 255).floor_()


def _grey(x: torch.Tensor) -> torch.Tensor:
    if x.shape[1] == 1:
        return x
    red, green, blue = x.split(1, dim=1)
    return (red * GREY[0]).add_(green, alpha=GREY[1]).add_(blue, alpha=GREY[2]).floor_()


# Each of these takes a copy of the images that drew it, and may change it.


def _brightness(x: torch.Tensor, sign: torch.Tensor, magnitude: int) -> torch.Tensor:
    return x.mul_(_factor(sign, magnitude)).clamp_(0, 255).floor_()


def _colour(x: torch.Tensor, sign: torch.Tensor, magnitude: int) -> torch.Tensor:
    return x if x.shape[1] == 1 else _blend(x, _grey(x), _factor(sign, magnitude))


def _contrast(x: torch.Tensor, sign: torch.Tensor, magnitude: int) -> torch.Tensor:
    mean = _grey(x).mean(dim=(1, 2, 3), keepdim=True)
    return _blend(x, mean, _factor(sign, magnitude))


def _sharpness(x: torch.Tensor, sign: torch.Tensor, magnitude: int) -> torch.Tensor:
    inner = x[..., 1:-1, 1:-1]
    rows = (x[..., :-2] + x[..., 1:-1]).add_(x[..., 2:])
    blurred = (rows[..., :-2, :] + rows[..., 1:-1, :]).add_(rows[..., 2:, :])
    blurred.add_(inner, alpha=4).div_(13).round_()
    inner.add_(blurred.sub_(inner).mul_(1 - _factor(sign, magnitude)))
    return x.clamp_(0, 255).floor_()


def _posterize(x: torch.Tensor, sign: torch.Tensor, magnitude: int) -> torch.Tensor:
    step = 2 ** round(magnitude / ((BINS - 1) / 4))
    return x.div_(step).floor_().mul_(step)


def _solarize(x: torch.Tensor, sign: torch.Tensor, magnitude: int) -> torch.Tensor:
    threshold = 255 * float(torch.linspace(1, 0, BINS)[magnitude])
    return torch.where(x >= threshold, 255 - x, x)


def _autocontrast(x: torch.Tensor, sign: torch.Tensor, magnitude: int) -> torch.Tensor:
    least, most = x.amin(dim=(2, 3), keepdim=True), x.amax(dim=(2, 3), keepdim=True)
    flat = least == most
    scale = torch.where(flat, 1, (most - least) * (1 / 255))
    return x.sub_(torch.where(flat, 0, least)).div_(scale).clamp_(0, 255).floor_()


def _equalize(x: torch.Tensor, sign: torch.Tensor, magnitude: int) -> torch.Tensor:
    """Equalise the histogram of each channel, as Pillow does."""
    rows = x.shape[0] * x.shape[1]
    first = 256 * torch.arange(rows, dtype=torch.int32, device=x.device)
    levels = x.int() + first.view(*x.shape[:2], 1, 1)  # of all channels, one after the other
    counts = levels.flatten().bincount(minlength=256 * rows).view(rows, 256)
    below = counts.cumsum(dim=1) - counts
    largest = x.amax(dim=(2, 3)).view(rows, 1).long()
    step = (x.shape[2] * x.shape[3] - counts.gather(1, largest)) // 255
    table = ((below + step // 2) // step.clamp(min=1)).clamp_(max=255)
    table = torch.where(step > 0, table, torch.arange(256, device=x.device)).to(x.dtype)
    return table.flatten().index_select(0, levels.flatten()).view_as(x)


LIGHT: dict[str, Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]] = {
    "brightness": _brightness, "color": _colour, "contrast": _contrast, "sharpness": _sharpness,
    "posterize": _posterize, "solarize": _solarize, "autocontrast": _autocontrast,
    "equalize": _equalize,
}  # fmt: skip
OPERATIONS = (*MOVES, *LIGHT, "identity")

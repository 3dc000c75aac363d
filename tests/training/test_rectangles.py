import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from torchvision.transforms import v2

from fer_core.recipe_parts import Erase
from fer_core.training.augment import CROP_RATIO
from fer_core.training.rectangles import draw_sides, erase

ALIKE = 1e-3  # p-value of a test whose draws are fixed


def zeros(x: torch.Tensor) -> torch.Tensor:
    """What is 0 in all channels, (n, side, side); random numbers are not."""
    return (x == 0).all(dim=1)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def some(n: int = 100, side: int = 48) -> torch.Tensor:
    return torch.randn(n, 3, side, side, generator=torch.Generator().manual_seed(9))


@pytest.mark.parametrize("area", [(0.8, 1.0), (0.08, 1.0)])
def test_crops_have_the_sides_that_torchvision_draws(area):
    sides, fits = draw_sides(1500, area, CROP_RATIO, 1, torch.Generator().manual_seed(0))
    assert (sides[fits] <= 1).all()
    assert fits.float().mean() > 0.99
    sides[~fits] = 1  # the whole image, as there
    torch.manual_seed(0)
    theirs = v2.RandomResizedCrop(48, scale=area)
    image = torch.empty(1, 1000, 1000)
    drawn = [theirs.make_params([image]) for _ in range(1500)]
    for column, name in enumerate(("width", "height")):
        other = [params[name] / 1000 for params in drawn]
        assert ks_2samp(sides[:, column].numpy(), other).pvalue > ALIKE


def test_what_is_erased_lies_where_torchvision_erases_and_is_as_large():
    given_area = (0.02, 0.33)
    ours = zeros(erase(some(1500, 32), Erase(probability=1, area=given_area), seeded(0)))
    torch.manual_seed(0)
    theirs = v2.RandomErasing(p=1, scale=given_area)
    drawn = [theirs.make_params([torch.empty(3, 32, 32)]) for _ in range(1500)]
    rows, columns = ours.any(dim=2).float(), ours.any(dim=1).float()
    for name, values in {
        "h": rows.sum(dim=1), "w": columns.sum(dim=1),
        "i": rows.argmax(dim=1), "j": columns.argmax(dim=1),
    }.items():  # fmt: skip
        assert ks_2samp(values.numpy(), [params[name] for params in drawn]).pvalue > ALIKE


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 2**31), share=st.floats(0, 1),
    area=st.lists(st.floats(0.02, 0.5), min_size=2, max_size=2).map(sorted),
)  # fmt: skip
def test_one_rectangle_is_erased_in_so_many_images_as_the_probability_says(seed, share, area):
    x = some()
    out = erase(x, Erase(probability=share, area=tuple(area)), seeded(seed))
    gone = zeros(out)
    torch.testing.assert_close(out[~gone[:, None].expand_as(x)], x[~gone[:, None].expand_as(x)])
    height, width = gone.any(dim=2).sum(dim=1), gone.any(dim=1).sum(dim=1)
    assert (gone.sum(dim=(1, 2)) == height * width).all(), "a rectangle, without a hole"
    erased = height > 0
    sigma = math.sqrt(share * (1 - share) / len(x))
    assert abs(float(erased.float().mean()) - share) <= 4 * sigma + 1e-9
    rounding = (height + width + 1)[erased] * 0.5
    pixels = gone.sum(dim=(1, 2))[erased]
    assert (pixels >= area[0] * 48**2 - rounding).all()
    assert (pixels <= area[1] * 48**2 + rounding).all()


def test_an_image_that_no_rectangle_fits_into_stays_whole():
    assert torch.equal(erase(some(), Erase(probability=1, area=(1, 1)), seeded(0)), some())

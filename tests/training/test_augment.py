import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fer_core.models.input import resize
from fer_core.recipe_parts import Augment
from fer_core.training.augment import (
    ANGLE,
    DOWN,
    FLIP,
    RIGHT,
    ZOOM,
    adjust_light,
    affine_grid,
    draw,
    warp,
)
from fer_core.training.images import Preprocess, shrink

CPU = torch.device("cpu")
ALL = Augment(rotate=15, shift=0.1, zoom=0.2, flip=0.5, brightness=0.2, contrast=0.3)


def picture(n: int = 4, side: int = 48, channels: int = 1) -> torch.Tensor:
    """Smooth, lopsided pictures: no symmetry hides a wrong direction."""
    y, x = torch.meshgrid(torch.linspace(0, 3, side), torch.linspace(0, 4, side), indexing="ij")
    base = 0.5 + 0.3 * torch.sin(x + 0.3) * torch.cos(1.7 * y) + 0.05 * x
    return (base.clamp(0, 1) * 255).to(torch.uint8).expand(n, channels, side, side).contiguous()


def change(**values: float) -> torch.Tensor:
    columns = {"angle": ANGLE, "right": RIGHT, "down": DOWN, "zoom": ZOOM, "flip": FLIP}
    changes = draw(1, Augment(), None)
    for name, value in values.items():
        changes[:, columns[name]] = value
    return changes


def inner(x: torch.Tensor) -> torch.Tensor:
    return x[..., 12:-12, 12:-12]


@pytest.mark.parametrize(("side", "size"), [(48, 48), (48, 96), (96, 48)])
def test_without_augmentation_the_pixels_are_those_of_a_plain_resize(side, size):
    prepare = Preprocess(size, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4), CPU)
    images = picture(side=side)
    plain = prepare(images)
    assert torch.equal(plain, prepare(images, Augment(), torch.Generator()))
    assert plain.shape == (4, 3, size, size)
    reference = resize(images.float() / 255, size)
    for channel, (mean, std) in enumerate(zip((0.5, 0.4, 0.3), (0.2, 0.3, 0.4), strict=True)):
        torch.testing.assert_close(
            plain[:, channel], (reference[:, 0] - mean) / std, atol=1e-5, rtol=0
        )


@pytest.mark.parametrize(("side", "size"), [(48, 48), (48, 96), (96, 48)])
def test_a_warp_that_changes_nothing_is_a_plain_resize(side, size):
    x = picture(side=side).float() / 255
    still = draw(len(x), Augment(), None)
    torch.testing.assert_close(
        warp(shrink(x, size), still, size), resize(x, size), atol=1e-4, rtol=0
    )
    torch.testing.assert_close(adjust_light(x, still), x, atol=1e-6, rtol=0)


def test_the_grid_is_that_of_torch():
    theta = torch.randn(5, 2, 3, generator=torch.Generator().manual_seed(0))
    expected = torch.nn.functional.affine_grid(theta, [5, 1, 31, 31], align_corners=False)
    torch.testing.assert_close(affine_grid(theta, 31), expected, atol=1e-5, rtol=0)


def test_shrinking_is_antialiased_as_in_pillow():
    noise = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 1), dtype=np.uint8)
    ours = resize(torch.from_numpy(noise).permute(0, 3, 1, 2).float(), 48)[0, 0].numpy()
    pillow = np.asarray(
        Image.fromarray(noise[0, :, :, 0]).resize((48, 48), Image.Resampling.BILINEAR)
    )
    assert np.abs(ours - pillow).max() <= 1


def test_a_flip_is_exact_to_the_grey_level():
    images = picture()
    flipped = warp(images.float() / 255, draw(4, Augment(flip=1), None), 48)
    assert torch.equal((flipped * 255).round().to(torch.uint8), images.flip(-1))


def test_a_positive_angle_turns_counter_clockwise_as_in_pillow():
    images = picture(1)
    turned = warp(images.float(), change(angle=math.radians(20)), 48)
    pillow = Image.fromarray(images[0, 0].numpy()).rotate(20, Image.Resampling.BILINEAR)
    expected = torch.from_numpy(np.asarray(pillow).astype(np.float32))
    assert (inner(turned)[0, 0] - inner(expected)).abs().max() < 2
    assert (inner(turned)[0, 0] - inner(images.float())[0, 0]).abs().max() > 20


def test_shifts_go_right_and_down_and_repeat_the_border():
    images = picture(1).float()
    moved = warp(images, change(right=6 / 48, down=3 / 48), 48)
    torch.testing.assert_close(moved[..., 3:, 6:], images[..., :-3, :-6], atol=1e-2, rtol=0)
    torch.testing.assert_close(
        moved[..., 3:, :6], images[..., :-3, :1].expand(1, 1, 45, 6), atol=1e-2, rtol=0
    )


def test_a_zoom_above_one_enlarges_about_the_centre():
    images = picture(1).float()
    larger = warp(images, change(zoom=2.0), 48)
    expected = resize(images, 96)[..., 24:72, 24:72]
    torch.testing.assert_close(larger, expected, atol=1e-2, rtol=0)


def test_the_image_is_turned_before_it_is_shifted():
    images = picture(1).float()
    both = warp(images, change(angle=0.3, right=0.1, down=-0.05), 48)
    one_by_one = warp(warp(images, change(angle=0.3), 48), change(right=0.1, down=-0.05), 48)
    assert (inner(both) - inner(one_by_one)).abs().max() < 3


def test_draws_stay_in_their_ranges_fill_them_and_follow_the_seed():
    changes = draw(5000, ALL, torch.Generator().manual_seed(0))
    limits = [math.radians(15), 0.1, 0.1, 0.2, 1, 0.2, 0.3]
    centres = torch.tensor([0, 0, 0, 1, 0, 0, 1.0])
    reach = (changes - centres).abs().max(dim=0).values
    for got, limit in zip(reach.tolist(), limits, strict=True):
        assert 0.98 * limit <= got <= limit * (1 + 1e-5)
    assert (changes[:, FLIP] == -1).float().mean() == pytest.approx(0.5, abs=0.03)
    assert torch.equal(changes, draw(5000, ALL, torch.Generator().manual_seed(0)))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**31), size=st.sampled_from([32, 48, 64]), channels=st.sampled_from([1, 3])
)
def test_augmented_images_are_finite_in_range_and_as_many_as_before(seed, size, channels):
    prepare = Preprocess(size, (0.0,) * 3, (1.0,) * 3, CPU)
    out = prepare(picture(3, 48, channels), ALL, torch.Generator().manual_seed(seed))
    assert out.shape == (3, 3, size, size)
    assert torch.isfinite(out).all()
    assert out.min() >= -1e-6
    assert out.max() <= 1 + 1e-6

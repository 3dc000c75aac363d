import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms.v2 import functional as tv

from fer_core.models.input import resize
from fer_core.recipe_parts import Augment
from fer_core.training.augment import (
    ANGLE,
    DOWN,
    FLIP,
    GAIN,
    HEIGHT,
    RIGHT,
    SHEAR,
    TALL,
    WIDTH,
    ZOOM,
    X,
    Y,
    adjust_light,
    affine_grid,
    draw,
    sampled_side,
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
    columns |= {"shear": SHEAR, "tall": TALL, "width": WIDTH, "height": HEIGHT, "x": X, "y": Y}
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


@settings(max_examples=25, deadline=None)
@given(
    angle=st.floats(-180, 180), shear=st.floats(-45, 45), scale=st.floats(0.5, 2),
    right=st.integers(-12, 12), down=st.integers(-12, 12), mirror=st.booleans(),
)  # fmt: skip
def test_all_moves_at_once_are_those_of_torchvision(angle, shear, scale, right, down, mirror):
    """But within a pixel of the border, where torchvision mixes in black, and we do not."""
    images = picture(1).float() / 255
    changes = change(
        angle=math.radians(angle), shear=math.radians(shear), zoom=scale, right=right / 48,
        down=down / 48, flip=-1 if mirror else 1,
    )  # fmt: skip
    ours = warp(images, changes, 48, "black")

    def theirs(x):
        x = x.flip(-1) if mirror else x
        return tv.affine(x, -angle, [right, down], scale, [shear, 0], tv.InterpolationMode.BILINEAR)

    covered = theirs(torch.ones_like(images))
    whole, outside = covered > 1 - 1e-6, covered < 1e-6
    assert (whole | outside).float().mean() > 0.7
    torch.testing.assert_close(ours[whole], theirs(images)[whole], atol=2e-4, rtol=0)
    assert (ours[outside] == 0).all()


def test_the_axes_are_zoomed_apart():
    images = picture(1).float()
    ours = warp(images, change(zoom=1.5, tall=2 / 1.5), 48)
    expected = torch.nn.functional.interpolate(images, size=(96, 72), mode="bilinear")
    torch.testing.assert_close(ours, expected[..., 24:72, 12:60], atol=1e-2, rtol=0)


def test_a_window_is_torchvisions_resized_crop_but_for_its_rim_where_ours_sees_what_is_beside_it():
    images = picture(1).float()
    top, left, height, width = 4, 9, 24, 32
    changes = change(
        width=width / 48, height=height / 48,
        x=2 * (left + width / 2) / 48 - 1, y=2 * (top + height / 2) / 48 - 1,
    )  # fmt: skip
    theirs = tv.resized_crop(images, top, left, height, width, [48, 48], antialias=True)
    ours = warp(images, changes, 48)
    torch.testing.assert_close(ours[..., 1:-1, 1:-1], theirs[..., 1:-1, 1:-1], atol=1e-2, rtol=0)


def test_an_enlarged_image_cropped_at_whole_pixels_is_exactly_its_pixels():
    images = picture(1, side=60).float()
    changes = change(width=0.8, height=0.8, x=2 * (7 + 24) / 60 - 1, y=2 * (3 + 24) / 60 - 1)
    ours = warp(images, changes, 48)
    torch.testing.assert_close(ours, images[..., 3:51, 7:55], atol=1e-2, rtol=0)


@pytest.mark.parametrize(
    ("augment", "size", "side"),
    [
        (Augment(zoom=0.5), 48, 48),
        (Augment(enlarge=256 / 224), 224, 256),
        (Augment(crop=(0.25, 0.25)), 48, 96),
        (Augment(crop=(0.25, 1)), 48, 48),
    ],
)
def test_images_are_shrunk_until_the_largest_window_has_the_size_of_the_net(augment, size, side):
    assert sampled_side(augment, size) == side


def test_a_black_border_is_black_outside_the_image_and_changes_nothing_in_it():
    images = picture(1).float() + 1
    moved = warp(images, change(right=6 / 48, down=-3 / 48), 48, "black")
    torch.testing.assert_close(moved[..., :-3, 6:], images[..., 3:, :-6], atol=1e-2, rtol=0)
    assert (moved[..., :6] == 0).all()
    assert (moved[..., -3:, :] == 0).all()
    enlarged = warp(images, change(), 96, "black")
    torch.testing.assert_close(enlarged, resize(images, 96), atol=1e-2, rtol=0)


@given(gain=st.floats(0.1, 1.9))
def test_a_gain_is_torchvisions_brightness(gain):
    images = picture(1)
    changes = change()
    changes[:, GAIN] = gain
    ours = adjust_light(images.float() / 255, changes) * 255
    assert (ours - tv.adjust_brightness(images, gain).float()).abs().max() <= 1 + 1e-3

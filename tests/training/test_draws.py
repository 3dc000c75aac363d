"""What is drawn for each image: in its range, as often as it should be, and as it was before."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_core.recipe_parts import Augment
from fer_core.training.augment import (
    ANGLE,
    DOWN,
    FLIP,
    GAIN,
    HEIGHT,
    MOVES,
    RIGHT,
    SHEAR,
    STILL,
    TALL,
    WIDTH,
    ZOOM,
    X,
    Y,
    add_noise,
    draw,
)

ALL = Augment(rotate=15, shift=0.1, zoom=0.2, flip=0.5, brightness=0.2, contrast=0.3)


def test_draws_stay_in_their_ranges_fill_them_and_follow_the_seed():
    changes = draw(5000, ALL, torch.Generator().manual_seed(0))
    limits = [math.radians(15), 0.1, 0.1, 0.2, 1, 0.2, 0.3]
    centres = torch.tensor([0, 0, 0, 1, 0, 0, 1.0])
    reach = (changes[:, :7] - centres).abs().max(dim=0).values
    for got, limit in zip(reach.tolist(), limits, strict=True):
        assert 0.98 * limit <= got <= limit * (1 + 1e-5)
    assert (changes[:, FLIP] == -1).float().mean() == pytest.approx(0.5, abs=0.03)
    assert torch.equal(changes, draw(5000, ALL, torch.Generator().manual_seed(0)))


old_augments = st.builds(
    Augment,
    rotate=st.floats(0, 180), shift=st.floats(0, 0.5), zoom=st.floats(0, 0.9),
    flip=st.floats(0, 1), brightness=st.floats(0, 1), contrast=st.floats(0, 0.9),
)  # fmt: skip


@given(augment=old_augments, seed=st.integers(0, 2**31))
def test_a_recipe_without_the_later_fields_draws_seven_numbers_an_image_and_no_more(augment, seed):
    ours, plain = (torch.Generator().manual_seed(seed) for _ in range(2))
    changes = draw(5, augment, ours)
    u = torch.rand(5, 7, generator=plain)
    assert torch.equal(ours.get_state(), plain.get_state())
    assert torch.equal(changes[:, ANGLE], (2 * u - 1)[:, 0] * math.radians(augment.rotate))
    assert torch.equal(changes[:, ZOOM], 1 + (2 * u - 1)[:, 3] * augment.zoom)
    assert torch.equal(changes[:, FLIP] < 0, u[:, 4] < augment.flip)
    assert torch.equal(changes[:, 7:], STILL[7:].repeat(5, 1))


def test_the_later_draws_stay_in_their_ranges_and_fill_them():
    augment = Augment(shear=20, scale=(0.8, 1.4), zoom_apart=True, gain=0.3, pad=0.1, enlarge=1.25)
    changes = draw(5000, augment, torch.Generator().manual_seed(0))
    upright = changes[:, ZOOM] * changes[:, TALL]
    for values, least, most in (
        (changes[:, SHEAR], -math.radians(20), math.radians(20)),
        (changes[:, ZOOM], 0.8, 1.4),
        (upright, 0.8, 1.4),
        (changes[:, GAIN], 0.7, 1.3),
        (changes[:, RIGHT], -0.1, 0.1),
        (changes[:, DOWN], -0.1, 0.1),
        (changes[:, WIDTH], 0.8, 0.8),
        (changes[:, HEIGHT], 0.8, 0.8),
        (changes[:, X], -0.2, 0.2),
        (changes[:, Y], -0.2, 0.2),
    ):
        room = 0.01 * (most - least) + 1e-6
        assert least - 1e-6 <= values.min() <= least + room
        assert most - room <= values.max() <= most + 1e-6
    pairs = torch.stack([changes[:, ZOOM], upright, changes[:, RIGHT], changes[:, DOWN]])
    assert (torch.corrcoef(pairs) - torch.eye(4)).abs().max() < 4 / math.sqrt(5000)


@given(share=st.floats(0.05, 1), seed=st.integers(0, 2**31))
@settings(max_examples=20, deadline=None)
def test_so_many_images_are_moved_as_the_probability_says_and_the_rest_stay(share, seed):
    augment = Augment(
        rotate=9, shift=0.1, shear=9, scale=(0.5, 2), zoom_apart=True, pad=0.1, flip=1,
        move_probability=share,
    )  # fmt: skip
    changes = draw(2000, augment, torch.Generator().manual_seed(seed))
    moved = changes[:, MOVES] != STILL[MOVES]
    assert (moved.any(dim=1) == moved.all(dim=1)).all(), "all moves of an image, or none"
    sigma = math.sqrt(share * (1 - share) / 2000)
    assert abs(float(moved.all(dim=1).float().mean()) - share) <= 4 * sigma
    assert (changes[:, FLIP] == -1).all()


@given(seed=st.integers(0, 2**31), share=st.floats(0.1, 1))
@settings(max_examples=10, deadline=None)
def test_noise_is_normal_in_so_many_images_as_the_probability_says(seed, share):
    augment = Augment(noise=0.05, noise_probability=share)
    x = torch.full((500, 3, 16, 16), 0.5)
    noise = add_noise(x.clone(), augment, torch.Generator().manual_seed(seed)) - x
    noisy = noise.flatten(1).ne(0).any(dim=1)
    sigma = math.sqrt(share * (1 - share) / 500)
    assert abs(float(noisy.float().mean()) - share) <= 4 * sigma
    values = noise[noisy].flatten() / 0.05
    assert abs(float(values.mean())) <= 5 / math.sqrt(len(values))
    assert abs(float(values.std()) - 1) <= 5 / math.sqrt(2 * len(values))
    assert (values.abs() > 1.96).float().mean() == pytest.approx(0.05, abs=0.01)
    assert len(noise[noisy].flatten(1).unique(dim=0)) == noisy.sum()

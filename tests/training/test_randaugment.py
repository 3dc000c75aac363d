import math

import numpy as np
import pytest
import torch
from torchvision.transforms import InterpolationMode, v2

from fer_core.data.phantom.dataset import sample_faces
from fer_core.data.phantom.render import render_faces
from fer_core.recipe_parts import RandAugment
from fer_core.training import randaugment as module
from fer_core.training.randaugment import LIGHT, MOVES, OPERATIONS, operate, randaugment

SIDE = 48
NAMES = {name: name.title().replace(" ", "") for name in OPERATIONS} | {
    "autocontrast": "AutoContrast"
}
SIGNED = {*MOVES, "brightness", "color", "contrast", "sharpness"}


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    """Faces in colour, noise, a ramp of few levels and a flat picture, uint8."""
    faces = render_faces(sample_faces("phantom-lab", 6), SIDE, 1)
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8)
    dark = rng.integers(90, 120, (1, SIDE, SIDE, 3), dtype=np.uint8)
    flat = np.full((1, SIDE, SIDE, 3), 77, np.uint8)
    made = np.concatenate([np.broadcast_to(faces, (6, SIDE, SIDE, 3)), noise, dark, flat])
    return torch.from_numpy(made).permute(0, 3, 1, 2).contiguous()


def theirs(images: torch.Tensor, name: str, sign: int, magnitude: int) -> torch.Tensor:
    """What torchvision does in its own RandAugment, where the sign is drawn."""
    transform = v2.RandAugment(1, magnitude, interpolation=InterpolationMode.NEAREST)
    strengths, signed = transform._AUGMENTATION_SPACE[NAMES[name]]
    values = strengths(31, SIDE, SIDE)
    strength = 0.0 if values is None else float(values[magnitude]) * sign
    assert signed == (name in SIGNED)
    return transform._apply_image_or_video_transform(
        images, NAMES[name], strength, transform.interpolation, transform._fill
    )


def ours(images: torch.Tensor, name: str, sign: int, magnitude: int) -> torch.Tensor:
    levels, n = images.float(), len(images)
    kinds = torch.full((n,), OPERATIONS.index(name))
    operate(levels, kinds, torch.full((n,), sign), magnitude)
    assert torch.equal(levels, levels.round())
    return levels.to(torch.uint8)


def test_there_are_fourteen_operations_of_these_names():
    assert {NAMES[name] for name in OPERATIONS} == set(v2.RandAugment._AUGMENTATION_SPACE)
    assert len(OPERATIONS) == 14


@pytest.mark.parametrize("magnitude", [0, 6, 10, 20, 30])
@pytest.mark.parametrize("name", [*LIGHT, "identity"])
@pytest.mark.parametrize("grey", [False, True])
def test_each_change_of_light_is_that_of_torchvision(images, name, magnitude, grey):
    """To the level; where torchvision fuses a product and a sum, products that are whole numbers
    may fall to the level below."""
    x = images[:, :1] if grey else images
    most = 1 if name in ("color", "contrast", "sharpness") else 0
    for sign in (1, -1) if name in SIGNED else (1,):
        one, other = ours(x, name, sign, magnitude), theirs(x, name, sign, magnitude)
        difference = (one.int() - other.int()).abs()
        assert difference.max() <= most
        assert difference.float().mean() <= 0.1
        plain = name == "identity" or (name == "color" and grey)
        assert plain or magnitude == 0 or not torch.equal(one, x)


@pytest.mark.parametrize("magnitude", [0, 6, 10, 20, 30])
@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("sign", [1, -1])
def test_each_move_is_that_of_torchvision(images, name, magnitude, sign):
    """To the level; but for shears where a point lies in the middle between two pixels, either of
    which is the nearest."""
    one, other = ours(images, name, sign, magnitude), theirs(images, name, sign, magnitude)
    centres = np.arange(SIDE) + 0.5
    along, across = np.meshgrid(centres, centres)
    if name == "shear y":
        along, across = across, along
    source = along + sign * 0.3 * magnitude / 30 * across
    tie = np.abs(source - source.round()) < 1e-3
    sure = torch.from_numpy(~tie) if "shear" in name else torch.ones(SIDE, SIDE, dtype=torch.bool)
    assert sure.float().mean() > 0.75
    assert torch.equal(one[..., sure], other[..., sure])
    assert (magnitude == 0) == torch.equal(one, images)


def test_each_image_has_its_own_operations_whatever_else_is_in_the_batch(images):
    generator = torch.Generator().manual_seed(0)
    kinds = torch.randint(14, (len(images),), generator=generator)
    signs = 1 - 2 * torch.randint(2, (len(images),), generator=generator)
    together = images.float()
    operate(together, kinds, signs, 9)
    for i, (kind, sign) in enumerate(zip(kinds, signs, strict=True)):
        alone = ours(images[i : i + 1], OPERATIONS[kind], int(sign), 9)
        assert torch.equal(together[i : i + 1].to(torch.uint8), alone)


def test_every_operation_and_sign_is_drawn_equally_often_and_as_often_as_said(monkeypatch):
    drawn = []
    monkeypatch.setattr(module, "operate", lambda x, *changes: drawn.append(changes))
    x = torch.zeros(20_000, 1, 1, 1)
    randaugment(x, RandAugment(operations=3, magnitude=7), torch.Generator().manual_seed(0))
    assert [magnitude for _, _, magnitude in drawn] == [7, 7, 7]
    for kinds, signs, _ in drawn:
        sigma = math.sqrt(20_000 / 14 * 13 / 14)
        assert (torch.bincount(kinds, minlength=14) - 20_000 / 14).abs().max() <= 4 * sigma
        assert set(signs.tolist()) == {1, -1}
        assert abs(int(signs.sum())) <= 4 * math.sqrt(20_000)
    assert abs(float((drawn[0][0] == drawn[1][0]).float().mean()) - 1 / 14) <= 4 * 0.0019


def test_the_pictures_are_those_of_the_generator_and_stay_in_range(images):
    x, given = images.float() / 255, RandAugment(operations=4, magnitude=30)

    def seen(seed):
        return randaugment(x, given, torch.Generator().manual_seed(seed))

    assert torch.equal(seen(0), seen(0))
    assert not torch.equal(seen(0), seen(1))
    assert torch.equal(x, images.float() / 255), "what is given stays as it is"
    for seed in range(20):
        assert seen(seed).min() >= 0
        assert seen(seed).max() <= 1

"""The way of a training image, all changes together; each by itself is in the tests of its file."""

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_core.models.input import resize
from fer_core.recipe_parts import Augment, Erase, RandAugment
from fer_core.training import loop
from fer_core.training.images import Preprocess
from tests.recipes import recipe
from tests.training.small import blobs, rows_of, tiny_model

CPU = torch.device("cpu")
ALL = {
    "rotate": 20, "shear": 10, "shift": 0.1, "scale": [0.8, 1.2], "zoom_apart": True,
    "move_probability": 0.7, "border": "black", "pad": 0.1, "enlarge": 1.1, "crop": [0.5, 1],
    "flip": 0.5, "brightness": 0.1, "gain": 0.1, "contrast": 0.1, "noise": 0.05,
    "noise_probability": 0.5, "randaugment": {"operations": 2, "magnitude": 6},
    "erase": {"probability": 0.5},
}  # fmt: skip
EACH = [
    {"shear": 10}, {"zoom": 0.2, "zoom_apart": True}, {"scale": [0.5, 1.5]}, {"pad": 0.2},
    {"enlarge": 1.2}, {"crop": [0.3, 0.9]}, {"gain": 0.5}, {"noise": 0.1},
    {"randaugment": {"operations": 2, "magnitude": 9}}, {"erase": {"probability": 1}},
]  # fmt: skip


def pictures(n: int = 4, side: int = 48, channels: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    coarse = torch.randint(0, 256, (n, channels, 8, 8), generator=generator).float()
    return resize(coarse, side).round().to(torch.uint8)


def plain(size: int = 48) -> Preprocess:
    """Without normalisation: what comes out is from 0 to 1."""
    return Preprocess(size, (0.0,) * 3, (1.0,) * 3, CPU)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def augments() -> st.SearchStrategy[Augment]:
    """Any part of all the changes."""
    return st.sets(st.sampled_from(sorted(ALL))).map(
        lambda names: Augment.model_validate({name: ALL[name] for name in names})
    )


@settings(max_examples=30, deadline=None)
@given(
    augment=augments(), seed=st.integers(0, 2**31), size=st.sampled_from([32, 48, 64]),
    channels=st.sampled_from([1, 3]),
)  # fmt: skip
def test_pictures_are_finite_in_range_and_a_function_of_the_seed(augment, seed, size, channels):
    images = pictures(3, 48, channels)
    out = plain(size)(images, augment, seeded(seed))
    assert out.shape == (3, 3, size, size)
    assert torch.isfinite(out).all()
    assert out.min() >= -1e-6
    assert out.max() <= 1 + 1e-6
    assert torch.equal(out, plain(size)(images, augment, seeded(seed)))
    assert torch.equal(images, pictures(3, 48, channels)), "what is given stays as it is"


@pytest.mark.parametrize("values", [*EACH, ALL])
def test_another_seed_gives_other_pictures_and_each_image_has_changes_of_its_own(values):
    images, augment = pictures(1).expand(8, -1, -1, -1), Augment.model_validate(values)
    one, other = (plain()(images, augment, seeded(seed)) for seed in (0, 1))
    assert not torch.equal(one, other)
    assert len(one.flatten(1).unique(dim=0)) >= 7


@settings(max_examples=25, deadline=None)
@given(
    share=st.floats(0.01, 1), noise_share=st.floats(0.01, 1), apart=st.booleans(),
    border=st.sampled_from(["repeat", "black"]), scale=st.sampled_from([None, (1, 1)]),
    crop=st.sampled_from([None, (1, 1)]), size=st.sampled_from([32, 48, 64]),
)  # fmt: skip
def test_settings_of_nothing_change_nothing(share, noise_share, apart, border, scale, crop, size):
    augment = Augment(
        move_probability=share, noise_probability=noise_share, zoom_apart=apart, border=border,
        scale=scale, crop=crop, erase=Erase(probability=0),
    )  # fmt: skip
    out = plain(size)(pictures(), augment, seeded(0))
    torch.testing.assert_close(out, plain(size)(pictures()), atol=1e-4, rtol=0)


def test_an_operation_of_strength_0_keeps_the_levels():
    images = pictures()
    augment = Augment(randaugment=RandAugment(operations=1, magnitude=0))
    out = plain()(images.repeat(20, 1, 1, 1), augment, seeded(0)).mul(255).round()
    kept = (out == images.repeat(20, 1, 1, 1)).flatten(1).all(dim=1).float().mean()
    assert kept >= 10 / 14, "all but autocontrast, equalize and solarize, which has white to turn"


def test_what_is_erased_is_0_after_normalisation_and_so_the_mean_before_it():
    prepare = Preprocess(48, (0.5, 0.4, 0.3), (0.2,) * 3, CPU)
    augment = Augment(erase={"probability": 1, "area": (0.2, 0.2)})
    out = prepare(pictures(), augment, seeded(0))
    share = (out == 0).all(dim=1).float().mean(dim=(1, 2))
    assert share.tolist() == pytest.approx([0.2] * 4, abs=0.02)


def test_a_larger_store_gives_an_enlarged_crop_its_own_pixels():
    """As of 256 px for a net of 224: nothing is shrunk and enlarged again."""
    stripes = torch.arange(60).remainder(4).ge(2).mul(255).to(torch.uint8).expand(1, 3, 60, 60)
    sharp = plain(48)(stripes, Augment(enlarge=1.25), seeded(0))
    blurred = plain(48)(stripes, Augment(shift=0.1), seeded(0))
    assert sharp.std() > 1.2 * blurred.std()


def test_training_batches_with_all_changes_have_the_labels_of_those_without_from_any_step_on():
    images, prepare = blobs(), loop.preprocess_for(tiny_model(), CPU)

    def at(step, **values):
        state = SimpleNamespace(epoch=2, step=step, phase=0)
        given = recipe(batch_size=16, **values)
        return list(loop.training_batches(images, rows_of(images), prepare, given, 0, state))

    bare, whole, late = at(0), at(0, augment=ALL), at(5, augment=ALL)
    assert [step for step, _, _ in late] == [5, 6, 7]
    for (_, x, y), (_, changed, labels) in zip(bare, whole, strict=True):
        assert torch.equal(y, labels)
        assert x.shape == changed.shape
        assert not torch.equal(x, changed)
    for (_, x, _), (_, again, _) in zip(whole[5:], late, strict=True):
        assert torch.equal(x, again)

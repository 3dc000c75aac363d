"""The blocked search gives what comparing every pair by itself gives."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_core.data.copies import neighbours
from fer_core.data.copies.alignment import align
from fer_core.data.copies.descriptors import CROPS, NOBODY, Descriptors, describe_pixels, thumbnails
from fer_core.data.copies.neighbours import VIEWS, is_studio, near_pairs
from fer_core.data.phantom.dataset import generate
from tests.data.copies.pictures import changed, pictures

KINDS = ("mirrored", "half the size", "JPEG quality 70", "cropped by 15 % on every edge")
CROPPED = [f"cropped by {share} % on every edge" for share in (8, 15, 25)]


def describe(images, person=None):
    return Descriptors(
        *describe_pixels(images), np.full(len(images), NOBODY) if person is None else person
    )


def crowd(seed, n):
    """n pictures, half of them copies of others."""
    first = pictures(seed, n - n // 2)
    copies = [changed(first[i : i + 1], KINDS[i % len(KINDS)]) for i in range(n // 2)]
    return np.concatenate([first, *copies])


def slow(first, second=None):
    """{(a, b): (mirrored, correlation)} by a double loop."""
    other = first if second is None else second
    found = {}
    for a in range(len(first)):
        for b in range(a + 1 if second is None else 0, len(other)):
            known = -1 not in (first.person[a], other.person[b])
            strangers = known and first.person[a] != other.person[b]
            for (one, two), mirrored in product(VIEWS, (False, True)):
                even, odd = (first.coarse[a, one] * other.coarse[b, two]).sum(axis=1)
                coarse = even - odd if mirrored else even + odd
                limit = 0.79 if (one, two) == (0, 0) else 0.84
                if coarse <= (0.95 if strangers else limit):
                    continue
                fine = other.fine[b : b + 1, two]
                fine = fine[:, :, ::-1] if mirrored else fine
                value, block = (x.item() for x in align(first.fine[a : a + 1, one], fine))
                best = found.get((a, b), (False, 0.0))[1]
                if value > max(best, 0.9965 if strangers else 0.97) and block > (
                    0.96 if strangers else 0.75
                ):
                    found[a, b] = (mirrored, value)
    return found


def as_dict(pairs):
    values = zip(pairs.mirrored.tolist(), pairs.correlation.tolist(), strict=True)
    return dict(zip(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True), values, strict=True))


def agree(fast, expected):
    assert list(fast) == sorted(expected)
    for pair, (mirrored, value) in expected.items():
        assert fast[pair][0] == mirrored
        assert fast[pair][1] == pytest.approx(value, abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 99), st.integers(2, 14), st.integers(1, 9), st.integers(1, 9))
def test_blocks_of_any_size_find_what_a_double_loop_finds(seed, n, high, wide):
    person = np.random.default_rng(seed).integers(-1, 3, n)
    images = describe(crowd(seed, n), person)
    agree(as_dict(near_pairs(images, block=(high, wide))), slow(images))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 99), st.integers(0, 8), st.integers(0, 8), st.integers(1, 5))
def test_two_sets_are_compared_in_full(seed, n, m, block):
    ours = crowd(seed, 16)
    first, second = describe(ours[:n]), describe(ours[16 - m :])
    agree(as_dict(near_pairs(first, second, block=(block, 3))), slow(first, second))


def test_the_double_loop_has_something_to_find():
    images = describe(crowd(1, 12))
    found = as_dict(near_pairs(images))
    assert {(i, 6 + i) for i in range(6)} <= set(found)
    assert found[0, 6][0]
    assert not found[1, 7][0]


def test_flat_images_match_nothing():
    blank = np.full((3, 48, 48, 1), 200, np.uint8)
    blank[1] += np.random.default_rng(0).integers(0, 2, blank[1].shape, dtype=np.uint8)
    ramp = np.tile(np.linspace(0, 255, 48).astype(np.uint8), (48, 1))[None, ..., None]
    images = describe(np.concatenate([blank, blank, ramp, ramp]))
    assert len(near_pairs(images).a) == 0


def test_people_known_to_differ_must_agree_almost_exactly():
    face = pictures(3, 1)
    fine = changed(face, "JPEG quality 90")
    noise = np.random.default_rng(1).normal(0, 30, face.shape)
    rough = np.clip(face + noise, 0, 255).astype(np.uint8)
    images = np.concatenate([face, rough, fine])
    assert {(0, 1), (0, 2)} <= set(as_dict(near_pairs(describe(images))))
    assert set(as_dict(near_pairs(describe(images, np.arange(3))))) == {(0, 2)}


def test_in_a_studio_images_must_agree_almost_exactly_though_nobody_is_named():
    lab, web = (generate(name, n=60, seed=3)[1] for name in ("phantom-lab", "phantom-web"))
    assert is_studio(describe(lab))
    assert not is_studio(describe(web))
    assert not is_studio(describe(lab[:49]))  # too few to say
    noise = np.random.default_rng(1).normal(0, 60, lab[:1].shape)
    rough = np.clip(lab[:1] + noise, 0, 255).astype(np.uint8)
    assert (0, 1) in as_dict(near_pairs(describe(np.concatenate([lab[:1], rough]))))
    assert (0, 60) not in as_dict(near_pairs(describe(np.concatenate([lab, rough]))))


@pytest.mark.parametrize("kind", CROPPED)
def test_a_crop_is_a_near_copy_of_the_whole_whichever_comes_first(kind):
    faces = pictures(8, 6)
    crops = changed(faces, kind)
    for first, second in ((faces, crops), (crops, faces), (faces, crops[:, :, ::-1])):
        found = near_pairs(describe(first), describe(second))
        assert found.a.tolist() == found.b.tolist() == list(range(6))


def test_what_differs_in_one_part_only_is_no_copy():
    faces = pictures(9, 4, side=96)
    other = faces.copy()
    other[:, 58:74, 36:60] = 255 - other[:, 58:74, 36:60]
    first, second = describe(faces), describe(other)
    correlation, block = align(first.fine[:, 0], second.fine[:, 0])
    assert (block < 0.7).all()
    assert len(near_pairs(first, second).a) == 0
    correlation, block = align(first.fine[:, 0], first.fine[:, 0])
    assert np.allclose([correlation, block], 1, atol=1e-5)


def test_the_search_does_not_look_at_brightness_and_contrast():
    faces = pictures(4, 4)
    other = (faces * 0.5 + 60).astype(np.uint8)
    found = near_pairs(describe(faces), describe(other))
    assert found.a.tolist() == found.b.tolist() == [0, 1, 2, 3]
    assert (found.correlation > 0.99).all()


def test_thumbnails_are_means_of_areas():
    grey = np.arange(36, dtype=np.float32).reshape(1, 6, 6)
    assert np.allclose(thumbnails(grey, 3)[0], grey[0].reshape(3, 2, 3, 2).mean(axis=(1, 3)))
    assert thumbnails(grey, 4)[0].mean() == pytest.approx(grey.mean())
    assert np.allclose(thumbnails(grey, 12)[0, ::2, ::2], grey[0])


def test_a_thumbnail_of_a_crop_is_the_thumbnail_of_the_cropped_image():
    grey = np.random.default_rng(1).random((2, 12, 12), np.float32)
    assert np.allclose(thumbnails(grey, 3, 0.5), thumbnails(grey[:, 3:9, 3:9], 3))


def test_the_parts_of_a_descriptor_give_the_mirror_image_as_well():
    faces = pictures(5, 3)
    coarse, turned = (describe_pixels(x)[0] for x in (faces, faces[:, :, ::-1]))
    assert np.allclose(coarse[:, :, 0], turned[:, :, 0], atol=1e-5)
    assert np.allclose(coarse[:, :, 1], -turned[:, :, 1], atol=1e-5)
    assert coarse.shape == (3, len(CROPS), 2, 32)
    assert neighbours.method()["fine"]["correlation"] == 0.97

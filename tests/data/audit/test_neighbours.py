"""The blocked search gives what comparing every pair by itself gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_core.data.audit import neighbours
from fer_core.data.audit.descriptors import COARSE, NOBODY, Descriptors, describe_pixels, thumbnails
from fer_core.data.audit.neighbours import align, mirror, near_pairs
from tests.data.audit.pictures import changed, pictures

KINDS = ("mirrored", "half the size", "JPEG quality 70", "cropped by 4 % on every edge")


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
            strangers = -1 not in (first.person[a], other.person[b])
            strangers = strangers and first.person[a] != other.person[b]
            for mirrored in (False, True):
                row = other.coarse[b : b + 1]
                coarse = float(first.coarse[a] @ (mirror(row) if mirrored else row)[0])
                if coarse <= (0.95 if strangers else 0.74):
                    continue
                fine = other.fine[b : b + 1, :, ::-1] if mirrored else other.fine[b : b + 1]
                value = float(align(first.fine[a : a + 1], fine)[0])
                best = found.get((a, b), (False, 0.0))[1]
                if value > max(best, 0.98 if strangers else 0.90):
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
    rough, fine = changed(face, "turned by 3 degrees"), changed(face, "JPEG quality 90")
    images = np.concatenate([face, rough, fine])
    assert {(0, 1), (0, 2)} <= set(as_dict(near_pairs(describe(images))))
    strangers = describe(images, np.arange(3))
    assert set(as_dict(near_pairs(strangers))) == {(0, 2)}


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


def test_a_mirrored_descriptor_is_that_of_the_mirror_image():
    faces = pictures(5, 3)
    turned = describe_pixels(faces[:, :, ::-1])[0]
    assert np.allclose(mirror(describe_pixels(faces)[0]), turned, atol=1e-5)
    assert turned.shape == (3, COARSE * COARSE)
    assert neighbours.method()["fine"]["correlation"] == 0.90

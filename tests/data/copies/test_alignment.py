"""The alignment of two thumbnails against plain slow versions of its steps."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_core.data.copies import alignment
from fer_core.data.copies.alignment import FINE, SCALES, WINDOW, ZOOMS, align
from fer_core.data.copies.descriptors import FLAT, describe_pixels, unit
from tests.data.copies.pictures import changed, pictures


def thumbnails(images):
    return describe_pixels(images)[1][:, 0]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999))
def test_the_start_is_the_best_of_every_scale_and_shift(seed):
    first, second = (thumbnails(pictures(seed + k, 3)).astype(np.float32) for k in (0, 1000))
    second[0] = 0.5 * first[0] + 3 * np.arange(FINE)  # the same, lit from one side
    best, scale, shift = alignment._start(first, second)
    for i in range(3):
        plain = np.empty((FINE - WINDOW + 1, FINE - WINDOW + 1, len(SCALES)))
        for down, right, k in np.ndindex(plain.shape):
            patch = unit((ZOOMS[k] @ first[i] @ ZOOMS[k].T).ravel(), FLAT)
            window = second[i, down : down + WINDOW, right : right + WINDOW]
            plain[down, right, k] = patch @ unit(window.ravel(), FLAT)
        down, right = divmod(shift[i], FINE - WINDOW + 1)
        assert np.isclose(best[i], plain.max(), atol=1e-4)
        assert np.isclose(plain[down, right, scale[i]], plain.max(), atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999), st.integers(1, 130))
def test_each_pair_is_aligned_as_if_alone(seed, n):
    faces = thumbnails(pictures(seed, 5))
    copies = thumbnails(changed(pictures(seed, 5), "cropped by 8 % on every edge"))
    draw = np.random.default_rng(seed).integers(0, 5, (2, n))
    together = np.stack(align(faces[draw[0]], copies[draw[1]], 0.97))
    alone = [np.stack(align(faces[a : a + 1], copies[b : b + 1], 0.97)) for a, b in draw.T]
    # matrix products of other sizes round otherwise, and the steps carry that on
    assert np.allclose(together, np.concatenate(alone, axis=1), atol=2e-3)


def test_a_limit_spares_steps_and_changes_nothing_for_those_that_reach_it(monkeypatch):
    face = pictures(3, 1).repeat(40, axis=0).astype(float)
    noise = np.random.default_rng(0).normal(0, 1, face.shape)
    noise *= 2 * np.arange(40)[:, None, None, None]
    first = thumbnails(np.clip(face + noise, 0, 255).astype(np.uint8))
    second = np.roll(thumbnails(face.astype(np.uint8)), 1, axis=2)
    sampled, sample = [], alignment._sample

    def counted(images, y, x):
        sampled.append(len(y))
        return sample(images, y, x)

    monkeypatch.setattr(alignment, "_sample", counted)
    everywhere, blocks = align(first, second)
    steps = sum(sampled)
    sampled.clear()
    limit = float(np.quantile(everywhere, 0.8))
    correlation, block = align(first, second, limit)
    reached = everywhere > limit
    assert 0 < reached.sum() < len(reached)
    assert sum(sampled) < steps
    assert np.allclose(correlation[reached], everywhere[reached], atol=1e-6)
    assert np.allclose(block[reached], blocks[reached], atol=1e-6)
    assert (correlation[~reached] <= limit).all()

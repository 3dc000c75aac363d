import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from fer_core.data.select import TrainingRows
from fer_core.data.store import Store
from fer_core.errors import FerError
from fer_core.training import smote
from fer_core.training.images import ImageSet
from fer_core.training.progress import Watch
from fer_core.training.smote import between, nearest, with_made_images
from tests.recipes import recipe
from tests.training.small import blobs, rows_of, same_bits, train

COUNTS = (9, 2, 3, 14, 5, 6, 7)


class Watched(Store):
    """Pixels that remember which rows were read."""

    def __init__(self, pixels):
        super().__init__(pixels)
        self.read = set()

    def batch(self, rows):
        self.read |= set(np.asarray(rows).tolist())
        return super().batch(rows)


def unequal(side: int = 4, counts: tuple[int, ...] = COUNTS) -> tuple[ImageSet, TrainingRows]:
    """Random images, as many of each emotion in training; every third row is of validation."""
    rng = np.random.default_rng(0)
    labels = np.empty(3 * sum(counts) // 2 + 1, np.int64)
    training = np.flatnonzero(np.arange(len(labels)) % 3 != 2)[: sum(counts)]
    validation = np.setdiff1d(np.arange(len(labels)), training)
    labels[training] = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    labels[validation] = rng.integers(0, len(counts), len(validation))
    split = np.where(np.isin(np.arange(len(labels)), training), "train", "val")
    pixels = rng.integers(0, 256, (len(labels), side, side, 1), dtype=np.uint8)
    return ImageSet(Watched(pixels), labels, split), TrainingRows(training, validation, {})


def made_by(seed: int) -> np.ndarray:
    images, rows = with_made_images(*unequal(), "smote", seed)
    return images.pixels.batch(rows.train[sum(COUNTS) :])


def test_every_emotion_gets_as_many_images_as_the_largest_and_no_validation_row_is_read():
    before, rows = unequal()
    images, more = with_made_images(before, rows, "smote", 0)
    assert np.bincount(images.labels[more.train]).tolist() == [14] * 7
    assert before.pixels.read == set(rows.train[before.labels[rows.train] != 3].tolist()) | {
        int(rows.train[0])
    }
    assert (more.validation == rows.validation).all()
    assert (more.train[: len(rows.train)] == rows.train).all()
    assert (images.split[more.train] == "train").all()
    assert len(np.unique(more.train)) == len(more.train)


def test_the_old_rows_keep_their_pixels_and_labels():
    before, rows = unequal()
    images, more = with_made_images(before, rows, "smote", 0)
    old = np.arange(len(before.labels))
    assert (images.labels[old] == before.labels).all()
    mixed = np.concatenate([[more.train[-1]], old[::-1]])
    assert (images.pixels.batch(mixed)[1:] == before.pixels.pixels[::-1]).all()
    assert (images.pixels.batch(mixed)[:1] == images.pixels.batch(more.train[-1:])).all()


@settings(max_examples=25, deadline=None)
@given(n=st.integers(2, 12), count=st.integers(1, 40), seed=st.integers(0, 2**31))
def test_a_made_image_lies_between_one_of_its_class_and_one_of_its_five_nearest(n, count, seed):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (n, 3, 3, 1), dtype=np.uint8)
    flat = pixels.reshape(n, -1).astype(float)
    distances = cdist(flat, flat) + np.diag(np.full(n, np.inf))
    pairs = [(x, y) for x in range(n) for y in np.argsort(distances[x])[: min(5, n - 1)]]
    made = between(pixels, count, rng).reshape(count, -1).astype(float)
    for image in made:
        off = []
        for x, y in pairs:
            way = flat[y] - flat[x]
            u = np.clip(way @ (image - flat[x]) / (way @ way), 0, 1)
            off.append(np.abs(image - flat[x] - u * way).max())
        assert min(off) <= 1.0, "rounded, and nowhere else"
    assert made.shape == (count, 9)


@settings(max_examples=25, deadline=None)
@given(n=st.integers(2, 30), seed=st.integers(0, 2**31), at_once=st.integers(1, 9))
def test_the_nearest_are_those_of_all_distances(n, seed, at_once):
    rng = np.random.default_rng(seed)
    flat = rng.integers(0, 256, (n, 50), dtype=np.uint8)
    rows = rng.permutation(n)[: max(1, n // 2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smote, "AT_ONCE", at_once)
        found = nearest(flat, rows)
    distances = cdist(flat[rows].astype(float), flat.astype(float))
    distances[np.arange(len(rows)), rows] = np.inf
    k = min(5, n - 1)
    assert found.shape == (len(rows), k)
    assert np.take_along_axis(distances, found, 1).max(1) == pytest.approx(
        np.sort(distances, axis=1)[:, k - 1]
    )


def test_the_images_between_two_are_spread_from_the_one_to_the_other():
    pixels = np.stack([np.zeros((1, 1, 1), np.uint8), np.full((1, 1, 1), 200, np.uint8)])
    made = between(pixels, 4000, np.random.default_rng(0)).ravel()
    assert np.histogram(made, bins=4, range=(0, 200))[0] == pytest.approx([1000] * 4, abs=110)


def test_the_same_seed_makes_the_same_images_and_another_seed_others():
    assert (made_by(0) == made_by(0)).all()
    assert (made_by(0) != made_by(1)).any()


def test_large_images_and_an_emotion_with_one_image_are_refused_with_a_way_out():
    with pytest.raises(FerError, match=r"up to 64 px, and these have 65; .* oversample"):
        with_made_images(*unequal(side=65), "smote", 0)
    with pytest.raises(FerError, match="have one of disgust; take the sampler oversample"):
        with_made_images(*unequal(counts=(3, 1, 2, 2, 2, 2, 2)), "smote", 0)


def test_other_samplers_and_equal_classes_need_no_image_and_an_absent_class_gets_none():
    images, rows = unequal()
    for sampler in ("shuffle", "balanced", "oversample", "undersample"):
        assert with_made_images(images, rows, sampler, 0) == (images, rows)
        assert images.pixels.read == set()
    images, rows = unequal(counts=(3,) * 7)
    assert with_made_images(images, rows, "smote", 0) == (images, rows)
    images, rows = with_made_images(*unequal(counts=(4, 0, 2, 2, 2, 2, 2)), "smote", 0)
    assert np.bincount(images.labels[rows.train], minlength=7).tolist() == [4, 0, 4, 4, 4, 4, 4]


def blobs_of_unequal_classes() -> ImageSet:
    """Of six emotions 14 training images, of disgust 6."""
    images = blobs(n=147)
    keep = np.flatnonzero((images.labels != 1) | (np.arange(147) % 98 < 40))
    return replace(
        images, labels=images.labels[keep], split=images.split[keep],
        pixels=Store(images.pixels.pixels[keep]),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sampler", "steps"), [("smote", 9), ("oversample", 9), ("undersample", 4)]
)
def test_a_run_takes_the_steps_that_its_sampler_draws_images_for_and_resumes_to_the_same_bits(
    tmp_path, monkeypatch, sampler, steps
):
    images = blobs_of_unequal_classes()
    counts = np.bincount(images.labels[rows_of(images).train])
    assert sorted(counts) == [6, 14, 14, 14, 14, 14, 14]
    given = recipe(epochs=2, batch_size=10, sampler=sampler)
    whole, history = train(tmp_path / "whole", given, images)
    assert json.loads((tmp_path / "whole" / "progress.json").read_text())["steps"] == steps
    assert len(history.rows) == 2

    count, step = iter(range(1000)), Watch.step

    def stop_there(watch, state):
        due = step(watch, state)
        if next(count) == steps + 1:
            raise KeyboardInterrupt
        return due

    with monkeypatch.context() as patch:
        patch.setattr(Watch, "step", stop_there)
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "stopped", given, images, checkpoint_seconds=0)
    resumed, _ = train(tmp_path / "stopped", given, images)
    assert same_bits(whole, resumed)

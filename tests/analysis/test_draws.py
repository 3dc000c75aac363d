"""Draws: of images, and of persons with all their images."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_core.analysis.draws import bootstrap_images, image_weights, numbered
from fer_core.analysis.scores import confusion_matrix

names = st.lists(st.sampled_from(["", "ann", "bob", "cy", "dee"]), min_size=1, max_size=30)


def weights(units: np.ndarray, seed: int = 3, draws: int = 20) -> np.ndarray:
    return np.concatenate(list(image_weights(units, seed, draws)))


def test_persons_are_numbered_in_order_and_nobody_known_is_alone():
    assert numbered(["bob", "", "ann", "bob", ""]).tolist() == [0, 1, 2, 0, 3]
    assert numbered([]).tolist() == []


@given(names)
@settings(deadline=None)
def test_images_of_one_person_are_drawn_equally_often(persons):
    units = numbered(persons)
    drawn = weights(units)
    for unit in np.unique(units):
        mine = drawn[:, units == unit]
        np.testing.assert_array_equal(mine, np.repeat(mine[:, :1], mine.shape[1], axis=1))
    first = [int(np.flatnonzero(units == unit)[0]) for unit in np.unique(units)]
    assert (drawn[:, first].sum(axis=1) == len(first)).all()  # as many persons as there are


def test_without_persons_the_draws_are_those_of_the_page():
    generator = np.random.default_rng(5)
    by_hand = [np.bincount(generator.integers(0, 40, 40), minlength=40) for _ in range(20)]
    np.testing.assert_array_equal(weights(np.arange(40), seed=5), by_hand)


def test_blocks_change_nothing(monkeypatch):
    units = numbered(list("aabbcdeffg"))
    whole = weights(units)
    monkeypatch.setattr("fer_core.analysis.draws._CHUNK", 30)
    assert len(list(image_weights(units, 3, 20))) == 7
    np.testing.assert_array_equal(weights(units), whole)


def test_replicates_are_the_matrices_of_the_drawn_persons():
    rng = np.random.default_rng(1)
    truth, guesses = rng.integers(0, 7, 60), rng.integers(0, 7, (2, 60))
    units = numbered([str(number) for number in rng.integers(0, 15, 60)])
    found = bootstrap_images(truth, guesses, 9, 12, units=units)
    generator, persons = np.random.default_rng(9), units.max() + 1
    for replicate in found:
        who = generator.integers(0, persons, persons)
        rows = np.concatenate([np.flatnonzero(units == person) for person in who])
        by_hand = [confusion_matrix(truth[rows], guess[rows]) for guess in guesses]
        np.testing.assert_array_equal(replicate, by_hand)


def test_alike_images_of_few_persons_spread_as_the_persons_do():
    right = np.repeat(np.arange(30) % 3 > 0, 4)  # each of 30 persons has 4 pictures, all alike
    truth, guess = np.zeros(120, dtype=int), np.where(right, 0, 1)
    by_person = bootstrap_images(truth, guess[None], units=np.repeat(np.arange(30), 4))
    by_image = bootstrap_images(truth, guess[None])
    spreads = [(drawn[:, 0, 0, 0] / 120).std() for drawn in (by_person, by_image)]
    share = 2 / 3
    assert spreads == pytest.approx([np.sqrt(share * (1 - share) / n) for n in (30, 120)], rel=0.05)

"""What a model adds to always naming the most frequent emotion."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from fer_core.analysis.constant import (
    above_constant,
    constant_class,
    constant_scores,
    most_named,
)
from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import METRICS, Outcome
from tests.analysis.simulated import bootstrap_confusion

matrices = st.lists(st.integers(0, 9), min_size=49, max_size=49).map(
    lambda values: np.array(values).reshape(7, 7)
)


def outcome(confusion: np.ndarray, draws: int = 300) -> Outcome:
    drawn = bootstrap_confusion(confusion, 0, draws)[:, None]
    return Outcome(Key("m", "a", "b"), (0,), confusion[None], lambda: drawn)


@given(confusion=matrices.filter(lambda matrix: matrix.sum() > 0))
@settings(deadline=None)
def test_the_constant_answer_scores_what_scikit_learn_gives_it(confusion):
    truth = np.repeat(np.arange(7), confusion.sum(axis=1))
    answer = constant_class(outcome(confusion, 2))
    assert (truth == answer).sum() == np.bincount(truth).max()
    constant = np.full(len(truth), answer)
    there = np.unique(truth)
    macro = f1_score(truth, constant, labels=there, average="macro", zero_division=0)
    assert constant_scores(confusion, answer, "macro_f1") == pytest.approx(macro, abs=1e-12)
    accuracy = accuracy_score(truth, constant)
    assert constant_scores(confusion, answer, "accuracy") == pytest.approx(accuracy, abs=1e-12)


def test_a_model_that_always_gives_the_constant_answer_adds_exactly_nothing():
    confusion = np.zeros((7, 7), dtype=int)
    confusion[:, 3] = [4, 1, 2, 30, 5, 4, 6]
    for metric in METRICS:
        assert above_constant(outcome(confusion), metric) == pytest.approx((0, 0, 0))
    assert most_named(outcome(confusion)) == ("happy", 1.0)


def test_a_model_that_knows_more_is_above_and_one_that_knows_less_below():
    good = np.diag([20, 20, 20, 40, 20, 20, 20]) + 1
    bad = np.roll(np.diag([20, 20, 20, 40, 20, 20, 20]), 1, axis=1)
    for metric in METRICS:
        assert above_constant(outcome(good), metric).lo > 0
        assert above_constant(outcome(bad), metric).lo < 0


def test_images_are_paired_so_that_little_more_is_enough_to_be_sure():
    confusion = np.zeros((7, 7), dtype=int)
    confusion[3, 3] = 520
    confusion[0, 3], confusion[0, 0] = 460, 20
    found = above_constant(outcome(confusion), "accuracy")
    assert found.value == pytest.approx(0.02)
    assert found.lo > 0
    assert found.hi - found.lo < 0.02, "unpaired it would be five times as wide"

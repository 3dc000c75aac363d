"""Scores equal scikit-learn's, and the published matrices give the published numbers."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from fer_core.analysis.scores import (
    accuracy,
    class_names,
    confusion_matrix,
    emotion_codes,
    f1_scores,
    macro,
    macro_f1,
    precisions,
    recalls,
    restrict,
)
from fer_core.errors import FerError

# Published matrices with their sources; see "source" in the file.
PUBLISHED = json.loads((Path(__file__).parent / "data/published_confusions.json").read_text())

answers = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=80)


@given(answers)
@settings(max_examples=100, deadline=None)
def test_scores_equal_scikit_learn_on_full_and_partial_label_sets(pairs):
    truth, predicted = np.array(pairs).T
    present = sorted(set(truth.tolist()))
    confusion = confusion_matrix(truth, predicted)
    np.testing.assert_array_equal(confusion, sk.confusion_matrix(truth, predicted, labels=range(7)))
    assert accuracy(confusion) == pytest.approx(sk.accuracy_score(truth, predicted), abs=1e-12)
    ours = precisions(confusion), recalls(confusion), f1_scores(confusion)
    options = {"labels": present, "zero_division": 0}
    theirs = sk.precision_recall_fscore_support(truth, predicted, **options)
    means = sk.precision_recall_fscore_support(truth, predicted, average="macro", **options)
    for mine, yours, mean in zip(ours, theirs, means, strict=False):
        np.testing.assert_allclose(mine[present], yours, atol=1e-12)
        assert np.isnan(np.delete(mine, present)).all()
        assert macro(mine) == pytest.approx(mean, abs=1e-12)


@pytest.mark.parametrize(
    ("model", "published_accuracy", "published_f1"),
    [
        ("ConvNeXt-Tiny", 0.8659, 0.8531),
        ("ResNet-50", 0.8562, 0.8427),
        ("VGGFace2", 0.8504, 0.8379),
    ],
)
def test_published_matrices_give_the_published_scores(model, published_accuracy, published_f1):
    confusion = np.array(PUBLISHED["seed-003"]["matrices"][model])
    assert confusion.sum() == 4512
    assert round(float(accuracy(confusion)), 4) == published_accuracy
    assert round(float(macro_f1(confusion)), 4) == published_f1


def test_the_matrix_of_poster_gives_its_published_scores():
    confusion = np.array(PUBLISHED["posterpp-rafdb"]["matrix"])
    assert round(float(accuracy(confusion)), 4) == 0.9221
    assert round(float(macro_f1(confusion)), 4) == 0.8744


def test_an_answer_outside_a_partial_label_set_is_an_error():
    truth = emotion_codes(["happy", "happy", "neutral", "neutral"])
    predicted = emotion_codes(["happy", "fear", "neutral", "neutral"])
    confusion = confusion_matrix(truth, predicted)
    assert accuracy(confusion) == 0.75
    assert macro(recalls(confusion)) == 0.75
    assert macro_f1(confusion) == pytest.approx((2 / 3 + 1) / 2)
    assert class_names(confusion) == "happy neutral"


@given(answers, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_scores_do_not_depend_on_the_order_of_images_or_emotions(pairs, random):
    truth, predicted = np.array(pairs).T
    confusion = confusion_matrix(truth, predicted)
    random.shuffle(pairs)
    np.testing.assert_array_equal(confusion, confusion_matrix(*np.array(pairs).T))
    names = list(range(7))
    random.shuffle(names)
    renamed = confusion_matrix(np.array(names)[truth], np.array(names)[predicted])
    assert macro_f1(renamed) == pytest.approx(float(macro_f1(confusion)), abs=1e-12)


@given(answers, st.sets(st.integers(0, 6)))
@settings(deadline=None)
def test_restricting_a_matrix_is_dropping_the_images(pairs, kept):
    truth, predicted = np.array(pairs).T
    there = np.isin(truth, list(kept))
    dropped = confusion_matrix(truth[there], predicted[there])
    mask = np.isin(np.arange(7), list(kept))
    np.testing.assert_array_equal(restrict(confusion_matrix(truth, predicted), mask), dropped)


def test_scores_work_on_stacks_of_matrices():
    rng = np.random.default_rng(0)
    stack = rng.integers(0, 9, size=(3, 4, 7, 7))
    stack[0, 0, 2] = 0
    each = [[float(macro_f1(confusion)) for confusion in row] for row in stack]
    np.testing.assert_allclose(macro_f1(stack), each, atol=1e-15)


def test_an_empty_matrix_has_no_score_and_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(accuracy(np.zeros((7, 7))))
        assert np.isnan(macro_f1(np.zeros((7, 7))))


def test_a_word_outside_the_seven_emotions_is_named():
    with pytest.raises(FerError, match="unknown emotion 'hapy'; did you mean happy"):
        emotion_codes(["sad", "hapy"])

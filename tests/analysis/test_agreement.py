"""Agreement: equal to the libraries and the textbook, right on planted raters."""

from itertools import combinations

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

from fer_core.analysis.agreement import (
    MEASURES,
    NONE,
    K,
    Panel,
    Rater,
    agreement,
    alpha_apart,
    in_an_annotators_place,
    panel_of,
    word_of,
    words_of,
)
from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import outcomes
from fer_core.analysis.pair_agreement import pair_kappas
from fer_core.analysis.rows import Images
from fer_core.emotions import EIGHT
from fer_core.errors import FerError
from tests.analysis.simulated import small_study

# Fleiss 1971: ten subjects, fourteen raters, five categories; the textbook's kappa is 0.210.
FLEISS = """0 0 0 0 14/0 2 6 4 2/0 0 3 5 6/0 3 9 2 0/2 2 8 1 1
7 7 0 0 0/3 2 6 3 0/2 5 3 2 2/6 5 2 1 0/0 2 2 3 7"""


def panel(answers: np.ndarray, truth: np.ndarray | None = None, draws: int = 20) -> Panel:
    n = answers.shape[1]
    truth = np.zeros(n, dtype=int) if truth is None else truth
    ids = np.array([f"s{i:05d}" for i in range(n)])
    names = tuple(Rater(f"r{i}") for i in range(len(answers)))
    return Panel(names, answers, Images(ids, truth, np.arange(n), 0, 0, draws))


def counted(answers: np.ndarray) -> np.ndarray:
    return (answers[:, :, None] == np.arange(K)).sum(axis=0)


def skilled(
    rng: np.random.Generator, truth: np.ndarray, raters: int, accuracy: float
) -> np.ndarray:
    """Raters that are right with this probability and else guess, each for itself."""
    right = rng.random((raters, len(truth))) < accuracy
    return np.where(right, truth, rng.integers(0, 7, (raters, len(truth))))


def test_fleiss_kappa_is_that_of_the_textbook() -> None:
    table = [[int(v) for v in row.split()] for row in FLEISS.replace("\n", "/").split("/")]
    answers = np.array([np.repeat(np.arange(5), row) for row in table]).T
    assert agreement(panel(answers))["fleiss"].value == pytest.approx(0.210, abs=5e-4)


several = st.tuples(st.integers(2, 5), st.integers(2, 30))


@given(arrays(np.int64, several, elements=st.integers(0, 3)))
@settings(max_examples=60, deadline=None)
def test_complete_answers_give_the_measures_of_the_libraries(answers: np.ndarray) -> None:
    made = panel(answers)
    found, pairs = agreement(made), pair_kappas(made)
    if len(np.unique(answers)) == 1:
        assert np.isnan(found["fleiss"].value)
        assert np.isnan(pairs.seen).all()
        return
    votes = counted(answers)
    assert found["fleiss"].value == pytest.approx(fleiss_kappa(votes), abs=1e-12)
    for k in np.flatnonzero(votes.sum(axis=0)):
        of_name = np.stack([votes[:, k], len(answers) - votes[:, k]], axis=1)
        assert found[EIGHT[k]].value == pytest.approx(fleiss_kappa(of_name), abs=1e-9)
    theirs = krippendorff.alpha(answers, value_domain=range(K), level_of_measurement="nominal")
    assert found["alpha"].value == pytest.approx(theirs, abs=1e-12)
    for (a, b), kappa in zip(combinations(answers, 2), pairs.seen, strict=True):
        if len({*a, *b}) > 1:
            assert kappa == pytest.approx(cohen_kappa_score(a, b), abs=1e-12)


@given(
    arrays(np.int64, st.tuples(st.integers(3, 5), st.integers(4, 25)), elements=st.integers(-1, 3))
)
@settings(max_examples=60, deadline=None)
def test_with_answers_missing_alpha_is_that_of_the_library(answers: np.ndarray) -> None:
    found = agreement(panel(answers))
    asked = (answers != NONE).sum(axis=0) > 1
    if len(np.unique(answers[:, asked][answers[:, asked] != NONE])) < 2:
        assert np.isnan(found["alpha"].value)
        return
    units = np.where(answers == NONE, np.nan, answers)
    theirs = krippendorff.alpha(units, value_domain=range(K), level_of_measurement="nominal")
    assert found["alpha"].value == pytest.approx(theirs, abs=1e-12)
    assert np.isnan(found["fleiss"].value) == (answers[:, asked] == NONE).any()


def test_a_draw_counts_an_image_as_often_as_it_was_drawn() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 7, 40)
    made = panel(skilled(rng, truth, 4, 0.5), truth, draws=7)
    weights = np.concatenate(list(made.images.weights())).astype(int)
    found = agreement(made)
    loop, kappas = {name: [] for name in (*MEASURES, EIGHT[3])}, []
    for times in weights:
        at = np.repeat(np.arange(40), times)
        again = panel(made.answers[:, at], truth[at])
        for name, values in loop.items():
            values.append(agreement(again)[name].value)
        kappas.append(pair_kappas(again).seen)
    for name, values in loop.items():
        assert found[name][1:] == pytest.approx(np.quantile(values, [0.025, 0.975]), abs=1e-9)
    np.testing.assert_allclose(pair_kappas(made).drawn, kappas, atol=1e-6)


def test_identical_raters_agree_wholly_and_permuted_ones_not_at_all() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 7, 6000)
    same = agreement(panel(np.stack([truth] * 3), truth))
    assert [same[name].value for name in ("observed", "fleiss", "alpha")] == [1, 1, 1]
    assert same["sad"].value == 1
    permuted = agreement(panel(np.stack([rng.permutation(truth) for _ in range(3)]), truth))
    for name in ("fleiss", "alpha", "given_label", "happy"):
        assert permuted[name].value == pytest.approx(0, abs=0.02)


def test_raters_that_err_alone_agree_no_more_than_their_labels_say() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 7, 6000)
    alone = skilled(rng, truth, 4, 0.6)
    found = agreement(panel(alone, truth))
    assert found["alpha"].value == pytest.approx(0.36, abs=0.02)  # both know it: 0.6 squared
    assert found["given_label"].value == pytest.approx(0, abs=0.02)
    alike = np.concatenate([alone[:1]] * 4)
    assert agreement(panel(alike, truth))["given_label"].value == 1


def test_the_interval_of_alpha_holds_the_planted_one_about_19_times_in_20() -> None:
    rng = np.random.default_rng(5)
    inside = []
    for _ in range(200):
        truth = rng.integers(0, 7, 250)
        found = agreement(panel(skilled(rng, truth, 3, 0.6), truth, draws=200))["alpha"]
        inside.append(found.lo <= 0.36 <= found.hi)
    assert 0.90 <= np.mean(inside) <= 0.99


def test_the_mean_of_pairs_and_their_difference_are_taken_draw_by_draw() -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 7, 300)
    answers = skilled(rng, truth, 3, 0.7)
    made = panel(np.concatenate([answers, answers[:1]]), truth, draws=50)
    found = pair_kappas(made)
    same = np.array([pair == (Rater("r0"), Rater("r3")) for pair in found.pairs])
    assert found.mean(same)[:] == pytest.approx((1, 1, 1))
    told = found.difference(same, ~same)
    drawn = 1 - found.drawn[:, ~same].mean(axis=1)
    assert told.value == pytest.approx(1 - found.seen[~same].mean())
    assert told[1:] == pytest.approx(np.quantile(drawn, [0.025, 0.975]))
    assert [one.value for one in found.each()] == pytest.approx(found.seen)


def test_a_net_in_an_annotators_place_is_counted_as_each_annotator_would_be() -> None:
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 7, 60)
    people = skilled(rng, truth, 5, 0.6)
    people[rng.random(people.shape) < 0.3] = NONE
    people[1:, 7] = NONE  # an image that one person answered
    nets = np.stack([truth, (truth + 1) % 7])
    told = in_an_annotators_place(panel(nets, truth), panel(people, truth))
    theirs, own = [], []
    for i in range(60):
        given_ = people[:, i][people[:, i] != NONE]
        if len(given_) > 1:
            theirs.append(np.mean(given_ == truth[i]))
            own.append(np.mean([a == b for a, b in combinations(given_, 2)]))
    net, annotator, difference = told[Rater("r0")]
    assert net.value == pytest.approx(np.mean(theirs))
    assert annotator.value == pytest.approx(np.mean(own))
    assert difference.value == pytest.approx(np.mean(theirs) - np.mean(own))
    assert difference.lo < difference.value < difference.hi
    assert difference.lo > 0  # it knows what the people only guess
    assert told[Rater("r1")][2].hi < 0


def test_confusions_that_all_share_count_as_chance_given_the_label() -> None:
    rng = np.random.default_rng(6)
    truth = rng.integers(0, 7, 8000)
    alike = np.where(rng.random((3, 8000)) < 0.7, (truth + 1) % 7, truth)
    found = agreement(panel(alike, truth))
    assert found["given_label"].value == pytest.approx(0, abs=0.02)
    assert found["alpha"].value > 0.4


def test_a_pair_that_always_gives_one_answer_has_no_kappa_and_is_in_no_mean() -> None:
    rng = np.random.default_rng(9)
    one = np.zeros((2, 200), dtype=int)
    found = pair_kappas(panel(np.concatenate([one, rng.integers(0, 3, (1, 200))]), draws=20))
    assert found.defined.tolist() == [False, True, True]
    assert not np.isnan(found.mean(found.defined).value)
    assert np.isnan(found.each()[0].value)


def test_alphas_are_compared_on_the_images_of_both() -> None:
    rng = np.random.default_rng(13)
    truth = rng.integers(0, 7, 900)
    easy = np.arange(900) < 200  # people answered these alone, and nets agree on them
    nets = np.where(easy | (rng.random((3, 900)) < 0.3), truth, rng.integers(0, 7, (3, 900)))
    people = np.where(easy, skilled(rng, truth, 4, 0.8), NONE)
    mine, theirs = panel(nets, truth, 60), panel(people, truth, 60)
    assert agreement(mine)["alpha"].hi < agreement(theirs)["alpha"].lo
    n, apart = alpha_apart(mine, theirs)
    assert n == 200
    assert apart.lo > 0
    here = agreement(panel(nets[:, easy], truth[easy]))["alpha"].value
    assert apart.value == pytest.approx(here - agreement(theirs)["alpha"].value, abs=1e-9)
    with pytest.raises(FerError, match="other images"):
        alpha_apart(mine, panel(nets[:, easy]))


def test_people_who_answered_nothing_in_common_say_nothing() -> None:
    people = np.array([[1, NONE], [NONE, 1]])
    told = in_an_annotators_place(panel(np.ones((1, 2), dtype=int)), panel(people))
    assert all(np.isnan(estimate.value) for estimate in told[Rater("r0")])


def test_words_go_with_values() -> None:
    values = (-0.1, 0.0, 0.2, 0.21, 0.6, 0.8, 0.81, 1.0)
    words = ["poor", "slight", "slight", "fair", "moderate", "substantial"]
    assert list(map(word_of, values)) == [*words, "almost perfect", "almost perfect"]
    assert word_of(float("nan")) == ""
    assert words_of(0.3, 0.35) == "fair"
    assert words_of(0.15, 0.35) == "slight to fair"
    assert words_of(float("nan"), float("nan")) == ""


def test_a_panel_is_of_several_raters_of_the_same_images() -> None:
    with pytest.raises(FerError, match="at least two raters"):
        agreement(panel(np.zeros((1, 3), dtype=int)))
    found = outcomes(small_study(seeds=(0, 1)), 5)
    both = {Rater(model, "alpha"): found[Key(model, "alpha", "beta")] for model in ("big", "small")}
    made = panel_of(both)
    assert made.names == (Rater("big", "alpha"), Rater("small", "alpha"))
    first = found[Key("big", "alpha", "beta")].rows[0]
    assert made.answers[0].tolist() == first.predicted.tolist()
    with pytest.raises(FerError, match="other images"):
        panel_of(both | {Rater("x"): found[Key("big", "alpha", "alpha")]})
    with pytest.raises(FerError, match="other images"):
        in_an_annotators_place(made, panel(np.zeros((2, 3), dtype=int)))

"""Precision-recall curves and average precision."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, precision_recall_curve

from fer_core.analysis.outcomes import outcomes
from fer_core.analysis.pr import (
    average_precision,
    average_precisions,
    logit_interval,
    pairs_to_draw,
    pr_curve,
    pr_curves,
    thin,
)
from fer_core.analysis.scores import Run
from tests.analysis.simulated import small_study

# Few distinct scores: ties are the hard case.
scored = st.lists(st.tuples(st.booleans(), st.integers(0, 12)), min_size=1, max_size=120).filter(
    lambda pairs: any(truth for truth, _ in pairs)
)


@given(scored, st.integers(1, 30))
@settings(max_examples=100, deadline=None)
def test_curve_and_area_equal_scikit_learn_and_the_area_survives_thinning(pairs, points):
    truth, scores = (np.array(column) for column in zip(*pairs, strict=True))
    recall, precision = pr_curve(truth, scores / 12)
    all_precisions, all_recalls, _ = precision_recall_curve(truth, scores / 12)
    steps = np.flatnonzero(np.diff(all_recalls) < 0)  # the last point, recall 0, is no step
    assert recall.tolist() == all_recalls[steps][::-1].tolist()
    assert precision.tolist() == all_precisions[steps][::-1].tolist()
    theirs = average_precision_score(truth, scores / 12)
    assert average_precision(recall, precision) == pytest.approx(theirs, abs=1e-12)
    thinned = thin(recall, precision, points)
    assert len(thinned[0]) <= points
    assert average_precision(*thinned) == pytest.approx(theirs, abs=1e-12)
    assert thinned[0][-1] == 1
    assert (np.diff(thinned[0]) > 0).all()
    assert ((thinned[1] >= 0) & (thinned[1] <= 1)).all()


def test_the_table_has_the_mean_over_seeds_its_n_and_its_base_rate():
    study = small_study(seeds=(0, 1))
    table = average_precisions(outcomes(study, 5))
    row = table.set_index(["model", "train", "test", "emotion"]).loc[
        ("big", "alpha", "beta", "sad")
    ]
    one = study[(study["model"] == "big") & (study["train"] == "alpha") & (study["test"] == "beta")]
    each = [
        average_precision_score(rows["emotion"] == "sad", rows["p_sad"])
        for _, rows in one.groupby("seed")
    ]
    assert row["ap"] == pytest.approx(np.mean(each), abs=1e-12)
    assert row["seeds"] == 2
    assert row["n"] == 200
    assert row["base_rate"] == pytest.approx(row["positives"] / 200)
    assert ((table["ap_lo"] <= table["ap"]) & (table["ap"] <= table["ap_hi"])).all()
    assert set(table.loc[table["test"] == "duo", "emotion"]) == {"happy", "neutral"}


def test_drawn_curves_have_the_average_precision_of_the_table():
    found = outcomes(small_study(), 5)
    ap = average_precisions(found).set_index(["model", "train", "test", "emotion"])["ap"]
    for key, line in pr_curves(found, points=20).groupby([*Run._fields, "emotion"]):
        model, train, _, test, *_, emotion = key
        area = average_precision(line["recall"].to_numpy(), line["precision"].to_numpy())
        assert len(line) <= 20
        assert area == pytest.approx(ap[(model, train, test, emotion)], abs=1e-12)


def test_the_logit_interval_holds_its_value_and_narrows_with_the_positives():
    lo, hi = logit_interval(0.7, 50)
    assert lo < 0.7 < hi
    # By hand: logit 0.8473, half-width 1.96 / sqrt(50 · 0.21) = 0.6049.
    assert (lo, hi) == pytest.approx((0.5603, 0.8103), abs=1e-4)
    assert logit_interval(0.7, 500)[0] > lo
    assert 0 < logit_interval(1.0, 10)[0] < 1


def test_intervals_of_average_precision_cover_about_19_times_in_20():
    rng = np.random.default_rng(0)

    def draw(n):
        truth = rng.random(n) < 0.15
        return truth, rng.normal(size=n) + 1.5 * truth

    expected = average_precision(*pr_curve(*draw(400_000)))
    hits = 0
    for _ in range(400):
        truth, scores = draw(700)
        lo, hi = logit_interval(average_precision(*pr_curve(truth, scores)), int(truth.sum()))
        hits += lo <= expected <= hi
    assert hits / 400 >= 0.92


def test_what_is_drawn_begins_in_domain_and_goes_on_by_kind_of_test():
    table = average_precisions(
        outcomes(small_study(), 5), {("alpha", "beta"): 1.0, ("beta", "alpha"): 0.0}
    )
    own, other = [("alpha", "alpha"), ("beta", "beta")], [("beta", "alpha"), ("alpha", "beta")]
    assert pairs_to_draw(table, 4) == own + other, "other photographs before the same ones"
    assert pairs_to_draw(table, 1) == own[:1]
    assert len(pairs_to_draw(table, 99)) == 6

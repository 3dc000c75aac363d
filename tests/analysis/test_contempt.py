"""Eight emotions and seven: what is common is scored, and nothing else of a study changes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, average_precision_score, f1_score

from fer_core.analysis.cross import cross_table
from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import outcomes
from fer_core.analysis.per_class import class_table
from fer_core.analysis.pr import average_precisions
from fer_core.emotions import CONTEMPT, EIGHT, EMOTIONS
from tests.analysis.simulated import TRUTH, guesses, long

DRAWS = 50


TRUTHS = st.lists(st.sampled_from(EIGHT), min_size=16, max_size=60).filter(
    lambda truth: len({*truth} - {CONTEMPT}) > 1
)


def test_a_net_of_eight_is_scored_on_eight_as_scikit_learn_does() -> None:
    table = guesses(TRUTH, EIGHT)
    told = np.array(EIGHT)[table[[f"p_{name}" for name in EIGHT]].to_numpy().argmax(axis=1)]
    found = outcomes(long(here=table), DRAWS)[Key("net", "here", "away")]
    assert found.confusion.shape == (8, 8)
    assert found.classes == " ".join(EIGHT)
    for metric, theirs in (
        ("accuracy", accuracy_score(TRUTH, told)),
        ("macro_f1", f1_score(TRUTH, told, average="macro")),
    ):
        assert found.estimate(metric).value == pytest.approx(theirs, abs=1e-12)
    ap = average_precisions(outcomes(long(here=table), 5)).set_index("emotion")["ap"]
    scores = table["p_contempt"]
    expected = average_precision_score(np.array(TRUTH) == CONTEMPT, scores)
    assert ap[CONTEMPT] == pytest.approx(expected, abs=1e-12)
    assert class_table({found.key: found})["emotion"].tolist() == list(EIGHT)


@settings(max_examples=25, deadline=None)
@given(TRUTHS)
def test_a_net_of_seven_is_scored_as_if_the_images_of_contempt_were_not_there(truth) -> None:
    table = guesses(truth, EMOTIONS)
    without = table[table["emotion"] != CONTEMPT].reset_index(drop=True)
    both = [average_precisions(outcomes(long(a=one), 5)) for one in (table, without)]
    pd.testing.assert_frame_equal(*both)
    one, other = (outcomes(long(a=t), 5)[Key("net", "a", "away")] for t in (table, without))
    assert (one.n, one.classes, one.answers) == (other.n, other.classes, 7)
    assert (one.confusion[:7, :7] == other.confusion).all()
    assert one.estimate("accuracy") == pytest.approx(other.estimate("accuracy"))
    scores = one.estimate("macro_f1").value, other.estimate("macro_f1").value
    assert scores[0] == pytest.approx(scores[1])


def test_on_a_set_without_contempt_a_net_of_eight_errs_where_it_answers_contempt() -> None:
    truth = [name for name in TRUTH if name != CONTEMPT]
    table = guesses(truth, EIGHT)
    table.loc[:, [f"p_{name}" for name in EIGHT]] = 0.0
    table["p_contempt"] = np.where(np.arange(len(truth)) % 2, 1.0, 0.0)
    for name in EMOTIONS:
        hit = (table["emotion"] == name) & (np.arange(len(truth)) % 2 == 0)
        table.loc[hit, f"p_{name}"] = 1.0
    found = outcomes(long(a=table), DRAWS)[Key("net", "a", "away")]
    assert found.estimate("accuracy").value == 0.5
    assert found.classes == " ".join(EMOTIONS)
    assert found.n == len(truth)


def test_both_kinds_are_compared_on_the_same_images_and_do_not_change_each_other() -> None:
    eight, seven = guesses(TRUTH, EIGHT), guesses(TRUTH, EMOTIONS, 1)
    together = outcomes(long(away=eight, b=seven), DRAWS)
    alone = outcomes(long(away=eight), DRAWS)
    key = Key("net", "away", "away")
    assert (together[key].replicates == alone[key].replicates).all()
    rows = cross_table(together).set_index("train")
    assert rows["n"].to_dict() == {"away": 160, "b": 140}
    assert rows["chance"].to_dict() == {"away": 1 / 8, "b": 1 / 7}
    assert rows["classes"]["b"] == " ".join(EMOTIONS)
    assert np.isfinite(rows["column_drop_macro_f1"]["b"])


def test_a_study_without_contempt_has_matrices_of_seven() -> None:
    truth = [name for name in TRUTH if name != CONTEMPT]
    found = outcomes(long(a=guesses(truth, EMOTIONS)), DRAWS)[Key("net", "a", "away")]
    assert found.confusion.shape == (7, 7)
    assert found.replicates.shape == (DRAWS, 1, 7, 7)

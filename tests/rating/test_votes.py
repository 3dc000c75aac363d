"""Votes dealt out: together they are the votes again, the same for any order of rows."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.raters import find_raters, read_answers
from fer_core.rating.votes import add_votes, deal, shares_of, votes_for
from fer_core.study import ModelSpec, Study
from tests.data.made import dataset
from tests.rating.conftest import left

WORDS = ["neutral", "happy", "sad", "contempt", "unknown", "not-a-face"]
VOTES = [f"vote_{word.replace('-', '_')}" for word in WORDS]
STUDY = Study(
    name="mini", title="", models={"net": ModelSpec(backbone="x")}, train=("a",), test=("a", "b")
)
COUNTS = st.lists(
    st.lists(st.integers(0, 4), min_size=len(WORDS), max_size=len(WORDS)), min_size=1, max_size=8
).filter(lambda rows: any(map(sum, rows)))


def table(rows):
    return pd.DataFrame(rows, columns=WORDS, index=[f"s{n}" for n in range(len(rows))])


@given(COUNTS, st.integers(0, 3))
def test_the_annotators_together_give_back_exactly_the_votes_of_each_image(rows, seed):
    counts = table(rows)
    dealt = deal(counts, seed)
    assert dealt.shape == (len(rows), max(map(sum, rows)))
    for sample, votes in counts.iterrows():
        given = Counter(word for word in dealt.loc[sample] if word)
        assert given == Counter({word: n for word, n in votes.items() if n})


@given(COUNTS, st.integers(0, 3), st.randoms(use_true_random=False))
def test_dealing_is_deterministic_and_the_order_of_rows_does_not_matter(rows, seed, random):
    counts = table(rows)
    order = list(counts.index)
    random.shuffle(order)
    dealt = deal(counts, seed)
    assert deal(counts.loc[order], seed).loc[counts.index].equals(dealt)
    assert deal(counts, seed).equals(dealt)
    most = counts.loc[counts.sum(axis=1).idxmax()].to_frame().T
    assert deal(most, seed).loc[most.index].equals(dealt.loc[most.index]), "other images do not"


def test_annotators_are_exchangeable_and_another_seed_deals_otherwise():
    votes = [5, 3, 0, 2, 0, 0]
    dealt = deal(table([votes] * 2000))
    for seat in dealt:
        shares = dealt[seat].value_counts(normalize=True)
        assert abs(shares["neutral"] - 0.5) < 0.05
        assert abs(shares["contempt"] - 0.2) < 0.04
    assert not deal(table([votes] * 9), seed=1).equals(deal(table([votes] * 9), seed=0))


@given(COUNTS)
def test_shares_are_those_of_the_votes_that_name_an_emotion_of_the_study(rows):
    counts = table(rows)
    keeps = STUDY.model_copy(update={"contempt": "keep"})
    for study, known in ((STUDY, WORDS[:3]), (keeps, WORDS[:4])):
        answers = shares_of(counts, study)
        named = counts[known].sum(axis=1)
        assert answers.sample_id.tolist() == counts.index[named > 0].tolist()
        assert answers.form == "vote-shares"
        assert sum(answers.outside.values()) == (named == 0).sum()
        for sample, values in zip(answers.sample_id, answers.probabilities, strict=True):
            assert values[EMOTIONS.index("sad")] == counts.loc[sample, "sad"] / named[sample]
            assert values.sum() == pytest.approx(1)


def sets(votes, monkeypatch):
    """A test set "b", and "a" with votes for the same files; the last file of "a" is another."""
    n = len(votes)
    made = {name: dataset([{"split": "test"} for _ in range(n + 1)], name) for name in "ab"}
    made["a"].index.loc[n, "sha256"] = "other"
    for place, column in enumerate(VOTES):
        made["a"].index[column] = [row[place] for row in votes] + [1]
    monkeypatch.setattr("fer_core.rating.votes.load_dataset", made.__getitem__)
    for module in ("add", "votes"):
        monkeypatch.setattr(f"fer_core.rating.{module}.study_dataset", lambda _, name: made[name])
    return made


def test_only_the_same_files_are_joined(monkeypatch):
    made = sets([[1, 0, 0, 0, 0, 0]], monkeypatch)
    assert votes_for(made["a"], made["b"]).index.tolist() == ["s0000"]
    made["a"].index["sha256"] = "other"
    with pytest.raises(FerError, match="no test image of b is an image of a"):
        votes_for(made["a"], made["b"])
    with pytest.raises(FerError, match="b has no votes"):
        votes_for(made["b"], made["a"])


def test_votes_become_raters_that_cover_what_they_name(results_home, monkeypatch):
    votes = [[2, 1, 0, 0, 0, 0], [0, 1, 0, 1, 1, 0], [0, 0, 0, 0, 2, 1]]
    sets(votes, monkeypatch)
    raters = {rater.name: rater for rater in add_votes(STUDY, "b", "a")}
    assert list(raters) == ["a-votes", "a-annotator-0", "a-annotator-1", "a-annotator-2"]
    assert find_raters(STUDY) == sorted(raters.values(), key=lambda rater: rater.name)
    share = read_answers(raters["a-votes"], "b").set_index("sample_id")
    assert share.index.tolist() == ["s0000", "s0001"]
    assert np.isclose(share.loc["s0000", "p_neutral"], 2 / 3)
    assert share.loc["s0001", "p_happy"] == 1
    people = [rater for rater in raters.values() if rater.kind == "annotator"]
    named = Counter()
    for rater in people:
        assert "no real person" in rater.note
        assert rater.panel == "a-annotators"
        facts, answers = rater.tests["b"], read_answers(rater, "b")
        assert facts.n + sum(facts.outside.values()) == 3
        named += Counter(answers["sample_id"])
    assert named == {"s0000": 3, "s0001": 1}


def test_a_call_that_was_stopped_is_finished_by_the_next(results_home, monkeypatch):
    made = sets([[2, 1, 0, 0, 0, 0]], monkeypatch)
    before = add_votes(STUDY, "b", "a")
    files = {path: path.read_bytes() for path in left(results_home)}
    for path in left(before[1].folder):
        path.unlink()
    assert add_votes(STUDY, "b", "a") == before
    assert {path: path.read_bytes() for path in left(results_home)} == files
    made["b"] = dataset([{"split": "test"}] * 2, "b").__class__(
        **{**vars(made["b"]), "fingerprint": "e" * 64}
    )
    with pytest.raises(FerError, match="a-votes has answered b already"):
        add_votes(STUDY, "b", "a")


def test_the_labels_that_the_votes_gave_are_not_rated_by_them(results_home):
    with pytest.raises(FerError, match="the labels of a come from these votes"):
        add_votes(STUDY, "a", "a")
    with pytest.raises(FerError, match="unknown test data set of mini 'c'"):
        add_votes(STUDY, "c", "a")

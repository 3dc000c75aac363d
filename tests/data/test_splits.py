"""Splits made here: disjoint, stratified, the same for the same rows and seed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_core.data.splits import FRACTIONS, assign, complete_split
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from tests.data.made import rows

ALONE = st.lists(
    st.fixed_dictionaries(
        {
            "emotion": st.sampled_from(EMOTIONS[:3]),
            "excluded": st.sampled_from(["", "", "", "tie"]),
            "split": st.just(""),
        }
    ),
    min_size=1,
    max_size=60,
)
TOGETHER = st.lists(
    st.fixed_dictionaries(
        {
            "emotion": st.sampled_from(EMOTIONS[:3]),
            "split": st.just(""),
            "sha256": st.integers(0, 25).map(str),
            "subject": st.sampled_from(["", "", "ann", "bob", "cem", "dee"]),
        }
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=25, deadline=None)
@given(TOGETHER, st.integers(0, 3))
def test_no_subject_and_no_copy_group_is_in_two_splits(records, seed):
    index = rows(records)
    index["split"] = assign(index, FRACTIONS, seed)
    assert (index.groupby("group")["split"].nunique() == 1).all()
    named = index[index["subject"] != ""]
    assert (named.groupby("subject")["split"].nunique() == 1).all()


@settings(max_examples=25, deadline=None)
@given(ALONE, st.integers(0, 3))
def test_every_split_has_its_share_of_every_emotion_within_one_image(records, seed):
    index = rows(records)
    split = assign(index, FRACTIONS, seed)
    used = index["excluded"] == ""
    for emotion in set(index["emotion"][used]):
        of_emotion = split[used & (index["emotion"] == emotion)]
        for name, fraction in FRACTIONS.items():
            assert abs((of_emotion == name).sum() - fraction * len(of_emotion)) < 1


@settings(max_examples=25, deadline=None)
@given(TOGETHER, st.randoms())
def test_the_split_does_not_depend_on_the_order_of_the_rows(records, random):
    index = rows(records)
    order = list(range(len(index)))
    random.shuffle(order)
    assert assign(index.iloc[order], FRACTIONS, 0).sort_index().equals(assign(index, FRACTIONS, 0))


def test_the_seed_decides_the_split():
    index = rows([{"split": ""}] * 100)
    assert assign(index, FRACTIONS, 0).equals(assign(index, FRACTIONS, 0))
    assert not assign(index, FRACTIONS, 0).equals(assign(index, FRACTIONS, 1))


def test_copies_that_share_people_in_a_chain_stay_together():
    chain = [
        {"subject": "ann", "sha256": "x"},
        {"subject": "bob", "sha256": "x"},
        {"subject": "bob", "sha256": "y"},
        {"subject": "", "sha256": "y"},
    ]
    index = rows(chain + [{} for _ in range(30)])
    for seed in range(10):
        assert assign(index, FRACTIONS, seed)[:4].nunique() == 1


def test_a_set_without_a_split_gets_seventy_ten_twenty():
    split = complete_split(rows([{"split": ""}] * 200))
    assert split.value_counts().to_dict() == {"train": 140, "val": 20, "test": 40}


def test_a_set_with_train_and_test_gets_a_tenth_of_train_as_validation():
    split = complete_split(rows([{"split": "train"}] * 50 + [{"split": "test"}] * 10))
    assert split.value_counts().to_dict() == {"train": 45, "val": 5, "test": 10}
    assert (split[50:] == "test").all()


def test_the_sources_own_split_is_not_touched():
    index = rows([{"split": "train"}, {"split": "val"}, {"split": "test"}] * 4)
    assert complete_split(index).equals(index["split"])
    only_test = rows([{"split": "test"}] * 5)
    assert complete_split(only_test).equals(only_test["split"])


def test_a_split_of_some_rows_only_is_refused():
    with pytest.raises(FerError, match="1 of 2 images lie in no split"):
        complete_split(rows([{"split": "train"}, {"split": ""}]))

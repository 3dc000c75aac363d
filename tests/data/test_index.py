"""The index: copies, conflicts, hashes, and what it refuses."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_core.data.index import (
    check_index,
    codes,
    conflicting,
    extra_copies,
    index_hash,
    split_hash,
)
from fer_core.errors import FerError
from tests.data.made import rows

RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "sha256": st.sampled_from(["a", "b", "c", "d"]),
            "emotion": st.sampled_from(["happy", "sad"]),
            "split": st.sampled_from(["train", "val", "test"]),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(RECORDS)
def test_every_row_is_the_first_of_its_bytes_or_an_extra_copy(records):
    index = rows(records)
    assert extra_copies(index).sum() == len(records) - len({r["sha256"] for r in records})
    assert (index.groupby("group")["sha256"].nunique() == 1).all()
    assert set(index["group"]) <= set(index["sample_id"])


@settings(max_examples=25, deadline=None)
@given(RECORDS)
def test_copies_conflict_exactly_when_their_labels_differ(records):
    labels: dict[str, set[str]] = {}
    for record in records:
        labels.setdefault(record["sha256"], set()).add(record["emotion"])
    expected = [len(labels[record["sha256"]]) > 1 for record in records]
    assert conflicting(rows(records)).tolist() == expected


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(alphabet="ab\0é😀", max_size=3)))
def test_codes_are_those_of_numpy_on_plain_strings(texts):
    expected = np.unique(np.array(texts, dtype=object), return_inverse=True)[1]
    assert codes(pd.Series(texts, dtype="str")).tolist() == expected.tolist()


@settings(max_examples=25, deadline=None)
@given(RECORDS, st.randoms())
def test_the_hashes_do_not_depend_on_the_order_of_the_rows(records, random):
    index = rows(records)
    order = list(range(len(index)))
    random.shuffle(order)
    shuffled = index.iloc[order]
    assert index_hash(shuffled) == index_hash(index)
    assert split_hash(shuffled) == split_hash(index)


@pytest.mark.parametrize("column", ["emotion", "split", "person", "sha256", "excluded"])
def test_the_index_hash_changes_with_every_fact(column):
    index = rows([{}, {}])
    changed = index.copy()
    changed.loc[1, column] = "other"
    assert index_hash(changed) != index_hash(index)


def test_the_hash_of_an_index_stays_what_it_was_when_persons_were_subjects():
    index = rows([{"person": "ann"}])
    text = (
        "sample_id,emotion,split,subject,group,sha256,excluded\ns0000,happy,train,ann,s0000,h0,\n"
    )
    assert index_hash(index) == hashlib.sha256(text.encode()).hexdigest()


def test_contempt_and_an_emotion_on_the_same_bytes_conflict():
    contempt = {"sha256": "a", "emotion": "", "excluded": "contempt"}
    assert conflicting(rows([{"sha256": "a"}, contempt, {}])).tolist() == [True, True, False]


def test_unreadable_rows_are_no_copies_of_each_other():
    lost = {"sha256": "", "excluded": "corrupt: missing file"}
    index = rows([lost, lost])
    assert not extra_copies(index).any()
    assert index["group"].is_unique
    assert (index["excluded"] == "corrupt: missing file").all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sample_id": "s0000"}, "sample id 's0000' twice"),
        ({"emotion": "hapy"}, "emotion 'hapy'; valid: angry"),
        ({"split": "dev"}, "split outside train, val, test"),
    ],
)
def test_an_index_that_breaks_a_rule_is_refused(change, message):
    with pytest.raises(FerError, match=message):
        check_index(rows([{}, change]), "made")


def test_an_index_without_a_column_is_refused():
    with pytest.raises(FerError, match="lacks the column 'group'"):
        check_index(rows([{}]).drop(columns="group"), "made")

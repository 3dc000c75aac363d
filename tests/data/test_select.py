"""Selection: what trains never has a copy in a test split."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fer_core.data.select import test_rows as rows_to_test
from fer_core.data.select import training_rows
from fer_core.errors import FerError
from tests.data.made import dataset

RECORD = st.fixed_dictionaries(
    {
        "sha256": st.integers(0, 15).map(str),
        "emotion": st.sampled_from(["happy", "sad"]),
        "split": st.sampled_from(["train", "train", "val", "test"]),
        "excluded": st.sampled_from(["", "", "", "tie"]),
    }
)
RECORDS = st.lists(RECORD, min_size=1, max_size=25)


@settings(max_examples=25, deadline=None)
@given(RECORDS, RECORDS)
def test_nothing_trains_or_validates_that_has_a_copy_in_a_test_split(ours, theirs):
    home, other = dataset(ours, "home"), dataset(theirs, "other")
    try:
        chosen = training_rows(home, [other])
    except FerError:
        assume(False)
    tested = set()
    for each in (home, other):
        tested |= set(each.index["sha256"][each.index["split"] == "test"])
    train, validation = home.index.iloc[chosen.train], home.index.iloc[chosen.validation]
    assert not tested & (set(train["sha256"]) | set(validation["sha256"]))
    assert not set(train["sha256"]) & set(home.index["sha256"][home.index["split"] == "val"])
    assert train["sha256"].is_unique
    assert (train["split"] == "train").all()
    assert (validation["split"] == "val").all()
    assert (train["excluded"] == "").all()
    assert (validation["excluded"] == "").all()


@settings(max_examples=25, deadline=None)
@given(RECORDS)
def test_every_row_is_used_or_counted_with_a_reason(records):
    home = dataset(records)
    try:
        chosen = training_rows(home, [])
    except FerError:
        assume(False)
    in_play = int((home.index["split"] != "test").sum())
    assert len(chosen.train) + len(chosen.validation) + sum(chosen.dropped.values()) == in_play


def test_each_reason_is_counted_under_its_name():
    home = dataset(
        [
            {},
            {"sha256": "twice"},
            {"sha256": "twice"},
            {"sha256": "fight"},
            {"sha256": "fight", "emotion": "sad"},
            {"sha256": "test"},
            {"sha256": "test", "split": "test"},
            {"sha256": "val"},
            {"sha256": "val", "split": "val"},
            {"sha256": "away"},
            {"sha256": "away2", "split": "val"},
            {"emotion": "", "excluded": "contempt"},
        ]
    )
    away = dataset(
        [{"sha256": "away", "split": "test"}, {"sha256": "away2", "split": "test"}], "away"
    )
    chosen = training_rows(home, [home, away])
    assert chosen.train.tolist() == [0, 1]
    assert chosen.validation.tolist() == [8]
    assert chosen.dropped == {
        "train: conflicting copies": 2,
        "train: copy in a test split": 2,
        "train: copy in the validation split": 1,
        "train: excluded: contempt": 1,
        "train: later copy": 1,
        "validation: copy in a test split": 1,
    }


def test_the_own_test_split_is_kept_out_even_when_the_study_does_not_test_on_it():
    leak = [{"sha256": "x"}, {"sha256": "x", "split": "test"}, {}, {"split": "val"}]
    assert training_rows(dataset(leak), []).train.tolist() == [2]


def test_files_that_could_not_be_read_are_no_copies_of_each_other():
    lost = {"sha256": "", "excluded": "corrupt: missing file"}
    home = dataset([{}, lost, {"split": "val"}, {**lost, "split": "test"}])
    assert training_rows(home, []).dropped == {"train: excluded: corrupt: missing file": 1}


def test_a_set_that_is_all_test_cannot_train():
    with pytest.raises(FerError, match="made has no image to train with"):
        training_rows(dataset([{"split": "test"}]), [])


def test_test_rows_are_the_test_split_without_excluded_rows():
    home = dataset([{}, {"split": "test"}, {"split": "test", "excluded": "tie"}])
    assert rows_to_test(home).tolist() == [1]
    with pytest.raises(FerError, match="no image to test with"):
        rows_to_test(dataset([{}]))

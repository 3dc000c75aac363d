"""Selection: what trains never has a copy in a test split."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fer_core.data.select import TrainingRows, _stratified, draw_rows, study_rows, training_rows
from fer_core.data.select import test_rows as rows_to_test
from fer_core.errors import FerError
from fer_core.study import Study
from tests.data.copies import pictures as shown
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
        chosen = training_rows(home, [], "keep")
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
    with pytest.raises(FerError, match="made has no image to train with: that part has no image"):
        training_rows(dataset([{"split": "test"}]), [])


def test_a_set_without_an_image_to_train_with_counts_why():
    copies = [{"sha256": "x"}, {"sha256": "y"}, {"excluded": "tie"}]
    tests = [{"sha256": "x", "split": "test"}, {"sha256": "y", "split": "test"}, {"split": "val"}]
    why = r"train with: 2 copy in a test split; 1 excluded: tie \(test split"
    with pytest.raises(FerError, match=why):
        training_rows(dataset(copies + tests), [])


def test_test_rows_are_the_test_split_without_excluded_rows():
    home = dataset([{}, {"split": "test"}, {"split": "test", "excluded": "tie"}])
    assert rows_to_test(home).tolist() == [1]
    with pytest.raises(FerError, match="no image to test with"):
        rows_to_test(dataset([{}]))


SPLITS = ["train"] * 6 + ["val"] * 2 + ["test"] * 2


def leaky():
    """Ten pictures: 0 is near test image 8, 1 near validation image 6, 2 shares its person with
    test image 9, 7 (validation) is near test image 9."""
    faces = shown.pictures(1, 10)
    for row, of in ((0, 8), (1, 6), (7, 9)):
        faces[row] = shown.changed(faces[of : of + 1], "JPEG quality 70")[0]
    people = {2: "ann", 9: "ann"}
    records = [{"split": s, "person": people.get(i, "")} for i, s in enumerate(SPLITS)]
    return shown.dataset(faces, records)


def test_leaks_are_refused_with_counts_and_both_ways_out():
    with pytest.raises(FerError) as caught:
        training_rows(leaky(), [])
    text = str(caught.value)
    assert "2 near copies of images in the test split of home" in text
    assert "1 show persons in the test split of home" in text
    assert "1 near copies of images in the validation split" in text
    assert "`leaks: {home: drop}`" in text
    assert "`leaks: {home: keep}`" in text
    assert "another split" in text
    assert "\n" not in text


def test_a_refusal_counts_an_image_wherever_it_leaks():
    """Image 0 shows a person of both test splits and is near a validation image."""
    faces = shown.pictures(5, 3)
    faces[2] = shown.changed(faces[:1], "JPEG quality 70")[0]
    ours = [{}, {"split": "test", "person": "bob"}, {"split": "val"}]
    ours[0]["person"] = "bob"
    home = shown.dataset(faces, ours, person_space="names")
    away = [{"split": "test", "person": "bob"}]
    other = shown.dataset(shown.pictures(6, 1), away, "away", "names")
    with pytest.raises(FerError) as caught:
        training_rows(home, [other])
    persons = [f"1 show persons in the test split of {name}" for name in ("home", "away")]
    for place in (*persons, "1 near copies of images in the validation split"):
        assert place in str(caught.value)


def test_dropped_leaks_leave_training_and_are_counted():
    chosen = training_rows(leaky(), [], "drop")
    assert chosen.train.tolist() == [3, 4, 5]
    assert chosen.validation.tolist() == [6]
    assert chosen.dropped == {
        "train: near copy of a test image": 1,
        "train: near copy of a validation image": 1,
        "train: person in a test split": 1,
        "validation: near copy of a test image": 1,
    }
    assert training_rows(leaky(), [], "drop").seen().tolist() == [3, 4, 5, 6]


def test_kept_leaks_train_and_nothing_is_searched(monkeypatch):
    monkeypatch.setattr("fer_core.data.select.find_leaks", lambda *_: pytest.fail("searched"))
    chosen = training_rows(leaky(), [], "keep")
    assert chosen.train.tolist() == [0, 1, 2, 3, 4, 5]
    assert chosen.dropped == {}


def test_near_copies_and_persons_of_another_test_set_are_refused_too():
    faces = shown.pictures(2, 5)
    ours = [{}, {"person": "bob"}, {}, {"split": "val"}, {"split": "test"}]
    home = shown.dataset(faces, ours, person_space="names")
    theirs = [{"split": "test", "excluded": "tie", "emotion": ""}, {"split": "test"}]
    theirs[1]["person"] = "bob"
    images = [shown.changed(faces[:1], "mirrored"), shown.pictures(3, 1)]
    away = shown.dataset(np.concatenate(images), theirs, "away", "names")
    with pytest.raises(FerError, match=r"test split of away.*1 show persons in the test split"):
        training_rows(home, [away])
    assert training_rows(home, [away], "drop").train.tolist() == [2]
    assert training_rows(home, []).train.tolist() == [0, 1, 2]


def test_clean_parts_need_no_rule():
    faces = shown.pictures(4, 3)
    home = shown.dataset(faces, [{}, {"split": "val"}, {"split": "test"}])
    assert training_rows(home, []).train.tolist() == [0]


def test_a_draw_keeps_every_emotions_share_and_counts_the_rest():
    emotions = ["happy"] * 60 + ["sad"] * 25 + ["fear"] * 15
    made = dataset([
        {"sample_id": f"{part}{i}", "emotion": emotion, "split": part, "sha256": f"{part}{i}"}
        for part in ("train", "val") for i, emotion in enumerate(emotions)
    ])  # fmt: skip
    rows = TrainingRows(np.arange(100), np.arange(100, 200), {"train: later copy": 3})
    drawn = draw_rows(made, rows, 20, seed=1)
    of = made.index["emotion"].to_numpy()
    for part in (drawn.train, drawn.validation):
        assert pd.Series(of[part]).value_counts().to_dict() == {"happy": 12, "sad": 5, "fear": 3}
    assert set(drawn.train) <= set(rows.train)
    assert set(drawn.validation) <= set(rows.validation)
    assert drawn.dropped == {
        "train: later copy": 3, "train: outside the draw": 80, "validation: outside the draw": 80
    }  # fmt: skip
    assert draw_rows(made, rows, 20, seed=1).train.tolist() == drawn.train.tolist()
    again = draw_rows(made, rows, 20, seed=2)
    assert again.train.tolist() != drawn.train.tolist()
    assert again.validation.tolist() == drawn.validation.tolist()
    assert draw_rows(made, rows, 100, seed=1) is rows


@given(classes=st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=60), share=st.floats(0, 1))
def test_a_draw_is_of_the_size_asked_for_and_fair_within_one(classes, share):
    classes = np.array(classes)
    n = round(share * len(classes))
    drawn = _stratified(classes, n, seed=0)
    assert len(drawn) == n == len(set(drawn.tolist()))
    for name in set(classes):
        exact = n * (classes == name).mean()
        assert abs((classes[drawn] == name).sum() - exact) < 1


def with_columns(records, **columns):
    made = dataset(records)
    return dataclasses.replace(made, index=made.index.assign(**columns))


def test_flagged_images_are_left_out_of_training_only_and_counted():
    records = [{"split": split} for split in ("train", "train", "train", "val", "test")]
    home = with_columns(records, flags=["", "dark", "flat;tiny", "dark", "dark"])
    kept = training_rows(home, [])
    assert (kept.train.tolist(), kept.validation.tolist()) == ([0, 1, 2], [3])
    chosen = training_rows(home, [], without_flagged=True)
    assert (chosen.train.tolist(), chosen.validation.tolist()) == ([0], [3])
    assert chosen.dropped == {"train: flagged": 2}
    assert rows_to_test(home).tolist() == [4]


@pytest.mark.parametrize(
    ("columns", "least", "rows"),
    [
        ({"vote_happy": [10, 6, 4, 2, 0], "vote_sad": [0, 4, 4, 8, 0]}, 0.6, [0, 1, 3, 4]),
        ({"vote_happy": [10, 6, 4, 2, 0], "vote_sad": [0, 4, 4, 8, 0]}, 1, [0, 4]),
        ({"box_confidence": [80.0, 20.0, 19.9, np.nan, 0.0]}, 20, [0, 1, 3]),
    ],
)
def test_images_of_a_less_certain_label_are_left_out_of_training_and_counted(columns, least, rows):
    home = with_columns([*[{"split": "train"}] * 5, {"split": "val"}, {"split": "test"}],
                        **{name: [*values, 0, 0] for name, values in columns.items()})  # fmt: skip
    chosen = training_rows(home, [], least=least)
    assert chosen.train.tolist() == rows  # what has no confidence is below none
    assert chosen.dropped == {f"train: label confidence below {least:g}": 5 - len(rows)}
    assert chosen.validation.tolist() == [5]


def test_a_threshold_that_no_image_can_meet_is_refused():
    records = [{"split": "train"}, {"split": "val"}]
    with pytest.raises(FerError, match="made tells no confidence of its labels; leave it out"):
        training_rows(dataset(records), [], least=0.5)
    votes = with_columns(records, vote_happy=[3, 9], vote_sad=[2, 1])
    with pytest.raises(FerError, match=r"70 of made is above all its values, 0\.6 to 0\.9"):
        training_rows(votes, [], least=70)


def test_a_study_applies_its_switches_to_the_training_set_that_they_name():
    records = [{"split": "train"}, {"split": "train"}, {"split": "train"}, {"split": "val"}]
    home = with_columns(
        records, flags=["", "", "dark", ""], vote_happy=[9, 5, 9, 9], vote_sad=[1, 5, 1, 1]
    )
    facts = {"name": "s", "title": "S", "models": {"m": {"backbone": "x"}}, "test": ["made"]}
    plain = Study.model_validate({**facts, "train": ["made"]})
    strict = Study.model_validate(
        {**facts, "train": ["made"], "flagged": "drop", "label_confidence": {"made": 0.6}}
    )
    assert study_rows(plain, home, []).train.tolist() == [0, 1, 2]
    chosen = study_rows(strict, home, [])
    assert chosen.train.tolist() == [0]
    assert chosen.dropped == {"train: flagged": 1, "train: label confidence below 0.6": 1}

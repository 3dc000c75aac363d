"""A rater added: true emotions from the data set, test images only, all or nothing."""

import numpy as np
import pytest

from fer_core import raters as noun
from fer_core.errors import FerError
from fer_core.raters import find_raters, rater_names, raters_dir, read_answers, read_rater
from fer_core.rating.add import add_answers, introduce, remove_rater
from fer_core.rating.answers import Answers, answers_in
from tests.rating.conftest import ids, left, write_answers

SAID = {"kind": "annotator", "source": "asked by hand", "trained_on": ("nothing, a person",)}


def add(study, path, name="ann", test="mine", **said):
    rater = introduce(study, name, **{**SAID, **said})
    return add_answers(study, rater, test, answers_in(path, study))


def test_the_true_emotion_is_that_of_the_data_set_for_any_order_of_rows(study, prepared, tmp_path):
    mine = ids(prepared)
    path = write_answers(tmp_path / "a.csv", mine[::-1], "sad", emotion="fear")
    rater = add(study, path)
    table = read_answers(rater, "mine")
    truth = prepared.index.set_index("sample_id")["emotion"]
    assert table["sample_id"].tolist() == mine
    assert table["emotion"].tolist() == truth.loc[mine].tolist()
    assert (table["p_sad"] == 1).all()
    again = add(study, write_answers(tmp_path / "b.csv", mine, "sad"), name="bob")
    assert again.tests["mine"].sha256 == rater.tests["mine"].sha256


def test_the_record_says_who_answered_how_much_of_which_data_set(study, prepared, tmp_path):
    mine = ids(prepared)
    path = write_answers(tmp_path / "a.csv", mine[1:])
    assert find_raters(study) == []
    rater = add(study, path, licence="CC0", title="Ann", trained_on=("fer2013", "what she saw"))
    assert find_raters(study) == [rater] == [read_rater("mini", "ann")]
    facts = rater.tests["mine"]
    assert (facts.n, facts.of, facts.form) == (len(mine) - 1, len(mine), "labels")
    assert facts.fingerprint == prepared.fingerprint
    assert (rater.kind, rater.title, rater.licence) == ("annotator", "Ann", "CC0")
    assert rater.trained_on == ("fer2013", "what she saw")


def test_shares_of_votes_are_told_apart_from_probabilities(study, prepared, tmp_path):
    one = ids(prepared)[:1]
    columns = {f"p_{name}": [0.0] for name in ("angry", "disgust", "fear", "neutral", "surprise")}
    path = write_answers(tmp_path / "a.csv", one, p_happy=[0.7], p_sad=[0.3], **columns)
    for kind, form in (("vote-share", "vote-shares"), ("model", "probabilities")):
        assert add(study, path, name=f"a-{kind}", kind=kind).tests["mine"].form == form


def excluded(dataset):
    index = dataset.index
    index.loc[index["split"] == "test", "excluded"] = ["tie", *[""] * (len(ids(dataset)) - 1)]
    return index["sample_id"][index["excluded"] == "tie"].tolist()


def test_an_id_that_is_no_test_image_is_refused_and_nothing_is_left(
    study, prepared, results_home, tmp_path, monkeypatch
):
    monkeypatch.setattr("fer_core.rating.add.study_dataset", lambda *a: prepared)
    tie = excluded(prepared)
    one = next(sample for sample in ids(prepared) if sample not in tie)
    cases = [
        ([one, "x", "y"], "2 of 3 sample ids, first 'x', are not in mine"),
        ([one, ids(prepared, "train")[0]], "1 of 2 .* are of the train part of mine"),
        ([one, ids(prepared, "val")[0]], "1 of 2 .* are of the val part of mine"),
        ([one, *tie], "1 of 2 .* are excluded from mine"),
    ]
    for rows, message in cases:
        with pytest.raises(FerError, match=message):
            add(study, write_answers(tmp_path / "a.csv", rows))
    with pytest.raises(FerError, match=r"for no image .*contempt"):
        add(study, write_answers(tmp_path / "a.csv", [one], "contempt"))
    assert left(results_home) == []
    assert rater_names("mini") == []


@pytest.mark.parametrize(
    ("name", "said", "message"),
    [
        ("net", {}, "'net' is a model of the study mini"),
        ("Ann!", {}, "the rater's name 'Ann!' is no name here"),
        ("../ann", {}, "is no name here"),
        ("ann", {"kind": "robot"}, "unknown kind of rater 'robot'"),
        ("ann", {"kind": None}, "so --kind must be said"),
        ("ann", {"source": None}, "so --source must be said"),
        ("ann", {"trained_on": None}, "so --trained-on must be said"),
        ("ann", {"source": "two\nlines"}, "source: .*one line"),
        ("ann", {"source": " "}, "source: .*one line"),
        ("ann", {"trained_on": ("",)}, "trained_on.*one line"),
    ],
)
def test_who_is_not_told_right_is_refused(study, results_home, name, said, message):
    with pytest.raises(FerError, match=message):
        introduce(study, name, **{**SAID, **said})


def test_a_test_set_that_is_not_of_the_study_or_not_prepared_is_refused(
    study, prepared, results_home, tmp_path
):
    path = write_answers(tmp_path / "a.csv", ids(prepared))
    with pytest.raises(FerError, match="unknown test data set of mini 'fer2013'"):
        add(study, path, test="fer2013")
    with pytest.raises(FerError, match="unknown dataset 'other'"):
        add(study, path, test="other")
    assert left(results_home) == []


def test_a_rater_gets_another_test_set_and_never_the_same_twice(
    study, prepared, tmp_path, monkeypatch
):
    path = write_answers(tmp_path / "a.csv", ids(prepared))
    first = add(study, path)
    with pytest.raises(FerError, match="ann has answered mine already; `fer rater remove mini ann"):
        add(study, path)
    monkeypatch.setattr("fer_core.rating.add.study_dataset", lambda *a: prepared)
    known = introduce(study, "ann")  # nothing has to be said again
    both = add_answers(study, known, "other", answers_in(path, study))
    assert both.tests.keys() == {"mine", "other"}
    assert both.tests["mine"] == first.tests["mine"]
    assert find_raters(study) == [both]


def test_the_name_of_another_rater_is_refused(study, prepared, tmp_path):
    add(study, write_answers(tmp_path / "a.csv", ids(prepared)))
    with pytest.raises(FerError, match="ann is another rater of mini, with another source"):
        introduce(study, "ann", **{**SAID, "source": "elsewhere"})


@pytest.mark.parametrize("step", ["write_predictions", "write_rater"])
def test_an_add_that_is_stopped_leaves_nothing(
    study, prepared, results_home, tmp_path, monkeypatch, step
):
    def stop(*_):
        raise KeyboardInterrupt

    path = write_answers(tmp_path / "a.csv", ids(prepared))
    with monkeypatch.context() as patch:
        patch.setattr(f"fer_core.rating.add.{step}", stop)
        with pytest.raises(KeyboardInterrupt):
            add(study, path)
    assert left(results_home) == []
    assert rater_names("mini") == []
    assert add(study, path) == find_raters(study)[0]


def test_a_killed_add_is_no_rater_and_can_be_made_again_or_removed(
    study, prepared, results_home, tmp_path
):
    path = write_answers(tmp_path / "a.csv", ids(prepared))
    rater = add(study, path)
    (rater.folder / noun.RECORD).unlink()  # as if killed before the record
    assert find_raters(study) == []
    assert add(study, path) == rater
    (rater.folder / noun.RECORD).unlink()
    remove_rater(study, "ann")
    assert left(results_home) == []


def test_removing_takes_all_of_one_rater_and_nothing_else(study, prepared, tmp_path):
    path = write_answers(tmp_path / "a.csv", ids(prepared))
    for name in ("ann", "bob"):
        add(study, path, name=name)
    elsewhere = tmp_path / "elsewhere"
    (raters_dir("mini") / "ann").rename(elsewhere)
    (raters_dir("mini") / "ann").symlink_to(elsewhere)
    remove_rater(study, "ann")
    assert len(left(elsewhere)) == 2, "what a link leads to is kept"
    assert rater_names("mini") == ["bob"]
    for name in ("ann", "..", "", "bo"):
        with pytest.raises(FerError, match=r"unknown rater of mini .*bob"):
            remove_rater(study, name)
    remove_rater(study, "bob")
    with pytest.raises(FerError, match="there is none yet"):
        remove_rater(study, "bob")


def test_answers_for_no_image_are_no_rater(study, prepared, results_home):
    nothing = Answers(np.array([], dtype=str), np.zeros((0, 7)), "labels", {})
    with pytest.raises(FerError, match="for no image"):
        add_answers(study, introduce(study, "ann", **SAID), "mine", nothing)
    assert left(results_home) == []

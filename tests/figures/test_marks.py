"""Scores that a leak may have raised carry one mark and one footnote."""

import pandas as pd

from fer_core.analysis.leaks import Leak
from fer_core.figures.marks import (
    average_pairs,
    constant_note,
    footnote,
    mark,
    mark_board,
    mark_constant,
    marked,
    pair_kinds,
    pairs_of,
    with_leaks,
)

LEAKS = {("a", "b"): Leak(100, 0, 7, 9), ("b", "b"): Leak(100, 0, 2, 0)}
CROSS = pd.DataFrame({"train": ["a", "a", "b"], "test": ["b", "c", "b"], "score": [0.5, 0.6, 0.7]})
SHOWN = pd.DataFrame({"name": ["a", "a", "b"], "score [95 %]": ["0.500 [0.4, 0.6]", "0.6", "–"]})


def test_only_numbers_of_leaking_pairs_are_marked():
    shown = marked(SHOWN, pairs_of(CROSS), LEAKS, ["score [95 %]"])
    assert shown["score [95 %]"].tolist() == ["0.500 [0.4, 0.6] †", "0.6", "–"]
    assert shown["name"].tolist() == ["a", "a", "b"]
    assert mark(LEAKS, [("a", "c"), ("b", "b")]) == " †"
    assert mark(LEAKS, [("a", "c")]) == ""


def test_the_file_has_a_column_instead_of_the_mark():
    table = with_leaks(CROSS, pairs_of(CROSS), LEAKS)
    assert table["leaking_test_images"].tolist() == [9, 0, 2]
    assert table["score"].tolist() == CROSS["score"].tolist()


def test_the_footnote_says_how_many_images_of_which_pairs():
    text = footnote(LEAKS, [("a", "b"), ("a", "b"), ("a", "c")])
    assert text == (
        "† The training set shares images or persons with the test set: "
        "a → b: 7 with a near copy, 9 of persons trained on of 100 test images."
    )
    assert footnote(LEAKS, [("a", "c")]) == ""
    many = {(name, "t"): Leak(50, 0, count, 0) for count, name in enumerate("wxyz", start=3)}
    assert "4 pairs do, with 3 to 6 test images each; the chapter “Can I trust it?”" in footnote(
        many, many
    )


def test_a_drop_is_marked_when_either_of_its_scores_may_be_raised():
    pairs = pairs_of(CROSS, ("test", "test"))
    assert pairs[1] == [("a", "c"), ("c", "c")]
    shown = marked(
        SHOWN.assign(score=["1", "2", "3"]), pairs, {("c", "c"): Leak(9, 1, 0, 0)}, ["score"]
    )
    assert shown["score"].tolist() == ["1", "2 †", "3"]


KINDS = {
    ("a", "a"): "in-domain",
    ("b", "b"): "in-domain",
    ("a", "b"): "other photographs",
    ("a", "c"): "other photographs",
    ("b", "a"): "other photographs",
    ("b", "c"): "fewer emotions",
}


def test_a_leaderboard_is_marked_kind_by_kind():
    board = pd.DataFrame({"train": ["a", "b"]})
    shown = pd.DataFrame({"in-domain": ["0.5", "0.6"], "other photographs": ["0.3", "0.4"]})
    file, page, pairs = mark_board(board, shown.assign(model=["1", "2"]), KINDS, LEAKS)
    assert page["in-domain"].tolist() == ["0.5", "0.6 †"]
    assert page["other photographs"].tolist() == ["0.3 †", "0.4"]
    assert page["model"].tolist() == ["1", "2"]
    columns = ["leaking_in_domain", "leaking_other_photographs", "leaking_fewer_emotions"]
    assert file[columns].values.tolist() == [[0, 9, 0], [2, 0, 0]]
    assert set(pairs) == {("a", "a"), ("b", "b"), ("a", "b"), ("a", "c"), ("b", "a"), ("b", "c")}


def test_an_average_belongs_to_the_pairs_that_it_averages():
    means = pd.DataFrame(
        {
            "along": ["row", "column", "column"],
            "dataset": ["a", "b", "c"],
            "kind": ["other photographs", "other photographs", "fewer emotions"],
        }
    )
    assert average_pairs(means, KINDS) == [[("a", "b"), ("a", "c")], [("a", "b")], [("b", "c")]]
    assert average_pairs(pd.DataFrame(), KINDS) == []


def test_what_does_not_beat_the_constant_answer_is_marked_score_by_score():
    cross = CROSS.assign(above_constant_accuracy_lo=[0.1, 0.0, -0.2])
    cross = cross.assign(above_constant_macro_f1_lo=[0.1, 0.1, 0.1])
    shown = pd.DataFrame({"accuracy [95 %]": ["1", "2", "3"], "macro-F1 [95 %]": ["4", "5", "6"]})
    marked_cells = mark_constant(cross, shown)
    assert marked_cells["accuracy [95 %]"].tolist() == ["1", "2 ‡", "3 ‡"]
    assert marked_cells["macro-F1 [95 %]"].tolist() == ["4", "5", "6"]
    assert constant_note(cross).startswith("‡ Not better than the constant answer")
    assert constant_note(cross, ["macro_f1"]) == ""
    board = pd.DataFrame({"above_constant_validation_accuracy_lo": [0.1, -0.1]})
    shown = mark_constant(
        board, pd.DataFrame({"validation": ["1", "2"]}), {"validation": "validation_accuracy"}
    )
    assert shown["validation"].tolist() == ["1", "2 ‡"]
    assert constant_note(board, ["validation_accuracy"]).startswith("‡ Not better")
    assert pair_kinds(cross.assign(kind=["x", None, "y"])) == {("a", "b"): "x", ("b", "b"): "y"}

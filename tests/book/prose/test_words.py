"""Sentences with numbers in them."""

from fer_core.book.prose.words import about_left


def test_what_is_not_shown_is_counted_with_the_rule_and_where_it_is() -> None:
    every = {("big", "a"), ("small", "a"), ("big", "b")}
    assert about_left(every, every) == ""
    assert about_left(every, {("big", "a"), ("big", "b")}) == (
        "Shown are 2 of 3 trained models, those with the highest macro-F1 on validation images of "
        "their training set; all are in the file."
    )
    assert about_left({("big",), ("small",)}, {("big",)}, "on the pages of the runs") == (
        "Shown are 1 of 2 models, those with the highest macro-F1 on validation images; all are on "
        "the pages of the runs."
    )

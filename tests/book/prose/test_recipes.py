"""The recipes of papers in words."""

import pandas as pd

from fer_core.book.prose.recipes import about_recipes, shown_recipes

ROW = {"setting": "optimizer.lr", "printed": "0.1", "said_by": "code", "source": "a"}
TABLE = pd.DataFrame(
    [
        {**ROW, "recipe": "one", "ours": "0.1", "agrees": True},
        {**ROW, "recipe": "two", "ours": "0.2", "agrees": False},
    ]
)
APART = pd.DataFrame([{"recipe": "one", "setting": "s", "text": "1", "code": "2"}])


def test_what_is_not_as_printed_is_named() -> None:
    text = about_recipes(TABLE, APART)
    assert text.startswith("2 recipes, 2 values: 1 are as printed. Not: two optimizer.lr.")
    assert "In 1 setting of 1 of them" in text
    assert "Not" not in about_recipes(TABLE[:1], APART)


def test_a_recipe_is_a_line_that_shows_what_is_not_as_printed() -> None:
    one, two = shown_recipes(TABLE).to_dict("records")
    assert one["values"] == "optimizer.lr 0.1"
    assert two["values"] == "optimizer.lr 0.2 (printed: 0.1)"
    assert (one["as printed"], two["as printed"]) == ("1 of 1", "0 of 1")

"""The models as a reader takes them: commands that run, recalls that lead to their runs."""

import pandas as pd

from fer_core.book.prose.markdown import Linked
from fer_core.book.prose.use import about_more, about_use, shown_first, shown_recalls

CARDS = pd.DataFrame(
    [("small", "a", 1), ("small", "a", 0), ("large", "a", 0), ("large", "b", 0)],
    columns=["model", "train", "seed"],
)


def test_the_commands_make_the_model_that_validation_ranks_first() -> None:
    text = about_use(CARDS, {"a": "small", "b": "large"}, "mine")
    assert text.startswith("3 trained models in 4 runs.")
    assert "fer run --study mine --model small --train a --seed 0\n" in text
    assert "fer weights results/mine/small/a/seed0/model.safetensors\n" in text


def test_models_have_a_card_as_long_as_the_page_has_room() -> None:
    ranked = {"b": ["large"], "a": ["small", "large"]}
    assert shown_first(ranked, CARDS, 3) == ["small", "large"]
    assert shown_first(ranked, CARDS, 2) == ["small"], "the other one was trained on two sets"
    assert shown_first({"a": ["large", "small"]}, CARDS, 1) == ["large"], "one there is always"
    assert about_more(["small", "large"], CARDS) == ""
    assert about_more(["small"], CARDS) == "In the file alone: 1 more model."


def test_a_recall_is_shaded_leads_to_its_run_and_is_a_dash_where_there_is_no_image() -> None:
    table = pd.DataFrame(
        [{"model": "m", "train": "a", "kind": "in-domain", "cells": 1, "seeds": 1,
          "angry": 0.37, "happy": 1.0, "sad": float("nan")}]
    )  # fmt: skip
    line = shown_recalls(table, {("m", "a"): "book/x"}).iloc[0]
    assert line["angry"] == Linked("0.37", "book/x", 3)
    assert line["happy"] == Linked("1.00", "book/x", 10)
    assert line["sad"] == Linked("–")
    heads = ["model", "trained on", "kind of test", "cells", "angry", "happy", "sad"]
    assert list(line.index) == heads

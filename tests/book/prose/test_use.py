"""The models as a reader takes them: commands that run, recalls that lead to their runs."""

import pandas as pd

from fer_core.book.prose.markdown import Linked
from fer_core.book.prose.use import about_use, shown_cards, shown_recalls

CARD = {
    "side": 48, "labels": "angry happy", "start": "random", "parameters": 3_200_000,
    "megabytes": 12.8, "images_per_second": 50, "minutes": 2.0, "licence": "<b>unclear</b>",
}  # fmt: skip
CARDS = pd.DataFrame(
    [
        {"model": "small", "train": "a", "seed": 1, **CARD},
        {"model": "small", "train": "a", "seed": 0, **CARD},
        {"model": "large", "train": "a", "seed": 0, **CARD},
        {"model": "large", "train": "b", "seed": 0, **CARD},
    ]
)


def test_the_commands_make_the_model_that_validation_ranks_first() -> None:
    text = about_use(CARDS, {"a": "small", "b": "large"}, "mine")
    assert text.startswith("3 trained models in 4 runs.")
    assert "fer run --study mine --model small --train a --seed 0\n" in text
    assert "fer weights results/mine/small/a/seed0/model.safetensors\n" in text


def test_a_card_is_a_line_with_sizes_that_people_read() -> None:
    line = shown_cards(CARDS).iloc[0]
    assert line["size"] == "3.2 M"
    assert line["MB"] == "12.8"
    assert line["outputs, in order"] == "angry happy"


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

"""Data sets in words and on cards: what is said is what the counts and the audit say, literally."""

import re

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.summaries import card_table, count_table, share_table
from fer_core.book.prose.dataset_cards import counts_html, reader_card
from fer_core.book.prose.datasets import (
    about_datasets,
    about_images,
    about_shared,
    shown_shares,
    study_cards,
)
from fer_core.book.prose.markdown import Linked
from fer_core.data.registry import get_entry
from fer_core.emotions import EMOTIONS

EVIL = "<b>1</b> [a](javascript:b)"


def facts(name: str, counts: dict[str, dict[str, int]], **more: object) -> dict:
    card = get_entry(name).card.model_dump(mode="json")
    return {
        "card": card, "n": 110, "counts": {"split": counts}, "excluded": {"tie": 7, "flat: x": 3},
        "copies": 5, "conflicting_groups": 2, "copies_between_splits": {"test in train": 1},
        "persons": 0, "fingerprint": "f" * 64, "split_hash": "5" * 64, "split_origin": "official",
        "store": {"size": 48, "channels": 1}, "near": {"pairs": 1}, **more,
    }  # fmt: skip


def parts(*counts: int) -> dict[str, int]:
    return dict(zip(EMOTIONS, counts, strict=True))


@pytest.fixture
def summaries() -> dict[str, dict]:
    even, odd = parts(*[10] * 7), parts(10, 5, 10, 10, 40, 15, 10)
    return {
        "fer2013": facts("fer2013", {"train": even, "test": parts(0, 0, 0, 0, 0, 0, 30)}),
        "nhfi": facts("nhfi", {"test": odd}, persons=12),
        "london": facts("london", {"test": {"happy": 30, "neutral": 10}}),
    }


def test_the_emotion_whose_frequency_differs_most_is_found(summaries: dict[str, dict]) -> None:
    shares, cards = share_table(count_table(summaries)), card_table(summaries)
    text = about_datasets(shares, cards)
    assert "neutral is 10 % of fer2013 and 40 % of nhfi.**" in text
    assert "the 2 data sets that have all emotions" in text, "london has two: its shares are larger"
    assert "not asked in fer2013 and nhfi; given in london." in text
    assert "The terms of 1 of 3 data sets allow this book to show faces." in text
    few = {name: summaries[name] for name in ("fer2013", "london")}
    text = about_datasets(share_table(count_table(few)), card_table(few))
    assert text.startswith("Fewer than two data sets have all emotions")
    alike = {"fer2013": summaries["fer2013"], "nhfi": summaries["fer2013"]}
    text = about_datasets(share_table(count_table(alike)), card_table(alike))
    assert text.startswith("Each emotion is equally frequent in fer2013 and nhfi.")


def test_images_are_counted_and_the_least_balanced_set_is_named(
    summaries: dict[str, dict],
) -> None:
    text = about_images(share_table(count_table(summaries)), card_table(summaries))
    assert text.startswith("3 data sets with 330 images, of which 30 are not used. 15 are byte-")
    assert "6 groups of copies carry more than one label." in text
    assert text.endswith("is nhfi: for each image of disgust it has 8 of neutral.")


def test_shares_are_of_the_whole_set_and_a_missing_emotion_has_none(
    summaries: dict[str, dict],
) -> None:
    shares = share_table(count_table(summaries)).set_index("dataset")
    assert shares.loc["fer2013", "images"] == 100
    assert shares.loc["fer2013", "surprise"] == pytest.approx(0.4)
    assert np.isnan(shares.loc["london", "angry"])
    shown = shown_shares(share_table(count_table(summaries))).set_index("emotion")
    assert shown.loc["happy", "london"] == Linked("75.0", shade=10)
    assert shown.loc["neutral", "nhfi"] == Linked("40.0", shade=5)
    assert shown.loc["angry", "london"] == Linked("–")
    assert shown.loc["images", "nhfi"] == Linked("100")


def test_what_two_sets_share_is_told_from_the_side_of_each() -> None:
    columns = ["dataset_a", "dataset_b", "images_a", "images_b", "copies_a", "copies_b", "near",
               "persons"]  # fmt: skip
    rows = [
        ("fer2013", "ferplus", 35887, 33500, 33501.0, 33500.0, 17045, np.nan),
        ("fer2013", "nhfi", 35887, 5350, 0, 0, 1, np.nan),
        ("fer2013", "london", 35887, 204, 0, 0, 0, np.nan),
        ("muxspace", "london", 3730, 204, 0, 0, 0, 0),
        ("muxspace", "ckplus", 3730, 9, 0, 0, 0, 3),
    ]
    shared = pd.DataFrame(rows, columns=columns)
    assert about_shared(shared, "fer2013") == [
        "**FER+**: 33,501 of its 35,887 images are there byte for byte; near copies: 17,045 pairs.",
        "**NHFI**: near copies: 1 pair.",
        "No image in common was found with London.",
        "Whether persons are also in NHFI and London is unknown.",
    ]
    assert "33,500 of its 33,500 images" in about_shared(shared, "ferplus")[0]
    assert about_shared(shared, "london") == [
        "No image in common was found with FER2013 and muxspace.",
        "No person in common was found with muxspace.",
        "Whether persons are also in FER2013 is unknown.",
    ]
    assert "**CK+**: persons in both: 3." in about_shared(shared, "muxspace")
    assert about_shared(shared.head(0), "fer2013") == []


def test_a_bar_is_as_long_as_the_share_in_the_order_of_the_parts() -> None:
    text = counts_html({"test": {"happy": 20, "sad": 0}, "train": {"happy": 60, "sad": 20}}, 0.8)
    assert re.findall(r"<th[^>]*>(\w+)</th>", text)[:4] == ["emotion", "train", "test", "share"]
    happy, sad = re.findall(r'<tr><th scope="row">.*?</tr>', text)
    assert "<td>60</td><td>20</td><td>80.0 %</td>" in happy
    assert re.findall(r'x1="(.*?)%" x2="(.*?)%"', happy) == [("0.0", "75.0"), ("75.0", "100.0")]
    assert re.findall(r'x1="(.*?)%" x2="(.*?)%"', sad) == [("0.0", "25.0"), ("25.0", "25.0")]


def test_a_card_says_what_is_known_and_how_the_set_is_added(summaries: dict[str, dict]) -> None:
    shares, none = share_table(count_table(summaries)), pd.DataFrame()
    text = study_cards(summaries, card_table(summaries), shares, none, "book/report/x/audit")
    fer, nhfi, london = re.split(r"(?=^### )", text, flags=re.M)[1:]
    assert fer.startswith("### FER2013 (fer2013)\n")
    assert (
        "**110 images** · 10 not used (flat 3, tie 7) · nobody is named · stored at 48 × 48" in fer
    )
    assert "`fer data add fer2013 PATH`" in fer
    assert "12 persons named" in nhfi
    assert "Byte copies of another image: 5; groups of them with more than one label: 2." in fer
    assert "Near copies: 1 pair." in fer
    assert "{doc}`Can I trust it? </book/report/x/audit>`" in london
    own = {"mine": summaries["nhfi"] | {"near": None}}
    text = study_cards(own, card_table(own), shares, none, "")
    assert "fer data add" not in text
    assert "Can I trust it" not in text
    assert "Near copies: not searched for." in text


def test_what_a_card_says_is_shown_literally(summaries: dict[str, dict]) -> None:
    card = summaries["nhfi"]["card"] | {"title": EVIL, "licence": EVIL, "persons": "- a\n\n# b"}
    mine = {"mine": summaries["nhfi"] | {"card": card | {"problems": ["1. x", "{y}`z`"]}}}
    shares = share_table(count_table(mine))
    text = study_cards(mine, card_table(mine), shares, pd.DataFrame(), "")
    assert "\n### \\<b\\>1\\</b\\> \\[a\\](javascript:b) (mine)" in f"\n{text}"
    assert "Licence\n: \\<b\\>1" in text
    assert "Who is shown\n: \\- a \\# b" in text
    assert "- 1\\. x\n  - \\{y\\}\\`z\\`" in text


def test_a_fact_that_is_not_known_has_no_line() -> None:
    text = reader_card(get_entry("nhfi").card)
    assert "Compiled of" not in text
    assert "Which data" not in text
    assert "Labelled\n: unknown: the folder" in text

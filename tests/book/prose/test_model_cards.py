"""A model's card says what its files say, literally, and leads to its run."""

import re

import pandas as pd
import pytest

from fer_core.book.prose.model_cards import USES, about_limits, model_cards_html
from fer_core.book.prose.titles import Titles
from fer_core.study import Study

EVIL = "<b>unclear</b>\n\n{x}"
CARD = {
    "seed": 0, "net": "a_net", "side": 48, "labels": "angry happy", "start": EVIL,
    "start_terms": "free", "parameters": 3_200_000, "macs": 28_400_000, "megabytes": 12.8,
    "images": 9000, "images_per_second": 50, "machine": "a <processor>", "minutes": 2.0,
    "licence": EVIL, "consent": "not asked",
}  # fmt: skip
CARDS = pd.DataFrame(
    [
        {**CARD, "model": "small", "train": "fer2013"},
        {**CARD, "model": "small", "train": "fer2013", "seed": 1},
        {**CARD, "model": "small", "train": "nhfi"},
        {**CARD, "model": "large", "train": "nhfi", "macs": pd.NA},
    ]
)
CELL = {"model": "small", "train": "fer2013", "kind": "in-domain", "n": 1204}
SCORE = {"recall": 0.47, "recall_lo": 0.35, "recall_hi": 0.6}
RECALLS = pd.DataFrame(
    [
        {**CELL, **SCORE, "test": "nhfi", "kind": "other photographs", "emotion": "happy"},
        {**CELL, **SCORE, "test": "fer2013", "emotion": "angry"},
        {**CELL, **SCORE, "test": "fer2013", "emotion": "happy", "recall": 1.0},
    ]
)
PAGES = {("small", "fer2013"): "book/report/mine/runs/small/fer2013/seed0"}


@pytest.fixture
def titles() -> Titles:
    models = {"small": {"backbone": "x", "title": "Small & fine"}, "large": {"backbone": "x"}}
    sets = {"train": ["fer2013", "nhfi"], "test": ["nhfi"]}
    return Titles(Study.model_validate({"name": "mine", "title": "Mine", "models": models, **sets}))


@pytest.fixture
def html(titles: Titles) -> str:
    return model_cards_html(CARDS, RECALLS, ["small", "large"], {}, PAGES, titles)


def test_each_model_has_a_fold_and_the_first_is_open(html: str) -> None:
    small, large = re.findall(r"<details.*?</details>", html, re.DOTALL)
    assert small.startswith(
        '<details class="fer-card" open><summary><b>Small &amp; fine</b>: 3.2 M'
    )
    assert "trained on FER2013 and NHFI</summary>" in small
    assert large.startswith('<details class="fer-card"><summary><b>large</b>')
    assert "28 million multiply-accumulates for one image" in small
    assert "multiply-accumulates not counted" in large


def test_a_card_says_which_images_it_was_made_of_and_leads_to_its_run(html: str) -> None:
    fer, nhfi = html.split("<b>Trained on ")[1:3]
    assert fer.startswith("FER2013</b>: 9,000 images, 2 seeds, ")
    assert '<a href="../mine/runs/small/fer2013/seed0.html">the run</a>' in fer
    command = "fer run --study mine --model small --train fer2013 --seed 0"
    assert command in re.sub(r"</?span>", "", fer)
    assert nhfi.startswith("NHFI</b>: 9,000 images, 1 seed</p>")
    assert "<a " not in nhfi
    assert "Not tested on its own test images" in nhfi


def test_recalls_have_intervals_and_counts_and_its_own_images_come_first(html: str) -> None:
    assert re.findall(r'<th scope="col">(.*?)</th>', html) == [
        "recall",
        "FER2013 (its own)",
        "NHFI",
    ]
    angry, happy = re.findall(r'<tr><th scope="row">.*?</tr>', html)
    assert 'class="fer-shade-4">0.47 <span class="fer-interval">[0.35, 0.60]</span>' in angry
    assert '<span class="fer-interval">of 1,204</span>' in angry
    assert angry.endswith("<td></td></tr>"), "no image of it in the other set"
    assert happy.index("1.00") < happy.index("0.47")


def test_a_score_that_a_leak_may_have_raised_is_marked(titles: Titles) -> None:
    leaks = {("fer2013", "fer2013"): None}
    html = model_cards_html(CARDS, RECALLS, ["small"], leaks, PAGES, titles)
    assert "FER2013 (its own) †<" in html
    assert "NHFI †" not in html


def test_what_files_say_is_shown_literally_and_on_one_line(html: str) -> None:
    assert html.count("<dd>&lt;b&gt;unclear&lt;/b&gt; {x}</dd>") == 5
    assert "a &lt;processor&gt;" in html
    assert "\n\n" not in html


def test_uses_that_are_excluded_and_single_seeds_are_named() -> None:
    assert "5(1)(f)" in " ".join(USES.split())
    assert "{doc}`/book/limits`" in USES
    assert "2 of 3 trained models rest on a single seed" in about_limits(CARDS)

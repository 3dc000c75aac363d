"""The chapter on errors says and shows what the predictions hold."""

import re
from html import unescape

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from fer_core.analysis.confusions import confused_pairs, confusion_table
from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import kind_of
from fer_core.analysis.leaks import Leak
from fer_core.analysis.outcomes import Outcome, outcomes
from fer_core.analysis.per_class import class_table
from fer_core.book.checks.markup import TOKEN
from fer_core.book.prose.confusions import (
    about_confusion,
    about_matrix,
    emotion_table,
    matrices_html,
    pairs_table,
)
from fer_core.book.prose.titles import Titles
from fer_core.emotions import EIGHT, EMOTION_INDEX, EMOTIONS
from fer_core.predictions import probabilities_of
from fer_core.study import ModelSpec, Study
from tests.analysis.simulated import TRUTH, guesses, long, small_study

STUDY = small_study(seeds=(0, 1))
PAGES = {("big", "alpha"): "book/report/demo/runs/big/alpha/seed0"}
LEAKS = {("alpha", "beta"): Leak(200, 0, 5, 0)}


@pytest.fixture(scope="module")
def found() -> dict[Key, Outcome]:
    return outcomes(STUDY, 20)


@pytest.fixture(scope="module")
def titles() -> Titles:
    models = {
        "big": ModelSpec(backbone="resnet18", title="Big <b>"),
        "small": ModelSpec(backbone="resnet18"),
    }
    return Titles(Study.model_construct(models=models))


def shown(found: dict[Key, Outcome], titles: Titles) -> str:
    kinds = {key: kind_of(outcome, {}) for key, outcome in found.items()}
    return matrices_html(found, kinds, LEAKS, PAGES, titles)


def test_the_best_the_worst_and_the_commonest_confusion_are_named() -> None:
    confusion = np.diag([9, 9, 1, 10, 9, 9, 9])
    fear, surprise = EMOTION_INDEX["fear"], EMOTION_INDEX["surprise"]
    confusion[fear, surprise] = 9
    blind = np.zeros((7, 7), dtype=int)
    blind[:, fear] = 5
    found = {
        key: Outcome(key, (0,), matrix[None], lambda matrix=matrix: matrix[None, None])
        for key, matrix in ((Key("m", "a", "a"), confusion), (Key("blind", "a", "a"), blind))
    }
    text = about_confusion(found, {"a": "m", "b": "m"})
    assert "- m on a recognises angry best (100 % of its images) and fear worst (10 %)" in text
    assert "fear taken for surprise (90 % of fear)" in text
    assert "blind" not in text
    assert about_confusion(found, {"b": "m"}) == "No model of this study is tested in-domain."
    assert about_matrix(np.eye(7) * 3).endswith("nothing is taken for anything else.")


def test_each_matrix_on_the_page_is_scikit_learns_of_the_predictions(found, titles) -> None:
    folds = shown(found, titles).split("<details")[1:]
    assert len(folds) == len(found)
    named = np.array(EMOTIONS)[probabilities_of(STUDY).argmax(axis=1)]
    for key, fold in zip(found, folds, strict=True):
        cell = (STUDY[["model", "train", "test"]] == list(key[:3])).all(axis=1)
        truth, answer = STUDY["emotion"][cell], named[cell]
        theirs = confusion_matrix(truth, answer, labels=EMOTIONS) / 2  # the mean of two seeds
        counts = re.findall(r'title="([\d,.]+) of ([\d,]+)">(\d+)</td>', fold)
        there = theirs.sum(axis=1) > 0
        assert len(counts) == 7 * there.sum()
        assert [float(count) for count, _, _ in counts] == theirs[there].ravel().tolist()
        for count, whole, percent in counts:
            assert abs(100 * float(count) / float(whole) - int(percent)) <= 0.5
        assert fold.count("<td></td>") == 7 * (7 - there.sum())


def test_the_first_matrix_is_open_and_every_one_says_whose_it_is(found, titles) -> None:
    text = shown(found, titles)
    assert text.count("<details open>") == 1
    assert text.index("<details open>") < text.index("<details>")
    summaries = [unescape(s) for s in re.findall(r"<summary>(.*?)</summary>", text)]
    assert summaries[1] == (
        "<b>Big <b></b>, trained on <b>alpha</b>, tested on <b>beta</b> † (not audited)"
    )
    assert "Big <b>" not in text
    assert 'href="../demo/runs/big/alpha/seed0.html"' in text
    assert "\n\n" not in text, "an empty line would end the block of HTML"
    assert all(TOKEN.match(text, place.start()) for place in re.finditer("<", text))


def test_the_script_finds_three_names_and_a_share_in_each_cell(found, titles) -> None:
    for fold in shown(found, titles).split("<details")[1:]:
        assert len(re.findall("<b>", fold)) == 3
        for title in re.findall(r'<td class="[^"]*" title="([^"]*)"', fold):
            part, whole = title.replace(",", "").split(" of ")
            assert 0 <= float(part) / float(whole) <= 1


def test_matrices_of_eight_emotions_have_eight_rows_and_columns(titles) -> None:
    eight = outcomes(long(away=guesses(TRUTH, EIGHT), b=guesses(TRUTH, EMOTIONS, 1)), 5)
    one, other = shown(eight, titles).split("<details")[1:]
    for fold in (one, other):
        assert fold.count('<th scope="row">') == fold.count('<th scope="col">') == 8
    assert "contempt <span>20</span>" in one
    assert "contempt <span>0</span></th>" + "<td></td>" * 8 in other


def test_recall_has_a_column_per_emotion_and_leads_to_its_run(found, titles) -> None:
    classes = class_table(found, {})
    table = emotion_table(classes, "recall", LEAKS, PAGES, titles)
    assert len(table) == len(found)
    cells = classes.set_index(["model", "train", "test", "emotion"])
    first = cells.loc[("big", "alpha", "alpha", "fear")]
    cell = table.loc[0, "fear"]
    ends = f"[{first['recall_lo']:.2f}, {first['recall_hi']:.2f}]"
    assert cell.text == f"{first['recall']:.2f} {ends}"
    assert cell.page == PAGES["big", "alpha"]
    assert cell.shade == int(first["recall"] * 10)
    assert cell.framed
    assert not table.loc[1, "fear"].framed
    assert table.loc[1, "tested on"] == "beta †"
    duo = table[table["tested on"] == "duo"].iloc[0]
    assert [name for name in EMOTIONS if duo[name].text != "–"] == ["happy", "neutral"]


def test_the_most_frequent_pairs_stand_in_one_row_per_kind_of_test(found) -> None:
    pairs = confused_pairs(confusion_table(found, {}))
    table = pairs_table(pairs)
    top = pairs.iloc[0]
    count = f"{top['count']:,.1f}".removesuffix(".0")
    assert table.loc[0, "most frequent"] == (
        f"{top['emotion']} → {top['answer']}: {count} of {top['n']} ({100 * top['share']:.0f} %)"
    )
    assert len(table) == len(pairs[["model", "train", "kind"]].drop_duplicates())

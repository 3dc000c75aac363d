"""What the chapter on agreement says."""

from collections.abc import Callable

import pandas as pd
import pytest

from fer_core.analysis.agreement_tables import EXTERNAL, NETS
from fer_core.book.execution.build import render_chapter
from fer_core.book.execution.execute import read_notebook
from fer_core.book.execution.needs import several_raters
from fer_core.book.prose.agreement import (
    NOBODY,
    about_agreement,
    about_lineage,
    about_misreadings,
    about_people,
    heading_of,
    panel_title,
    shown_agreement,
    shown_emotions,
    shown_pairs,
)
from fer_core.emotions import EIGHT
from fer_core.study import Study
from tests.book.prose.test_raters import TEST, rate
from tests.book.test_bad_input import change_study

NAN = float("nan")


def row(test: str, panel: str, alpha: float, **more: object) -> dict[str, object]:
    told: dict[str, object] = {"test": test, "panel": panel, "raters": 4, "n": 50, "drawn": "image"}
    for name in ("alpha", "given_label", "observed", "fleiss", *EIGHT):
        told |= {name: alpha, f"{name}_lo": alpha - 0.05, f"{name}_hi": alpha + 0.05}
    return told | {"observed": 0.5} | dict.fromkeys(("contempt", "contempt_lo"), NAN) | more


TABLE = pd.DataFrame(
    [
        row("A", "<b>people", 0.6),
        row("A", NETS, 0.3),
        row("A", "nets trained on A", 0.7),
        row("B", NETS, 0.45),
    ]
)
NONE = pd.DataFrame()


def apart_of(*signs: int, panel: str = NETS) -> pd.DataFrame:
    rows = [
        {"test": f"T{i}", "panel": panel, "difference": sign / 10}
        | {"difference_lo": sign / 10 - 0.05, "difference_hi": sign / 10 + 0.05}
        for i, sign in enumerate(signs)
    ]
    return pd.DataFrame(rows)


def test_the_answer_names_panels_with_alpha_and_the_words_of_its_interval() -> None:
    told = about_agreement(TABLE, NONE, NONE, NONE)
    first = "- A: 4 raters (\\<b\\>people) 0.600 [0.550, 0.650] (moderate to substantial); "
    assert f"{first}4 raters (trained nets) 0.300 [0.250, 0.350] (fair)" in told
    assert "- B: 4 raters (trained nets) 0.450 [0.400, 0.500] (fair to moderate)" in told
    assert "trained on A" not in told
    assert "Alpha minus that of people: trained nets -0.100 [-0.150, -0.050] on T0." in (
        about_agreement(TABLE, apart_of(-1), NONE, NONE)
    )
    assert about_agreement(NONE, NONE, NONE, NONE) == NOBODY


def test_the_heading_says_where_nets_agree_less_or_more_than_people_or_whether_it_is_open() -> None:
    assert heading_of(TABLE, apart_of(-1)) == "Nets agree less than people on 1 of 1 test set"
    every = heading_of(TABLE, apart_of(-1, 1, 0, 1))
    said = "less than people on 1, more on 2, undecided on 1 of 4 test sets"
    assert every == f"Nets agree {said}"
    assert len(every) <= 80
    assert heading_of(TABLE, apart_of(0)) == (
        "Whether nets agree less than people is undecided on 1 test set"
    )
    mine = heading_of(TABLE, apart_of(1, panel="nets trained on A"))
    assert mine == "Alpha of trained nets is 0.300 to 0.450 on 2 test sets"
    assert heading_of(TABLE[:0], NONE) == heading_of(NONE, NONE) == "How far they agree"


def test_what_a_common_training_set_adds_is_no_evidence() -> None:
    told = about_lineage(apart_of(1, 0, -2))
    assert "more than nets that were not on 1 of 3 test sets, less on 1 (difference" in told
    assert "kappa -0.200 to +0.100)" in told
    assert "no evidence that they are right" in told
    assert "evidence" not in about_lineage(apart_of(-1))
    assert about_lineage(NONE) == about_lineage(apart_of(1).assign(difference=NAN)) == ""


def test_who_could_stand_in_an_annotators_place_is_counted_by_whole_intervals() -> None:
    people = apart_of(1, -2, 0, panel="<i>").assign(test="A")
    told = about_people(pd.concat([people, people.assign(test="B", difference=NAN)]))
    assert told.startswith("In the place of one of \\<i\\> on A, 1 of 3 trained nets name")
    assert told.endswith("1 less often.")
    assert about_people(NONE) == ""


def test_kappa_is_told_apart_from_a_percentage() -> None:
    told = about_misreadings(TABLE)
    assert "the same answer to 50 % of images, and alpha is 0.300" in told
    assert "disagree on 70 % of images" in told
    assert about_misreadings(TABLE[:1]) == about_misreadings(NONE) == ""
    assert about_misreadings(TABLE.assign(alpha=-0.9)) == ""


def test_tables_begin_with_what_agreement_is_about() -> None:
    shown = shown_agreement(TABLE)
    assert list(shown)[:4] == ["panel", "tested on", "alpha [95 %]", "in words"]
    assert shown["in words"].tolist()[1:3] == ["fair", "substantial"]
    emotions = shown_emotions(TABLE)
    assert "contempt [95 %]" not in emotions
    assert emotions["sad [95 %]"][0] == "0.60 [0.55, 0.65]"
    assert panel_title("nets trained on fer2013", str.upper) == "nets trained on FER2013"
    assert panel_title(EXTERNAL, str.upper) == EXTERNAL


def test_of_many_pairs_the_ends_are_shown() -> None:
    values = [0.5, 0.1, 0.9, 0.3, 0.7]
    pairs = pd.DataFrame({"kappa": values, "kappa_lo": values, "kappa_hi": values})
    pairs = pairs.assign(test="A", model="m", train="a", other="o", other_train="b", n=9)
    pairs = pairs.assign(drawn="image")
    shown = shown_pairs(pairs)["kappa [95 %]"].str[:5].tolist()
    assert shown == ["0.900", "0.700", "0.300", "0.100"]
    assert list(shown_pairs(pairs[:1]).iloc[0])[:2] == ["m (a)", "o (b)"]
    undefined = pairs.assign(kappa=[NAN, 0.1, NAN, NAN, NAN])
    assert len(shown_pairs(undefined)) == 1
    assert shown_pairs(undefined[:1]).empty


def test_the_chapter_needs_two_raters(simulated_results: Callable[..., Study]) -> None:
    study = simulated_results(models=("net",), train=(TEST,), test=(TEST,))
    rate(study, "ann", slice(0, 50), panel="people")
    rate(study, "one", slice(0, 50), kind="model")
    rate(study, "votes", slice(0, 50), kind="vote-share")
    assert "needs two" in several_raters(study)
    rate(study, "bob", slice(0, 50), panel="people")
    assert several_raters(study) == ""


@pytest.mark.parametrize("models", [("net",), ("net", "other")])
def test_the_chapter_shows_nets_and_people(simulated_results, models) -> None:
    study = simulated_results(models=models, train=(TEST,), test=(TEST,))
    for name in ("ann", "bob"):
        rate(study, name, slice(0, 50), panel="people")
    page = render_chapter(study.name, "agreement")
    text = "".join(
        str(o.get("data", o)) for c in read_notebook(page).cells for o in c.get("outputs", ())
    )
    assert "2 raters (people) 1.000 [1.000, 1.000] (almost perfect)" in text
    assert ("2 raters (trained nets)" in text) == (len(models) == 2)
    files = {file.stem for file in (page.parent / "files").glob("*.csv")}
    assert "demo-agreement-panels" in files
    assert "demo-agreement-people" in files
    assert ("demo-agreement-apart" in files) == (len(models) == 2)


def test_a_study_of_raters_alone_gets_the_chapter(simulated_results) -> None:
    study = simulated_results(models=("net",), train=(TEST,), test=(TEST,))
    for name in ("ann", "bob"):
        rate(study, name, slice(0, 50), panel="people")
    change_study(study, models={}, train=[], raters={"ann": {"title": "A"}})
    page = render_chapter(study.name, "agreement")
    text = page.read_text(encoding="utf-8")
    assert "2 raters (people) 1.000" in text

"""The pages of a study that keeps contempt: pictures with eight emotions, and who is scored on
which."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from fer_core.analysis.cross import cross_table
from fer_core.analysis.outcomes import Outcome, outcomes
from fer_core.analysis.summaries import count_table, share_table, wide_counts
from fer_core.book.prose.contempt import about_contempt
from fer_core.book.prose.matrices import about_tests
from fer_core.book.prose.titles import Titles
from fer_core.book.study_page import Page
from fer_core.emotions import EIGHT, EMOTIONS
from fer_core.figures.curves import describe_pr
from fer_core.figures.tables import classes_text
from fer_core.records import write_record
from fer_core.runs import find_runs
from fer_core.study import Study, load_study
from tests.analysis.simulated import TRUTH, guesses, long


@pytest.fixture(scope="module")
def found() -> dict[object, Outcome]:
    """Tested on eight emotions: models of eight (trained on away) and of seven (on b)."""
    return outcomes(long(away=guesses(TRUTH, EIGHT), b=guesses(TRUTH, EMOTIONS, 1)), 20)


def texts(figure) -> str:
    figure.canvas.draw()
    return " ".join(
        text.get_text() for text in figure.findobj(match=lambda a: hasattr(a, "get_text"))
    )


def test_a_set_that_lacks_contempt_says_so_among_sets_that_have_it(found) -> None:
    few = long(away=guesses([name for name in TRUTH if name != "contempt"], EIGHT))
    table = cross_table({**found, **outcomes(few.assign(test="plain"), 20)})
    titles = Titles(load_study("demo"))
    assert about_tests(table, titles).endswith("; plain 140, 7 of 8 emotions.")
    assert [classes_text(" ".join(names)) for names in (EIGHT, EMOTIONS)] == ["8 of 8", "7 of 7"]


def test_counts_and_curves_name_contempt_where_there_is_any() -> None:
    def facts(names: tuple[str, ...]) -> dict:
        return {"counts": {"split": {"test": dict.fromkeys(names, 3)}}}

    counts = count_table({"with": facts(EIGHT), "without": facts(EMOTIONS)})
    wide = wide_counts(counts)
    assert wide["contempt"].tolist() == [3, 0]
    assert wide["total"].tolist() == [24, 21]
    assert list(share_table(counts)["contempt"].isna()) == [False, True]
    assert list(wide_counts(count_table({"without": facts(EMOTIONS)})))[:-1] == list(EMOTIONS)
    ap = {"model": "m", "train": "a", "test": "b", "emotion": "contempt", "ap": 0.5}
    assert "contempt 0.50 by m" in describe_pr(pd.DataFrame([ap]), "a", "b")


def test_every_chapter_says_on_what_both_kinds_of_model_are_scored(
    checkout: Path, simulated_results: Callable[..., Study], capsys: pytest.CaptureFixture[str]
) -> None:
    study = simulated_results()
    assert about_contempt(find_runs(study.name)) == ""
    Page(study.name, "travel").answer("Yes.")
    assert "contempt" not in capsys.readouterr().out
    for record in find_runs(study.name):
        tests = {**record.tests}
        tests["phantom-lab"] = {**tests["phantom-lab"], "classes": list(EIGHT)}
        classes = EIGHT if record.train == "phantom-lab" else EMOTIONS
        write_record(record.model_copy(update={"tests": tests, "classes": classes}))
    told = about_contempt(find_runs(study.name))
    assert "trained on phantom-lab tell eight emotions apart" in told
    assert "On phantom-web, without images of contempt" in told
    assert "trained on phantom-web tell seven emotions apart. On phantom-lab they are" in told
    shown = []
    page = Page(study.name, "travel")
    page.say = shown.append
    page.answer("Yes.")
    assert shown[2] == told, "below the answer and the badge of a study on phantoms"

"""What the chapter on confidence says."""

from collections.abc import Callable

import pandas as pd
import pytest

from fer_core.analysis.kinds import IN_DOMAIN, OTHER, SAME
from fer_core.book.execution.build import render_chapter
from fer_core.book.prose.confidence import (
    NOTHING,
    about_confidence,
    about_temperature,
    heading_of,
    shown_calibration,
    shown_selection,
)
from fer_core.study import Study

SCORES = ["accuracy", "overconfidence", "calibration", "scaled", "risk", "coverage"]
SCORES += ["kept_accuracy", "detect_confidence", "detect_entropy", "detect_margin"]


def row(test: str, kind: str, over: float, kept: float = 0.9, scaled: float = 0.1) -> dict:
    told = {
        "model": "<m>",
        "train": "A",
        "test": test,
        "kind": kind,
        "n": 50,
        "seeds": 1,
        "drawn": "image",
    }
    told |= {f"{name}{end}": 0.2 for name in SCORES for end in ("", "_lo", "_hi")}
    told |= {"overconfidence": over, "overconfidence_lo": over - 0.05}
    told |= {"overconfidence_hi": over + 0.05, "kept_accuracy": kept, "temperature": 1.5}
    return told | {"scaled": scaled}


TABLE = pd.DataFrame(
    [
        row("A", IN_DOMAIN, 0.01),
        row("B", OTHER, 0.2, 0.6, scaled=0.3),
        row("C", OTHER, 0.04, 0.7),
        row("D", SAME, 0.9, 0.1),
    ]
)


def test_the_answer_tells_in_domain_from_other_photographs() -> None:
    told = about_confidence(TABLE)
    assert "- Trained on A, **\\<m\\>**: mean confidence minus accuracy is 0.010 [-0.040" in told
    assert "in-domain, and of the answers of at least 0.7 confidence, 90 % are right; " in told
    assert "; 0.040 to 0.200 on 2 sets of other photographs, and of the answers" in told
    assert "60 to 70 % are right" in told
    assert "0.9" not in told.split("on 2 sets")[1]
    elsewhere = about_confidence(TABLE[1:].assign(kept_accuracy=float("nan")))
    said = "mean confidence minus accuracy is 0.040 to 0.200 on 2 sets of other photographs, and no"
    assert f"{said} answer has a confidence of 0.7" in elsewhere
    assert about_confidence(TABLE[TABLE["kind"] == SAME]) == NOTHING


def test_the_heading_counts_whole_intervals_on_other_photographs() -> None:
    assert heading_of(TABLE) == "Overconfident in 1 of 2 tests on other photographs"
    assert heading_of(TABLE[:1]).startswith("How probable")


def test_a_temperature_is_judged_by_kind_of_test() -> None:
    told = about_temperature(TABLE)
    assert "lowers the error in 1 of 1 test in-domain and in 1 of 2 tests on other" in told
    assert about_temperature(TABLE.assign(scaled=float("nan"))).startswith("No temperature fits")


def test_tables_begin_with_what_confidence_says() -> None:
    assert list(shown_calibration(TABLE))[3:5] == [
        "overconfidence [95 %]",
        "calibration error [95 %]",
    ]
    assert list(shown_selection(TABLE))[3:5] == ["of them right [95 %]", "answered [95 %]"]


@pytest.mark.parametrize("test", [("phantom-lab",), ("phantom-lab", "phantom-web", "london")])
def test_the_chapter_shows_the_first_model_of_each_training_set(
    simulated_results: Callable[..., Study], test: tuple[str, ...]
) -> None:
    study = simulated_results(models=("net", "other"), test=test)
    page = render_chapter(study.name, "confidence")
    table = pd.read_csv(page.parent / "files" / "demo-confidence-calibration.csv")
    assert len(table) == len(study.train) * len(test)
    assert table.groupby("train")["model"].nunique().max() == 1
    assert (page.parent / "files" / "demo-confidence-reliability.svg").is_file()

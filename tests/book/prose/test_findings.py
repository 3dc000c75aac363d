"""Headings say what an interval shows, and where none shows anything, they say that."""

from dataclasses import replace
from itertools import pairwise

import pandas as pd
import pytest

from fer_core.analysis.audit import Audit
from fer_core.analysis.leaks import KINDS, NotAudited
from fer_core.book.prose import findings

SIDES = (0.02, 0.02, -0.02, 0.005, float("nan"))  # two above 0, one below, one not shown, one blank
LONGEST = 80


def estimates(name: str, values=SIDES, half: float = 0.01, **columns: object) -> pd.DataFrame:
    table = pd.DataFrame({name: values})
    return table.assign(**{f"{name}_lo": table[name] - half, f"{name}_hi": table[name] + half},
                        **columns)  # fmt: skip


def test_a_row_counts_where_its_interval_leaves_0() -> None:
    assert findings.moved(estimates("a"), "a") == (2, 1, 4)
    assert findings.moved(estimates("a", (0.01, -0.01)), "a") == (0, 0, 2), "0 is in both"
    assert findings.moved(pd.DataFrame(), "a") == (0, 0, 0)


def test_models_that_lose_on_other_photographs_are_counted() -> None:
    told = findings.lost_elsewhere(estimates("loss_macro_f1"))
    assert told == "2 of 4 trained models lose macro-F1 on other photographs, 1 gain"
    assert "gain" not in findings.lost_elsewhere(estimates("loss_macro_f1", (0.02, 0.0)))
    assert "No model was tested" in findings.lost_elsewhere(estimates("loss_macro_f1", (SIDES[4],)))


def test_scores_that_do_not_beat_the_constant_answer_are_those_whose_interval_reaches_0() -> None:
    cells = estimates("above_constant_macro_f1", state="done")
    assert findings.not_above(cells) == (
        "2 of 4 cells are not shown to beat the constant answer in macro-F1"
    )
    assert findings.not_above(cells.head(2)) == (
        "Every macro-F1 beats the constant answer, in 2 cells"
    )
    holes = cells.assign(state=["done", "failed", "not run", "failed", "done"])
    assert "in 1 cell" in findings.not_above(holes)
    assert "No score is known" in findings.not_above(cells.assign(state="failed"))


def test_the_view_that_changes_most_is_named() -> None:
    name = "change_macro_f1"
    quiet, loud = estimates(name, (0.0, 0.0), view="mirror"), estimates(name, view="side-96")
    told = findings.changed_by_views(pd.concat([quiet, loud]))
    assert told == "The view side-96 raises macro-F1 in 2 of 4 cells and lowers it in 1"
    assert findings.changed_by_views(quiet) == "No other view is shown to change macro-F1"
    assert findings.changed_by_views(quiet.head(0)) == "Other views of the test images"


def test_a_loss_is_lower_and_a_gain_higher() -> None:
    told = findings.lost(estimates("row_drop_macro_f1"), "row_drop", "On another set")
    assert told == "On another set, macro-F1 is lower in 2 of 4 cells and higher in 1"
    none = estimates("row_drop_macro_f1", (0.0,))
    assert "is not shown to differ in any of 1 cell" in findings.lost(none, "row_drop", "There")
    assert findings.lost(none.head(0), "row_drop", "There") == "There: nothing to compare"


def classes(*recalls: float, **more: object) -> pd.DataFrame:
    names = ["angry", "disgust", "fear", "happy", "sad"][: len(recalls)]
    axes = {"model": "m", "train": "a", "test": "a", "kind": "in-domain", "emotion": names}
    return estimates("recall", recalls, 0.05, **{**axes, **more})


def test_the_emotion_that_is_missed_most_is_named_only_if_it_is_told_apart() -> None:
    own = classes(0.41, 0.6, 0.8)
    away = classes(0.1, 0.6, test="b", kind="other photographs")
    also = classes(0.3, 0.6, test="c", kind="other photographs")
    same = classes(0.9, 0.9, test="d", kind="same photographs")
    others = classes(0.0, 0.0, model="n")
    table = pd.concat([own, away, also, same, others])
    told = findings.missed_most(table, "m", "a")
    assert told == "Angry is missed most: recall 0.41 in-domain, 0.20 elsewhere"
    assert findings.missed_most(own, "m", "a").endswith("recall 0.41 in-domain")
    near = findings.missed_most(classes(0.5, 0.41, 0.8), "m", "a")
    assert near == "Missed most in-domain, not told apart: disgust or angry"
    many = findings.missed_most(classes(0.41, 0.42, 0.43, 0.44, 0.45), "m", "a")
    assert many.endswith("angry, disgust, fear or 2 more")
    assert findings.missed_most(away, "m", "a") == "Recall of each emotion"


def confusions(*counts: tuple[str, str, int]) -> pd.DataFrame:
    table = pd.DataFrame(counts, columns=["emotion", "answer", "count"])
    table = table.assign(model="m", train="a", test="a", n=100)
    return table.assign(share=table["count"] / 100)


def test_the_largest_confusion_is_named_only_if_it_is_told_apart() -> None:
    right = ("fear", "fear", 99)
    clear = confusions(right, ("fear", "sad", 60), ("sad", "fear", 20))
    told = findings.mistaken_most(clear, "m", "a")
    assert told == "Most confused in-domain: fear for sad, 60 % of fear"
    near = findings.mistaken_most(confusions(right, ("fear", "sad", 60), ("sad", "fear", 55)),
                                  "m", "a")  # fmt: skip
    assert near == "Most confused in-domain: fear for sad or sad for fear"
    none = confusions(right, ("fear", "sad", 0))
    assert findings.mistaken_most(none, "m", "a") == "Which emotion is taken for which"


def precision(*values: float) -> pd.DataFrame:
    return classes(*values).rename(columns=lambda name: name.replace("recall", "ap"))


def test_the_surest_and_the_least_sure_emotion_are_named_if_they_are_told_apart() -> None:
    told = findings.surest(precision(0.9, 0.6, 0.2, 0.25), "m", "a")
    assert told == "In-domain, found most surely: angry; least surely: fear or happy"
    one = findings.surest(precision(0.9, 0.2, 0.21, 0.22), "m", "a")
    assert one == "In-domain, found most surely: angry"
    blank = precision(0.9, 0.6, 0.2).assign(ap_lo=float("nan"), ap_hi=float("nan"))
    assert findings.surest(blank, "m", "a").endswith("most surely: angry; least surely: fear")
    alike = findings.surest(precision(0.5, 0.51, 0.52, 0.53), "m", "a")
    assert alike == "In-domain, few emotions are told apart by how surely they are found"
    assert findings.surest(precision(0.5), "m", "b") == "Precision against recall"


def test_what_leaks_are_worth_is_counted_or_said_to_be_unknown() -> None:
    told = findings.worth_of_leaks(estimates("gain"), {})
    assert told == "Leaking images raise accuracy in 2 of 4 cells, lower it in 1"
    none = estimates("gain", (0.0,))
    assert "In none of 1 cell do leaking images" in findings.worth_of_leaks(none, {})
    assert "No leak is known" in findings.worth_of_leaks(none.head(0), {})
    assert "is not known" in findings.worth_of_leaks(none, NotAudited("no audit"))


def test_sets_that_share_something_are_counted() -> None:
    empty = pd.DataFrame()
    audit = Audit(empty, empty, empty, empty, {}, empty)
    assert "is not known" in findings.shared_by_pairs(audit)
    leaks = pd.DataFrame({"train": ["a", "a"], "test": ["b", "c"], "n_test": 9})
    leaks = leaks.assign(**{kind: [0, 3] for kind in KINDS})
    told = findings.shared_by_pairs(replace(audit, leaks=leaks))
    assert told == "In 1 of 2 pairs, training shares images or persons with the test"
    shared = pd.DataFrame({"copies_a": [0, 0, 2], "near": [0, 0, 0], "persons": [None, 1, None]})
    assert findings.shared_by_sets(shared).startswith("2 of 3 pairs of data sets have")
    assert findings.shared_by_sets(shared.head(0)) == "What two data sets share"
    copies = pd.DataFrame({"byte copies": [0, 1, 0], "near copies, pairs": [None, 0, 2]})
    assert findings.copies_within(copies).startswith("2 of 3 data sets hold copies")


def test_planted_copies_and_last_epochs_are_counted() -> None:
    planted = pd.DataFrame({"planted": [1000, 500], "found": [999, 400]})
    assert findings.found_of_planted(planted) == "The search finds 1,399 of 1,500 planted copies"
    assert findings.found_of_planted(planted.head(0)) == "The method and its errors"
    kept = pd.DataFrame({"kept epoch": [3, 4, 4], "epochs": 4})
    assert findings.kept_last(kept) == "The last epoch was kept in 2 of 3 runs"


def test_headings_speak_of_the_first_model_of_the_first_training_set_that_has_one() -> None:
    assert findings.lead_of(["x", "b", "a"], {"a": "m", "b": "n"}) == ("n", "b")


@pytest.mark.parametrize("n", [1, 800])
def test_headings_are_short_also_of_many_runs(n: int) -> None:
    sides = [0.02, -0.02] * n
    frame = estimates("row_drop_macro_f1", sides, view="side-112", state="done")
    for name in ("loss_macro_f1", "above_constant_macro_f1", "change_macro_f1", "gain"):
        frame = pd.concat([frame, estimates(name, sides)], axis=1)
    long = ["surprise", "disgust", "neutral", "happy", "angry"]
    pairs = [(a, b, 60 - i) for i, (a, b) in enumerate(pairwise(long))]
    told = [
        findings.lost_elsewhere(frame),
        findings.not_above(frame),
        findings.changed_by_views(frame),
        findings.worth_of_leaks(frame, {}),
        findings.lost(frame, "row_drop", "Trained elsewhere"),
        findings.surest(precision(0.9, 0.88, 0.5, 0.1, 0.1).assign(emotion=long), "m", "a"),
        findings.missed_most(classes(0.4, 0.4, 0.4, 0.4, 0.4).assign(emotion=long), "m", "a"),
        findings.mistaken_most(confusions(*pairs), "m", "a"),
    ]
    assert max(map(len, told)) <= LONGEST, max(told, key=len)

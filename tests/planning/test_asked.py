"""What a study of raters lacks, and how each answer gets in."""

import pytest

from fer_core.errors import FerError
from fer_core.planning.asked import can_score, raters_of
from fer_core.planning.needs import count_runs, sets_of
from fer_core.planning.stand_in import other_tests, stand_in
from fer_core.raters import RaterRecord, RaterTest, answers_left, raters_dir, write_rater
from fer_core.study import Study

FACTS = RaterTest(n=1, of=1, form="labels", sha256="0" * 64, fingerprint="f")


def study(**changes) -> Study:
    content = {
        "name": "agree",
        "title": "Agree",
        "raters": {
            "ann": {"title": "Ann", "kind": "annotator", "source": "a book", "trained_on": ["no"]},
            "open": {"title": "not named", "test": ["rafdb"]},
        },
        "test": ["rafdb", "phantom-web"],
    }
    return Study.model_validate(content | changes)


def rate(name: str, *tests: str) -> None:
    record = RaterRecord(
        study="agree", name=name, kind="model", title="t", source="s", trained_on=("x",),
        tests=dict.fromkeys(tests, FACTS),
    )  # fmt: skip
    raters_dir("agree").joinpath(name).mkdir(parents=True)
    write_rater(record)


def test_every_rater_comes_with_the_command_that_adds_what_is_missing(data_home, results_home):
    of = study()
    ann, unnamed = raters_of(of, sets_of(of))
    assert ann.way == "`fer rater add agree TEST FILE --name ann`; from a book"
    assert ann.tests == ("rafdb", "phantom-web")
    told = "`fer rater add agree rafdb FILE --name open --title TEXT --source TEXT"
    assert unnamed.way == f"first its test sets, then {told} --trained-on TEXT`"
    assert (unnamed.tests, unnamed.answered) == (("rafdb",), ())
    assert can_score(of) == {}
    assert count_runs(of, sets_of(of), {}) == {"planned": 0, "done": 0, "can_start": 0}


def test_what_was_answered_is_not_asked_again(data_home, results_home):
    rate("ann", "rafdb")
    rate("bob", "rafdb")
    of = study()
    ann, _ = raters_of(of, sets_of(of))
    assert (ann.answered, ann.way.split(" FILE")[0]) == (
        ("rafdb",),
        "`fer rater add agree phantom-web",
    )
    assert can_score(of) == {"rafdb": ["ann", "bob"]}
    assert answers_left(of) == [("ann", "phantom-web"), ("open", "rafdb")]
    rate("open", "rafdb")
    assert raters_of(of, sets_of(of))[1].way == ""
    assert answers_left(of) == [("ann", "phantom-web")]


def test_on_open_sets_all_raters_stay_and_answer_all_of_them():
    content = other_tests(study(), "open")
    new = Study.model_validate({"name": "new", **content})
    assert [*new.raters] == ["ann", "open"]
    assert new.raters["ann"] == study().raters["ann"]
    assert all(rater.test is None for rater in new.raters.values())
    assert new.test == ("fer2013", "ferplus", "nhfi", "muxspace", "london")
    assert (new.models, new.train) == ({}, ())


def test_raters_have_no_version_on_phantoms_and_no_hours():
    with pytest.raises(FerError, match="an invented answer would show nothing; --on open"):
        other_tests(study(), "phantoms")
    with pytest.raises(FerError, match="agree trains nothing, so hours cut nothing"):
        stand_in(study(), "new", "open", 3, {})

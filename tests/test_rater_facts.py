"""A study of raters: whom it expects, and what is refused."""

import pytest
from pydantic import ValidationError

from fer_core.errors import FerError
from fer_core.study import Study, load_study


def with_raters(**changes) -> Study:
    content = {"name": "agree", "title": "T", "test": ["rafdb"], "raters": {"ann": {"title": "A"}}}
    return Study.model_validate(content | changes)


def test_a_study_of_raters_plans_no_run_and_needs_its_test_sets():
    of = with_raters()
    assert (of.cells(), of.train_sets(), of.datasets()) == ([], (), ("rafdb",))
    assert of.raters["ann"].kind == "model"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"raters": {}}, "neither models nor raters"),
        ({"train": ["rafdb"]}, "a train, and no models"),
        ({"models": {"net": {"backbone": "lenet5"}}}, "models, and no train"),
        ({"models": {"ann": {"backbone": "lenet5"}}, "train": ["rafdb"]}, "raters.ann is a model"),
        ({"raters": {"ann": {}}}, "raters.ann.title"),
        ({"raters": {"ann": {"title": "A", "kind": "oracle"}}}, "raters.ann.kind"),
        ({"raters": {"ann": {"title": "A", "test": []}}}, "raters.ann.test"),
        ({"leaks": {"rafdb": "drop"}}, "no training set"),
    ],
)
def test_a_study_of_nobody_or_with_a_wrong_rater_is_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        with_raters(**changes)


def test_a_rater_answers_test_sets_of_the_study():
    with pytest.raises(FerError, match=r"unknown test of raters\.ann 'rafdbb'; did you mean rafdb"):
        with_raters(raters={"ann": {"title": "A", "test": ["rafdbb"]}})


def test_a_rater_that_stands_twice_is_refused_in_one_line(tmp_path):
    path = tmp_path / "agree.yml"
    path.write_text("title: T\ntest: [rafdb]\nraters:\n  a: {title: A}\n  a: {title: B}\n")
    with pytest.raises(FerError, match=r"agree\.yml.*'a' stands twice"):
        load_study(str(path))

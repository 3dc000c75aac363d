"""Which answers of the raters that a study expects are here, and how each other one gets in."""

from shlex import quote
from typing import NamedTuple

from fer_core.planning.needs import READY, Set
from fer_core.raters import answers_left, find_raters
from fer_core.study import Study


class Asked(NamedTuple):
    """A rater that a study expects, with the test sets that it is to answer, those of them that it
    has, and the command that adds one more; "" where none is missing."""

    rater: str
    title: str
    tests: tuple[str, ...]
    answered: tuple[str, ...]
    way: str


def raters_of(study: Study, sets: list[Set]) -> list[Asked]:
    """Return every rater that a study expects."""
    ready = {one.dataset for one in sets if one.state == READY}
    every = answers_left(study)
    found = []
    for name, rater in study.raters.items():
        tests = rater.test or study.test
        left = [test for who, test in every if who == name]
        answered = tuple(test for test in tests if test not in left)
        way = _way(study, name, "TEST" if len(left) > 1 else left[0]) if left else ""
        if left and not ready.intersection(left):
            way = f"first its test sets, then {way}"
        found.append(Asked(name, rater.title, tests, answered, way))
    return found


def can_score(study: Study) -> dict[str, list[str]]:
    """Return by test set the raters whose scores can be computed now, expected or not."""
    raters = find_raters(study)
    return {
        test: names
        for test in study.test
        if (names := [rater.name for rater in raters if test in rater.tests])
    }


def _way(study: Study, name: str, test: str) -> str:
    """Return the command that adds answers, with what the study cannot say of a new rater."""
    rater, options = study.raters[name], ""
    if name not in {one.name for one in find_raters(study)}:
        options += "" if rater.source else " --title TEXT --source TEXT"
        options += "" if rater.trained_on else " --trained-on TEXT"
    where = f"; from {rater.source}" if rater.source else ""
    return f"`fer rater add {quote(study.name)} {test} FILE --name {name}{options}`{where}"

"""The result of a study: one object from which chapters, command line and figures take everything.

    result = study_result("open")
    result.outcomes[key].estimate("macro_f1")
    difference(result.outcomes[key], result.outcomes[other], statistic)
    difference(*paired(result.outcomes[key], result.raters[rater]), statistic)

It is made once per process and kept in memory. It is not kept on disk: the draws of the open study
take about as long as reading its predictions, which must be compared with their hashes anyway.
"""

from collections.abc import Collection
from functools import cached_property
from hashlib import sha256

import pandas as pd

from fer_core import paths
from fer_core.analysis.aligned import most_classes, read_tables
from fer_core.analysis.keys import Key
from fer_core.analysis.leaderboard import validation_outcomes
from fer_core.analysis.outcomes import Outcome, outcomes_of
from fer_core.analysis.raters import rater_outcomes
from fer_core.files import sha256_file
from fer_core.persons import with_persons
from fer_core.raters import RECORD, collect_raters, raters_dir
from fer_core.runs import collect
from fer_core.study import Study, load_study
from fer_core.views import CLEAN

KEPT = 2  # results in memory; that of the open study takes 200 MB
_made: dict[str, "StudyResult"] = {}


class StudyResult:
    """What the finished runs and the raters of a study answered; each part is made when it is
    first asked for."""

    def __init__(self, study: Study) -> None:
        self.study = study

    @cached_property
    def in_views(self) -> dict[Key, Outcome]:
        """Every model × train × test in every view that the study asks for."""
        if not self.study.models:
            return {}  # it has raters alone
        views = self.study.all_views()
        tables = read_tables(self.study, views)
        return outcomes_of(tables, most_classes(tables), self.study.name)

    @cached_property
    def outcomes(self) -> dict[Key, Outcome]:
        """Those of `in_views` on test images as they are."""
        return {key: outcome for key, outcome in self.in_views.items() if key.view == CLEAN}

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """The long table of `fer_core.runs.collect` for test images as they are,
        with the persons on them."""
        return self._answers([CLEAN])

    @cached_property
    def raters(self) -> dict[Key, Outcome]:
        """Every rater on every test set that it answered, with the draws of the runs; none of the
        other parts knows them."""
        answers = with_persons(collect_raters(self.study), self.study.name)
        return rater_outcomes(answers, self.outcomes)

    @cached_property
    def validation(self) -> dict[Key, Outcome]:
        """Every model on the validation images of its training set."""
        return validation_outcomes(self.study)

    def _answers(self, views: list[str]) -> pd.DataFrame:
        return with_persons(collect(self.study, views), self.study.name)


def study_result(study: Study | str, models: Collection[str] | None = None) -> StudyResult:
    """Return the result of a study, the same object as long as its files are the same; with
    `models`, that of these alone, as if the study had no others: of hundreds a page may need few.
    Raters then have the draws of the test sets of these models, or of their own images.
    """
    study = load_study(study) if isinstance(study, str) else study
    for model in models or ():
        study.spec(model)
    if models is not None:
        some = {name: spec for name, spec in study.models.items() if name in models}
        study = study.model_copy(update={"models": some})
    files = fingerprint(study)
    if files not in _made:
        while len(_made) >= KEPT:
            _made.pop(next(iter(_made)))
        _made[files] = StudyResult(study)
    return _made[files]


def fingerprint(study: Study) -> str:
    """Return a hash of all that a result is made of: the study, the records of its runs and raters,
    which hold the hashes of the predictions, and its persons."""
    folder = paths.results_dir() / study.name
    files = [*folder.glob("*/*/seed*/run.json"), *folder.glob("data/*.persons.csv")]
    files += raters_dir(study.name).glob(f"*/{RECORD}")
    parts = [f"{file} {sha256_file(file)}" for file in sorted(files)]
    return sha256("\n".join([study.model_dump_json(), str(folder), *parts]).encode()).hexdigest()

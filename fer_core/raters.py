"""The raters of a study: prediction tables that no run made, each with a record of who answered.

A rater is an external model, a person, a share of votes or a simulation. Its folder is
`results/<study>/raters/<name>/`: one table per test set, of the images that it answered, and
`rater.json`, written last.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, get_args

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fer_core import paths
from fer_core.errors import FerError
from fer_core.facts import Counts, first_fault
from fer_core.files import read_json, sha256_file, write_json
from fer_core.names import Name
from fer_core.predictions import COLUMNS, TEST, read_predictions
from fer_core.rater_facts import LONGEST, Kind, Line
from fer_core.runs import collect
from fer_core.study import Study, load_study
from fer_core.views import CLEAN

Form = Literal["probabilities", "vote-shares", "labels"]
RECORD = "rater.json"
RATER_KIND = "rater_kind"  # a column of long tables: the kind of the rater, "" of a run
FORM = "form"  # another: what the columns p_ hold, a Form


class RaterTest(BaseModel):
    """What a rater answered of one test set."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    n: int = Field(gt=0, description="test images that it answered")
    of: int = Field(description="test images that there are")
    form: Form = Field(description="labels: one emotion per image, 1 where it is named, else 0")
    outside: Counts = Field({}, description="answers that are no emotion of the study, by word")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="of the table")
    fingerprint: str = Field(description="of the data set that the true emotions are from")

    @model_validator(mode="after")
    def _answers_no_more_than_there_is(self) -> "RaterTest":
        if self.n > self.of:
            raise ValueError(f"{self.n} of {self.of} images are more than there are")
        return self


class RaterRecord(BaseModel):
    """What `rater.json` holds: who answered, what that is known from, and what was answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    study: Name
    name: Name
    kind: Kind
    title: Line
    source: Line = Field(description="citation or address")
    licence: Line = "unknown"
    trained_on: tuple[Line, ...] = Field(min_length=1, description="data sets, or words")
    note: Annotated[str, Field(max_length=2 * LONGEST)] = ""
    panel: Name | None = Field(None, description="raters of one panel are shown as one line")
    tests: dict[Name, RaterTest] = {}

    @property
    def folder(self) -> Path:
        """The rater's folder."""
        return raters_dir(self.study) / self.name

    def table_path(self, test: str) -> Path:
        """Return where the answers to a test set are."""
        return self.folder / f"{test}.parquet"


def raters_dir(study: str) -> Path:
    """Return the folder of a study's raters."""
    return paths.results_dir() / study / "raters"


def rater_names(study: str) -> list[str]:
    """Return the names of all folders of raters, whole or not."""
    return sorted(path.name for path in raters_dir(study).glob("[!.]*") if path.is_dir())


def write_rater(rater: RaterRecord) -> None:
    """Write `rater.json`: what it names counts from now on."""
    content = rater.model_dump(mode="json", exclude_defaults=True)
    write_json(rater.folder / RECORD, content | {"licence": rater.licence})


def read_rater(study: str, name: str) -> RaterRecord:
    """Return the record of a rater; one that is damaged, of another folder or without a test set
    is a FerError."""
    path = raters_dir(study) / name / RECORD
    way_out = f"remove the rater, `fer rater remove {study} {name}`, and add it again"
    if not path.is_file():
        raise FerError(f"{path} is missing: the rater was not added to its end; {way_out}")
    try:
        rater = RaterRecord.model_validate(read_json(path))
    except ValidationError as error:
        raise FerError(f"{path}: {first_fault(error)}; {way_out}") from error
    if (rater.study, rater.name) != (study, name):
        raise FerError(f"{path} is the record of {rater.name} in {rater.study}; {way_out}")
    if not rater.tests:
        raise FerError(f"{path} names no test set; {way_out}")
    return rater


def find_raters(study: Study | str) -> list[RaterRecord]:
    """Return the raters of a study by name, with those of its test sets that they answered.

    A rater with the name of a model of the study is a FerError.
    """
    study = load_study(study) if isinstance(study, str) else study
    found = []
    for name in rater_names(study.name):
        if not (raters_dir(study.name) / name / RECORD).is_file():
            continue  # it was never added to its end
        rater = read_rater(study.name, name)
        require_no_model(study, name)
        tests = {test: facts for test, facts in rater.tests.items() if test in study.test}
        if tests:
            found.append(rater.model_copy(update={"tests": tests}))
    return found


def answers_left(study: Study) -> list[tuple[str, str]]:
    """Return each rater that a study expects with each test set that it has not answered."""
    here = {rater.name: rater.tests for rater in find_raters(study)}
    return [
        (name, test)
        for name, rater in study.raters.items()
        for test in rater.test or study.test
        if test not in here.get(name, {})
    ]


def require_no_model(study: Study, name: str) -> None:
    """Raise FerError where a rater has the name of a model of the study."""
    if name in study.models:
        raise FerError(f"{name!r} is a model of the study {study.name}; call the rater otherwise")


def read_answers(rater: RaterRecord, test: str) -> pd.DataFrame:
    """Return the prediction table of a rater; another than the one
    that its record hashed is a FerError."""
    path = rater.table_path(test)
    if not path.is_file() or sha256_file(path) != rater.tests[test].sha256:
        raise FerError(
            f"{path} is not the table that {RECORD} was written for; restore it, or remove the "
            f"rater, `fer rater remove {rater.study} {rater.name}`, and add it again"
        )
    return read_predictions(path)


def collect_raters(study: Study | str) -> pd.DataFrame:
    """Return what the raters of a study answered, as one long table; empty where it has none.

    Columns as those of `fer_core.runs.collect`, with the rater's name as `model`, "" as `train` and
    0 as `seed`, and RATER_KIND and FORM.
    """
    parts = []
    for rater in find_raters(study):
        for test in rater.tests:
            table = read_answers(rater, test)
            keys = {"model": rater.name, "train": "", "seed": 0, "test": test, "view": CLEAN}
            keys |= {"part": TEST, RATER_KIND: rater.kind, FORM: rater.tests[test].form}
            parts.append(pd.DataFrame({**keys, **table}, index=table.index))
    if not parts:
        columns = ["model", "train", "seed", "test", "view", "part", RATER_KIND, FORM, *COLUMNS]
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)


def collect_all(study: Study | str, views: Sequence[str] = (CLEAN,)) -> pd.DataFrame:
    """Return the predictions of all finished runs of a study, as `fer_core.runs.collect` does, and
    below them the answers of its raters, as `collect_raters` does.

    RATER_KIND is "" for runs, and their FORM is probabilities. A rater answers images as they are:
    its rows have the view `clean`, whatever `views` are.
    """
    runs, raters = collect(study, views), collect_raters(study)
    place, form = list(runs.columns).index("sample_id"), get_args(Form)[0]
    runs.insert(place, RATER_KIND, "")
    runs.insert(place + 1, FORM, form)
    return pd.concat([runs, raters], ignore_index=True) if len(raters) else runs

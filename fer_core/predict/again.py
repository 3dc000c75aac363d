"""Tables of finished runs, brought up to date from their weights: a new test set, a new view."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch

from fer_core.data.contempt import study_dataset
from fer_core.data.dataset import Dataset
from fer_core.data.enlarging import require_sharp
from fer_core.data.load import load_dataset
from fer_core.data.select import draw_rows, test_rows
from fer_core.errors import FerError
from fer_core.predict.explain import explained, write_cam
from fer_core.predict.regions import leave_regions
from fer_core.predict.tables import write_tables
from fer_core.predict.views import require_views
from fer_core.predict.weights import model_of
from fer_core.progress import Progress
from fer_core.records import RunRecord, write_record
from fer_core.runs import missing_views, read_run
from fer_core.study import Study
from fer_core.training.provenance import commit
from fer_core.training.rows import about_data, rows_of
from fer_core.views import CLEAN, passes


def outdated_tests(record: RunRecord, study: Study) -> dict[str, list[str]]:
    """Return the views of each test set of the study that a run has to predict.

    All of them where the run has not predicted the test set or the set has changed since; else
    those that the study named later. Raises FerError when a data set is not prepared.
    """
    missing = missing_views(study, record.model, record.tests)
    due = {
        name: list(study.views_for(record.model))
        if _has_changed(record, study, name)
        else missing.get(name, [])
        for name in study.test
    }
    return {name: views for name, views in due.items() if views}


def predict_again(
    record: RunRecord, study: Study, device: torch.device, now: str, shown: bool = False
) -> RunRecord:
    """Predict what is outdated of a finished run from its weights, and record it; with `shown`, say
    on standard error how it goes.

    The run keeps its training: raises FerError when its training set has changed, when its training
    rows would be others today (one of them may be a copy of a new test image), or when the weights
    are not here; then it has to be trained again. Tables that are not outdated are left alone.
    """
    due = outdated_tests(record, study)
    if not due:
        return record
    tests = {name: study_dataset(study, name) for name in study.test}
    _require_same_training(record, study, tests, due)
    model = model_of(record)
    for name, views in due.items():
        require_views(model, views, record.model, [tests[name]], study.upsample)
    _require_own_tables(record, due)
    data, done = dict(record.data), dict(record.tests)
    for name, views in due.items():
        rows = test_rows(tests[name])
        title = f"{record.model} on {record.train}, seed {record.seed}: predicting {name}"
        with Progress(title, len(rows) * len(passes(views)), shown) as progress:
            entry = write_tables(
                model, tests[name], rows, record.folder, name, views, device,
                record.machine.channels_last is True, progress.advance,
            )  # fmt: skip
        old = {} if _has_changed(record, study, name) else done.get(name, {})
        done[name] = _merged(old, entry, now)
        data[name] = about_data(tests[name], int(record.input["size"]))
    chosen = {**record.rows, "contempt": study.contempt}
    record = record.model_copy(update={"tests": done, "data": data, "rows": chosen})
    if any(CLEAN in due[name] for name in explained(record.train, due)):
        known = {name: tests[name] for name in done if name in tests}
        write_cam(model, record.train, known, read_run(record), record.folder, device)
        for name in explained(record.train, known):
            leave_regions(record.study, known[name])
    write_record(record)
    return record


def _has_changed(record: RunRecord, study: Study, test: str) -> bool:
    known = record.data.get(test, {}).get("fingerprint")
    changed = known != load_dataset(test).fingerprint
    return changed or record.rows.get("contempt", "drop") != study.contempt


def _require_same_training(
    record: RunRecord, study: Study, tests: Mapping[str, Dataset], due: Iterable[str]
) -> None:
    """Refuse a run that would be trained otherwise today, and say why."""
    again = f"delete {record.folder} and train it again"
    train = study_dataset(study, record.train)
    if record.data[record.train]["fingerprint"] != train.fingerprint:
        raise FerError(
            f"{record.train} has changed since {record.model} was trained on it; {again}"
        )
    size = int(record.input["size"])
    require_sharp((tests[name] for name in due), size, record.model, study.upsample)
    train, rows = rows_of(study, train, list(tests.values()))
    if record.recipe.data.images is not None:
        rows = draw_rows(train, rows, record.recipe.data.images, record.seed)
    now_used = (len(rows.train), len(rows.validation), dict(rows.dropped))
    if now_used != tuple(record.rows[key] for key in ("train", "validation", "dropped")):
        raise FerError(
            f"with {', '.join(due)} as it is today, {record.model} would be trained on other "
            f"images of {record.train}; {again}"
        )


def _require_own_tables(record: RunRecord, due: Mapping[str, Iterable[str]]) -> None:
    """Refuse tables that stay and are not the run's own."""
    for view in {view for facts in record.tests.values() for view in facts["views"]}:
        stay = {
            test: facts
            for test, facts in record.tests.items()
            if view in facts["views"] and view not in due.get(test, ())
        }
        read_run(record.model_copy(update={"tests": stay}), view)


def _merged(old: Mapping[str, Any], entry: dict[str, Any], now: str) -> dict[str, Any]:
    """Return what the record says of a test set: the old views and the new ones,
    with when and by which code."""
    later = {"predicted": now, "commit": commit()}
    new = {view: {**facts, **later} for view, facts in entry["views"].items()}
    return {**entry, "views": {**old.get("views", {}), **new}}

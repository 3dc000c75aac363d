"""`fer studies predict`, `fer studies explain`: what weights can do again."""

from typing import Any

import typer

from fer_core.cli.output import FAILED, Device, Json, StudyName, show_rows
from fer_core.errors import FerError
from fer_core.records import read_record, run_dir
from fer_core.runs import find_runs
from fer_core.study import load_study


def explain(study: StudyName, device: Device = "auto", json: Json = False) -> None:
    """Compute the Grad-CAM heat maps of a study's finished runs anew, from their weights.

    Runs whose weights are not here keep what they have, and are named.
    """
    from fer_core.predict.explain import explain_run
    from fer_core.training.seeds import pick_device

    rows = []
    for record in find_runs(load_study(study)):
        row: dict[str, Any] = {**record.cell._asdict(), "heat maps": 0, "message": ""}
        try:
            row["heat maps"] = len(explain_run(record, pick_device(device)))
        except FerError as error:  # the other runs may have their weights
            row["message"] = str(error)
        rows.append(row)
    show_rows(rows, json, empty=f"{study} has no finished run; see `fer status {study}`")
    if any(row["message"] for row in rows):
        raise typer.Exit(FAILED)


def predict(study: StudyName, device: Device = "auto", json: Json = False) -> None:
    """Predict the test sets and views that are new or have changed since a run,
    from its weights."""
    from fer_core.data.contempt import study_dataset
    from fer_core.data.summary import leave_summary
    from fer_core.job import now
    from fer_core.predict.again import outdated_tests, predict_again
    from fer_core.training.seeds import pick_device

    loaded = load_study(study)
    rows: list[dict[str, Any]] = []
    tests: set[str] = set()
    for cell in loaded.cells():
        folder, message = run_dir(loaded.name, *cell), ""
        due: dict[str, list[str]] = {}
        if not (folder / "run.json").is_file():
            continue
        try:
            record = read_record(folder)
            due = outdated_tests(record, loaded)
            predict_again(record, loaded, pick_device(device), now(), shown=not json)
        except FerError as error:  # the other runs can still be brought up to date
            message = str(error)
        again = [f"{test}, {view}" for test, views in due.items() for view in views]
        rows.append({**cell._asdict(), "predicted again": again, "message": message})
        tests |= due.keys()
    for name in sorted(tests):
        leave_summary(loaded.name, study_dataset(loaded, name))
    show_rows(rows, json, empty=f"{study} has no finished run; see `fer status {study}`")
    if any(row["message"] for row in rows):
        raise typer.Exit(FAILED)

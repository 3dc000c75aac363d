"""The files of an audit among a study's results."""

from pathlib import Path

import pandas as pd

from fer_core import paths
from fer_core.audited import made_of
from fer_core.data.audit.report import audit_facts, leak_table, leaking_table, screening_table
from fer_core.data.copies.pairs import near_table
from fer_core.data.copies.shared import shared_table
from fer_core.data.dataset import Dataset
from fer_core.files import atomic_path, write_json
from fer_core.study import Study


def write_audit(study: Study, trains: list[Dataset], tests: list[Dataset]) -> Path:
    """Write near.csv, shared.csv, leaking.csv, leaks.csv, screening.csv and audit.json into
    `results/<study>/data/`, and return the last one's path."""
    folder = paths.results_dir() / study.name / "data"
    datasets = list({dataset.name: dataset for dataset in (*trains, *tests)}.values())
    _write(folder / "near.csv", near_table(datasets))
    _write(folder / "shared.csv", shared_table(datasets))
    leaking = leaking_table(study, trains, tests)
    _write(folder / "leaking.csv", leaking)
    _write(folder / "leaks.csv", leak_table(leaking, trains, tests))
    _write(folder / "screening.csv", screening_table(datasets))
    of = made_of(study, {d.name: vars(d) for d in datasets})
    write_json(folder / "audit.json", audit_facts(datasets) | {"of": of})
    return folder / "audit.json"


def _write(path: Path, table: pd.DataFrame) -> None:
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")

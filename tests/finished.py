"""Finished runs of a study called mini, without a training."""

import numpy as np

from fer_core.files import sha256_file
from fer_core.predictions import write_predictions
from fer_core.records import RunRecord, table_path, write_record


def make_record(model="small", train="lab", seed=0, **changes) -> RunRecord:
    """A finished run of a study called mini, with made-up provenance."""
    fields = {
        "study": "mini", "model": model, "train": train, "seed": seed, "spec": {}, "recipe": {},
        "input": {"size": 48, "mean": [0.5], "std": [0.5]}, "weights": {"source": "none"},
        "parameters": 1, "data": {}, "selection": {},
        "rows": {"train": 1, "validation": 1, "dropped": {}}, "weights_sha256": "0" * 64,
        "tests": {"lab": {"n": 2}, "web": {"n": 2}}, "commit": "unknown", "versions": {},
        "hardware": {}, "seconds": 1.0, "images_per_second": 1.0, "started": "", "finished": "",
    }  # fmt: skip
    return RunRecord(**{**fields, **changes})


def write_run(record: RunRecord, views: tuple[str, ...] = ("clean",)) -> RunRecord:
    """Leave tables and the record with their hashes; return it."""
    tests = {test: {**facts, "views": {}} for test, facts in record.tests.items()}
    for test, facts in tests.items():
        for view in views:
            path = table_path(record.folder, test, view)
            write_predictions(path, ["a", "b"], ["happy", "sad"], np.full((2, 7), 1 / 7))
            facts["views"][view] = {"sha256": sha256_file(path)}
    record = record.model_copy(update={"tests": tests})
    write_record(record)
    return record

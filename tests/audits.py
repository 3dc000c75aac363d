"""The files of an audit, made up: what `fer summarise` leaves in a study's results."""

import pandas as pd

from fer_core import paths
from fer_core.audited import TABLES, made_of
from fer_core.files import read_json, write_json
from fer_core.study import load_study


def write_audit(study: str, train: str, test: str) -> None:
    """Say that three test images of `test` have near copies in `train`, and two within `train`."""
    folder = paths.results_dir() / study / "data"
    own = [f"{train}-{i:05d}" for i in range(6)]  # the names of phantoms, which can be drawn
    rows = [
        (train, own[2 * i], "train", "sad", train, own[2 * i + 1], "val", "sad", i, 0.99)
        for i in range(2)
    ]
    rows += [
        (test, f"{test}/{i:05d}", "test", "happy", train, f"t{i}", "train", "sad", 0, 0.97)
        for i in range(3)
    ]
    tables = {
        "near.csv": rows,
        "leaks.csv": [(train, train, 140, 0, 0, 0), (train, test, 140, 0, 3, 0)],
        "leaking.csv": [(train, test, f"{test}/{i:05d}", "near") for i in range(3)],
        "shared.csv": [(train, test, 700, 204, 0, 0, 3, "")],
        "screening.csv": [(train, own[5], "dark", 11.5), (train, "<b>evil</b>", "flat;tiny", 2.0)],
    }
    for name, content in tables.items():
        pd.DataFrame(content, columns=TABLES[name]).to_csv(folder / name, index=False)
    planted = [
        {"dataset": train, "kind": "mirrored", "planted": 20, "found": 19, "recall": 0.95},
        {"dataset": train, "kind": "<i>resized</i>", "planted": 20, "found": 20, "recall": 1.0},
    ]
    method = {"size": 16, "thresholds": {"correlation": 0.95}}
    facts = {"method": method, "planted": planted, "precision": {train: {"pairs": 1200}}}
    write_json(folder / "audit.json", facts)
    say_audited(study)
    _add_facts(study, train)


def say_audited(study: str) -> None:
    """Let the audit say that it is of the sets, tests and rules that the study has now."""
    plan = load_study(study)
    file = paths.results_dir() / study / "data" / "audit.json"
    facts = {"fingerprint": "f" * 64, "split_hash": "e" * 64}
    of = made_of(plan, dict.fromkeys(plan.datasets(), facts))
    write_json(file, {**(read_json(file) if file.is_file() else {}), "of": of})
    for name, columns in TABLES.items():
        if not file.with_name(name).is_file():
            file.with_name(name).write_text(",".join(columns) + "\n")


def _add_facts(study: str, train: str) -> None:
    file = paths.results_dir() / study / "data" / f"{train}.json"
    between = {"val in train": 2, "test in train": 0, "test in val": 0}
    near = {"pairs": 2, "mirrored": 1, "conflicting": 0, "between_splits": between}
    facts = {"screening": {"dark": 1, "flat": 1}, "near": near, "persons_between_splits": between}
    faces = {"detector": "mtcnn", "margin": 0.3, "counts": {"no face": 12}}
    write_json(file, {**read_json(file), **facts, "faces": faces})

"""Results of before test images had views, brought to today's layout.

    python -m fer_core.migrate STUDY...

Tables move from `predictions/<test>.parquet` and `<test>.flip.parquet` to
`predictions/<test>/clean.parquet` and `mirror.parquet`, and `run.json` names their hashes by view.
No table is written anew and no number changes; what is of today's layout is left alone, so a
migration that was killed can be started again.
"""

import sys
from pathlib import Path
from typing import Any

from fer_core import paths
from fer_core.errors import FerError
from fer_core.files import read_json, sha256_file, write_json

OLD = {".flip.parquet": "mirror", ".parquet": "clean"}  # the longer ending first
HASHES = {"sha256": "clean", "flip_sha256": "mirror"}
LATER = ("predicted", "commit")  # of a test set that was predicted after its run


def is_of_old_layout(record: dict[str, Any]) -> bool:
    """Say whether the content of a `run.json` is of before views."""
    tests, selection = record.get("tests"), record.get("selection")
    facts = [*(tests.values() if isinstance(tests, dict) else []), selection]
    return any(isinstance(one, dict) and {"file", *HASHES} & one.keys() for one in facts)


def migrate_study(study: str) -> int:
    """Bring the runs of a study to today's layout, unfinished ones too; return how many changed."""
    folders = sorted((paths.results_dir() / study).glob("*/*/seed*"))
    if not folders:
        raise FerError(f"the study {study!r} has no run below {paths.results_dir()}")
    return sum(migrate_run(folder) for folder in folders)


def migrate_run(folder: Path) -> bool:
    """Bring one run's folder to today's layout, its record last; say whether anything changed."""
    moved = [_move(file) for file in sorted((folder / "predictions").glob("*.parquet"))]
    path = folder / "run.json"
    record = read_json(path) if path.is_file() else {}
    if is_of_old_layout(record):
        write_json(path, migrate_record(record, folder))
        return True
    return bool(moved)


def migrate_record(record: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the content of a `run.json` with the hashes of its tables by view, and without the
    recipe's `flip_test`, which views replace; `folder` has the tables in their new places."""
    validation = dict(record["selection"])
    mirrored = folder / "predictions" / "validation" / "mirror.parquet"
    if mirrored.is_file():  # its hash was not kept
        validation["flip_sha256"] = sha256_file(mirrored)
    recipe = {key: value for key, value in record["recipe"].items() if key != "flip_test"}
    tests = {test: _by_view(facts) for test, facts in record["tests"].items()}
    return {**record, "recipe": recipe, "selection": _by_view(validation), "tests": tests}


def _by_view(facts: dict[str, Any]) -> dict[str, Any]:
    later = {key: facts[key] for key in LATER if key in facts}
    views = {view: {"sha256": facts[key], **later} for key, view in HASHES.items() if key in facts}
    kept = {key: v for key, v in facts.items() if key not in (*HASHES, *LATER, "file")}
    return {**kept, "views": views}


def _move(file: Path) -> Path:
    ending = next(ending for ending in OLD if file.name.endswith(ending))
    target = file.parent / file.name.removesuffix(ending) / f"{OLD[ending]}.parquet"
    target.parent.mkdir(exist_ok=True)
    return file.rename(target)


def main(studies: list[str]) -> int:
    """Migrate the named studies; return the exit code."""
    try:
        if not studies:
            raise FerError("name a study: python -m fer_core.migrate STUDY...")
        for study in studies:
            print(f"{study}: {migrate_study(study)} runs brought to today's layout")
    except FerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

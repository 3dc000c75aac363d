"""Whether the audit among a study's results is of the sets, tests, rules and search of now."""

from collections.abc import Mapping
from typing import Any

from fer_core import paths
from fer_core.files import read_json
from fer_core.study import Study

SIDE = ("dataset", "sample", "split", "emotion")
# Beside audit.json, with their columns; a table that is lost must not read as one without rows.
TABLES = {
    "near.csv": [f"{name}_{side}" for side in "ab" for name in SIDE] + ["mirrored", "correlation"],
    "shared.csv": [
        *("dataset_a", "dataset_b", "images_a", "images_b", "copies_a", "copies_b"),
        *("near", "persons"),
    ],
    "leaking.csv": ["train", "test", "sample_id", "kind"],
    "leaks.csv": ["train", "test", "n_test", "copies", "near", "persons"],
    "screening.csv": ["dataset", "sample_id", "reason", "value"],
}
# Of the search for near copies. Raise it whenever other pairs are found than before: what was found
# by an earlier one is then not used, and audits made with it are none.
SEARCH = 3


def made_of(study: Study, facts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what an audit depends on: the version of the search, the sets and their splits by the
    hashes in `facts` (as of `fer_core.data.summary.summarise`), and the study's rules."""
    names = study.datasets()
    return {
        "search": SEARCH,
        "sets": {name: facts[name].get("fingerprint", "") for name in names},
        "splits": {name: facts[name].get("split_hash", "") for name in names},
        "train": list(study.train_sets()),
        "test": list(study.test),
        "leaks": dict(study.leaks),
        "flagged": study.flagged,
        "label_confidence": dict(study.label_confidence),
        "contempt": study.contempt,
    }


def audit_fault(study: Study) -> str:
    """Return why a study's scores cannot be called audited, "" where they can.

    The sets are compared by the hashes in `results/<study>/data/<set>.json`, which every run
    writes anew when it meets another set; no prepared data are needed.
    """
    folder = paths.results_dir() / study.name / "data"
    names = study.datasets()
    absent = [name for name in names if not (folder / f"{name}.json").is_file()]
    if absent:
        return f"there are no facts about {', '.join(absent)}"
    if not (folder / "audit.json").is_file():
        return "no audit was made"
    lost = [name for name in TABLES if not (folder / name).is_file()]
    if lost:
        return f"its audit lacks {' and '.join(lost)}"
    old = read_json(folder / "audit.json").get("of", {})
    new = made_of(study, {name: read_json(folder / f"{name}.json") for name in names})
    changed = {what: value for what, value in new.items() if old.get(what) != value}
    if "sets" in changed:
        changed.pop("splits", None)  # other images have another split
    told = [_said(what, old.get(what, {}), value) for what, value in changed.items()]
    return f"the audit is older than {' and '.join(told)}" if told else ""


def _said(what: str, old: Any, new: Any) -> str:
    if what == "search":
        return "the search for near copies"
    if what not in ("sets", "splits"):
        return what
    others = [name for name, value in new.items() if old.get(name) != value]
    thing = "images" if what == "sets" else "split"
    return f"the {thing} of {', '.join(others) or 'sets that are gone'}"

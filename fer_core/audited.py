"""Whether the audit among a study's results is of the sets, tests and rules that it has now."""

from collections.abc import Mapping
from typing import Any

from fer_core import paths
from fer_core.files import read_json
from fer_core.study import Study

# Beside audit.json; a table that is lost must not read as one without rows.
TABLES = ("near.csv", "shared.csv", "leaking.csv", "leaks.csv", "screening.csv")


def made_of(study: Study, fingerprints: Mapping[str, str]) -> dict[str, Any]:
    """Return what an audit depends on: the sets by their fingerprints, and the study's rules."""
    return {
        "sets": {name: fingerprints.get(name, "") for name in (*study.train, *study.test)},
        "train": list(study.train),
        "test": list(study.test),
        "leaks": dict(study.leaks),
        "flagged": study.flagged,
        "label_confidence": dict(study.label_confidence),
        "contempt": study.contempt,
    }


def audit_fault(study: Study) -> str:
    """Return why a study's scores cannot be called audited, "" where they can.

    The sets are compared by the fingerprints in `results/<study>/data/<set>.json`, which every run
    writes anew when it meets another set; no prepared data are needed.
    """
    folder = paths.results_dir() / study.name / "data"
    names = dict.fromkeys((*study.train, *study.test))
    absent = [name for name in names if not (folder / f"{name}.json").is_file()]
    if absent:
        return f"there are no facts about {', '.join(absent)}"
    if not (folder / "audit.json").is_file():
        return "no audit was made"
    lost = [name for name in TABLES if not (folder / name).is_file()]
    if lost:
        return f"its audit lacks {' and '.join(lost)}"
    old = read_json(folder / "audit.json").get("of", {})
    facts = {name: read_json(folder / f"{name}.json") for name in names}
    new = made_of(study, {name: str(fact.get("fingerprint")) for name, fact in facts.items()})
    changed = [
        what if what != "sets" else f"the images of {', '.join(_other(old.get('sets', {}), value))}"
        for what, value in new.items()
        if old.get(what) != value
    ]
    return f"the audit is older than {' and '.join(changed)}" if changed else ""


def _other(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return [name for name, value in new.items() if old.get(name) != value] or ["sets that are gone"]

"""How the images of a study's data sets were framed, side by side, and what a run was fed."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from fer_core import paths
from fer_core.data.framing import enlarged
from fer_core.files import read_json
from fer_core.records import RunRecord
from fer_core.study import Study

Facts = dict[str, Any]
UNKNOWN = "unknown"
SIDES = ("stored, px", "source median, px", "source largest, px")
KINDS = ("how", "detector", "margin", "level", "crop")
ENLARGED = {
    "no": "no",
    "source no larger": "yes: its source images are no larger",
    "source larger": "yes, although its source images are larger",
    UNKNOWN: UNKNOWN,
}


def framing_table(summaries: Mapping[str, Facts]) -> pd.DataFrame:
    """Return one row per data set: how its images were framed, and their sides in pixels."""
    rows = [{"dataset": name, **_row(facts.get("framing"))} for name, facts in summaries.items()]
    return _tidy(pd.DataFrame(rows))


def fed_table(record: RunRecord) -> pd.DataFrame:
    """Return one row per data set of a run: its framing, and the pixels that the net was fed."""
    rows = []
    for name, facts in record.data.items():
        known = facts.get("framing") or _summarised(record.study, name, facts["fingerprint"])
        row = {"data set": name, **_row(known)}
        given = facts.get("enlarged") or enlarged(known or {}, record.input["size"])
        rows.append({**row, "input, px": record.input["size"], "enlarged": ENLARGED[given]})
    return _tidy(pd.DataFrame(rows))


def framed_unlike(study: Study, summaries: Mapping[str, Facts]) -> dict[str, list[str]]:
    """Return for each test set the training sets that are known to be framed in another way."""
    kinds = {name: _kind(facts.get("framing")) for name, facts in summaries.items()}
    trains = study.train_sets()
    return {
        test: [
            train
            for train in trains
            if None not in (kinds[train], kinds[test]) and kinds[train] != kinds[test]
        ]
        for test in study.test
    }


def framed_by_others(summaries: Mapping[str, Facts]) -> list[str]:
    """Return the data sets whose images were cut by those who distribute them."""
    return [name for name, facts in summaries.items() if _is_theirs(facts.get("framing"))]


def framed_unknown(summaries: Mapping[str, Facts]) -> list[str]:
    """Return the data sets of which it was not recorded how they were framed."""
    return [name for name, facts in summaries.items() if _kind(facts.get("framing")) is None]


def _summarised(study: str, name: str, fingerprint: str) -> Facts | None:
    """Return the framing in the study's facts about the very data set of a run
    that did not record it."""
    path = paths.results_dir() / study / "data" / f"{name}.json"
    facts = read_json(path) if path.is_file() else {}
    return facts.get("framing") if facts.get("fingerprint") == fingerprint else None


def _row(framing: Facts | None) -> dict[str, object]:
    if not framing:
        return {"framed": UNKNOWN, **dict.fromkeys(("margin", "level", *SIDES))}
    sides = (framing["store"], *(framing["source"][which] for which in ("median", "largest")))
    return {
        "framed": _how(framing),
        "margin": framing["margin"],
        "level": framing["level"],
        **dict(zip(SIDES, map(_whole, sides), strict=True)),
    }


def _how(framing: Facts) -> str:
    if framing.get("sources"):
        return "; ".join(f"{name}: {_how(own)}" for name, own in framing["sources"].items() if own)
    if framing["how"] == "fixed crop":
        return f"fixed crop {framing['crop']}"
    return f"{framing['how']} ({framing['detector']})" if framing["detector"] else framing["how"]


def _kind(framing: Facts | None) -> tuple[object, ...] | None:
    """Return what must be equal for two sets to be framed alike; None where it is not known."""
    sources = (framing or {}).get("sources", {})
    if not framing or (framing["how"] == "compiled" and not sources):
        return None
    return (*(str(framing[key]) for key in KINDS), *sorted(str(_kind(s)) for s in sources.values()))


def _is_theirs(framing: Facts | None) -> bool:
    if not framing:
        return False
    return framing["how"] == "as distributed" or any(
        map(_is_theirs, framing.get("sources", {}).values())
    )


def _tidy(table: pd.DataFrame) -> pd.DataFrame:
    """Keep whole pixels, and nothing that only a detector gives where no set had one."""
    empty = [name for name in ("margin", "level") if table[name].isna().all()]
    sides = [name for name in table if str(name).endswith(", px")]
    return table.drop(columns=empty).astype(dict.fromkeys(sides, "Int64"))


def _whole(side: float | None) -> int | None:
    return None if side is None else round(side)

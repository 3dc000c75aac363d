"""A prepared data set removed: its folder, unfinished work on it, and what is kept of its audit."""

import shutil
from pathlib import Path
from typing import Any

from fer_core import paths
from fer_core.data.building import building_dir, locked
from fer_core.data.dataset import DATASET, dataset_dir, read_facts
from fer_core.errors import FerError, unknown

UNFINISHED = (".building", ".old", ".packed")  # what preparing `name` leaves, as `.name.building`


def removable() -> set[str]:
    """Return the names of all sets that are prepared, in whatever format, or in preparation."""
    data = paths.data_dir()
    ready = {file.parent.name for file in data.glob(f"[!.]*/{DATASET}")}
    begun = {path.name for end in UNFINISHED for path in data.glob(f".*{end}")}
    return ready | {name.removeprefix(".").rpartition(".")[0] for name in begun}


def compiled_of(name: str) -> list[str]:
    """Return the compiled sets here that have `name` among their sources, sorted."""
    found = []
    for file in paths.data_dir().glob(f"[!.]*/{DATASET}"):
        if name in (_facts(file.parent).get("compiled") or {}).get("sources", {}):
            found.append(file.parent.name)
    return sorted(found)


def what_to_remove(name: str) -> list[Path]:
    """Return the files and folders that make up the set `name`; an unknown one is a FerError."""
    if name not in removable():
        raise unknown("prepared data set", name, removable())
    folder = dataset_dir(name)
    unfinished = [building_dir(name).with_name(f".{name}{end}") for end in UNFINISHED]
    fingerprint = str(_facts(folder).get("fingerprint", ""))[:32]
    audits = paths.data_dir().glob(f".audit/*{fingerprint}*") if fingerprint else ()
    there = [path for path in (folder, *unfinished) if path.exists() or path.is_symlink()]
    return [*there, *sorted(audits)]


def remove_dataset(name: str) -> list[Path]:
    """Remove the set `name` and return what was removed. Of a link, the link is removed and what it
    leads to is kept; sets that were compiled of it stay as they are."""
    with locked(name):
        found = what_to_remove(name)
        for path in found:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)  # it removes links, and follows none
            else:
                path.unlink(missing_ok=True)
    return found


def _facts(folder: Path) -> dict[str, Any]:
    try:
        return read_facts(folder) or {}
    except FerError:  # damaged: no reason not to remove it
        return {}

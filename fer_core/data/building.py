"""The folder in which a data set is made: found, locked, emptied, with room on its disk."""

import errno
import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from fer_core import paths
from fer_core.data.card import Card
from fer_core.data.dataset import FORMAT, read_facts
from fer_core.errors import FerError

SPARE = 64 * 2**20  # bytes left free on the disk beside the pixels themselves


def building_dir(name: str) -> Path:
    """Return the folder in which `name` is prepared: the plan, and the shards that are packed."""
    return paths.data_dir() / f".{name}.building"


def emptied(folder: Path) -> Path:
    """Make the folder anew and return it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Let one process at a time prepare `name`; others wait, and then find it prepared."""
    folder = paths.data_dir()
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f".{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"another process prepares {name}; waiting for it", file=sys.stderr, flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def plan_hash_of(
    card: Card, reader: str, files: str, faces: dict[str, Any] | None, more: dict[str, Any]
) -> str:
    """Hash what decides the rows and pixels of a data set; a card's prose does not."""
    keys = {"name", "store_size", "channels", "crop", "generated", "version"}
    facts = {"format": FORMAT, "card": card.model_dump(include=keys), "reader": reader}
    facts |= {"files": files, "faces": faces, **more}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def made_by(plan: str, target: Path) -> bool:
    """Say whether the prepared folder `target` was made by the plan with this hash."""
    facts = read_facts(target)
    return facts is not None and facts.get("plan") == plan


def check_space(folder: Path, needed: int) -> None:
    """Raise FerError unless `needed` bytes and some spare are free on the disk of `folder`."""
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        raise FerError(
            f"{folder.parent} has {free / 2**20:,.0f} MB free, packing needs "
            f"{(needed + SPARE) / 2**20:,.0f} MB; free some disk or set FER_DATA to a folder on "
            f"another one"
        )


@contextmanager
def explain_full_disk(folder: Path) -> Iterator[None]:
    """Turn the system's error of a full disk into a FerError; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise FerError(
            f"no space left in {folder}; what is packed is kept: free disk and run again"
        ) from error

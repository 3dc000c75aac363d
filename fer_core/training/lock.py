"""One process at a time runs a cell."""

from pathlib import Path

from filelock import FileLock, Timeout

from fer_core.errors import FerError

LOCK = "running.lock"


def hold(folder: Path) -> FileLock:
    """Return the lock of a run, held; a FerError where another process has it.

    The system lets go of it when the process ends, however it ends.
    In one process it may be taken again.
    """
    lock = FileLock(folder / LOCK, is_singleton=True)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise FerError(
            f"another process runs this cell, {folder}; wait for it or stop it, then run this again"
        ) from error
    return lock


def let_go(lock: FileLock | None) -> None:
    """Remove the file of a run's lock and release it, in this order: nobody else's file goes."""
    if lock is not None:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release(force=True)

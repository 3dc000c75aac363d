"""Follow a run that trains in another process, through the files it writes."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from fer_core.csv_files import read_csv
from fer_core.errors import FerError
from fer_core.files import read_json

STEPS = ("epoch", "epochs", "step", "steps")
SCORES = ("loss", "accuracy", "macro_f1", "images_per_second")
NUMBERS = ("epoch", *(f"val_{score}" for score in SCORES[:3]), "images_per_second")
POLL_SECONDS = 0.5


@contextmanager
def follow(folder: Path, name: str) -> Iterator[None]:
    """Show how a run goes until the block ends: a bar on a terminal, else a line an epoch."""
    console = Console()
    show = _bar if console.is_terminal and not console.is_dumb_terminal else _lines
    stop = threading.Event()
    watcher = threading.Thread(target=show, args=(folder, name, stop), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


def _bar(folder: Path, name: str, stop: threading.Event) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress:
        task = progress.add_task(f"{name}: starting", total=None)
        while not stop.wait(POLL_SECONDS):
            now = _progress(folder)
            if "predicting" in now:
                text = f"{name}: predicting {now['predicting']}"
                progress.update(task, completed=now["done"], total=now["total"], description=text)
            elif now:
                done = (now["epoch"] - 1) * now["steps"] + now["step"]
                progress.update(
                    task,
                    completed=done,
                    total=now["epochs"] * now["steps"],
                    description=f"{name}: epoch {now['epoch']}/{now['epochs']} {_scores(now)}",
                )


def _lines(folder: Path, name: str, stop: threading.Event) -> None:
    began = time.time()
    said = len(_epochs(folder, since=0)) if (folder / "checkpoint.pt").exists() else 0
    running, quarter = True, None
    while running:
        running = not stop.wait(POLL_SECONDS)
        rows = _epochs(folder, since=began)
        for row in rows[said:]:
            print(f"{name}: epoch {row['epoch']}, validation {_scores(row, 'val_')}", flush=True)
        said = max(said, len(rows))
        quarter = _tell_prediction(_progress(folder), name, quarter)


def _tell_prediction(
    now: dict[str, Any], name: str, before: tuple[str, int] | None
) -> tuple[str, int] | None:
    """Print a line for every quarter of a prediction; return the quarter that was told last."""
    if "predicting" not in now:
        return before
    quarter = (now["predicting"], 4 * now["done"] // max(now["total"], 1))
    if quarter != before:
        counts = f"{now['done']:,} of {now['total']:,} images"
        print(f"{name}: predicting {now['predicting']}, {counts}", flush=True)
    return quarter


def _scores(values: dict[str, Any], prefix: str = "") -> str:
    """Name the scores that `progress.json` or a row of `history.csv` holds."""
    loss, accuracy, f1 = (float(values[prefix + key]) for key in ("loss", "accuracy", "macro_f1"))
    rate = float(values["images_per_second"])
    return f"loss {loss:.3f} accuracy {accuracy:.3f} macro-F1 {f1:.3f}, {rate:,.0f} images/s"


def _progress(folder: Path) -> dict[str, Any]:
    """Return what `progress.json` says; nothing where it says not all of it, in numbers."""
    try:
        now = read_json(folder / "progress.json")
        words = ("predicting",) if "predicting" in now else ()
        numbers = ("done", "total") if words else (*STEPS, *SCORES)
        whole = all(isinstance(now[name], str) for name in words)
        whole &= all(isinstance(now[name], int | float) for name in numbers)
    except (OSError, FerError, KeyError):
        return {}
    return now if whole else {}


def _epochs(folder: Path, since: float) -> list[dict[Any, Any]]:
    """Return the rows of `history.csv`; none if it was written before `since`, by another run."""
    path = folder / "history.csv"
    try:
        old = path.stat().st_mtime < since
        return [] if old else read_csv(path, numbers=NUMBERS).to_dict("records")
    except (OSError, FerError):
        return []

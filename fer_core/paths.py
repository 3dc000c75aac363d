"""Where things live. Each folder has one environment variable that moves it."""

import os
from pathlib import Path

from fer_core.errors import FerError


def root() -> Path:
    """Return the checkout: FER_ROOT, or the nearest folder above here, or above this package."""
    if "FER_ROOT" in os.environ:
        return Path(os.environ["FER_ROOT"]).resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "_config.yml").is_file() and (folder / "fer_core").is_dir():
            return folder
    return Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """Return the folder of prepared data sets: FER_DATA, or `data/`."""
    return _folder("FER_DATA", "data")


def results_dir() -> Path:
    """Return the folder of runs: FER_RESULTS, or `results/`."""
    return _folder("FER_RESULTS", "results")


def studies_dir() -> Path:
    """Return the folder of study files."""
    return root() / "studies"


def recipes_dir() -> Path:
    """Return the folder of recipe files."""
    return root() / "recipes"


def searches_dir() -> Path:
    """Return the folder of search files."""
    return root() / "searches"


def notebooks_dir() -> Path:
    """Return the folder of notebooks."""
    return root() / "notebooks"


def report_dir() -> Path:
    """Return the folder of generated chapters: FER_REPORT, or `book/report/`."""
    return _folder("FER_REPORT", "book/report")


def expand(path: Path | str) -> Path:
    """Return a path with `~` and `~user` written out; FerError where there is no such user."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise FerError(f"{path}: no user has this home folder; write the path out") from error


def _folder(variable: str, default: str) -> Path:
    value = os.environ.get(variable)
    return expand(value).resolve() if value else root() / default

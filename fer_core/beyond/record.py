"""The files of the comparison, and what decides them.

results/beyond/<held out>/<training>/seed<k>.parquet   an answer per method and test image
results/beyond/<held out>/<training>/seed<k>.json      written last: what was trained, on what
results/beyond/<held out>/<training>/search.json       how its own setting was chosen
"""

from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from fer_core import paths
from fer_core.beyond.methods import METHODS
from fer_core.errors import FerError
from fer_core.facts import first_fault
from fer_core.files import atomic_path, read_json, sha256_file
from fer_core.names import Name
from fer_core.parquet_files import read_parquet

NAME = "beyond"
IMAGE = ("test", "sample_id", "emotion")
AGAIN = f"delete it and run `fer {NAME}` again"
FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
R = TypeVar("R", bound="Made")


class Settings(BaseModel):
    """What all methods have in common.

    Of each source `images` are drawn by emotion (seed `draw`) and learned from, and at most
    `unlabelled` others of its training part are shown without labels. `side` is that of the frozen
    net's input in pixels; of its maps `channels` principal directions are kept, of which the tail
    makes `width`; a step has `batch` images of each
    source. `noise` is the share of the maps' channels that the student does not see.
    """

    model_config = FROZEN

    sources: tuple[Name, ...] = ("fer2013", "nhfi", "muxspace")  # each is left out once
    never: tuple[Name, ...] = ("london",)  # no source; tested by every net
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    images: int = 2000
    unlabelled: int = 1500
    draw: int = 0
    weights: str = "faceres-deep"
    side: int = 96
    channels: int = 256
    width: int = 64
    dropout: float = 0.3
    epochs: int = 10
    batch: int = 32
    lr: float = 2e-3
    weight_decay: float = 0.01
    smoothing: float = 0.1
    noise: float = 0.2

    def tests(self, held_out: str) -> tuple[str, ...]:
        """Return the sets on which nets are tested that learned from all sources but one."""
        return (held_out, *self.never)

    def trained_on(self, held_out: str) -> tuple[str, ...]:
        """Return the sources that are left."""
        return tuple(name for name in self.sources if name != held_out)


class Made(BaseModel):
    """What something was made of: `sets` are the fingerprints of the data sets, `weights` the
    hashes of the frozen net's files."""

    model_config = FROZEN

    held_out: Name
    settings: Settings
    sets: dict[Name, str]
    weights: dict[str, str]

    def same(self, asked: dict[str, Any]) -> bool:
        """Say whether it is what is asked for."""
        return all(getattr(self, name) == value for name, value in asked.items())


class Search(Made):
    """The macro-F1 on validation images of the sources by each value of a method's own setting, and
    the value that was chosen."""

    method: Name
    tried: dict[float, float]
    value: float


class Training(Made):
    """One training. `value`: of the method's own setting, if it has one; `rows`: the images of each
    source; `chosen`: for each method the epoch that was kept and its macro-F1 on validation images;
    `seconds`: of the processor, for each method by itself; `sha256`: of the table of answers."""

    training: Name
    seed: int
    value: float | None
    rows: dict[Name, dict[str, int]]
    chosen: dict[Name, dict[str, float]]
    seconds: dict[Name, float]
    sha256: str
    package: str
    versions: dict[str, str]
    threads: int


def folder(held_out: str, training: str) -> Path:
    """Return where the files of all seeds of a training lie."""
    return paths.results_dir() / NAME / held_out / training


def json_path(held_out: str, training: str, seed: int) -> Path:
    """Return the record of a training; its table lies beside it."""
    return folder(held_out, training) / f"seed{seed}.json"


def search_path(held_out: str, training: str) -> Path:
    """Return where it is kept how a training's own setting was chosen."""
    return folder(held_out, training) / "search.json"


def read_made(path: Path, kind: type[R]) -> R:
    """Read a record; a damaged one is a FerError that names it."""
    try:
        return kind.model_validate(read_json(path))
    except ValidationError as error:
        raise FerError(f"{path}: {first_fault(error)}; {AGAIN}") from error


def write_answers(path: Path, images: pd.DataFrame, answers: dict[str, np.ndarray]) -> str:
    """Write an int8 column of answers for each method beside the columns IMAGE; return the file's
    hash. `images` has n rows, each array (n,) positions in the canonical order."""
    codes = {name: answer.astype(np.int8) for name, answer in answers.items()}
    table = images.astype({"test": "category", "emotion": "category"}).assign(**codes)
    with atomic_path(path) as temporary:
        table.to_parquet(temporary, index=False, compression="zstd")
    return sha256_file(path)


def read_answers(record: Training) -> pd.DataFrame:
    """Return the table of a training: IMAGE, and a column of codes for each of its methods."""
    path = json_path(record.held_out, record.training, record.seed).with_suffix(".parquet")
    names = [name for name, method in METHODS.items() if method.training == record.training]
    if not path.is_file() or sha256_file(path) != record.sha256:
        raise FerError(f"{path} is not the table that its record was written for; {AGAIN}")
    return read_parquet(path, (*IMAGE, *names), AGAIN).astype({"test": str, "emotion": str})


def find_trainings() -> list[Training]:
    """Return every training that is done; FerError where the record of one is not of its place."""
    files = sorted((paths.results_dir() / NAME).glob("*/*/seed*.json"))
    found = {path: read_made(path, Training) for path in files}
    for path, record in found.items():
        if json_path(record.held_out, record.training, record.seed) != path:
            raise FerError(f"{path} is the record of another training; {AGAIN}")
    return list(found.values())


def find_searches() -> list[Search]:
    """Return how every setting was chosen."""
    files = sorted((paths.results_dir() / NAME).glob("*/*/search.json"))
    return [read_made(path, Search) for path in files]

"""A study with a prepared test set of noise, and files of answers to it."""

from pathlib import Path

import pandas as pd
import pytest

from fer_core.data.dataset import Dataset
from fer_core.data.prepare.add import add_dataset
from fer_core.study import ModelSpec, Study
from tests.data.made import faces, write_folder


@pytest.fixture
def prepared(data_home, results_home, tmp_path) -> Dataset:
    """The set "mine": 10 images each of happy, sad and angry, in all three parts."""
    source = write_folder(tmp_path / "source", faces())
    return add_dataset("folder", source, as_name="mine", size=16, progress=False)


# It is tested on "mine" and on a set that is not prepared.
STUDY = Study(
    name="mini",
    title="",
    models={"net": ModelSpec(backbone="x")},
    train=("mine",),
    test=("mine", "other"),
)


@pytest.fixture
def study() -> Study:
    """A study of one net."""
    return STUDY


def ids(dataset: Dataset, split: str = "test") -> list[str]:
    """The sample ids of a part of a data set."""
    return sorted(dataset.index["sample_id"][dataset.index["split"] == split])


def write_answers(path: Path, sample_id: list[str], answer: str = "happy", **columns) -> Path:
    """Write a CSV in which every image has one answer, unless probabilities are given."""
    given = columns if "p_happy" in columns else {"answer": answer, **columns}
    pd.DataFrame({"sample_id": sample_id, **given}).to_csv(path, index=False)
    return path


def left(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]

"""What two prepared sets share: photographs by their bytes, persons by their names."""

import pandas as pd
import pytest

from fer_core.data.audit.shared import SHARED_CSV, shared_table
from fer_core.data.prepare import add_dataset
from tests.data.made import png, write_folder


@pytest.fixture
def sets(data_home, tmp_path):
    """Two class folders with three pictures in common, one of them twice in the second."""
    pictures = {f"{i}.png": png(i) for i in range(20)}
    one = {f"{'happy' if int(n[:-4]) % 2 else 'sad'}/{n}": b for n, b in pictures.items()}
    two = {f"angry/{n}": pictures[n] for n in ("0.png", "2.png", "4.png")}
    two |= {"angry/again.png": pictures["0.png"], "angry/own.png": png(77)}
    folders = [write_folder(tmp_path / name, files) for name, files in (("a", one), ("b", two))]
    pairs = zip(folders, ("one", "two"), strict=True)
    return [add_dataset("folder", folder, as_name=name, cutter="centre") for folder, name in pairs]


def test_copies_are_counted_on_both_sides(sets):
    table = shared_table(sets)
    assert list(table.columns) == SHARED_CSV
    row = table.iloc[0]
    assert (row["dataset_a"], row["dataset_b"]) == ("one", "two")
    assert (row["images_a"], row["images_b"]) == (20, 5)
    assert (row["copies_a"], row["copies_b"]) == (3, 4)


def test_persons_that_are_not_known_are_missing_and_not_none(sets):
    assert pd.isna(shared_table(sets)["persons"].iloc[0])


def test_one_set_alone_has_no_pair(sets):
    assert shared_table(sets[:1]).empty

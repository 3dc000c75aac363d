"""Which images are learned from: none that is tested, none twice."""

import numpy as np
import pandas as pd

from fer_core.beyond.record import Settings
from fer_core.beyond.sets import source_of
from fer_core.data.prepare.add import add_dataset
from tests.data.made import faces, write_folder

SETTINGS = Settings(sources=("one", "two"), never=(), images=12, unlabelled=6)


def added(folder, name: str, files: dict[str, bytes], **own):
    from fer_core.data.own import Own

    source = write_folder(folder / name, files)
    return add_dataset("folder", source, as_name=name, own=Own(**own), progress=False)


def test_parts_of_a_source_are_disjoint_and_of_no_test(tmp_path, data_home):
    every = faces(20)
    one = added(tmp_path, "one", every)
    copies = dict(list(every.items())[::5])
    two = added(tmp_path, "two", copies, all_test=True)
    source = source_of("one", {"one": one, "two": two}, SETTINGS)
    parts = [source.train, source.validation, source.unlabelled]
    rows = np.concatenate(parts)
    assert len(set(rows)) == len(rows)
    assert (len(source.train), len(source.unlabelled)) == (12, 6)
    assert all((np.diff(part) > 0).all() for part in parts)
    index = one.index.iloc[rows]
    assert (index["split"] != "test").all()
    assert not set(index["sha256"]) & set(two.index["sha256"])
    emotions = one.index["emotion"].iloc[source.train].value_counts()
    assert emotions.max() - emotions.min() <= 1


def test_a_set_that_is_all_test_is_split_with_persons_kept_together(tmp_path, data_home):
    files = {f"{n % 3}/p{n // 6}_{n}.png": data for n, data in enumerate(faces(20).values())}
    words = {"0": "happy", "1": "sad", "2": "angry"}
    one = added(tmp_path, "one", files, all_test=True, person=r"(p\d+)_", map=words)
    other = added(tmp_path, "two", faces(2), all_test=True)
    assert set(one.index["split"]) == {"test"}
    source = source_of("one", {"one": one, "two": other}, SETTINGS)
    persons = [set(one.index["person"].iloc[rows]) for rows in (source.train, source.validation)]
    assert all(persons)
    assert not persons[0] & persons[1]
    assert set(one.index["split"]) == {"test"}  # what is tested stays so
    assert isinstance(source.dataset.index, pd.DataFrame)


def test_the_rows_do_not_depend_on_anything_but_the_draw(tmp_path, data_home):
    sets = {"one": added(tmp_path, "one", faces(20)), "two": added(tmp_path, "two", faces(2))}
    one, again = (source_of("one", sets, SETTINGS) for _ in range(2))
    other = source_of("one", sets, SETTINGS.model_copy(update={"draw": 1}))
    assert np.array_equal(one.train, again.train)
    assert np.array_equal(one.unlabelled, again.unlabelled)
    assert not np.array_equal(one.train, other.train)

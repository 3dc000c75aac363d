"""Building: other faces, other thresholds, and the three steps that many processes share."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_core.data.copies import pairs as pairs_module
from fer_core.data.dataset import dataset_dir, prepared_datasets
from fer_core.data.load import load_dataset
from fer_core.data.prepare import add as adding
from fer_core.data.prepare import build, shards
from fer_core.data.prepare.add import add_dataset, finish_dataset, pack_dataset, plan_dataset
from fer_core.data.prepare.cutting import Cut
from fer_core.data.screen import Screening, count_flags
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from tests.data.copies.pictures import pictures
from tests.data.made import faces, png, write_folder


def add(path: Path, **more):
    return add_dataset("folder", path, as_name="mine", progress=False, **more)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


class Corner:
    """A cutter that takes the left upper corner of every image."""

    def __init__(self, side: int) -> None:
        self.settings = {"side": side}

    def __call__(self, images, boxes):
        side = self.settings["side"]
        return [Cut(image.crop((0, 0, side, side)), "", {"faces": 1.0}) for image in images]


def test_an_interrupted_preparation_with_other_faces_is_not_gone_on_with(
    data_home, tmp_path, monkeypatch
):
    folder = write_folder(tmp_path / "s", faces())
    with monkeypatch.context() as patch:
        patch.setattr(build, "write_dataset", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            add(folder, cutter=Corner(8))
    again = add(folder, cutter=Corner(16))
    expected = add(folder, cutter=Corner(16))
    assert np.array_equal(again.store.pixels, expected.store.pixels)
    assert load_dataset("mine").faces == {"side": 16}
    assert load_dataset("mine").index["faces"].eq(1).all()
    assert add(folder, cutter=Corner(8)).fingerprint != again.fingerprint
    whole = add(folder)
    assert whole.faces is None
    assert "faces" not in whole.index


def test_other_thresholds_give_other_flags_and_pack_nothing_again(data_home, tmp_path, monkeypatch):
    folder = write_folder(tmp_path / "s", {**faces(), "happy/small.png": png(7, 20)})
    first = add(folder)
    assert count_flags(first.index) == {"tiny": 1}
    assert first.screening == Screening().model_dump()
    monkeypatch.setattr(adding, "pack", lambda *_: pytest.fail("packed again"))
    second = add(folder, screening=Screening(tiny=10, bright=100))
    assert count_flags(second.index) == {"bright": 31}
    assert second.fingerprint == first.fingerprint
    assert load_dataset("mine", verify=True).screening["bright"] == 100


def test_what_is_returned_is_what_lies_on_the_disk(data_home, tmp_path):
    made = add(write_folder(tmp_path / "s", {**faces(), "sad/broken.png": b"?"}), cutter=Corner(9))
    read = load_dataset(made.name, verify=True)
    pd.testing.assert_frame_equal(made.index, read.index)
    assert np.array_equal(made.store.pixels, read.store.pixels)
    assert (made.fingerprint, made.split_hash, made.faces, made.screening, made.card) == (
        (read.fingerprint, read.split_hash, read.faces, read.screening, read.card)
    )


def test_three_steps_make_what_one_makes(data_home, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "SHARD", 8)
    folder = write_folder(tmp_path / "s", faces())
    cutter, screening = Corner(16), Screening(dark=130)
    one = add(folder, cutter=cutter, screening=screening)
    kept = {path.name: path.read_bytes() for path in dataset_dir("mine").iterdir()}
    monkeypatch.setenv("FER_DATA", str(tmp_path / "other"))
    plan = plan_dataset("folder", folder, "mine", None, cutter, screening)
    assert (plan["n"], plan["faces"]) == (30, {"side": 16})
    for number in (2, 1):
        with pytest.raises(FerError, match="shards are not packed"):
            finish_dataset("mine", cutter)
        pack_dataset("mine", (number, 2), cutter, progress=False)
    assert finish_dataset("mine", cutter).fingerprint == one.fingerprint
    assert {path.name: path.read_bytes() for path in dataset_dir("mine").iterdir()} == kept
    assert prepared_datasets() == ["mine"]
    assert not list((tmp_path / "other").glob(".*.building"))


def test_packing_what_is_not_planned_any_more_is_refused(data_home, tmp_path):
    folder = write_folder(tmp_path / "s", faces())
    with pytest.raises(FerError, match="nothing is planned for mine; run `fer data plan` first"):
        pack_dataset("mine")
    plan_dataset("folder", folder, "mine")
    (folder / "happy" / "00.png").write_bytes(png(999, 33))
    with pytest.raises(FerError, match="the files of mine or the program have changed"):
        pack_dataset("mine")
    with pytest.raises(FerError, match="phantom-lab is generated: `fer data add phantom-lab`"):
        plan_dataset("phantom-lab", folder)


def near_copies_among_faces(folder: Path) -> list[tuple[str, str]]:
    """Write 60 pictures, 20 of them again, smaller and encoded anew; return the pairs of ids."""
    pairs = []
    for number, picture in enumerate(pictures(7, 60)):
        emotion = EMOTIONS[number % 7]
        (folder / emotion).mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(picture[..., 0])
        image.save(folder / emotion / f"{number:02d}.png")
        if number < 20:
            image.resize((40, 40)).save(folder / emotion / f"{number:02d}-copy.jpg", quality=80)
            pairs.append((f"{emotion}/{number:02d}", f"{emotion}/{number:02d}-copy"))
    return pairs


def test_a_split_that_is_made_here_keeps_near_copies_together(data_home, tmp_path):
    pairs = near_copies_among_faces(tmp_path / "s")
    split = add(tmp_path / "s").index.set_index("sample_id")["split"]
    assert set(split) == {"train", "val", "test"}
    assert [split[one] == split[other] for one, other in pairs] == [True] * 20


def test_the_search_behind_a_split_is_not_made_again_by_an_audit(data_home, tmp_path, monkeypatch):
    near_copies_among_faces(tmp_path / "s")
    dataset = add(tmp_path / "s")
    monkeypatch.setattr(pairs_module, "near_pairs", _interrupt)
    assert len(pairs_module.near_copies(dataset)) >= 20


def test_a_split_of_the_source_needs_no_search(data_home, tmp_path, monkeypatch):
    for part in ("train", "val", "test"):
        near_copies_among_faces(tmp_path / "s" / part)
    monkeypatch.setattr(build, "near_copies", _interrupt)
    split = add(tmp_path / "s").index
    assert (split["sample_id"].str.split("/").str[0] == split["split"]).all()

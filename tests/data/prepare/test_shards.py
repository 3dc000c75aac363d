"""Shards: interrupted work is kept, damaged work is done again, full disks are told."""

import errno
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from fer_core.data import building
from fer_core.data.image import Frame
from fer_core.data.prepare import shards
from fer_core.data.prepare.shards import join, pack
from fer_core.data.reading import Reading, open_image
from fer_core.errors import FerError
from tests.data import made
from tests.data.made import png

GREY = Frame(24, 1, None)
COLOUR = Frame(24, 3, None)


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(shards, "SHARD", 4)


def reading_of(contents: list[bytes], read: list[str] | None = None) -> Reading:
    """A reading that notes in `read` which rows were read."""
    table = pd.DataFrame({"path": [str(number) for number in range(len(contents))]})

    def note(path: str) -> bytes:
        if read is not None:
            read.append(path)
        return contents[int(path)]

    return Reading(table, note, open_image)


def pack_all(reading: Reading, folder, plan: str = "plan", frame: Frame = GREY, **more) -> None:
    folder.mkdir(exist_ok=True)
    pack(made.plan(reading, frame, plan), folder, progress=False, **more)


def joined(folder, n: int, plan: str = "plan", frame: Frame = GREY, channels: int | None = 3):
    reading = reading_of([b""] * n)
    found = join(made.plan(reading, frame, plan, channels=channels), folder, folder / "pixels.npy")
    return np.load(folder / "pixels.npy"), found


CONTENTS = [png(seed) for seed in range(11)]


def test_blocks_in_any_order_and_number_give_the_same_as_one(tmp_path):
    pack_all(reading_of(CONTENTS), tmp_path / "one")
    whole, found = joined(tmp_path / "one", 11)
    assert whole.shape == (11, 24, 24, 1)
    for number in (3, 1, 5, 4, 2):  # more blocks than shards: some are empty
        pack_all(reading_of(CONTENTS), tmp_path / "five", block=(number, 5))
    pixels, again = joined(tmp_path / "five", 11)
    assert np.array_equal(pixels, whole)
    assert again.equals(found)


@pytest.mark.parametrize("block", [(0, 4), (5, 4), (1, 0)])
def test_a_block_that_does_not_exist_is_refused(tmp_path, block):
    with pytest.raises(FerError, match=r"there is no block .*; blocks count from 1"):
        pack_all(reading_of(CONTENTS), tmp_path, block=block)


def test_an_interrupted_packing_goes_on_where_it_stopped(tmp_path):
    def stopped(path: str) -> bytes:
        if path == "9":
            raise KeyboardInterrupt
        return CONTENTS[int(path)]

    with pytest.raises(KeyboardInterrupt):
        pack_all(Reading(reading_of(CONTENTS).rows, stopped), tmp_path)
    read: list[str] = []
    pack_all(reading_of(CONTENTS, read), tmp_path)
    assert sorted(read, key=int) == ["8", "9", "10"]
    pack_all(reading_of(CONTENTS), tmp_path / "whole")
    assert np.array_equal(joined(tmp_path, 11)[0], joined(tmp_path / "whole", 11)[0])


def test_shards_that_are_not_packed_are_counted_and_joined_to_nothing(tmp_path):
    pack_all(reading_of(CONTENTS), tmp_path, block=(1, 3))
    with pytest.raises(FerError, match=r"2 of 3 shards are not packed .*run `fer data pack`"):
        joined(tmp_path, 11)


def test_shards_of_another_plan_are_packed_again(tmp_path):
    pack_all(reading_of(CONTENTS), tmp_path, plan="other faces")
    with pytest.raises(FerError, match="3 of 3 shards are not packed"):
        joined(tmp_path, 11)
    read: list[str] = []
    pack_all(reading_of(CONTENTS, read), tmp_path)
    assert len(read) == 11


@pytest.mark.parametrize("damage", ["changed", "cut off", "gone"])
def test_a_shard_whose_pixels_are_damaged_is_never_used(tmp_path, damage):
    pack_all(reading_of(CONTENTS), tmp_path)
    good, _ = joined(tmp_path, 11)
    path = tmp_path / "shard-00001.npy"
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:200] + (b"xxxx" + content[204:] if damage == "changed" else b""))
    with pytest.raises(FerError, match=r"shard 1 in .* is damaged"):
        joined(tmp_path, 11)
    read: list[str] = []
    pack_all(reading_of(CONTENTS, read), tmp_path)
    assert sorted(read) == ["4", "5", "6", "7"]
    assert np.array_equal(joined(tmp_path, 11)[0], good)


def test_one_channel_is_kept_only_where_every_image_is_grey(tmp_path):
    pack_all(reading_of(CONTENTS), tmp_path, frame=COLOUR)
    grey, _ = joined(tmp_path, 11, frame=COLOUR, channels=None)
    assert grey.shape[-1] == 1
    assert joined(tmp_path, 11, frame=COLOUR)[0].shape[-1] == 3
    mixed = [*CONTENTS[:10], png(99, colour=True)]
    pack_all(reading_of(mixed), tmp_path / "mixed", frame=COLOUR)
    colour, _ = joined(tmp_path / "mixed", 11, frame=COLOUR, channels=None)
    assert colour.shape[-1] == 3
    assert np.array_equal(colour[0, ..., :1], grey[0])


def test_what_is_not_known_of_a_row_stays_unknown_on_the_disk(tmp_path):
    pack_all(reading_of([png(1), b"no image", *CONTENTS]), tmp_path)
    _, found = joined(tmp_path, 13)
    assert found.loc[1, "failure"] == "corrupt: not an image"
    assert found.loc[1, ["width", "mean"]].isna().all()
    assert found["variance"].dtype == float
    assert found["variance"].notna().sum() == 12


def test_too_little_disk_is_told_before_anything_is_packed(tmp_path, monkeypatch):
    usage = SimpleNamespace(free=2**20)
    monkeypatch.setattr(building.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(FerError, match=r"has 1 MB free, packing needs 64 MB; free some disk"):
        pack_all(reading_of(CONTENTS), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_disk_that_fills_up_keeps_the_finished_shards(tmp_path, monkeypatch):
    write_shard = shards._write_shard

    def full(folder, shard, *rest):
        if shard == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        write_shard(folder, shard, *rest)

    monkeypatch.setattr(shards, "_write_shard", full)
    with pytest.raises(FerError, match=r"no space left in .*; what is packed is kept"):
        pack_all(reading_of(CONTENTS), tmp_path)
    assert len(list(tmp_path.glob("shard-*.json"))) == 2


def test_progress_is_plain_lines_where_there_is_no_terminal(tmp_path, capsys):
    pack(made.plan(reading_of([png(1), png(2)]), GREY, name="mine"), tmp_path)
    assert capsys.readouterr().err.startswith("packing mine: 2 of 2 images")

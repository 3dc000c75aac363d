"""Packing: the pixels of the slow way, bad files reported, interrupted work kept."""

import errno
import hashlib
import io
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fer_core.data import pack as packing
from fer_core.data.pack import Frame, pack, pack_row
from fer_core.data.reading import Reading, open_image
from fer_core.data.store import Store
from fer_core.errors import FerError
from tests.data.made import png

GREY = Frame(24, 1, None)


def reading_of(contents: list[bytes]) -> Reading:
    table = pd.DataFrame({"path": [str(number) for number in range(len(contents))]})
    return Reading(table, lambda path: contents[int(path)], open_image)


@settings(max_examples=25, deadline=None)
@given(
    seeds=st.lists(st.integers(0, 50), min_size=1, max_size=9),
    size=st.sampled_from([8, 24, 40]),
    colour=st.booleans(),
    shard=st.integers(1, 5),
)
def test_the_store_holds_what_decoding_one_by_one_gives(
    tmp_path_factory, seeds, size, colour, shard
):
    folder = tmp_path_factory.mktemp("pack")
    contents = [png(seed, 24 + seed % 7, colour) for seed in seeds]
    mode = "RGB" if colour else "L"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "SHARD", shard)
        frame = Frame(size, len(mode) if colour else 1, None)
        hashes, failures = pack(reading_of(contents), folder, frame, "t", progress=False)
    images = [Image.open(io.BytesIO(content)).convert(mode) for content in contents]
    slow = [np.asarray(image.resize((size, size), Image.Resampling.LANCZOS)) for image in images]
    expected = np.stack(slow).reshape(len(seeds), size, size, -1)
    store = Store.open(folder)
    assert np.array_equal(store.pixels, expected)
    assert np.array_equal(store.batch(np.arange(len(seeds))[::-1]), expected[::-1])
    assert hashes == [hashlib.sha256(content).hexdigest() for content in contents]
    assert failures == [""] * len(seeds)


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        (b"", "empty"),
        (b"this is a text", "corrupt: not an image"),
        (png(1)[:300], "corrupt: "),
        (png(1)[:-200].replace(b"IDAT", b"IDAX"), "corrupt: "),
        (b"GIF89a", "corrupt: "),
    ],
    ids=["zero bytes", "text", "truncated", "broken chunk", "header only"],
)
def test_a_bad_image_is_reported_and_the_rest_is_kept(tmp_path, content, failure):
    contents = [png(1), content, png(2)]
    hashes, failures = pack(reading_of(contents), tmp_path, GREY, "t", progress=False)
    assert failures[0] == failures[2] == ""
    assert failures[1].startswith(failure)
    assert "\n" not in failures[1]
    assert hashes[1] == hashlib.sha256(content).hexdigest()
    pixels = Store.open(tmp_path).pixels
    assert not pixels[1].any()
    assert np.array_equal(pixels[2], pack_row(reading_of(contents), "2", GREY).pixels)


def test_a_listed_file_that_is_missing_is_reported(tmp_path):
    def read(path: str) -> bytes:
        return (tmp_path / path).read_bytes()

    reading = Reading(pd.DataFrame({"path": ["absent.png"]}), read)
    assert pack_row(reading, "absent.png", GREY)[:2] == ("", "corrupt: missing file")


def test_an_interrupted_packing_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(packing, "SHARD", 4)
    contents = [png(seed) for seed in range(11)]
    whole = tmp_path / "whole"
    whole.mkdir()
    pack(reading_of(contents), whole, GREY, "t", progress=False)
    read: list[str] = []

    def stopped(path: str) -> bytes:
        read.append(path)
        if path == "9":
            raise KeyboardInterrupt
        return contents[int(path)]

    part = tmp_path / "part"
    part.mkdir()
    reading = reading_of(contents)
    with pytest.raises(KeyboardInterrupt):
        pack(Reading(reading.rows, stopped), part, GREY, "t", progress=False)
    read.clear()
    again = Reading(reading.rows, lambda path: read.append(path) or contents[int(path)])
    result = pack(again, part, GREY, "t", progress=False)
    assert sorted(read, key=int) == ["8", "9", "10"]
    assert result[0] == [hashlib.sha256(content).hexdigest() for content in contents]
    assert (part / "pixels.npy").read_bytes() == (whole / "pixels.npy").read_bytes()


def test_a_finished_shard_whose_pixels_were_damaged_is_packed_again(tmp_path, monkeypatch):
    monkeypatch.setattr(packing, "SHARD", 4)
    contents = [png(seed) for seed in range(8)]
    pack(reading_of(contents), tmp_path, GREY, "t", progress=False)
    good = (tmp_path / "pixels.npy").read_bytes()
    (tmp_path / "pixels.npy").write_bytes(good[:200] + b"xxxx" + good[204:])
    pack(reading_of(contents), tmp_path, GREY, "t", progress=False)
    assert (tmp_path / "pixels.npy").read_bytes() == good


def test_too_little_disk_is_told_before_anything_is_packed(tmp_path, monkeypatch):
    usage = SimpleNamespace(free=2**20)
    monkeypatch.setattr(packing.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(FerError, match=r"has 1 MB free, packing needs 64 MB; free some disk"):
        pack(reading_of([png(1)]), tmp_path, GREY, "t", progress=False)
    assert not list(tmp_path.iterdir())


def test_a_disk_that_fills_up_keeps_the_finished_shards(tmp_path, monkeypatch):
    monkeypatch.setattr(packing, "SHARD", 2)
    contents = [png(seed) for seed in range(6)]
    pack_shard = packing._pack_shard

    def full(reading, paths, *rest):
        if paths[0] == "4":
            raise OSError(errno.ENOSPC, "No space left on device")
        return pack_shard(reading, paths, *rest)

    monkeypatch.setattr(packing, "_pack_shard", full)
    with pytest.raises(FerError, match=r"no space left in .*; what is packed is kept"):
        pack(reading_of(contents), tmp_path, GREY, "t", progress=False)
    assert len(list(tmp_path.glob("shard-*.json"))) == 2


def test_progress_is_plain_lines_where_there_is_no_terminal(tmp_path, capsys):
    pack(reading_of([png(1), png(2)]), tmp_path, GREY, "packing mine")
    assert capsys.readouterr().err.startswith("packing mine: 2 of 2 images")

"""A source that is given to the wrong reader is named."""

import pytest

from fer_core.data.readers.guess import LAYOUTS, guess_layout, wrong_layout
from fer_core.data.registry import get_entry, list_datasets
from fer_core.data.source import Source
from fer_core.errors import FerError
from tests.data.made import write_folder
from tests.data.miniatures import affectnet, emognition, expw, jaffe, kdef, rafdb

MADE = {
    "rafdb": rafdb.distributed(),
    "rafdb as Kaggle packs it": rafdb.kaggle(),
    "affectnet lists": affectnet.lists(),
    "affectnet npy": affectnet.annotated(),
    "affectnet class": affectnet.folders("class"),
    "affectnet number": affectnet.folders("number"),
    "affectnet yolo": affectnet.yolo(),
    "expw": expw.files(),
    "kdef": kdef.files(range(1, 2)),
    "jaffe": jaffe.files(),
    "emognition": emognition.files(range(22, 23)),
    "ckplus": {"cohn-kanade-images/S005/001/S005_001_00000011.png": b""},
    "btfer": {"sheet.csv": b""},
    "ferplus": {"ferplus/fer2013new.csv": b"", "train/happy/fer0000001.jpg": b""},
    "fer2013": {"test/happy/PrivateTest_1.jpg": b"", "private_test/sad/fer0000001.jpg": b""},
    "muxspace": {"facial_expressions/data/legend.csv": b""},
    "london": {"london_info.csv": b""},
    "nhfi": {"neutrality/1.png": b""},
    "folder": {"pictures/Happy/1.png": b""},
}


def opened(tmp_path, files: dict[str, bytes]) -> Source:
    return Source.open(write_folder(tmp_path / "source", files))


@pytest.mark.parametrize("made", MADE)
def test_every_layout_is_recognised_by_its_names(tmp_path, made):
    guess = guess_layout(opened(tmp_path, MADE[made]))
    assert guess.endswith(f"use `fer data add {made.split()[0]}`")


def test_every_guess_names_a_data_set_that_is_known():
    assert {layout.dataset for layout in LAYOUTS} <= set(list_datasets())


@pytest.mark.parametrize("reader", ["rafdb", "affectnet", "expw", "kdef", "ckplus", "jaffe"])
@pytest.mark.parametrize("made", ["rafdb as Kaggle packs it", "affectnet number", "expw"])
def test_a_reader_names_what_it_was_given_by_mistake(tmp_path, reader, made):
    dataset = made.split()[0]
    if reader != dataset:
        with pytest.raises(FerError, match=f"this looks like .*; use `fer data add {dataset}`"):
            get_entry(reader).read(opened(tmp_path, MADE[made]))


@pytest.mark.parametrize("reader", ["fer2013", "nhfi", "folder"])
def test_readers_of_class_folders_name_it_too(tmp_path, reader):
    source = opened(tmp_path, MADE["rafdb as Kaggle packs it"])
    with pytest.raises(FerError, match="this looks like RAF-DB as Kaggle packs it"):
        get_entry(reader).read(source)


def test_nothing_is_guessed_from_nothing_and_no_reader_is_told_to_use_itself(tmp_path):
    source = opened(tmp_path, {"notes/list_partition_label.txt": b"", "a.doc": b""})
    assert guess_layout(source, "rafdb") == ""
    error = wrong_layout(source, "RAF-DB: a list", "rafdb")
    assert str(error) == f"{source.path} does not hold RAF-DB: a list"
    assert str(wrong_layout(source, "KDEF")).endswith(
        "looks like RAF-DB as distributed; use `fer data add rafdb`"
    )

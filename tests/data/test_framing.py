"""How a prepared set was framed, and which nets would enlarge what a larger store would show."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.data import registry
from fer_core.data.dataset import dataset_dir, read_facts
from fer_core.data.enlarging import require_sharp
from fer_core.data.framing import enlarged, framing
from fer_core.data.load import load_dataset
from fer_core.data.prepare.add import add_dataset
from fer_core.data.prepare.compile import compile_datasets
from fer_core.data.prepare.cutting import Cut
from fer_core.data.summary import summarise
from fer_core.errors import FerError
from fer_core.files import read_json, write_json
from tests.data.made import card, faces, png, write_folder


class Middle:
    """A cutter that takes the middle 20 pixels of every image."""

    settings = {"detector": "mtcnn", "margin": "15 %", "align": True}  # noqa: RUF012

    def __call__(self, images, boxes):
        facts = {"face_left": 4.0, "face_top": 4.0, "face_right": 24.0, "face_bottom": 24.0}
        return [Cut(image.crop((4, 4, 24, 24)), "", facts) for image in images]


def prepare(tmp_path, name="mine", **more):
    source = write_folder(tmp_path / "s", {**faces(), "happy/large.png": png(9, 60)})
    return add_dataset("folder", source, as_name=name, progress=False, **more)


def index(**columns):
    table = pd.DataFrame(columns)
    return table.assign(excluded=table.get("excluded", ""))


def test_a_set_records_how_it_was_framed_and_the_sides_of_its_images(data_home, tmp_path):
    made = prepare(tmp_path, size=24)
    assert made.framing["how"] == "as distributed"
    assert made.framing["store"] == 24
    assert made.framing["source"] == {"median": 32, "largest": 60}
    facts = read_facts(dataset_dir("mine"))
    assert facts["framing"] == made.framing == summarise(load_dataset("mine"))["framing"]


def test_a_set_that_a_detector_cut_says_which_one_and_with_what_margin(data_home, tmp_path):
    made = prepare(tmp_path, cutter=Middle(), size=16).framing
    told = {key: made[key] for key in ("how", "detector", "margin", "level")}
    assert told == {"how": "face found", "detector": "mtcnn", "margin": "15 %", "level": True}
    assert made["source"] == {"median": 20, "largest": 20}  # the squares, not the photographs


def test_a_set_prepared_before_framing_was_recorded_still_tells_it(data_home, tmp_path):
    made = prepare(tmp_path)
    path = dataset_dir("mine") / "dataset.json"
    facts = read_json(path)
    del facts["framing"]
    write_json(path, facts)
    again = load_dataset("mine")
    assert (again.framing, again.fingerprint) == (made.framing, made.fingerprint)


@pytest.mark.parametrize(
    ("changes", "columns", "how", "largest"),
    [
        ({}, {}, "as distributed", 300),
        ({"faces": "photo"}, {}, "whole", 300),
        ({"crop": (0.25, 0.25, 0.75, 0.75)}, {}, "fixed crop", 150),
        ({"generated": {"n": 1}}, {}, "generated", 300),
        (
            {"faces": "box"},
            {"box_left": [10.0], "box_top": [0.0], "box_right": [90.0], "box_bottom": [100.0]},
            "box of the source",
            100,
        ),
    ],
)
def test_each_way_of_framing_has_its_name_and_its_square(changes, columns, how, largest):
    found = framing(card(**changes), index(width=[400.0], height=[300.0], **columns), None, 96)
    assert (found["how"], found["source"]["largest"]) == (how, largest)


def test_images_that_are_not_used_do_not_count():
    table = index(width=[40.0, 900.0], height=[40.0, 900.0], excluded=["", "contempt"])
    assert framing(card(), table, None, 48)["source"] == {"median": 40, "largest": 40}


@given(store=st.integers(16, 300), source=st.integers(16, 300), size=st.integers(16, 300))
def test_only_what_a_larger_store_would_show_better_counts_as_lost(store, source, size):
    side = float(source)
    found = framing(card(), index(width=[side], height=[side]), None, store)
    lost = enlarged(found, size) == "source larger"
    assert lost == (store < size and store < source)
    # a store as large as the input, or as the source, never loses anything
    for enough in (size, source):
        assert enlarged({**found, "store": enough}, size) != "source larger"


def test_a_compiled_set_keeps_the_framing_of_its_sources_and_their_small_stores(
    data_home, tmp_path
):
    small = prepare(tmp_path, "small", size=16)
    fine = prepare(tmp_path / "other", "fine", size=64)
    mixed = compile_datasets("mixed", ["small", "fine"], size=64, progress=False)
    assert load_dataset("mixed").framing == mixed.framing
    assert mixed.framing["how"] == "compiled"
    assert mixed.framing["sources"] == {"small": small.framing, "fine": fine.framing}
    assert enlarged(mixed.framing, 32) == "source larger"  # 64 px made of 16
    told = "small, a source of mixed, is stored at 16 px of up to 60 px: it would"
    way = r"`fer data add folder PATH --as small --size 32 && fer data compile mixed --of"
    with pytest.raises(FerError, match=rf"{told}.*{way}"):
        require_sharp([mixed], 32, "net", ())


def test_a_net_larger_than_a_store_is_refused_with_the_command_that_mends_it(data_home, tmp_path):
    dataset = prepare(tmp_path, size=24)
    require_sharp([dataset], 24, "net", ())
    message = r"net takes images of 48 px, and mine is stored at 24 px of up to 60 px.*"
    message += r"`fer data add folder PATH --as mine --size 48`.*`upsample: \[mine\]`"
    with pytest.raises(FerError, match=message):
        require_sharp([dataset], 48, "net", ())
    require_sharp([dataset], 48, "net", ("mine",))
    require_sharp([prepare(tmp_path, size=60)], 224, "net", ())  # its sources have no more


def test_generated_sets_and_unknown_sides_are_never_refused(data_home, monkeypatch):
    registry.list_datasets()
    entry = registry.Entry(
        card(name="drawn", generated={"n": 9}),
        generate=lambda: (
            pd.DataFrame(
                {
                    "sample_id": list("abcdefghi"),
                    "emotion": "happy",
                    "split": ["train", "val", "test"] * 3,
                }
            ),
            np.zeros((9, 4, 4, 1), np.uint8),
        ),
    )
    monkeypatch.setitem(registry._ENTRIES, "drawn", entry)
    drawn = load_dataset("drawn")
    assert drawn.framing["how"] == "generated"
    require_sharp([drawn], 224, "net", ())
    assert enlarged({}, 224) == "unknown"

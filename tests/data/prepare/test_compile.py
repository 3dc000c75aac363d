"""Compiled sets: every row and pixel of the sources, split anew or as they are, told when stale."""

import shutil
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from fer_core.data import registry
from fer_core.data.compiled import reader_facts
from fer_core.data.dataset import dataset_dir
from fer_core.data.load import load_dataset
from fer_core.data.phantom import generate
from fer_core.data.prepare.add import add_dataset
from fer_core.data.prepare.compile import compile_datasets, open_compiled
from fer_core.data.prepare.merging import merged_index, persons
from fer_core.data.registry import Entry
from fer_core.data.splits import COMPILED_FRACTIONS
from fer_core.errors import FerError
from tests.data.made import card, faces, png, write_folder

PHANTOMS = {"lab": "phantom-lab", "web": "phantom-web"}


@pytest.fixture(scope="module")
def rendered():
    return {name: generate(kind, n=70) for name, kind in PHANTOMS.items()}


@pytest.fixture
def phantoms(data_home, monkeypatch, rendered):
    """Two small phantom sets, registered as lab (colour) and web (grey)."""
    registry.list_datasets()
    for name in PHANTOMS:
        size, channels = rendered[name][1].shape[2:]
        facts = {"store_size": size, "channels": channels}
        own = card(name=name, publishable=True, licence=f"L-{name}", generated={"n": 70}, **facts)
        entry = Entry(own, generate=lambda name=name: rendered[name])
        monkeypatch.setitem(registry._ENTRIES, name, entry)


def add(name: str, folder, files: dict[str, bytes], **more):
    source = write_folder(folder / name, files)
    return add_dataset("folder", source, as_name=name, progress=False, **more)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Two prepared folders, ann (grey, 24 px) and bob (colour, 32 px), that share two files."""
    home = tmp_path_factory.mktemp("prepared")
    own = {f"{name[:-4]}-b.png": png(900 + k, colour=True) for k, name in enumerate(faces(6))}
    shared = {"happy/00.png": png(0), "sad/shared.png": png(1)}  # the second: happy in ann
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_DATA", str(home / "data"))
        add("ann", home, {**faces(8), "sad/broken.png": b"no image"}, size=24)
        add("bob", home, {**own, **shared}, size=32)
    return home / "data"


@pytest.fixture
def two(prepared, data_home):
    """The two in a data folder of the test's own."""
    shutil.copytree(prepared, data_home)
    return load_dataset("ann"), load_dataset("bob")


def compiled(name="both", of=("ann", "bob"), **more):
    return compile_datasets(name, of, progress=False, **more)


def test_every_row_of_the_sources_is_there_with_its_source_and_its_own_split(two):
    both = compiled()
    assert len(both.index) == sum(len(source.index) for source in two)
    by_id = both.index.set_index("sample_id")
    for source in two:
        rows = by_id[by_id["source"] == source.name]
        assert list(rows.index) == [f"{source.name}/{name}" for name in source.index["sample_id"]]
        for column in ("emotion", "sha256", "excluded", "path", "source_label"):
            assert rows[column].tolist() == source.index[column].tolist()
        assert rows["own_split"].tolist() == source.index["split"].tolist()
    assert by_id.loc["ann/sad/broken", "excluded"] == "corrupt: not an image"
    assert by_id.loc["bob/happy/00", "group"] == "ann/happy/00"
    assert by_id.loc["bob/sad/shared", "group"] == "ann/happy/01"


def test_pixels_are_those_of_the_sources_in_one_size_and_colour(two):
    ann, bob = two
    both = compiled()
    assert both.store.pixels.shape == (len(both.index), 32, 32, 3)
    of_bob = both.store.pixels[len(ann.index) :]
    assert np.array_equal(of_bob, bob.store.pixels)
    of_ann = both.store.pixels[: len(ann.index)].astype(float)
    assert (of_ann == of_ann[..., :1]).all()
    assert abs(of_ann.mean() - ann.store.pixels.mean()) < 1
    broken = both.index.index[both.index["sample_id"] == "ann/sad/broken"][0]
    assert not both.store.pixels[broken].any()
    assert compiled("small", size=24).store.size == 24
    exact = compiled("small", size=24).store.pixels[: len(ann.index)]
    assert np.array_equal(exact, np.repeat(ann.store.pixels, 3, axis=3))


def test_sets_larger_than_a_block_keep_every_pixel_in_its_place(two, monkeypatch):
    whole = compiled("whole").store.pixels
    monkeypatch.setattr("fer_core.data.prepare.merging.BLOCK", 7)
    assert np.array_equal(compiled("parts").store.pixels, whole)


def test_a_new_split_is_eighty_ten_ten_with_copies_across_sources_together(two):
    index = compiled().index
    assert set(index["split"]) == {"train", "val", "test"}
    assert (index.groupby("group")["split"].nunique() == 1).all()
    used = index[index["excluded"] == ""]
    for _, part in used.groupby(["source", "emotion"]):
        for name, fraction in COMPILED_FRACTIONS.items():
            assert abs((part["split"] == name).sum() - fraction * len(part)) <= 2  # copies move


def test_the_sources_own_splits_are_kept_on_request(two):
    index = compiled(split="own").index
    assert index["split"].equals(index["own_split"])


def test_near_copies_across_sources_stay_together(two):
    pairs = [("ann", f"happy/{k:02d}", "bob", f"anger/{k % 6:02d}-b") for k in range(8)]
    pairs += [("ann", "happy/00", "elsewhere", "x")]
    near = pd.DataFrame(pairs, columns=["dataset_a", "sample_a", "dataset_b", "sample_b"])
    split = compiled(near=near).index.set_index("sample_id")["split"]
    assert all(split[f"{a}/{x}"] == split[f"{b}/{y}"] for a, x, b, y in pairs[:-1])
    with pytest.raises(FerError, match="lack the column 'dataset_a'"):
        compiled(near=near.drop(columns="dataset_a"))


def test_the_order_of_the_sources_does_not_matter_and_twice_is_once(two, monkeypatch):
    first = compiled()
    monkeypatch.setattr(
        "fer_core.data.prepare.compile.write_merged_pixels", lambda *_: pytest.fail("again")
    )
    assert compiled(of=("bob", "ann")).fingerprint == first.fingerprint


def test_two_phantoms_become_one_with_numbers_and_people_kept_apart(phantoms, rendered):
    mix = compiled("mix", ("web", "lab"))
    lab, web = load_dataset("lab"), load_dataset("web")
    assert mix.index["source"].value_counts().to_dict() == {"lab": 70, "web": 70}
    assert mix.index["yaw"].tolist() == [*lab.index["yaw"], *web.index["yaw"]]
    assert mix.index["person"].str.partition(":")[0].tolist() == ["lab"] * 70 + ["web"] * 70
    assert (mix.index.groupby("person")["split"].nunique() == 1).all()
    assert set(mix.index["person"][:70]) == set(persons(lab))
    assert lab.store.size > web.store.size
    assert np.array_equal(mix.store.pixels[:70], rendered["lab"][1])
    assert mix.card.publishable
    assert mix.card.licence == "lab: L-lab; web: L-web"
    assert mix.card.sources == ("lab", "web")


def _without_set(generate):
    """The same images, but person 3 has one name in every set."""
    index, pixels = generate()
    return index.assign(person=index["person"].str.extract("(person-.*)")[0]), pixels


def test_people_of_one_name_space_are_the_same_people(phantoms, monkeypatch):
    for name in ("lab", "web"):
        entry = registry._ENTRIES[name]
        own = entry.card.model_copy(update={"person_space": "phantoms"})
        named_alike = partial(_without_set, entry.generate)
        monkeypatch.setitem(registry._ENTRIES, name, Entry(own, generate=named_alike))
    mix = compiled("mix", ("lab", "web"))
    assert mix.card.person_space == "phantoms"
    both = set(mix.index["person"][:70]) & set(mix.index["person"][70:])
    assert both == {f"person-{k:04d}" for k in range(len(both))} != set()
    assert (mix.index.groupby("person")["split"].nunique() == 1).all()
    assert set(persons(mix)) >= set(persons(load_dataset("lab")))


def test_what_is_photographed_together_stays_together_within_its_source(two):
    ann, bob = two

    linked = replace(bob, index=bob.index.assign(keep_together="photo"))
    index = merged_index([ann, linked])
    assert set(index["keep_together"]) == {"", "bob/photo"}


def test_a_compiled_set_is_publishable_only_if_all_sources_are(phantoms, data_home, tmp_path):
    add("mine", tmp_path, faces(4))
    assert not compiled("mix", ("lab", "mine")).card.publishable


def test_a_compiled_set_loads_like_any_other(two):
    made_now = compiled()
    loaded = load_dataset("both", verify=True)
    assert loaded.fingerprint == made_now.fingerprint
    assert loaded.card == made_now.card
    assert loaded.card.sources == ("ann", "bob")


def test_a_source_that_has_changed_is_told_with_the_way_out(two, tmp_path):
    first = compiled(size=24)
    add("ann", tmp_path, {"happy/more.png": png(5000)}, size=24)
    again = "fer data compile both --of ann --of bob --split new --size 24 --no-near"
    with pytest.raises(FerError, match=f"ann has changed since both was compiled.*{again}"):
        open_compiled("both")
    assert compiled(size=24).fingerprint != first.fingerprint
    assert len(open_compiled("both", verify=True).index) == 1 + len(two[1].index)


def test_a_compiled_set_outlives_its_sources(two):
    first = compiled()
    for name in ("ann", "bob"):
        dataset_dir(name).rename(dataset_dir(f"gone-{name}"))
    assert open_compiled("both", verify=True).fingerprint == first.fingerprint


def test_the_plan_of_a_compiled_set_names_a_space_of_persons_as_it_always_did():
    assert {**reader_facts("kdef"), "version": 0} == {"version": 0, "identities": "kdef"}


def test_a_newer_reader_of_a_source_is_told(phantoms, monkeypatch):
    compiled("mix", ("lab", "web"))
    entry = registry._ENTRIES["lab"]
    newer = Entry(entry.card.model_copy(update={"version": 2}), generate=entry.generate)
    monkeypatch.setitem(registry._ENTRIES, "lab", newer)
    with pytest.raises(FerError, match="lab, a source of mix, was read by another version"):
        open_compiled("mix")


@pytest.mark.parametrize(
    ("name", "of", "more", "message"),
    [
        ("both", ("ann", "ann"), {}, "ann is given twice"),
        ("both", ("ann",), {}, "at least two sources"),
        ("both", ("ann", "bobb"), {}, "unknown dataset 'bobb'.*did you mean bob"),
        ("both", ("ann", "london"), {}, "london is not prepared: run `fer data add london PATH`"),
        ("fer2013", ("ann", "bob"), {}, "'fer2013' is the name of a known data set"),
        ("ann", ("ann", "bob"), {}, "ann is there already, read by folder"),
        ("../x", ("ann", "bob"), {}, "is no name here"),
        ("both", ("ann", "bob"), {"split": "old"}, "unknown split of a compiled set 'old'"),
        ("both", ("ann", "bob"), {"size": 8}, "8 pixels is not possible"),
    ],
)
def test_bad_input_is_one_clear_line(two, name, of, more, message):
    with pytest.raises(FerError, match=message):
        compiled(name, of, **more)
    assert not dataset_dir("both").exists()


def test_a_compiled_set_is_not_replaced_by_one_of_other_sources_nor_compiled_again(two, tmp_path):
    compiled()
    add("cem", tmp_path, faces(4))
    with pytest.raises(FerError, match="both is there already, made of ann, bob"):
        compiled("both", ("ann", "cem"))
    with pytest.raises(FerError, match="both is compiled itself; give its sources: ann, bob"):
        compiled("more", ("both", "cem"))


def test_damaged_source_pixels_are_found_before_they_are_copied(two):
    pixels = dataset_dir("ann") / "pixels.npy"
    content = bytearray(pixels.read_bytes())
    content[-1] ^= 1
    pixels.write_bytes(content)
    with pytest.raises(FerError, match="has changed since it was prepared"):
        compiled()

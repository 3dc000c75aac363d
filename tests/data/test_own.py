"""A folder of one's own: persons, labels from a table, words, terms, all for testing, no labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.data.dataset import dataset_dir, read_facts
from fer_core.data.index import conflicting
from fer_core.data.load import load_dataset
from fer_core.data.origin import split_origin
from fer_core.data.own import Own, current_card
from fer_core.data.prepare.add import add_dataset, finish_dataset, pack_dataset
from fer_core.data.prepare.add import plan_dataset as plan
from fer_core.data.prepare.plan import read_plan
from fer_core.data.prepare.resplit import use_split
from fer_core.data.readers.folder import read_folder
from fer_core.data.select import test_rows as rows_to_test
from fer_core.data.source import Source
from fer_core.errors import FerError
from tests.data.made import faces, png, write_folder, write_zip

ACTORS = [f"actor{number}" for number in range(8)]
PERSON = r"^([^/]+)/"
STAGED = {
    f"{actor}/{emotion}/{take}.png": png(100 * a + 10 * e + take)
    for a, actor in enumerate(ACTORS)
    for e, emotion in enumerate(("happy", "sad", "fear"))
    for take in range(3)
}


def add(folder, **said):
    return add_dataset("folder", folder, as_name="mine", size=16, progress=False, own=Own(**said))


def rows(tmp_path, files, **said):
    content = {k: v.encode() if isinstance(v, str) else v for k, v in files.items()}
    source = Source.open(write_folder(tmp_path / "s", content))
    return read_folder(source, Own(**said)).rows.set_index("path")


def test_the_images_of_a_person_stay_on_one_side_of_the_split(data_home, tmp_path):
    folder = write_folder(tmp_path / "s", STAGED)
    index = add(folder, person=PERSON).index
    assert sorted(set(index["person"])) == ACTORS
    assert (index.groupby("person")["split"].nunique() == 1).all()
    assert {"train", "test"} <= set(index["split"])
    assert set(add(folder).index["person"]) == {""}, "another request is another set"
    assert load_dataset("mine").card.persons == "unknown"


@pytest.mark.parametrize(
    ("pattern", "person"), [(r"actor\d", "actor3"), (r"(?:x|or)(\d)/(.)", "3"), (r"(y)|actor3", "")]
)
def test_a_person_is_the_first_group_or_the_whole_match(tmp_path, pattern, person):
    files = {"actor3/happy/1.png": b"", "y/happy/2.png": b"", "x4/happy/3.png": b""}
    assert rows(tmp_path, files, person=pattern)["person"]["actor3/happy/1.png"] == person


def test_a_path_without_a_person_is_of_nobody_known(tmp_path):
    files = {"ann/happy/1.png": b"", "happy/2.png": b""}
    found = rows(tmp_path, files, person=r"^([^/]+)/[^/]+/")
    assert found["person"].to_dict() == {"ann/happy/1.png": "ann", "happy/2.png": ""}


WORDS = {"smile": "happy", "wink": "sad"}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"map": WORDS, "person": "(a"}, r"'\(a' is not a regular expression.*\^\(\[\^/\]\+\)/"),
        ({"map": WORDS, "person": "zz"}, r"'zz' finds no person in any path of .*, such as 'ang"),
        ({"map": {"smlie": "happy"}}, r"unknown folder in --map 'smlie'; did you mean smile\?"),
        ({"skip": ("wnk",)}, r"unknown folder in --skip 'wnk'; did you mean wink\?"),
        ({"map": {"smile": "jolly"}}, "unknown emotion 'jolly'"),
        ({"map": {"Wink": "happy"}, "skip": ("wink",)}, "--map and --skip both name 'wink'"),
        ({"unlabelled": True, "labels": "x.csv"}, "--unlabelled says that there is no label"),
        ({"labels": "none.csv"}, r"none\.csv is no CSV file, and .*s holds none of that name"),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_prepares_nothing(data_home, tmp_path, said, message):
    named = {"smile/1.png": png(900), "wink/1.png": png(901)}
    folder = write_folder(tmp_path / "s", {**faces(1), **named})
    with pytest.raises(FerError, match=message):
        add(folder, **said)
    assert not list(data_home.glob("[!.]*"))


def test_other_readers_take_none_of_it(data_home, tmp_path):
    for name in ("nhfi", "phantom-lab"):
        with pytest.raises(FerError, match=r"only `fer data add folder`|is generated: it takes no"):
            add_dataset(name, tmp_path if name == "nhfi" else None, own=Own(licence="CC0"))


def test_folders_of_ones_own_words_are_mapped_or_skipped_at_any_depth(tmp_path):
    files = {
        "train/Smile/1.png": b"",
        "train/sneer/2.png": b"",
        "test/happy/3.png": b"",
        "train/wink/4.png": b"",
        "wink/left/5.png": b"",
    }
    words = {"smile": "happy", "sneer": "contempt"}
    found = rows(tmp_path, files, map=words, skip=("WINK",))
    said = found[["source_label", "emotion", "excluded", "split"]].T.to_dict("list")
    assert said == {
        "train/Smile/1.png": ["Smile", "happy", "", "train"],
        "train/sneer/2.png": ["sneer", "", "contempt", "train"],
        "test/happy/3.png": ["happy", "happy", "", "test"],
        "train/wink/4.png": ["wink", "", "skipped", "train"],
        "wink/left/5.png": ["left", "", "skipped", "train"],
    }


def test_a_folder_without_a_meaning_names_the_way_out(tmp_path):
    with pytest.raises(FerError, match=r"names no emotion.*--map 'big smile'=EMOTION.*--skip"):
        rows(tmp_path, {"happy/1.png": b"", "big smile/2.png": b""})


@given(st.lists(st.sampled_from(["happy", "smile", "wink", "sad"]), min_size=1, max_size=12))
def test_every_picture_is_kept_whatever_is_mapped_and_skipped(tmp_path_factory, names):
    files = {f"{name}/{number}.png": b"" for number, name in enumerate(names)}
    folder = write_folder(tmp_path_factory.mktemp("s"), files)
    said = Own(
        map={"smile": "happy"} if "smile" in names else {}, skip=["wink"] if "wink" in names else ()
    )
    found = read_folder(Source.open(folder), said).rows.set_index("path")
    assert set(found.index) == set(files)
    for path, row in found.iterrows():
        skipped = str(path).startswith("wink")
        assert (row["excluded"], row["emotion"] == "") == ("skipped" if skipped else "", skipped)


def test_a_picture_without_a_label_conflicts_with_no_copy_of_it(data_home, tmp_path):
    files = {**faces(), "wink/copy.png": faces()["happy/00.png"]}
    dataset = add(write_folder(tmp_path / "s", files), skip=["wink"])
    assert not conflicting(dataset.index).any()
    copies = dataset.index[dataset.index["sample_id"].isin(["happy/00", "wink/copy"])]
    assert copies["split"].nunique() == 1


def test_terms_go_into_the_card_of_that_set_and_change_no_row(data_home, tmp_path):
    folder = write_folder(tmp_path / "s", faces())
    first = add(folder)
    assert (first.card.title, first.card.publishable) == ("mine", False)
    said = {"title": "My\n faces", "licence": "CC0", "citation": "Ann", "publishable": True}
    second = add(folder, **said)
    for card in (second.card, load_dataset("mine").card):
        terms = (card.title, card.licence, card.citation, card.publishable)
        assert terms == ("My faces", "CC0", "Ann", True)
    assert second.fingerprint == first.fingerprint
    assert read_facts(dataset_dir("mine"))["own"]["licence"] == "CC0"
    assert not add(folder).card.publishable, "who does not say it again withdraws it"
    assert not load_dataset("mine").card.publishable


def test_a_permission_without_a_licence_says_whose_word_it_is(data_home, tmp_path):
    card = add(write_folder(tmp_path / "s", faces()), publishable=True).card
    assert "permission to show its faces" in card.licence


def test_sets_of_before_titles_were_their_own_are_called_by_their_names(data_home, tmp_path):
    card = add(write_folder(tmp_path / "s", faces())).card
    old = card.model_copy(update={"title": "Class folders"})
    assert current_card(old, "folder", {}).title == "mine"


def test_every_picture_can_be_for_testing(data_home, tmp_path):
    files = {f"train/{name}": content for name, content in faces().items()}
    dataset = add(write_folder(tmp_path / "s", files), all_test=True)
    assert set(dataset.index["split"]) == {"test"}
    assert set(dataset.index["source_split"]) == {"train"}
    assert dataset.card.test_split == "every picture"
    assert len(rows_to_test(dataset)) == 30
    assert split_origin(dataset).word == "whole set"
    folder = tmp_path / "s"
    with pytest.raises(FerError, match="--all-test leaves no split to choose"):
        add_dataset("folder", folder, as_name="own", own=Own(all_test=True), split="distributed")


def test_pictures_without_labels_are_read_and_never_scored(data_home, tmp_path):
    files = {"a.png": png(1), "deep/er/b.png": png(2), "notes.txt": b"x", "raw/c.png": png(3)}
    dataset = add(write_folder(tmp_path / "s", files), unlabelled=True, skip=["raw"])
    index = dataset.index.set_index("path")
    assert index["excluded"].to_dict() == {
        "a.png": "unlabelled",
        "deep/er/b.png": "unlabelled",
        "raw/c.png": "skipped",
    }
    assert set(index["split"]) == {"test"}
    assert index["mean"].notna().all(), "their pixels are stored"
    with pytest.raises(FerError, match=r"no image to test with: .* 2 excluded: unlabelled"):
        rows_to_test(dataset)


def test_a_plan_hashes_what_was_said_of_persons_by_the_word_that_it_always_had():
    assert Own(person=PERSON, skip=["wink"]).rows() == {"subject": PERSON, "skip": ["wink"]}


def test_the_three_steps_know_what_was_said(data_home, tmp_path):
    source = write_zip(tmp_path / "s.zip", STAGED)
    said = Own(person=PERSON, licence="CC0")
    plan("folder", source, "mine", 16, own=said)
    assert read_plan("mine")["request"]["own"] == said.given
    pack_dataset("mine", progress=False)
    made = finish_dataset("mine")
    assert (made.card.licence, made.index["person"].nunique()) == ("CC0", 8)
    assert add(source, **said.model_dump()).fingerprint == made.fingerprint


def test_a_published_split_keeps_what_was_said(data_home, tmp_path):
    folder = write_folder(tmp_path / "s", STAGED)
    first = add(folder, person=PERSON, licence="CC0")
    (tmp_path / "split.csv").write_bytes((dataset_dir("mine") / "split.csv").read_bytes())
    again = use_split("mine", tmp_path / "split.csv")
    assert (again.own, again.card) == (first.own, first.card)
    assert add(folder, person=PERSON, licence="CC0").fingerprint == first.fingerprint


def test_a_folder_without_any_picture_says_so(data_home, tmp_path):
    folder = write_folder(tmp_path / "s", {"notes.txt": b"x"})
    for said in ({"unlabelled": True}, {"all_test": True}):
        with pytest.raises(FerError, match="holds no image"):
            add(folder, **said)

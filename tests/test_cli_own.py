"""`fer data add folder` with what its owner says of it, and `fer data remove`, as typed."""

import json

import pytest

from fer_core.analysis.summaries import card_table
from fer_core.cli import remove
from fer_core.data.load import load_dataset
from fer_core.data.permission import credit, is_publishable
from fer_core.data.prepare.compile import compile_datasets
from fer_core.data.summary import summarise
from tests.data.made import faces, png, write_folder

STAGED = {
    f"{actor}/{word}/{take}.png": png(1000 * a + 10 * w + take)
    for a, actor in enumerate(("ann", "bob", "cat", "dan"))
    for w, word in enumerate(("smile", "sad", "wink"))
    for take in range(2)
}
SAID = ("--map", "smile=happy", "--skip", "wink", "--person", "^([^/]+)/", "--title", "Staged")


@pytest.fixture
def staged(tmp_path):
    return write_folder(tmp_path / "staged", STAGED)


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_what_is_said_of_a_folder_is_told_listed_and_shown(fer, staged):
    code, out, error = fer("add", "folder", staged, "--as", "mine", *SAID, "--licence", "CC0")
    assert code == 0, error
    assert {"persons: 4", "8 skipped excluded"} <= set(lines(out))
    listed = {row["dataset"]: row for row in json.loads(fer("list", "--json")[1])}
    assert (listed["mine"]["title"], listed["mine"]["licence"]) == ("Staged", "CC0")
    shown = fer("show", "mine")[1]
    assert "4 known, read from the paths by ^([^/]+)/" in shown
    assert "map smile happy, skip wink" in shown
    assert json.loads(fer("show", "mine", "--json")[1])["own"]["map"] == {"smile": "happy"}


def test_images_of_nobody_known_are_counted(fer, staged):
    out = fer("add", "folder", staged, "--as", "mine", *SAID[:4], "--person", "ann|bob")[1]
    assert "persons: 2, unknown in 12 images" in lines(out)


@pytest.mark.parametrize("pair", ["smile", "=happy", "smile="])
def test_a_word_without_a_meaning_is_told_how_to_write_it(fer, staged, pair):
    code, _, error = fer("add", "folder", staged, "--as", "mine", "--map", pair)
    assert code == 2
    assert f"--map {pair!r} is no pair; write it as smile=happy" in error


def test_the_options_go_with_a_plan(fer, staged):
    fer("add", "folder", staged, "--as", "mine", *SAID)
    fer("plan", "folder", staged, "--as", "two", *SAID, "--all-test")
    fer("pack", "two")
    assert fer("finish", "two")[0] == 0
    assert set(load_dataset("two").index["split"]) == {"test"}
    assert load_dataset("two").card.title == load_dataset("mine").card.title == "Staged"


def test_faces_are_shown_only_as_long_as_their_owner_allows_it(fer, staged):
    add = ("add", "folder", staged, "--as", "mine", *SAID)
    assert fer(*add, "--publishable", "--licence", "CC0", "--citation", "Ann")[0] == 0
    fer("add", "folder", staged, "--as", "other", *SAID, "--publishable")
    compile_datasets("mix", ["mine", "other"], progress=False)
    assert is_publishable("mine")
    assert is_publishable("mix")
    assert credit("mine").startswith("Images: Ann (CC0); cropped")
    told = card_table({"mine": summarise(load_dataset("mine"))}).iloc[0]
    assert told[["title", "licence", "shown here"]].tolist() == ["Staged", "CC0", "yes"]
    assert fer(*add)[0] == 0
    for name in ("mine", "mix"):
        assert not is_publishable(name)
        assert not load_dataset(name).card.publishable


def test_an_audit_says_that_persons_are_unknown_where_nobody_is_named(fer, staged):
    fer("add", "folder", staged, "--as", "known", *SAID)
    fer("add", "folder", staged, "--as", "unnamed", *SAID[:4])
    told = lines(fer("audit", "known", "unnamed")[1])
    assert "unnamed persons unknown unknown unknown" in told
    assert "known persons none found none found none found" in told
    found = json.loads(fer("audit", "unnamed", "--json")[1])["datasets"]["unnamed"]
    assert set(found["persons_between_splits"].values()) == {None}
    assert "persons: unknown" in lines(fer("add", "folder", staged, "--as", "u2", *SAID[:4])[1])


def test_a_set_is_removed_when_it_is_asked_for_by_its_name(fer, staged, data_home, monkeypatch):
    for name in ("mine", "other"):
        fer("add", "folder", staged, "--as", name, *SAID)
    compile_datasets("mix", ["mine", "other"], progress=False)
    code, out, error = fer("remove", "mine")
    assert code == 2
    assert "nobody can be asked here; add --yes" in error
    assert "mix: compiled of mine" in out
    code, _, error = fer("remove", "mien", "--yes")
    assert (code, "did you mean mine" in error) == (2, True)
    monkeypatch.setattr(remove.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(remove.typer, "confirm", lambda text: False)
    assert fer("remove", "mine")[0] == 1
    assert load_dataset("mine").name == "mine"
    assert fer("remove", "mine", "--yes")[1].splitlines()[-1] == "mine is removed"
    assert not (data_home / "mine").exists()
    assert load_dataset("mix").card.title == "Compiled of Staged, Staged"
    gone = json.loads(fer("remove", "mix", "--yes", "--json")[1])
    assert gone["removed"][0] == str(data_home / "mix")


def test_a_plain_folder_is_called_by_its_name(fer, tmp_path):
    fer("add", "folder", write_folder(tmp_path / "s", faces()), "--as", "mine")
    assert json.loads(fer("show", "mine", "--json")[1])["card"]["title"] == "mine"

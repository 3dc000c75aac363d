"""`fer data`: faces, thresholds and the three steps, as they are typed."""

import json

import pytest

from fer_core.cli.faces import choose_faces, make_cutter
from fer_core.data import registry
from fer_core.data.load import load_dataset
from fer_core.data.prepare.add import add_dataset
from fer_core.data.prepare.cutting import settled
from fer_core.data.registry import Entry
from fer_core.errors import FerError
from fer_core.faces.cutter import FaceCutter
from tests.data.made import card, faces, png, write_folder
from tests.data.miniatures import kdef


@pytest.fixture
def photographs(monkeypatch):
    """A registered reader of whole photographs."""
    registry.list_datasets()
    entry = Entry(card(name="photos", faces="photo"), read=lambda source: None)
    monkeypatch.setitem(registry._ENTRIES, "photos", entry)
    return "photos"


def choose(name, faces=None, margin=None, several=None, no_face=None, align=None):
    return choose_faces(name, faces, margin, several, no_face, align)


def test_faces_are_found_by_default_in_whole_photographs_only(photographs):
    assert choose(photographs) == {}
    assert choose(photographs, "none") is None
    for name in ("muxspace", "london", "fer2013", "folder"):
        assert choose(name) is None
    assert choose("muxspace", "mtcnn") == {}


def test_python_and_the_command_have_one_default_for_every_registered_set(data_home, tmp_path):
    photographs = []
    for name in registry.list_datasets():
        entry = registry.get_entry(name)
        if entry.read is not None and choose(name) is not None:
            photographs.append(name)
            # what the command does by itself is what Python has to be told
            assert make_cutter(choose(name)).settings == FaceCutter().settings
            with pytest.raises(FerError, match=rf"^{name} has whole photo.*cutter=FaceCutter\(\)"):
                settled(entry.card, None)
        elif entry.read is not None:
            assert settled(entry.card, None) is None
    assert {"kdef", "jaffe", "emognition"} <= set(photographs)


def test_a_whole_photograph_is_not_cut_at_its_centre_unless_someone_says_so(fer, tmp_path):
    source = write_folder(tmp_path / "kdef", kdef.files(range(1, 8)))
    with pytest.raises(FerError, match=r"^kdef has whole photographs.*cutter=\"centre\""):
        add_dataset("kdef", source, size=16, progress=False)
    made = add_dataset("kdef", source, size=16, progress=False, cutter="centre")
    assert made.framing["how"] == "whole"
    for step in (("plan", "kdef", source, "--faces", "none", "--size", 16), ("pack", "kdef")):
        assert fer(*step)[0] == 0
    assert fer("finish", "kdef")[0] == 0
    assert load_dataset("kdef").fingerprint == made.fingerprint


def test_the_help_tells_what_a_margin_is_and_the_defaults_of_the_cutter(fer):
    for command in ("add", "plan", "balance"):
        told = " ".join(fer(command, "--help")[1].split())
        assert "each of the four sides of the found face: a share of the longer side" in told
        assert f"or none [{FaceCutter().settings['margin']}]" in told
        assert f"[{FaceCutter().settings['several']}]" in told


def test_the_options_become_the_settings_of_the_cutter(photographs):
    chosen = choose(photographs, None, "20px", "central", "centre", False)
    cutter = make_cutter(chosen)
    wanted = {"margin": "20 px", "several": "central", "none": "centre", "align": False}
    assert wanted.items() <= cutter.settings.items()
    assert make_cutter(cutter.settings).settings == cutter.settings  # as a plan keeps them
    assert choose(photographs, margin="0.3") == {"margin": "30 %"}
    assert choose(photographs, margin="none") == {"margin": "none"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"faces": "mtcn"}, "unknown value of --faces 'mtcn'; did you mean mtcnn"),
        ({"several": "biggest"}, "unknown value of --several 'biggest'.*largest"),
        ({"no_face": "whole"}, "unknown value of --no-face 'whole'.*exclude"),
        ({"margin": "wide"}, "'wide' is no margin; give a share as 0.3, pixels as 20px, or none"),
        ({"margin": "-1"}, "'-1' is no margin"),
        ({"margin": "nan"}, "'nan' is no margin"),
        ({"faces": "none", "align": True}, "need --faces mtcnn"),
    ],
)
def test_an_option_that_cannot_be_meant_is_told(photographs, options, message):
    with pytest.raises(FerError, match=message):
        choose(photographs, **options)


def test_settings_of_faces_where_none_are_found_are_refused(fer, tmp_path):
    code, _, error = fer("add", "folder", tmp_path, "--as", "mine", "--margin", "0.3")
    assert code == 2
    assert "need --faces mtcnn" in error


def test_adding_tells_what_is_excluded_and_what_is_flagged_only(fer, tmp_path):
    files = {**faces(), "happy/zero.png": b"", "happy/small.png": png(4, 20)}
    folder = write_folder(tmp_path / "s", files)
    code, out, _ = fer("add", "folder", folder, "--as", "mine", "--bright", 250)
    assert code == 0
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == "mine: 32 images, 1 of them excluded"
    assert "1 empty excluded" in lines
    assert "1 tiny flagged only" in lines
    shown = json.loads(fer("show", "mine", "--json")[1])
    assert shown["screening"] == {"tiny": 1}
    assert shown["thresholds"]["bright"] == 250
    assert shown["faces"] is None
    assert "bright 250" in fer("show", "mine")[1]


def test_a_threshold_below_zero_is_refused(fer, tmp_path):
    code, _, error = fer("add", "folder", tmp_path, "--as", "mine", "--dark", "-3")
    assert code == 2
    assert "--dark -3.0 is no threshold" in error


def test_the_three_steps_make_what_add_makes(fer, tmp_path, monkeypatch):
    folder = write_folder(tmp_path / "s", faces())
    fer("add", "folder", folder, "--as", "mine", "--tiny", 40)
    one = json.loads(fer("show", "mine", "--json")[1])
    monkeypatch.setenv("FER_DATA", str(tmp_path / "other"))
    code, out, _ = fer("plan", "folder", folder, "--as", "mine", "--tiny", 40)
    assert (code, out) == (0, "mine: 30 images planned; now `fer data pack mine`, in blocks\n")
    assert fer("pack", "mine", "--block", "2/2")[0] == 0
    assert fer("pack", "mine", "--block", "1/2")[0] == 0
    assert fer("finish", "mine")[0] == 0
    assert json.loads(fer("show", "mine", "--json")[1]) == one
    assert one["screening"] == {"tiny": 30}


@pytest.mark.parametrize("block", ["3", "a/8", "0/8", "9/8", "1/0"])
def test_a_block_that_cannot_be_meant_is_told(fer, tmp_path, block):
    fer("plan", "folder", write_folder(tmp_path / "s", faces()), "--as", "mine")
    code, _, error = fer("pack", "mine", "--block", block)
    assert code == 2
    assert "block" in error


def test_packing_without_a_plan_says_so(fer):
    code, _, error = fer("pack", "mine")
    assert code == 2
    assert "run `fer data plan` first" in error


def test_a_generated_set_is_made_by_the_command_alone_and_takes_no_settings_of_faces(
    fer, data_home
):
    code, _, told = fer("add", "phantom-lab")
    assert code == 0, told
    assert (data_home / "phantom-lab" / "dataset.json").is_file()
    code, _, told = fer("add", "phantom-lab", "--faces", "mtcnn")
    assert code == 2
    assert "is generated" in told

"""A balanced set out of candidates: cleaned, cut, drawn, listed; and read again as `btfer`."""

import hashlib
import io
import json

import pandas as pd
import pytest
from PIL import Image

from fer_core.data.prepare.add import add_dataset
from fer_core.data.prepare.balanced import balance
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from tests.data.made import png, write_folder, write_zip
from tests.data.prepare.candidates import (
    CentreCutter,
    candidates,
    photo,
    photos,
    saved_again,
    sheet,
)

SHEET = ["file", "emotion", "source_file", "url", "licence", "author", "sha256"]


def build(source, out, cutter=None, **more):
    more = {"per_class": 3, "progress": False, **more}
    return balance(source, out, cutter or CentreCutter(), **more)


def removed_from(out) -> dict[str, str]:
    table = pd.read_csv(out / "removed.csv", keep_default_na=False)
    return dict(zip(table["file"], table["reason"], strict=True))


def test_every_emotion_has_as_many_images_of_256_pixels_and_a_line_each(tmp_path):
    out = tmp_path / "out"
    report = build(candidates(tmp_path, photos()), out)
    table = pd.read_csv(out / "sheet.csv")
    assert list(table.columns) == SHEET
    assert table["emotion"].value_counts().to_dict() == dict.fromkeys(EMOTIONS, 3)
    assert {path.relative_to(out).as_posix() for path in out.rglob("*.png")} == set(table["file"])
    for line in table.to_dict("records"):
        content = (out / line["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == line["sha256"]
        assert Image.open(io.BytesIO(content)).size == (256, 256)
        assert line["url"] == f"https://example.org/{line['source_file']}"
        assert line["author"] == 'Ä, "<b>"'
        assert line["source_file"].startswith(f"{line['emotion']}/")
    assert json.loads((out / "report.json").read_text()) == report
    assert report["classes"]["fear"] == {"candidates": 5, "removed": {}, "left": 5, "chosen": 3}
    assert report["cutter"] == CentreCutter.settings


def test_what_is_removed_is_listed_with_its_reason(tmp_path):
    files = photos() | {
        "happy/a text.png": b"no image",
        "happy/cut.png": photo(901)[:900],
        "happy/empty.png": b"",
        "happy/small.png": photo(902, 31, 90),
        "happy/small face.png": photo(903, 36, 90),
        "happy/nobody.png": photo(904, 60, 45),
        "happy/two people.png": photo(905, 60, 47),
        "happy/x-copy.png": photo(300),
        "sad/conflict.png": photo(906),
        "fear/conflict.png": photo(906),
        "contempt/c.png": photo(907),
        "contempt/d.png": photo(908),
        "sad/of contempt.png": photo(908),
        "sad/z-near.jpg": saved_again(photo(500)),
    }
    out = tmp_path / "out"
    report = build(candidates(tmp_path, files, [*files, "sad/gone.png"]), out)
    assert removed_from(out) == {
        "happy/a text.png": "unreadable",
        "happy/cut.png": "unreadable",
        "happy/empty.png": "unreadable",
        "happy/small.png": "tiny",
        "happy/small face.png": "tiny face",
        "happy/nobody.png": "no face",
        "happy/two people.png": "several faces",
        "happy/x-copy.png": "byte copy",
        "sad/conflict.png": "byte copies under two emotions",
        "fear/conflict.png": "byte copies under two emotions",
        "contempt/c.png": "outside the seven emotions",
        "contempt/d.png": "outside the seven emotions",
        "sad/of contempt.png": "byte copies under two emotions",
        "sad/z-near.jpg": "near copy",
        "sad/gone.png": "missing file",
    }
    assert report["removed"]["unreadable"] == 3
    assert report["classes"]["happy"]["left"] == 5
    details = pd.read_csv(out / "removed.csv").set_index("file")["detail"]
    assert details["happy/x-copy.png"] == "happy/0.png"
    assert details["happy/small.png"] == "31 x 90"
    assert details["sad/conflict.png"] == "fear/conflict.png"
    assert not set(removed_from(out)) & set(pd.read_csv(out / "sheet.csv")["source_file"])


def test_near_copies_under_two_emotions_are_both_removed(tmp_path):
    files = photos() | {"happy/again.jpg": saved_again(photo(501))}
    source = candidates(tmp_path, files)
    build(source, tmp_path / "out")
    conflict = "near copies under two emotions"
    assert removed_from(tmp_path / "out") == {"happy/again.jpg": conflict, "sad/1.png": conflict}
    report = build(source, tmp_path / "all", near=False)
    assert (report["near"], report["removed"]) == (False, {})


def test_the_draw_depends_on_the_seed_and_the_bytes_alone(tmp_path):
    def drawn(folder: str, files: dict[str, bytes], seed: int) -> set[str]:
        out = tmp_path / folder / "out"
        build(candidates(tmp_path / folder, files), out, seed=seed)
        return set(pd.read_csv(out / "sheet.csv")["sha256"])

    renamed = {name.replace("/", "/z9-"): content for name, content in reversed(photos().items())}
    assert drawn("a", photos(), 0) == drawn("b", renamed, 0)
    assert drawn("c", photos(), 1) != drawn("d", photos(), 0)


def test_photographs_are_turned_as_their_exif_tag_says_and_handed_over_in_batches(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side
    files = photos() | {
        "sad/turned.png": photo(910, 60, 45, exif=exif),
        "fear/grey.png": png(3, 64),
    }
    cutter = CentreCutter()
    build(candidates(tmp_path, files), tmp_path / "out", cutter)
    assert "sad/turned.png" not in removed_from(tmp_path / "out")  # 45 px wide, not high
    assert cutter.largest_batch <= 32
    assert cutter.modes == {"L", "RGB"}


def test_a_class_that_is_short_is_named_with_what_it_lost(tmp_path):
    files = photos() | {"fear/0.png": b"", "fear/1.png": photo(911, 60, 45)}
    with pytest.raises(FerError, match=r"fear has 3 \(fear: 1 no face, 1 unreadable\).* 3 or less"):
        build(candidates(tmp_path, files), tmp_path / "out", per_class=4)
    assert [path.name for path in tmp_path.iterdir()] == ["candidates"]


def test_a_class_that_is_absent_is_named(tmp_path):
    files = {name: data for name, data in photos().items() if not name.startswith("disgust/")}
    with pytest.raises(FerError, match="3 per class: disgust has 0"):
        build(candidates(tmp_path, files), tmp_path / "out")


def test_candidates_without_source_or_licence_are_refused_by_name(tmp_path):
    files = photos()
    source = candidates(tmp_path, files, [name for name in files if name != "sad/2.png"])
    with pytest.raises(FerError, match=r"1 images have no url or licence .*such as sad/2\.png"):
        build(source, tmp_path / "out")
    (source / "sources.csv").write_bytes(sheet(files, licence=" "))
    with pytest.raises(FerError, match="35 images have no url or licence"):
        build(source, tmp_path / "out")


def test_a_sheet_that_is_missing_or_lacks_a_column_or_lists_twice_is_told(tmp_path):
    source = write_folder(tmp_path / "candidates", photos())
    with pytest.raises(FerError, match=r"lacks sources\.csv; list every image"):
        build(source, tmp_path / "out")
    (source / "sources.csv").write_text("file,url,author\nsad/0.png,u,a\n")
    with pytest.raises(FerError, match=r"sources\.csv lacks the column 'licence'"):
        build(source, tmp_path / "out")
    (source / "sources.csv").write_bytes(sheet([*photos(), "sad/0.png"]))
    with pytest.raises(FerError, match=r"lists sad/0\.png twice"):
        build(source, tmp_path / "out")


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path):
    source = candidates(tmp_path, photos())
    out = write_folder(tmp_path / "out", {"mine.txt": b"keep"})
    with pytest.raises(FerError, match="is not an empty folder"):
        build(source, out)
    assert (out / "mine.txt").read_bytes() == b"keep"


def test_an_archive_gives_what_its_folder_gives(tmp_path):
    files = {f"c/{name}": content for name, content in photos().items()}
    archive = write_zip(tmp_path / "c.zip", {**files, "c/sources.csv": sheet(photos())})
    build(archive, tmp_path / "a")
    build(candidates(tmp_path, photos()), tmp_path / "b")
    one, two = (pd.read_csv(tmp_path / name / "sheet.csv") for name in "ab")
    assert one["sha256"].tolist() == two["sha256"].tolist()


@pytest.fixture
def balanced(tmp_path, data_home):
    """A finished folder of three images per emotion."""
    build(candidates(tmp_path, photos()), tmp_path / "out")
    return tmp_path / "out"


def test_btfer_reads_the_folder_as_one_test_set(balanced):
    dataset = add_dataset("btfer", balanced, size=32, progress=False)
    index, table = dataset.index, pd.read_csv(balanced / "sheet.csv")
    assert sorted(f"{name}.png" for name in index["sample_id"]) == sorted(table["file"])
    assert (index["split"] == "test").all()
    assert (index["excluded"] == "").all()
    assert index["emotion"].value_counts().to_dict() == dict.fromkeys(EMOTIONS, 3)
    assert set(index["sha256"]) == set(table["sha256"])
    assert set(index["licence"]) == {"CC-BY-4.0"}
    assert not dataset.card.publishable


def test_btfer_marks_what_is_not_as_the_sheet_says(balanced):
    table = pd.read_csv(balanced / "sheet.csv")
    changed, gone = table["file"][0], table["file"][1]
    (balanced / changed).write_bytes(photo(1))
    (balanced / gone).unlink()
    (balanced / "happy" / "extra.png").write_bytes(photo(2))
    outside = table.loc[2].to_dict() | {"file": "../candidates/sad/0.png"}
    pd.concat([table, pd.DataFrame([outside])]).to_csv(balanced / "sheet.csv", index=False)
    index = add_dataset("btfer", balanced, size=32, progress=False).index.set_index("path")
    assert index.loc[changed, "excluded"] == "corrupt: not the file that sheet.csv lists"
    assert index.loc[gone, "excluded"] == "corrupt: missing file"
    assert index.loc["happy/extra.png", "excluded"] == "not in sheet"
    assert index.loc["../candidates/sad/0.png", "excluded"] == "corrupt: missing file"
    assert (index["excluded"] != "").sum() == 4


def test_btfer_without_its_sheet_or_a_column_of_it_is_told(balanced):
    table = pd.read_csv(balanced / "sheet.csv")
    table.drop(columns="licence").to_csv(balanced / "sheet.csv", index=False)
    with pytest.raises(FerError, match=r"sheet\.csv lacks the column 'licence'"):
        add_dataset("btfer", balanced, progress=False)
    (balanced / "sheet.csv").unlink()
    with pytest.raises(FerError, match=r"lacks sheet\.csv; make the folder with `fer data balance"):
        add_dataset("btfer", balanced, progress=False)

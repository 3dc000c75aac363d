"""Bad images and odd names through the whole preparation: one line each, and nothing is lost."""

import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_core.data.dataset import Dataset
from fer_core.data.load import load_dataset
from fer_core.data.prepare.add import add_dataset
from fer_core.errors import FerError
from tests.data.made import faces, png, write_folder

RAMP = np.add.outer(np.arange(48) * 3, np.arange(48)).astype(np.uint8)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def turned(orientation: int, transpose: Image.Transpose) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(Image.fromarray(RAMP).transpose(transpose), "PNG", exif=exif)


def animated() -> bytes:
    frames = [Image.fromarray(RAMP), Image.fromarray(255 - RAMP)]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:])


def bomb(side: int = 20_000) -> bytes:
    """A PNG of a few bytes that claims to have side x side pixels."""
    content = bytearray(saved(Image.fromarray(RAMP), "PNG"))
    content[16:24] = side.to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4, "big")
    return bytes(content)


def added(folder: Path, **files: bytes) -> Dataset:
    """The data set of some good images, and of `files` (their suffix does not matter)."""
    named = {f"happy/{name}.png": content for name, content in files.items()}
    source = write_folder(folder / "s", {**faces(), **named})
    return add_dataset("folder", source, as_name="mine", size=48, progress=False)


def pixels_of(dataset: Dataset, sample_id: str) -> np.ndarray:
    row = dataset.index.index[dataset.index["sample_id"] == sample_id][0]
    return np.asarray(dataset.store.pixels[row, ..., 0]).astype(int)


READABLE = {
    "exif3": turned(3, Image.Transpose.ROTATE_180),
    "exif6": turned(6, Image.Transpose.ROTATE_90),
    "exif8": turned(8, Image.Transpose.ROTATE_270),
    "cmyk": saved(Image.fromarray(RAMP).convert("RGB").convert("CMYK"), "TIFF"),
    "deep": saved(Image.fromarray(RAMP.astype(np.uint16) * 257), "PNG"),
    "deep_tiff": saved(Image.fromarray(RAMP.astype(np.uint16) * 257), "TIFF"),
    "palette": saved(Image.fromarray(RAMP).convert("P"), "PNG"),
    "transparent": saved(Image.fromarray(RAMP).convert("RGBA"), "PNG"),
    "animated": animated(),
}


def test_every_kind_of_image_shows_the_same_face_upright(data_home, tmp_path):
    dataset = added(tmp_path, **READABLE)
    index = dataset.index.set_index("sample_id")
    for name in READABLE:
        assert index["excluded"][f"happy/{name}"] == ""
        difference = abs(pixels_of(dataset, f"happy/{name}") - RAMP)
        assert difference.max() <= 1, name  # a conversion may round
    assert len(index) == 30 + len(READABLE)


UNREADABLE = {
    "zero": (b"", "empty"),
    "cut": (png(1, 48)[:900], "corrupt: "),
    "text": (b"<html>404</html>", "corrupt: not an image"),
    "bomb": (bomb(), "corrupt: "),
    "large": (bomb(8000), "corrupt: 8000 x 8000 pixels, more than 50,000,000"),
}


def test_what_is_no_whole_image_is_excluded_with_its_reason(data_home, tmp_path):
    files = {name: content for name, (content, _) in UNREADABLE.items()}
    index = added(tmp_path, **files).index.set_index("sample_id")
    for name, (_, reason) in UNREADABLE.items():
        excluded = index["excluded"][f"happy/{name}"]
        assert excluded.startswith(reason)
        assert "\n" not in excluded
    assert (index["excluded"] == "").sum() == 30
    assert len(index) == 30 + len(UNREADABLE)


def test_an_image_of_one_pixel_is_kept_and_flagged(data_home, tmp_path):
    dataset = added(tmp_path, dot=png(3, 1))
    row = dataset.index.set_index("sample_id").loc["happy/dot"]
    assert row["excluded"] == ""
    assert (row["width"], row["height"]) == (1, 1)
    assert {"flat", "tiny"} <= set(row["flags"].split(";"))


@pytest.mark.parametrize(
    "name", ["with space", "Ärger é 顔", "<b>bold<", "a&b;'\"", "100% #1", "-dash", "new\nline"]
)
def test_any_name_that_a_file_can_have_is_kept_as_it_is(data_home, tmp_path, name):
    dataset = added(tmp_path, **{name: png(77, 48)})
    assert f"happy/{name}" in set(load_dataset("mine", verify=True).index["sample_id"])
    assert (dataset.index["excluded"] == "").all()


def test_a_name_that_is_no_text_is_told(data_home, tmp_path):
    folder = write_folder(tmp_path / "s", faces())
    try:
        Path(f"{folder}/happy/\udcff.png").write_bytes(png(1))
    except OSError:
        pytest.skip("this file system keeps no such names")
    with pytest.raises(FerError, match="which is not UTF-8; rename it"):
        add_dataset("folder", folder, as_name="mine", progress=False)


def test_a_link_that_leaves_the_folder_is_refused_and_nothing_is_prepared(data_home, tmp_path):
    folder = write_folder(tmp_path / "s", faces())
    (tmp_path / "secret.png").write_bytes(png(5))
    (folder / "sad" / "link.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(FerError, match=r"link.png is a link that leaves .*replace it by the files"):
        add_dataset("folder", folder, as_name="mine", progress=False)
    assert not (data_home / "mine").exists()


def test_postscript_called_jpg_starts_no_other_program(tmp_path, data_home, monkeypatch):
    monkeypatch.setattr("subprocess.Popen", lambda *_, **__: pytest.fail("a program was started"))
    monkeypatch.setattr("subprocess.check_call", lambda *_, **__: pytest.fail("a program ran"))
    script = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 40 40\n40 40 lineto\nshowpage\n%%EOF\n"
    files = {f"happy/{i}.png": png(i) for i in range(9)} | {"happy/evil.jpg": script}
    index = add_dataset(
        "folder", write_folder(tmp_path / "faces", files), as_name="mine", cutter="centre"
    ).index
    excluded = index.set_index("path")["excluded"]
    assert excluded.filter(like="evil").tolist() == ["corrupt: not an image"]
    assert (excluded.drop(excluded.filter(like="evil").index) == "").all()


def test_pictures_of_floating_point_numbers_are_refused_and_not_made_black(tmp_path, data_home):
    floats = Image.fromarray(np.random.default_rng(0).random((32, 32)).astype(np.float32))
    files = {f"happy/{i}.png": png(i) for i in range(9)}
    files["happy/float.tif"] = saved(floats, "TIFF")
    index = add_dataset(
        "folder", write_folder(tmp_path / "faces", files), as_name="mine", cutter="centre"
    ).index
    (reason,) = index.set_index("path")["excluded"].filter(like="float")
    assert reason.startswith("corrupt: its values are floating-point numbers")

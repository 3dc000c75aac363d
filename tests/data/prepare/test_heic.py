"""HEIC pictures, as telephones write them: read, bounded, and called by their name when not."""

import io

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from fer_core.data import image, reading
from fer_core.data.prepare import plan
from fer_core.data.prepare.add import add_dataset
from tests.data.made import faces, write_folder

RAMP = np.add.outer(np.arange(48) * 3, np.arange(48)).astype(np.uint8)


def heic(pixels: np.ndarray = RAMP, orientation: int = 1) -> bytes:
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "HEIF", quality=-1, exif=exif.tobytes())
    return buffer.getvalue()


@pytest.fixture
def reasons(data_home, tmp_path):
    """Why each of some files beside good ones is excluded, and the store of all."""

    def add(**files: bytes):
        named = {f"happy/{name}.HEIC": content for name, content in files.items()}
        source = write_folder(tmp_path / "s", {**faces(4), **named})
        dataset = add_dataset("folder", source, as_name="mine", size=48, progress=False)
        index = dataset.index.set_index("sample_id")
        rows = {name: index.index.get_loc(f"happy/{name}") for name in files}
        squares = {name: dataset.store.pixels[row, ..., 0] for name, row in rows.items()}
        return {name: index["excluded"].iloc[row] for name, row in rows.items()}, squares

    return add


def test_a_heic_picture_shows_the_same_face_upright(reasons):
    found, squares = reasons(flat=heic(), turned=heic(np.rot90(RAMP).copy(), orientation=6))
    assert found == {"flat": "", "turned": ""}
    for pixels in squares.values():
        assert abs(pixels.astype(int) - RAMP).max() <= 3


def test_a_damaged_heic_picture_is_called_by_its_name_and_the_same_way_each_time(reasons):
    whole = heic()
    found, _ = reasons(head=whole[:40], zeros=whole[:200] + bytes(len(whole) - 200))
    assert found == dict.fromkeys(("head", "zeros"), "corrupt: a HEIC picture that is damaged")


def test_a_heic_picture_keeps_the_bound_against_image_bombs(reasons, monkeypatch):
    monkeypatch.setattr(image, "MAX_PIXELS", 2000)  # the other pictures have 32 x 32
    assert reasons(bomb=heic())[0] == {"bomb": "corrupt: 48 x 48 pixels, more than 2,000"}


def test_without_its_plugin_a_heic_picture_is_called_by_its_name(reasons, monkeypatch):
    monkeypatch.setattr(reading, "NO_HEIF", "No module named 'pillow_heif'")
    found, _ = reasons(photo=heic())
    assert "a HEIC picture, which the package pillow-heif reads" in found["photo"]
    assert "install it" in found["photo"]


def test_a_set_is_made_again_once_its_heic_pictures_can_be_read(data_home, tmp_path, monkeypatch):
    source = write_folder(tmp_path / "s", {**faces(4), "happy/photo.heic": heic()})
    monkeypatch.setattr(reading, "NO_HEIF", "absent")
    monkeypatch.setattr(plan, "NO_HEIF", "absent")
    before = add_dataset("folder", source, "mine", 48, progress=False)
    monkeypatch.undo()
    monkeypatch.setenv("FER_DATA", str(data_home))
    after = add_dataset("folder", source, "mine", 48, progress=False)
    assert ((before.index["excluded"] != "").sum(), (after.index["excluded"] != "").sum()) == (1, 0)
